/* SPDX-License-Identifier: GPL-2.0-or-later */
/* offer.c - what probe -j printed, read back. */
#include "offer.h"

#include "units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* JSON is YAML: the library's parser reads it. */
struct reader {
	yaml_document_t doc;
	const yaml_node_t *top;
};

static const char *scalar(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value
						: NULL;
}

static yaml_node_t *member(struct reader *r, const yaml_node_t *map, const char *key)
{
	const yaml_node_pair_t *p;

	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		const char *k = scalar(yaml_document_get_node(&r->doc, p->key));

		if (k && !strcmp(k, key))
			return yaml_document_get_node(&r->doc, p->value);
	}
	return NULL;
}

static struct opt_u64 number(struct reader *r, const char *key)
{
	const char *s = scalar(member(r, r->top, key));
	struct opt_u64 v = { 0 };

	v.has = s && !parse_u64(s, &v.v);
	return v;
}

static void read_config(struct reader *r, struct offer *o)
{
	const yaml_node_t *map = member(r, r->top, "config");
	const yaml_node_pair_t *p;

	if (!map || map->type != YAML_MAPPING_NODE)
		return;
	for (p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top && o->nconfig < OFFER_CONFIG; p++) {
		const char *k = scalar(yaml_document_get_node(&r->doc, p->key));
		const char *v = scalar(yaml_document_get_node(&r->doc, p->value));
		struct offer_member *m = &o->config[o->nconfig];

		if (!k || !v || !strcmp(v, "null"))
			continue;
		snprintf(m->key, sizeof(m->key), "%s", k);
		snprintf(m->value, sizeof(m->value), "%s", v);
		o->nconfig++;
	}
}

int offer_parse(struct offer *o, const char *text, size_t n)
{
	struct reader r;
	yaml_parser_t parser;
	const char *type;
	int err = -EINVAL;

	*o = (struct offer){ 0 };
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
	if (!yaml_parser_load(&parser, &r.doc)) {
		yaml_parser_delete(&parser);
		return -EINVAL;
	}
	r.top = yaml_document_get_root_node(&r.doc);
	o->features = number(&r, "features");
	if (o->features.has) {
		err = 0;
		o->protocol_features = number(&r, "protocol_features");
		o->queues = number(&r, "queues");
		o->max_mem_slots = number(&r, "max_mem_slots");
		type = scalar(member(&r, r.top, "type"));
		if (type && strcmp(type, "null") != 0)
			snprintf(o->type, sizeof(o->type), "%s", type);
		read_config(&r, o);
	}
	yaml_document_delete(&r.doc);
	yaml_parser_delete(&parser);
	return err;
}

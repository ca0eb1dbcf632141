/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "baseline.h"

#include "diag.h"
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 8, MOST = 8192, PATH = 128 };

/* Where the parser is: the path of each level, and the key that waits for its value. */
struct reading {
	struct record_text *r;
	char path[DEEPEST][PATH];
	bool mapping[DEEPEST];
	bool keyed; /* the next scalar is a value */
	int depth;
};

static int add(struct record_text *r, const char *path, const char *value)
{
	struct pair_text *v, p = { .path = strdup(path), .value = strdup(value) };

	v = r->n < MOST ? realloc(r->v, (r->n + 1) * sizeof(*v)) : NULL;
	if (v)
		r->v = v;
	if (!v || !p.path || !p.value) {
		free(p.path);
		free(p.value);
		return r->n < MOST ? -ENOMEM : -EBADMSG;
	}
	r->v[r->n++] = p;
	return 0;
}

static int take_scalar(struct reading *g, const char *text)
{
	char *path = g->path[g->depth];
	const char *outer = g->path[g->depth - 1];
	char full[PATH];

	if (g->mapping[g->depth] && !g->keyed) {
		snprintf(full, sizeof(full), "%.60s%s%.60s", outer, *outer ? "." : "",
			 text);
		memcpy(path, full, sizeof(full));
		g->keyed = true;
		return 0;
	}
	g->keyed = false;
	/* Lists are pictures of what the scalars say. */
	return g->mapping[g->depth] ? add(g->r, path, text) : 0;
}

static int take_event(struct reading *g, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return g->depth ? take_scalar(g, (const char *)e->data.scalar.value)
				: -EBADMSG;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (g->depth + 1 == DEEPEST)
			return -EBADMSG;
		g->depth++;
		g->mapping[g->depth] = e->type == YAML_MAPPING_START_EVENT;
		g->keyed = false;
		memcpy(g->path[g->depth], g->path[g->depth - 1], PATH);
		return 0;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		g->depth--;
		g->keyed = false;
		return 0;
	case YAML_ALIAS_EVENT:
		return -EBADMSG;
	default:
		return 0;
	}
}

int record_parse(struct record_text *r, const char *json, size_t n)
{
	struct reading g = { .r = r };
	yaml_parser_t parser;
	yaml_event_t e;
	bool end = false;
	int err = 0;

	*r = (struct record_text){ 0 };
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)json, n);
	while (!err && !end) {
		if (!yaml_parser_parse(&parser, &e)) {
			err = -EBADMSG;
			break;
		}
		end = e.type == YAML_STREAM_END_EVENT;
		err = take_event(&g, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	if (err)
		record_free(r);
	return err;
}

void record_free(struct record_text *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].path);
		free(r->v[i].value);
	}
	free(r->v);
	*r = (struct record_text){ 0 };
}

const char *record_get(const struct record_text *r, const char *path)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].path, path))
			return r->v[i].value;
	return NULL;
}

/* How long it was measured does not make it another measurement. */
static bool decides(const char *path)
{
	return !strcmp(path, "test") ||
	       (!strncmp(path, "config.", 7) && strcmp(path, "config.duration_ns") != 0 &&
		strcmp(path, "config.packets") != 0 &&
		strcmp(path, "config.rate_pps") != 0);
}

static bool covers(const struct record_text *a, const struct record_text *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const char *other;

		if (!decides(a->v[i].path))
			continue;
		other = record_get(b, a->v[i].path);
		if (!other || strcmp(other, a->v[i].value) != 0)
			return false;
	}
	return true;
}

bool record_same(const struct record_text *a, const struct record_text *b)
{
	return covers(a, b) && covers(b, a);
}

static int add_line(struct baseline *b, const char *line, size_t n)
{
	struct record_text *v = realloc(b->v, (b->n + 1) * sizeof(*v));
	int err = v ? 0 : -ENOMEM;

	if (v) {
		b->v = v;
		err = record_parse(&b->v[b->n], line, n);
	}
	if (!err && !record_get(&b->v[b->n], "result.pps.median")) {
		record_free(&b->v[b->n]);
		err = -EBADMSG;
	}
	b->n += !err;
	return err;
}

int baseline_read(struct baseline *b, const char *path, const struct diag *d)
{
	FILE *f = fopen(path, "re");
	unsigned long number = 0;
	size_t size = 0;
	char *line = NULL;
	ssize_t n;
	int err = 0;

	*b = (struct baseline){ 0 };
	if (!f)
		return diag_fail(d, errno, NULL, "opening the baseline %s", path);
	while (!err && (n = getline(&line, &size, f)) >= 0) {
		number++;
		err = add_line(b, line, (size_t)n);
	}
	if (!err && ferror(f))
		err = -EIO;
	free(line);
	fclose(f);
	if (!err)
		return 0;
	baseline_free(b);
	return diag_fail(d, err, "a baseline is what xskbench --json printed",
			 "reading line %lu of the baseline %s", number, path);
}

void baseline_free(struct baseline *b)
{
	for (size_t i = 0; i < b->n; i++)
		record_free(&b->v[i]);
	free(b->v);
	*b = (struct baseline){ 0 };
}

/* The result as it will be printed is what can be compared. */
static int record_of(struct record_text *r, const struct result *result)
{
	struct buf b = { 0 };
	struct tree t;
	int err;

	tree_init(&t, &b, TREE_JSON);
	tree_object(&t, NULL);
	tree_value(&t, "test", value_str(result->test));
	tree_value(&t, "config",
		   (struct value){ .kind = VALUE_NEST, .nest = result->config });
	tree_end(&t);
	tree_free(&t);
	err = b.err ? b.err : record_parse(r, b.p, b.n);
	buf_free(&b);
	return err;
}

static double number_of(const struct record_text *r, const char *path)
{
	const char *text = record_get(r, path);

	return text ? strtod(text, NULL) : 0;
}

static int judge_change(struct result *r, const struct record_text *then,
			double tolerance)
{
	bool rtt = r->latency.n != 0;
	double was = number_of(then, rtt ? "latency_ns.p50" : "result.pps.median");
	double is = rtt ? (double)hist_quantile(&r->latency, .5) : r->rate.median;
	double worse;

	if (was <= 0)
		return 0;
	worse = 100 * (rtt ? is - was : was - is) / was;
	if (worse <= tolerance)
		return 0;
	warning_add(&r->said,
		    "a regression: %.0f %s, %.0f %% worse than the baseline's %.0f", is,
		    rtt ? "ns there and back" : "packets a second", worse, was);
	return STATUS_TRUE;
}

int baseline_compare(const struct baseline *b, struct result *r, double tolerance,
		     const struct diag *d)
{
	const struct record_text *then = NULL;
	struct record_text now;
	int err = record_of(&now, r);

	if (err)
		return diag_fail(d, err, NULL, "comparing with the baseline");
	for (size_t i = 0; i < b->n; i++)
		if (record_same(&now, &b->v[i]))
			then = &b->v[i];
	record_free(&now);
	if (then)
		return judge_change(r, then, tolerance);
	warning_add(&r->said,
		    "the baseline has no result of this test and configuration");
	return 0;
}

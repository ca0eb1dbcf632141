/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff.c - vhostctl diff: what a guest loses that moves from one back-end to another. */
#include "diff.h"

#include "diff_rules.h"
#include "feature.h"
#include "script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct name verdicts[] = { { BREAKS, "breaks" },
					{ CHANGES, "changes" },
					{ GAINS, "gains" } };
static const struct names verdict_names = NAMES(verdicts);

struct difference {
	const char *what, *name;
	const char *a, *b;
	uint8_t verdict;
	const char *why;
};

static const struct field fields[] = {
	FIELD(difference, what, SHOW,
	      "type, feature, protocol_feature, queues, max_mem_slots or config"),
	FIELD(difference, name, SHOW, "which feature or member of the config"),
	FIELD(difference, a, SHOW, "in the first file"),
	FIELD(difference, b, SHOW, "in the second file"),
	FIELD(difference, verdict, SHOW,
	      "breaks: a guest may depend on it; changes; gains: there is more of it",
	      .names = &verdict_names),
	FIELD(difference, why, SHOW, "what comes of it"),
};
static const struct record record = RECORD("vhostctl_diff", fields);

struct differ {
	struct ctx *c;
	bool breaks;
	int err;
};

static void tell(struct differ *d, const char *what, const char *name, const char *a,
		 const char *b, struct ruling r)
{
	const struct difference row = { what, name, a, b, (uint8_t)r.verdict, r.why };

	d->breaks |= r.verdict == BREAKS;
	if (!d->err)
		d->err = sink_row(d->c->sink, &row);
}

typedef struct ruling bit_rule(const struct offer *a, unsigned int bit, bool lost);

static void compare_bits(struct differ *d, const char *what, const struct offer *o,
			 uint64_t a, uint64_t b, const struct names *names,
			 bit_rule *rule)
{
	for (unsigned int i = 0; i < 64; i++) {
		char text[16];
		const char *name = name_of(names, i);
		bool lost = a & BIT(i);

		if (!((a ^ b) & BIT(i)))
			continue;
		snprintf(text, sizeof(text), "bit%u", i);
		tell(d, what, name ? name : text, lost ? "offered" : NULL,
		     lost ? NULL : "offered", rule(o, i, lost));
	}
}

static void compare_number(struct differ *d, const char *what, struct opt_u64 a,
			   struct opt_u64 b, struct ruling r)
{
	char before[24], after[24];

	if (a.has == b.has && a.v == b.v)
		return;
	snprintf(before, sizeof(before), "%" PRIu64, a.v);
	snprintf(after, sizeof(after), "%" PRIu64, b.v);
	tell(d, what, NULL, a.has ? before : NULL, b.has ? after : NULL, r);
}

static const char *find(const struct offer *o, const char *key)
{
	for (size_t i = 0; i < o->nconfig; i++)
		if (!strcmp(o->config[i].key, key))
			return o->config[i].value;
	return NULL;
}

/* Whether it is only there, or not there, because of a feature: that has a line. */
static bool goes_with_feature(const struct offer *a, const struct offer *b,
			      const char *key)
{
	const struct kind *k = feature_kind(a->type);

	for (size_t i = 0; k && i < k->nconfig; i++)
		if (!strcmp(k->config[i].key, key))
			return k->config[i].gate & (a->features.v ^ b->features.v);
	return false;
}

/* Members that both have; and those that one has though its features are the same. */
static void compare_config(struct differ *d, const struct offer *a, const struct offer *b)
{
	const struct ruling lost = { BREAKS, "a guest has read it and stands on it" };
	const struct ruling gained = { GAINS, NULL };

	if (!a->nconfig || !b->nconfig) /* CONFIG has a line */
		return;
	for (size_t i = 0; i < a->nconfig; i++) {
		const char *key = a->config[i].key, *was = a->config[i].value;
		const char *is = find(b, key);

		if (is && strcmp(was, is) != 0)
			tell(d, "config", key, was, is, rule_config(key, was, is));
		else if (!is && !goes_with_feature(a, b, key))
			tell(d, "config", key, was, NULL, lost);
	}
	for (size_t i = 0; i < b->nconfig; i++) {
		const char *key = b->config[i].key;

		if (!find(a, key) && !goes_with_feature(a, b, key))
			tell(d, "config", key, NULL, b->config[i].value, gained);
	}
}

static void compare(struct differ *d, const struct offer *a, const struct offer *b)
{
	const struct ruling other = { BREAKS, "it is another device" };
	struct feature_names names;

	feature_names_of(&names, feature_kind(a->type));
	if (strcmp(a->type, b->type) != 0)
		tell(d, "type", NULL, *a->type ? a->type : NULL,
		     *b->type ? b->type : NULL, other);
	compare_bits(d, "feature", a, a->features.v, b->features.v, &names.names,
		     rule_feature);
	compare_bits(d, "protocol_feature", a, a->protocol_features.v,
		     b->protocol_features.v, &spec_protocol_features, rule_protocol);
	compare_number(d, "queues", a->queues, b->queues, rule_queues(a, b));
	compare_number(d, "max_mem_slots", a->max_mem_slots, b->max_mem_slots,
		       rule_slots(a, b));
	compare_config(d, a, b);
}

static int load(const struct ctx *c, struct offer *o, const char *path)
{
	struct buf b = { 0 };
	int err = read_file(&b, path, 1 << 20);

	if (!err)
		err = offer_parse(o, b.n ? b.p : "", b.n);
	buf_free(&b);
	if (!err)
		return 0;
	return diag_fail(&c->diag, err == -EINVAL ? 0 : err,
			 err == -EINVAL ? "it takes one record of vhostctl probe --json"
					: NULL,
			 "read %s", path);
}

static int diff_run(struct ctx *c)
{
	struct offer *o = calloc(2, sizeof(*o));
	struct differ d = { .c = c };
	int status;

	if (!o)
		return diag_fail(&c->diag, ENOMEM, NULL, "files");
	status = load(c, &o[0], c->args[0]);
	if (!status)
		status = load(c, &o[1], c->args[1]);
	if (!status) {
		compare(&d, &o[0], &o[1]);
		status = d.err ? STATUS_FAILED : d.breaks ? STATUS_TRUE : STATUS_DONE;
	}
	free(o);
	return status;
}

const struct command diff_command = {
	.name = "diff",
	.brief = "Show what breaks when a guest moves from one back-end to another",
	.args = "A.json B.json",
	.min_args = 2,
	.max_args = 2,
	.rec = &record,
	.run = diff_run,
};

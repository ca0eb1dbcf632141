/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff.c - vhostctl diff: what a guest loses that moves from one back-end to another. */
#include "diff.h"

#include "feature.h"
#include "offer.h"
#include "script.h"
#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum verdict { BREAKS, CHANGES, GAINS };

static const struct name verdicts[] = { { BREAKS, "breaks" },
					{ CHANGES, "changes" },
					{ GAINS, "gains" } };
static const struct names verdict_names = NAMES(verdicts);

struct difference {
	const char *what, *name;
	const char *a, *b;
	uint8_t verdict;
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
};
static const struct record record = RECORD("vhostctl_diff", fields);

struct differ {
	struct ctx *c;
	bool breaks;
	int err;
};

static void tell(struct differ *d, const char *what, const char *name, const char *a,
		 const char *b, enum verdict verdict)
{
	const struct difference row = { what, name, a, b, (uint8_t)verdict };

	d->breaks |= verdict == BREAKS;
	if (!d->err)
		d->err = sink_row(d->c->sink, &row);
}

static void compare_bits(struct differ *d, const char *what, uint64_t a, uint64_t b,
			 const struct names *names)
{
	for (unsigned int i = 0; i < 64; i++) {
		char text[16];
		const char *name = name_of(names, i);

		if (!((a ^ b) & BIT(i)))
			continue;
		snprintf(text, sizeof(text), "bit%u", i);
		tell(d, what, name ? name : text, a & BIT(i) ? "offered" : NULL,
		     b & BIT(i) ? "offered" : NULL, a & BIT(i) ? BREAKS : GAINS);
	}
}

/* Less of it breaks, more is a gain. */
static void compare_number(struct differ *d, const char *what, const char *name,
			   struct opt_u64 a, struct opt_u64 b)
{
	char before[24], after[24];

	if (a.has == b.has && a.v == b.v)
		return;
	snprintf(before, sizeof(before), "%" PRIu64, a.v);
	snprintf(after, sizeof(after), "%" PRIu64, b.v);
	tell(d, what, name, a.has ? before : NULL, b.has ? after : NULL,
	     a.has && (!b.has || b.v < a.v) ? BREAKS : GAINS);
}

static const char *find(const struct offer *o, const char *key)
{
	for (size_t i = 0; i < o->nconfig; i++)
		if (!strcmp(o->config[i].key, key))
			return o->config[i].value;
	return NULL;
}

static bool is_among(const char *key, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* What a guest has read once and stands on, whatever it is. */
static bool is_fixed(const char *key)
{
	static const char *const keys[] = {
		"capacity_bytes", "blk_size",     "zoned_model",
		"zone_sectors",   "mac",          "tag",
		"guest_cid",      "mtu",          "ngpio",
		"jacks",          "streams",      "chmaps",
		"controls",       "cylinders",    "heads",
		"sectors",        "max_nr_ports", "num_scanouts",
		"num_capsets",
	};

	return is_among(key, keys, COUNT(keys));
}

/* What it may use up to that number. */
static bool is_limit(const char *key)
{
	static const char *const keys[] = { "seg_max",
					    "size_max",
					    "num_queues",
					    "num_request_queues",
					    "cmd_per_lun",
					    "rss_max_key_size",
					    "rss_max_indirection_table_length" };

	return !strncmp(key, "max_", 4) || is_among(key, keys, COUNT(keys));
}

/* A disk may grow under its guest. */
static enum verdict judge(const char *key, const char *was, const char *is)
{
	uint64_t a, b;
	bool numbers = is && !parse_u64(was, &a) && !parse_u64(is, &b);

	if (numbers && !strcmp(key, "capacity_bytes") && b > a)
		return GAINS;
	if (!is || is_fixed(key))
		return BREAKS;
	if (numbers && is_limit(key))
		return b < a ? BREAKS : GAINS;
	if (numbers && !strncmp(was, "0x", 2)) /* a mask */
		return a & ~b ? BREAKS : GAINS;
	return CHANGES;
}

static void compare_config(struct differ *d, const struct offer *a, const struct offer *b)
{
	for (size_t i = 0; i < a->nconfig; i++) {
		const char *key = a->config[i].key, *was = a->config[i].value;
		const char *is = find(b, key);

		if (!is || strcmp(was, is) != 0)
			tell(d, "config", key, was, is, judge(key, was, is));
	}
	for (size_t i = 0; i < b->nconfig; i++)
		if (!find(a, b->config[i].key))
			tell(d, "config", b->config[i].key, NULL, b->config[i].value,
			     GAINS);
}

static void compare(struct differ *d, const struct offer *a, const struct offer *b)
{
	struct feature_names names;

	feature_names_of(&names, feature_kind(a->type));
	if (strcmp(a->type, b->type) != 0)
		tell(d, "type", NULL, *a->type ? a->type : NULL,
		     *b->type ? b->type : NULL, BREAKS);
	compare_bits(d, "feature", a->features.v, b->features.v, &names.names);
	compare_bits(d, "protocol_feature", a->protocol_features.v,
		     b->protocol_features.v, &spec_protocol_features);
	compare_number(d, "queues", NULL, a->queues, b->queues);
	compare_number(d, "max_mem_slots", NULL, a->max_mem_slots, b->max_mem_slots);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match_exits.h"

#include "units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SIGNED = 128, US = 1000, KIB = 1024 };

/*
 * What columns of a task are made of. Where the record has no value for a number that was
 * sent, as for no peak of memory, a condition with != holds: such a one is not pushed.
 */
static const struct column {
	const char *name;
	enum exits_key key;
	enum kstat number;
	bool always;   /* it has a value whenever the number was sent */
	bool repaired; /* a value may be less than what was sent */
	uint64_t unit; /* of the number; 0 for 1 */
} columns[] = {
#define COLUMN(c, k, ...)                          \
	{                                          \
		.name = (c), .key = k, __VA_ARGS__ \
	}
#define NUMBER(c, id) COLUMN(c, BY_NUMBER, .number = id)
#define ALWAYS(c, id) COLUMN(c, BY_NUMBER, .number = id, .always = true)
#define IN(by, c, id) COLUMN(c, BY_NUMBER, .number = id, .unit = by)
#define DELAY(c, d)                                                             \
	NUMBER(c "_count", K_OF(d, PART_COUNT)),                                \
		COLUMN(c "_delay_ns", BY_NUMBER, .number = K_OF(d, PART_TOTAL), \
		       .repaired = true),                                       \
		NUMBER(c "_delay_max_ns", K_OF(d, PART_MAX)),                   \
		NUMBER(c "_delay_min_ns", K_OF(d, PART_MIN))
	ALWAYS("pid", K_PID),
	ALWAYS("ppid", K_PPID),
	ALWAYS("uid", K_UID),
	ALWAYS("gid", K_GID),
	ALWAYS("sched", K_SCHED),
	ALWAYS("minflt", K_MINFLT),
	ALWAYS("majflt", K_MAJFLT),
	ALWAYS("nvcsw", K_NVCSW),
	ALWAYS("nivcsw", K_NIVCSW),
	ALWAYS("read_bytes", K_READ_BYTES),
	ALWAYS("write_bytes", K_WRITE_BYTES),
	ALWAYS("cancelled_write_bytes", K_CANCELLED_WRITE_BYTES),
	ALWAYS("read_chars", K_READ_CHAR),
	ALWAYS("write_chars", K_WRITE_CHAR),
	ALWAYS("read_syscalls", K_READ_SYSCALLS),
	ALWAYS("write_syscalls", K_WRITE_SYSCALLS),
	COLUMN("exit_code", BY_EXIT_CODE, .always = true),
	COLUMN("exit_signal", BY_EXIT_SIGNAL, .always = true),
	COLUMN("flags", BY_FLAGS, .always = true),
	COLUMN("nice", BY_NICE, .always = true),
	COLUMN("comm", BY_NAME, .always = true),
	COLUMN("cpu_ns", BY_CPU, .unit = 1),
	COLUMN("threads", BY_NOTHING_KNOWN, .unit = 1),
	NUMBER("tgid", K_TGID),
	NUMBER("exe_dev", K_EXE_DEV),
	NUMBER("exe_inode", K_EXE_INODE),
	NUMBER("rss_mib_us", K_COREMEM),
	NUMBER("vm_mib_us", K_VIRTMEM),
	NUMBER("cpu_run_real_ns", K_RUN_REAL),
	NUMBER("cpu_run_virtual_ns", K_RUN_VIRTUAL),
	NUMBER("cpu_scaled_run_real_ns", K_RUN_SCALED),
	IN(US, "elapsed_ns", K_ETIME),
	IN(US, "group_elapsed_ns", K_TGETIME),
	IN(US, "user_ns", K_UTIME),
	IN(US, "system_ns", K_STIME),
	IN(US, "user_scaled_ns", K_UTIME_SCALED),
	IN(US, "system_scaled_ns", K_STIME_SCALED),
	IN(KIB, "rss_peak_bytes", K_HIWATER_RSS),
	IN(KIB, "vm_peak_bytes", K_HIWATER_VM),
	DELAY("cpu", DELAY_CPU),
	DELAY("blkio", DELAY_BLKIO),
	DELAY("swapin", DELAY_SWAPIN),
	DELAY("freepages", DELAY_FREEPAGES),
	DELAY("thrashing", DELAY_THRASHING),
	DELAY("compact", DELAY_COMPACT),
	DELAY("wpcopy", DELAY_WPCOPY),
	DELAY("irq", DELAY_IRQ),
};

/* The most that the test compares with. */
static uint64_t limit_of(const struct exits_test *t)
{
	if (t->key == BY_CPU ||
	    (t->key == BY_NUMBER && layout_of(16).slots[t->number].size == 8))
		return UINT64_MAX;
	return t->key == BY_NICE ? UINT8_MAX : UINT32_MAX;
}

/* A number as it is written where it is printed, of those that have a sign. */
static bool parse_nice(const char *word, uint64_t *v)
{
	long n = strtol(word, NULL, 10);
	char same[24];

	snprintf(same, sizeof(same), "%ld", n);
	*v = (uint64_t)(n + SIGNED);
	return !strcmp(same, word) && n >= -SIGNED && n < SIGNED;
}

static bool parse_name(const struct names *names, const char *word, uint64_t *v)
{
	for (size_t i = 0; names && i < names->n; i++)
		if (!strcasecmp(names->v[i].name, word)) {
			*v = names->v[i].number;
			return true;
		}
	return false;
}

/* Adds a number. Returns false where the filter can't say the same. */
static bool add_number(struct exits_test *t, const struct field *f, const char *word)
{
	uint64_t v;
	bool is;

	if (t->key == BY_NICE)
		is = parse_nice(word, &v);
	else
		is = parse_name(f->names, word, &v) ||
		     (t->key != BY_FLAGS && !parse_u64(word, &v));
	if (!is || t->n == FILTER_VALUES || v > limit_of(t))
		return false;
	if (t->key == BY_FLAGS) {
		t->v[0] |= 1ull << v;
		t->n = 1;
	} else {
		t->v[t->n++] = v;
	}
	return true;
}

/* Adds a name that is no pattern and that output does not escape. */
static bool add_comm(struct exits_test *t, const char *word)
{
	size_t n = strlen(word);

	if (!n || n > FILTER_COMM || t->n == FILTER_VALUES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (word[i] < ' ' || word[i] > '~' || strchr("*?[\\", word[i]))
			return false;
	memcpy(t->comm[t->n++], word, n + 1);
	return true;
}

/* All words, or none: separated by commas. */
static bool add_words(struct exits_test *t, const struct filter_term *term)
{
	for (const char *words = term->words;; words++) {
		size_t n = strcspn(words, ",");
		char word[24];

		if (n >= sizeof(word))
			return false;
		memcpy(word, words, n);
		word[n] = 0;
		if (t->key == BY_NAME ? !add_comm(t, word)
				      : !add_number(t, term->field, word))
			return false;
		words += n;
		if (!*words)
			return true;
	}
}

/* From a comparison to the least or the most whole number for which it holds. */
static bool set_limit(struct exits_test *t, const struct filter_term *term, uint64_t unit)
{
	bool is_less = term->op == FILTER_LESS || term->op == FILTER_LESS_EQUAL;
	bool is_equal = term->op == FILTER_LESS_EQUAL || term->op == FILTER_MORE_EQUAL;
	uint64_t v = term->exact;

	t->op = is_less ? AT_MOST : AT_LEAST;
	t->n = 1;
	if (t->key == BY_NICE) {
		double n = term->number + SIGNED;

		if (n < 1 || n >= UINT8_MAX || n != floor(n))
			return false;
		v = (uint64_t)n;
	} else if ((double)v != term->number) {
		return false;
	}
	if (is_less) {
		if (!is_equal && !v)
			return false;
		t->v[0] = (v - !is_equal) / unit;
	} else {
		t->v[0] = v / unit + (!is_equal || v % unit);
	}
	return t->v[0] <= limit_of(t) && (is_less || is_equal || t->v[0]);
}

static bool make_test(struct exits_test *t, const struct filter_term *term)
{
	const struct column *c = columns;

	while (c < columns + COUNT(columns) && strcmp(c->name, term->field->name) != 0)
		c++;
	if (c == columns + COUNT(columns))
		return false;
	*t = (struct exits_test){ .key = c->key, .number = c->number };
	if (c->key == BY_NOTHING_KNOWN)
		return term->op != FILTER_IS_NOT;
	if (term->op != FILTER_IS && term->op != FILTER_IS_NOT)
		return c->key != BY_NAME && c->key != BY_FLAGS &&
		       set_limit(t, term, c->unit ? c->unit : 1) &&
		       !(c->repaired && t->op == AT_MOST);
	t->op = term->op == FILTER_IS ? ONE_OF : NONE_OF;
	if (term->bare) {
		t->v[0] = term->bit;
		t->n = 1;
		return c->key == BY_FLAGS;
	}
	/* Text says of sizes and times less than the number does. */
	return !(term->field->flags & (SIZE | NANO)) && !c->repaired &&
	       (c->always || t->op == ONE_OF) && add_words(t, term);
}

void match_exits(const struct match *m, struct exits_filter *f)
{
	f->uids = m->uids;
	f->nuids = m->o->users.n;
	for (size_t i = 0; i < m->filter.n && f->ntests < FILTER_TESTS; i++)
		f->ntests += make_test(&f->tests[f->ntests], &m->filter.v[i]);
}

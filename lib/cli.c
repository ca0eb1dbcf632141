/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli.c - options by table, on top of getopt_long(3). */
#include "cli.h"

#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

enum { LONG_ONLY = 256 }; /* getopt's value of an option without a letter, plus index */

/* What getopt wants, and the way back from its values to our options. */
struct parser {
	const struct diag *diag;
	struct option *longs;
	const struct opt **opts;
	void **slots; /* where each option's value goes */
	const char **names;
	char *shorts;
	size_t n;
};

static int parser_make(struct parser *p, const struct opt_set *sets, size_t nsets)
{
	size_t n = 0;

	for (size_t i = 0; i < nsets; i++)
		n += sets[i].n;
	p->longs = calloc(n + 1, sizeof(*p->longs));
	p->opts = calloc(n + 1, sizeof(*p->opts));
	p->slots = calloc(n + 1, sizeof(*p->slots));
	p->names = calloc(n + 1, sizeof(*p->names));
	p->shorts = calloc(2 * n + 3, 1);
	return p->longs && p->opts && p->slots && p->names && p->shorts ? 0 : -ENOMEM;
}

static void parser_free(struct parser *p)
{
	free(p->longs);
	free(p->opts);
	free(p->slots);
	free(p->names);
	free(p->shorts);
}

static void add_option(struct parser *p, const struct opt *o, void *config)
{
	char *end = p->shorts + strlen(p->shorts);

	p->opts[p->n] = o;
	p->slots[p->n] = (char *)config + o->off;
	p->names[p->n] = o->name;
	p->longs[p->n] = (struct option){ .name = o->name,
					  .has_arg = o->arg != NULL,
					  .val = LONG_ONLY + (int)p->n };
	if (o->brief && !strchr(p->shorts, o->brief)) {
		*end++ = o->brief;
		if (o->arg)
			*end = ':';
	}
	p->n++;
}

/* The first option with the letter: an earlier set's goes before a later one's. */
static size_t by_letter(const struct parser *p, int letter)
{
	size_t i = 0;

	while (i < p->n && p->opts[i]->brief != letter)
		i++;
	return i;
}

static int add_to_list(struct list_arg *l, const char *value)
{
	const char **v = reallocarray(l->v, l->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->v = v;
	l->v[l->n++] = value;
	return 0;
}

/* A value that is like none of the choices: these are. */
static int no_choice(const struct diag *d, const struct opt *o, const char *value)
{
	struct buf b = { 0 };
	int r;

	for (int i = 0; o->choices[i]; i++)
		buf_printf(&b, "%s%s",
			   !i                  ? ""
			   : o->choices[i + 1] ? ", "
					       : " or ",
			   o->choices[i]);
	r = diag_usage(d, "--%s takes %.*s, not '%s'", o->name, (int)b.n, b.n ? b.p : "",
		       value);
	buf_free(&b);
	return r;
}

static int choose(const struct diag *d, const struct opt *o, const char *value,
		  int *choice)
{
	const char *near;

	for (int i = 0; o->choices[i]; i++)
		if (!strcmp(o->choices[i], value)) {
			if (choice)
				*choice = i;
			return 0;
		}
	near = nearest(value, strlen(value), o->choices);
	if (near)
		return diag_usage(d, "--%s: '%s' is unknown, did you mean '%s'?", o->name,
				  value, near);
	return no_choice(d, o, value);
}

/* A bound, in the unit that the option is written in. */
static void put_bound(struct buf *b, const struct opt *o, uint64_t v)
{
	if (o->kind == OPT_TIME)
		put_duration(b, v);
	else if (o->kind == OPT_SIZE)
		put_size(b, v);
	else
		buf_printf(b, "%llu", (unsigned long long)v);
}

static int out_of_range(const struct diag *d, const struct opt *o, const char *value)
{
	struct buf b = { 0 };
	int r;

	if (o->min || o->max) {
		buf_puts(&b, o->max ? " (" : " (at least ");
		put_bound(&b, o, o->min);
		buf_puts(&b, o->max ? " to " : "");
		if (o->max)
			put_bound(&b, o, o->max);
		buf_putc(&b, ')');
	}
	buf_putc(&b, 0);
	r = diag_usage(d, "--%s: '%s' is out of range%s", o->name, value,
		       b.err ? "" : b.p);
	buf_free(&b);
	return r;
}

static int bad_number(const struct diag *d, const struct opt *o, const char *value,
		      int err)
{
	const char *what = o->kind == OPT_SIZE   ? "a size like 64K or 1MiB"
			   : o->kind == OPT_TIME ? "a time like 250ms or 5s"
						 : "a whole number";

	if (err == -EINVAL)
		return diag_usage(d, "--%s: '%s' is not %s", o->name, value, what);
	return out_of_range(d, o, value);
}

/* Without a unit it is in the option's own one. */
static int parse_time(const struct opt *o, const char *value, uint64_t *ns)
{
	int r = parse_duration(value, ns);

	if (!r && o->bare_ns && !isalpha((unsigned char)value[strlen(value) - 1]))
		*ns /= 1000000000 / o->bare_ns;
	return r;
}

static int set_number(const struct diag *d, const struct opt *o, const char *value,
		      void *slot)
{
	uint64_t v = 0;
	int r = o->kind == OPT_SIZE   ? parse_size(value, &v)
		: o->kind == OPT_TIME ? parse_time(o, value, &v)
				      : parse_u64(value, &v);

	if (!r && (v < o->min || (o->max && v > o->max) ||
		   (o->kind == OPT_U32 && v > UINT32_MAX)))
		r = -ERANGE;
	if (r)
		return bad_number(d, o, value, r);
	if (o->kind == OPT_U32)
		*(uint32_t *)slot = (uint32_t)v;
	else
		*(uint64_t *)slot = v; /* size_arg and time_arg begin with theirs */
	return 0;
}

static int set_option(const struct diag *d, const struct opt *o, const char *value,
		      void *slot)
{
	switch ((enum opt_kind)o->kind) {
	case OPT_FLAG:
		*(bool *)slot = true;
		return 0;
	case OPT_STR:
		*(const char **)slot = value;
		return o->choices ? choose(d, o, value, NULL) : 0;
	case OPT_LIST:
		return add_to_list(slot, value) ? diag_fail(d, ENOMEM, NULL, "options")
						: 0;
	case OPT_CHOICE:
		return choose(d, o, value, slot);
	default:
		return set_number(d, o, value, slot);
	}
}

/* getopt's '?' and ':' in our words. */
static int complain(const struct parser *p, int result, const char *word)
{
	size_t n = strcspn(word, "=");
	const char *near;

	if (result == ':' && word[1] != '-')
		return diag_usage(p->diag, "-%c needs a value", optopt);
	if (result == ':')
		return diag_usage(p->diag, "%s needs a value", word);
	if (optopt >= LONG_ONLY)
		return diag_usage(p->diag, "--%s takes no value",
				  p->names[optopt - LONG_ONLY]);
	if (optopt)
		return diag_usage(p->diag, "unknown option '-%c'", optopt);
	for (size_t i = 0, hits = 0; n > 2 && i < p->n; i++)
		if (!strncmp(p->names[i], word + 2, n - 2) && ++hits == 2)
			return diag_usage(p->diag, "option '%.*s' is ambiguous", (int)n,
					  word);
	near = n > 2 ? nearest(word + 2, n - 2, p->names) : NULL;
	if (near)
		return diag_usage(p->diag, "unknown option '%.*s', did you mean '--%s'?",
				  (int)n, word, near);
	return diag_usage(p->diag, "unknown option '%.*s'", (int)n, word);
}

static int parse(struct parser *p, int argc, char **argv)
{
	int c;

	optind = 0; /* start afresh, whatever was parsed before */
	opterr = 0;
	for (;;) {
		size_t i;
		int r;

		optopt = 0;
		c = getopt_long(argc, argv, p->shorts, p->longs, NULL);
		if (c == -1)
			return 0;
		i = c >= LONG_ONLY ? (size_t)(c - LONG_ONLY) : by_letter(p, c);
		if (i >= p->n) /* '?' or ':' */
			return complain(p, c, argv[optind - 1]);
		r = set_option(p->diag, p->opts[i], optarg, p->slots[i]);
		if (r)
			return r;
	}
}

int cli_parse(const struct diag *d, const struct opt_set *sets, size_t nsets,
	      bool stop_at_operand, int argc, char **argv, size_t *nargs)
{
	struct parser p = { .diag = d };
	int r;

	if (parser_make(&p, sets, nsets)) {
		r = diag_fail(d, ENOMEM, NULL, "options");
		goto out;
	}
	strcpy(p.shorts, stop_at_operand ? "+:" : ":");
	for (size_t i = 0; i < nsets; i++)
		for (size_t k = 0; k < sets[i].n; k++)
			add_option(&p, &sets[i].v[k], sets[i].config);
	r = parse(&p, argc, argv);
	if (!r) {
		*nargs = (size_t)(argc - optind);
		memmove(argv + 1, argv + optind, (*nargs + 1) * sizeof(*argv));
	}
out:
	parser_free(&p);
	return r;
}

void cli_free(const struct opt_set *sets, size_t nsets)
{
	for (size_t i = 0; i < nsets; i++)
		for (size_t k = 0; k < sets[i].n; k++) {
			const struct opt *o = &sets[i].v[k];
			struct list_arg *l = (void *)((char *)sets[i].config + o->off);

			if (o->kind == OPT_LIST) {
				free(l->v);
				*l = (struct list_arg){ 0 };
			}
		}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter.c - conditions on the columns of a record. */
#include "filter.h"

#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

/* Longest first: "<=" must not be taken for "<". */
static const struct {
	const char *text;
	enum filter_op op;
} operators[] = {
	{ "!=", FILTER_IS_NOT }, { "<=", FILTER_LESS_EQUAL }, { ">=", FILTER_MORE_EQUAL },
	{ "==", FILTER_IS },     { "=", FILTER_IS },          { "<", FILTER_LESS },
	{ ">", FILTER_MORE },
};

/* The column called so, or the only one that begins so. */
static const struct field *find(const struct record *rec, const char *word, size_t n)
{
	const struct field *f = field_find(rec, word, n), *hit = NULL;

	for (size_t i = 0; !f && n && i < rec->nfields; i++)
		if (!strncasecmp(rec->fields[i].name, word, n)) {
			if (hit)
				return NULL;
			hit = &rec->fields[i];
		}
	return f ? f : hit;
}

/* A number in the column's unit; a plain one is accepted everywhere. */
static int parse_number(const struct field *f, const char *s, struct filter_term *t)
{
	bool negative = *s == '-' && s[1] != '-';
	char *end;
	int r;

	s += negative;
	if (f->flags & SIZE)
		r = parse_size(s, &t->exact);
	else if (f->flags & NANO)
		r = parse_duration(s, &t->exact);
	else
		r = parse_u64(s, &t->exact);
	t->number = (double)t->exact;
	if (r && !(f->flags & (SIZE | NANO)) && isdigit((unsigned char)*s)) {
		t->number = strtod(s, &end);
		r = *end && strcmp(end, "%") != 0 ? -EINVAL : 0;
		t->exact = t->number < 0x1p63 ? (uint64_t)t->number : 0;
	}
	if (negative) {
		t->number = -t->number;
		t->exact = 0; /* no unsigned value equals it */
	}
	return r;
}

static int add(struct filter *f, const struct filter_term *t)
{
	struct filter_term *v = reallocarray(f->v, f->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	f->v = v;
	f->v[f->n++] = *t;
	return 0;
}

static bool is_word(const struct field *f, const char *word, uint64_t *bit)
{
	*bit = 0;
	if (f->kind == MEMBER_BOOL || f->kind == MEMBER_OPT_BOOL)
		return !strcasecmp(f->name, word);
	for (size_t i = 0; f->flags & BITS && f->names && i < f->names->n; i++)
		if (!strcasecmp(f->names->v[i].name, word)) {
			*bit = 1ULL << f->names->v[i].number;
			return true;
		}
	return false;
}

static int add_word(struct filter *f, const struct record *rec, const char *expr,
		    struct buf *why)
{
	bool not = *expr == '!';
	struct filter_term t = { .op = not ? FILTER_IS_NOT : FILTER_IS, .bare = true };

	for (size_t i = 0; i < rec->nfields; i++) {
		t.field = &rec->fields[i];
		if (is_word(t.field, expr + not, &t.bit))
			return add(f, &t);
	}
	buf_printf(why, "'%s' is neither a comparison like COLUMN=VALUE nor a flag",
		   expr);
	return -EINVAL;
}

static bool is_text(const struct field *f)
{
	return !f->names && (f->kind == MEMBER_BOOL || f->kind == MEMBER_OPT_BOOL ||
			     f->kind == MEMBER_BYTES || f->kind == MEMBER_STR ||
			     f->kind == MEMBER_CHARS || f->flags & TIME);
}

/* Whether a word (n bytes) can be meant for the column. One whose values are numbers or
 * have names takes a name, a pattern that fits one, or a number, of digits a pattern. */
static bool is_fit(const struct field *f, const char *word, size_t n)
{
	char glob[256];
	struct filter_term t;

	if (is_text(f))
		return true;
	if (n >= sizeof(glob))
		return false;
	memcpy(glob, word, n);
	glob[n] = 0;
	for (size_t i = 0; f->names && i < f->names->n; i++)
		if (!fnmatch(glob, f->names->v[i].name, FNM_CASEFOLD | FNM_NOESCAPE))
			return true;
	return !parse_number(f, glob, &t) || (!f->names && strpbrk(glob, "*?["));
}

/* The first word that can't be a value of the column, or NULL. */
static const char *wrong_word(const struct filter_term *t)
{
	for (const char *w = t->words;; w++) {
		size_t n = strcspn(w, ",");

		if (!is_fit(t->field, w, n))
			return w;
		w += n;
		if (!*w)
			return NULL;
	}
}

static int check_words(const struct filter_term *t, const char *expr, struct buf *why)
{
	const char *word = wrong_word(t), *sep = " is none of ";

	if (!word)
		return 0;
	buf_printf(why, "'%s': '%.*s'", expr, (int)strcspn(word, ","), word);
	if (!t->field->names)
		buf_puts(why, " is not a number");
	for (size_t i = 0; t->field->names && i < t->field->names->n; i++) {
		buf_printf(why, "%s%s", sep, t->field->names->v[i].name);
		sep = ", ";
	}
	return -EINVAL;
}

int filter_add(struct filter *f, const struct record *rec, const char *expr,
	       struct buf *why)
{
	size_t n = strcspn(expr, "=<>!"), i = 0;
	struct filter_term t = { 0 };

	while (i < COUNT(operators) &&
	       strncmp(expr + n, operators[i].text, strlen(operators[i].text)) != 0)
		i++;
	if (i == COUNT(operators))
		return add_word(f, rec, expr, why);
	t.field = find(rec, expr, n);
	if (!t.field || t.field->kind == MEMBER_NEST) {
		buf_printf(why, "'%s': no one column is called '%.*s'", expr, (int)n,
			   expr);
		return -EINVAL;
	}
	t.op = operators[i].op;
	t.words = expr + n + strlen(operators[i].text);
	if (t.op == FILTER_IS || t.op == FILTER_IS_NOT) {
		if (check_words(&t, expr, why))
			return -EINVAL;
	} else if (parse_number(t.field, t.words, &t)) {
		buf_printf(why, "'%s': '%s' is not a number", expr, t.words);
		return -EINVAL;
	}
	return add(f, &t);
}

/* Whether one word (n bytes) describes the value: its text by glob, or its number. */
static bool word_matches(const struct field *f, const struct value *v, struct buf *text,
			 const char *word, size_t n)
{
	struct filter_term t;
	char glob[256];

	if (n >= sizeof(glob))
		return false;
	memcpy(glob, word, n);
	glob[n] = 0;
	if (v->kind == VALUE_U64 && f->flags & BITS) {
		uint64_t bit;

		return is_word(f, glob, &bit) && v->u & bit;
	}
	if (v->kind == VALUE_U64 && !parse_number(f, glob, &t) &&
	    (double)v->u == t.number && v->u == t.exact)
		return true;
	return !fnmatch(glob, text->p,
			v->names || v->kind == VALUE_BOOL ? FNM_CASEFOLD | FNM_NOESCAPE
							  : FNM_NOESCAPE);
}

static bool any_word(const struct filter_term *t, const struct value *v)
{
	struct buf text = { 0 };
	const char *w = t->words;
	bool hit = false;

	value_put(&text, v, STYLE_TEXT);
	buf_putc(&text, 0);
	while (!hit && !text.err) {
		size_t n = strcspn(w, ",");

		hit = word_matches(t->field, v, &text, w, n);
		if (!w[n])
			break;
		w += n + 1;
	}
	buf_free(&text);
	return hit;
}

static int compare(const struct filter_term *t, const struct value *v)
{
	double d = v->kind == VALUE_F64 ? v->f : v->kind == VALUE_I64 ? (double)v->i : 0;

	if (v->kind == VALUE_U64 && (double)t->exact == t->number)
		return (v->u > t->exact) - (v->u < t->exact);
	if (v->kind == VALUE_U64)
		d = (double)v->u;
	return (d > t->number) - (d < t->number);
}

static bool term_holds(const struct filter_term *t, const void *row)
{
	struct value v = field_value(t->field, row);

	if (value_absent(&v))
		return t->op == FILTER_IS_NOT;
	if (t->bare)
		return (t->bit ? (v.u & t->bit) != 0 : v.b) == (t->op == FILTER_IS);
	switch (t->op) {
	case FILTER_IS:
		return any_word(t, &v);
	case FILTER_IS_NOT:
		return !any_word(t, &v);
	case FILTER_LESS:
		return compare(t, &v) < 0;
	case FILTER_LESS_EQUAL:
		return compare(t, &v) <= 0;
	case FILTER_MORE:
		return compare(t, &v) > 0;
	case FILTER_MORE_EQUAL:
		return compare(t, &v) >= 0;
	}
	return false;
}

bool filter_match(const struct filter *f, const void *row)
{
	for (size_t i = 0; i < f->n; i++)
		if (!term_holds(&f->v[i], row))
			return false;
	return true;
}

bool filter_uses(const struct filter *f, const char *column)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].field->name, column))
			return true;
	return false;
}

void filter_free(struct filter *f)
{
	free(f->v);
	*f = (struct filter){ 0 };
}

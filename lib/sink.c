/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink.c - rows in: streamed where possible, kept and sorted where asked. */
#include "sink.h"

#include "sink_form.h"

#include <errno.h>
#include <stdlib.h>

static const struct sink_form *form_of(const struct record *rec, enum format format)
{
	switch (format) {
	case FORMAT_JSON:
		return &form_json;
	case FORMAT_METRICS:
		return &form_metrics;
	case FORMAT_TEXT:
		break;
	}
	return rec->vertical ? &form_vertical : &form_table;
}

static int choose_sort(struct sink *s, struct bytes *bad)
{
	const char *word = s->opts.sort;

	if (!word)
		return 0;
	s->descending = *word == '-';
	word += s->descending;
	s->sort = field_find(s->rec, word, strlen(word));
	if (s->sort && s->sort->kind != MEMBER_NEST)
		return 0;
	*bad = (struct bytes){ .p = word, .n = strlen(word) };
	return -EINVAL;
}

static void sink_free(struct sink *s)
{
	if (s->form->end)
		s->form->end(s);
	buf_free(&s->store);
	free(s->kept);
	free(s->cols.v);
	free(s);
}

int sink_open(struct sink **sp, struct out *out, const struct record *rec,
	      const struct sink_options *opts, struct bytes *bad)
{
	struct sink *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	*s = (struct sink){
		.out = out, .rec = rec, .opts = *opts, .form = form_of(rec, opts->format)
	};
	r = columns_select(&s->cols, rec, opts->columns,
			   opts->format != FORMAT_TEXT || rec->vertical, bad);
	if (!r)
		r = choose_sort(s, bad);
	if (!r && s->form->begin)
		r = s->form->begin(s);
	if (r)
		sink_free(s);
	else
		*sp = s;
	return r;
}

static void keep_key(struct sink *s, struct kept *k, const void *row)
{
	k->key = field_value(s->sort, row);
	if (value_absent(&k->key)) {
		k->key.kind = VALUE_NULL;
	} else if (k->key.kind == VALUE_BYTES) {
		k->key_off = s->store.n;
		buf_add(&s->store, k->key.s.p, k->key.s.n);
	}
}

static int keep(struct sink *s, const void *row)
{
	struct kept *k;

	if (s->nkept == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;

		k = reallocarray(s->kept, cap, sizeof(*k));
		if (!k)
			return -ENOMEM;
		s->kept = k;
		s->cap = cap;
	}
	k = &s->kept[s->nkept++];
	keep_key(s, k, row);
	k->off = s->store.n;
	s->form->row(s, row, &s->store);
	k->len = s->store.n - k->off;
	return s->store.err;
}

const struct field *sink_sorted(struct sink *s, bool *descending)
{
	const struct field *f = s->sort;

	*descending = s->descending;
	s->sort = NULL;
	return f;
}

int sink_measure(struct sink *s, const void *row)
{
	if (s->form->measure) {
		s->measured = true;
		s->form->measure(s, row);
	}
	return s->store.err;
}

/* A row of a table whose widths are known already. */
static int print_measured(struct sink *s, const void *row)
{
	if (s->taken == 1 && s->form->before)
		s->form->before(s);
	s->store.n = 0;
	s->form->row(s, row, &s->store);
	if (!s->store.err)
		s->form->print(s, s->store.p, s->store.n);
	s->store.n = 0;
	return s->store.err ? s->store.err : out_mark(s->out);
}

int sink_row(struct sink *s, const void *row)
{
	s->taken++;
	if (s->sort)
		return keep(s, row);
	if (s->opts.top && s->taken > s->opts.top)
		return s->out->err;
	if (s->measured)
		return print_measured(s, row);
	if (!s->form->keeps) {
		s->form->row(s, row, &s->out->b);
		return out_mark(s->out);
	}
	s->form->row(s, row, &s->store);
	return s->store.err;
}

static int by_key(const void *va, const void *vb, void *arg)
{
	const struct kept *a = va, *b = vb;
	const struct sink *s = arg;
	int r = value_compare(&a->key, &b->key);

	/* absent values come last in either direction */
	if (s->descending && a->key.kind != VALUE_NULL && b->key.kind != VALUE_NULL)
		r = -r;
	return r ? r : (a->off > b->off) - (a->off < b->off);
}

static void print_sorted(struct sink *s)
{
	size_t n = s->nkept;

	for (size_t i = 0; i < n; i++)
		if (s->kept[i].key.kind == VALUE_BYTES)
			s->kept[i].key.s.p = s->store.p + s->kept[i].key_off;
	if (n)
		qsort_r(s->kept, n, sizeof(*s->kept), by_key, s);
	if (s->opts.top && n > s->opts.top)
		n = s->opts.top;
	for (size_t i = 0; i < n && !out_mark(s->out); i++)
		s->form->print(s, s->store.p + s->kept[i].off, s->kept[i].len);
}

/* Whatever waits in the store goes to out. */
static int release(struct sink *s)
{
	if (s->store.err)
		return s->store.err;
	if (s->form->before && s->taken && !s->measured)
		s->form->before(s);
	if (s->sort)
		print_sorted(s);
	else if (s->form->keeps && s->store.n)
		s->form->print(s, s->store.p, s->store.n);
	if (s->form->after)
		s->form->after(s);
	s->store.n = s->nkept = s->taken = 0;
	s->measured = false;
	return s->out->b.err;
}

int sink_flush(struct sink *s)
{
	int r = release(s);

	return r ? r : out_flush(s->out);
}

int sink_close(struct sink *s)
{
	int r;

	if (!s)
		return 0;
	r = release(s);
	sink_free(s);
	return r;
}

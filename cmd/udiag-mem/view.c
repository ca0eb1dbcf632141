/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.c - filters, and the work that columns and filters make necessary. */
#include "view.h"

#include <ctype.h>
#include <errno.h>
#include <linux/unix_diag.h>
#include <stdlib.h>

/* The memory, queues and peers are always asked for: flags and totals rest on them. */
enum { SHOW_ALWAYS = UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO };

static const struct column_needs {
	const char *column;
	unsigned int need;
	uint32_t show;
} needs[] = {
	{ "owner", NEED_OWNERS, 0 },
	{ "pid", NEED_OWNERS, 0 },
	{ "comm", NEED_OWNERS, 0 },
	{ "fd", NEED_OWNERS, 0 },
	{ "other_owners", NEED_OWNERS, 0 },
	{ "owner_source", NEED_OWNERS, 0 },
	{ "flags", NEED_OWNERS | NEED_QUEUES | NEED_PEER, 0 },
	{ "peer", NEED_OWNERS | NEED_PEER, 0 },
	{ "peer_pid", NEED_OWNERS | NEED_PEER, 0 },
	{ "peer_comm", NEED_OWNERS | NEED_PEER, 0 },
	{ "peer_name", NEED_PEER, UDIAG_SHOW_NAME },
	{ "held_bytes", NEED_PEER | NEED_QUEUES, 0 },
	{ "overhead", NEED_PEER | NEED_QUEUES, 0 },
	{ "queue", NEED_QUEUES, 0 },
	{ "queue_depth", NEED_QUEUES, 0 },
	{ "queue_limit", NEED_QUEUES, 0 },
	{ "queue_pct", NEED_QUEUES, 0 },
	{ "waiters", NEED_QUEUES, 0 },
	{ "unread_bytes", NEED_QUEUES, 0 },
	{ "name", 0, UDIAG_SHOW_NAME },
	{ "name_hex", 0, UDIAG_SHOW_NAME },
	{ "vfs_inode", 0, UDIAG_SHOW_VFS },
	{ "vfs_dev", 0, UDIAG_SHOW_VFS },
	{ "uid", 0, UDIAG_SHOW_UID },
};

/* What each grouping looks at; the sums look at queues and peers. */
static const struct column_needs group_needs[] = {
	{ "process", NEED_OWNERS, 0 },          { "comm", NEED_OWNERS, 0 },
	{ "peer", NEED_OWNERS | NEED_PEER, 0 }, { "name", 0, UDIAG_SHOW_NAME },
	{ "uid", 0, UDIAG_SHOW_UID },
};

static void need(struct view *v, const struct column_needs *n, bool asked)
{
	v->need |= n->need;
	v->show |= n->show;
	if (asked)
		v->asked |= n->need;
}

static bool is_about(const struct view *v, const char *column)
{
	for (size_t i = 0; i < v->nfail; i++)
		if (filter_uses(&v->fail[i], column))
			return true;
	return filter_uses(&v->filter, column);
}

static bool sorts_by(const struct ctx *c, const char *column)
{
	const char *s = c->common.sort;

	return s && !strcmp(s + (*s == '-'), column);
}

/* The columns that will be printed; -o's words are checked when output opens. */
static int need_columns(struct view *v, const struct ctx *c)
{
	struct columns cols = { 0 };
	struct bytes bad;
	int r = columns_select(&cols, &sock_record, c->common.columns, c->common.json,
			       &bad);

	for (size_t i = 0; !r && i < COUNT(needs); i++) {
		const struct field *f = field_find(&sock_record, needs[i].column,
						   strlen(needs[i].column));

		for (size_t k = 0; k < cols.n; k++)
			if (cols.v[k] == f)
				need(v, &needs[i], c->common.columns != NULL);
	}
	free(cols.v);
	return r;
}

static int need_all(struct view *v, const struct ctx *c)
{
	const char *group = options_of(c)->group;

	v->show = SHOW_ALWAYS;
	for (size_t i = 0; i < COUNT(needs); i++)
		if (is_about(v, needs[i].column) || sorts_by(c, needs[i].column))
			need(v, &needs[i], true);
	v->need_to_choose = v->need;
	if (c->common.prometheus) {
		v->need |= NEED_OWNERS | NEED_QUEUES | NEED_PEER;
		v->show |= UDIAG_SHOW_NAME;
		v->need_to_choose = v->need;
		return 0;
	}
	if (!group)
		return need_columns(v, c);
	v->need |= NEED_QUEUES | NEED_PEER;
	v->need_to_choose |= NEED_PEER;
	for (size_t i = 0; i < COUNT(group_needs); i++)
		if (!strcmp(group_needs[i].column, group))
			need(v, &group_needs[i], true);
	return 0;
}

static bool starts(const char *s, const char *start)
{
	return !strncasecmp(s, start, strlen(start));
}

/*
 * Three short words stand for a column by what they are compared with: queue>5 is the
 * depth and queue>80% the share; peer=INODE, peer=/path or \x00name, peer=comm.
 */
static void rewrite(struct buf *to, const char *expr)
{
	size_t n = strcspn(expr, "=<>!");
	const char *value = expr + n + strspn(expr + n, "=<>!");
	const char *column = NULL;

	if (n == 5 && expr[n] && starts(expr, "queue"))
		column = strchr(value, '%') ? "queue_pct" : "queue_depth";
	else if (n == 4 && expr[n] && starts(expr, "peer"))
		column = isdigit((unsigned char)*value)         ? "peer_inode"
			 : *value == '\\' || strchr(value, '/') ? "peer_name"
								: "peer_comm";
	if (column) {
		buf_puts(to, column);
		expr += n;
	}
	buf_puts(to, expr);
	buf_putc(to, 0);
}

/* Notes what a term says of the owner of either end. Terms of what it is not to be don't
 * tell who is meant. */
static int note_owner(struct wanted_owner *w, const char *expr)
{
	struct filter term = { 0 };
	struct buf why = { 0 };
	int r = filter_add(&term, &sock_record, expr, &why);

	if (!r && expr[strcspn(expr, "=<>!")] != '!') {
		if (filter_uses(&term, "pid") || filter_uses(&term, "comm"))
			r = filter_add(&w->mine, &sock_record, expr, &why);
		else if (filter_uses(&term, "peer_pid") ||
			 filter_uses(&term, "peer_comm"))
			r = filter_add(&w->others, &sock_record, expr, &why);
	}
	filter_free(&term);
	buf_free(&why);
	return r;
}

static bool wants(const struct wanted_owner *w, const struct sock *s)
{
	return (w->mine.n && filter_match(&w->mine, s)) ||
	       (w->others.n && filter_match(&w->others, s));
}

bool view_prefers(const void *view, uint32_t pid, struct bytes comm)
{
	const struct view *v = view;
	const struct sock s = { .pid = some_u64(pid),
				.comm = comm,
				.peer_pid = some_u64(pid),
				.peer_comm = comm };

	if (v->owners[0].mine.n || v->owners[0].others.n)
		return wants(&v->owners[0], &s);
	for (size_t i = 1; i <= v->nfail; i++)
		if (wants(&v->owners[i], &s))
			return true;
	return false;
}

/* Adds one expression of n bytes; words has room, so that it does not move. */
static int add_term(struct view *v, struct filter *f, struct wanted_owner *w,
		    const struct ctx *c, const char *expr, size_t n)
{
	struct buf why = { 0 };
	size_t at = v->words.n;
	char *copy = strndup(expr, n);
	int r = copy ? 0 : -ENOMEM;

	if (copy) {
		rewrite(&v->words, copy);
		r = filter_add(f, &sock_record, v->words.p + at, &why);
		if (!r)
			r = note_owner(w, v->words.p + at);
		free(copy);
	}
	if (r == -EINVAL)
		r = diag_usage(&c->diag, "%.*s", (int)why.n, why.p);
	else if (r)
		r = diag_fail(&c->diag, r, NULL, "filter");
	buf_free(&why);
	return r;
}

/* A --fail-if may hold several terms, that must all hold. */
static int add_fail(struct view *v, const struct ctx *c, const char *expr)
{
	struct filter *f = &v->fail[v->nfail++];
	struct wanted_owner *w = &v->owners[v->nfail];
	int r = 0;

	if (!expr[strspn(expr, " \t\n")])
		return diag_usage(&c->diag, "--fail-if: '%s' says nothing", expr);
	while (!r && *(expr += strspn(expr, " \t\n"))) {
		size_t n = strcspn(expr, " \t\n");

		r = add_term(v, f, w, c, expr, n);
		expr += n;
	}
	return r;
}

int view_open(struct view *v, const struct ctx *c)
{
	const struct list_arg *fail = &options_of(c)->fail_if;
	size_t room = 0;
	int r = 0;

	*v = (struct view){ .fail = calloc(fail->n + 1, sizeof(*v->fail)),
			    .owners = calloc(fail->n + 1, sizeof(*v->owners)) };
	/* a rewritten term is at most 10 bytes longer, and is one byte or more before */
	for (size_t i = 0; i < c->nargs; i++)
		room += strlen(c->args[i]) + 16;
	for (size_t i = 0; i < fail->n; i++)
		room += 16 * (strlen(fail->v[i]) + 1);
	if (!v->fail || !v->owners || !buf_room(&v->words, room + 1))
		return diag_fail(&c->diag, ENOMEM, NULL, "filter");
	for (size_t i = 0; !r && i < c->nargs; i++)
		r = add_term(v, &v->filter, v->owners, c, c->args[i], strlen(c->args[i]));
	for (size_t i = 0; !r && i < fail->n; i++)
		r = add_fail(v, c, fail->v[i]);
	if (!r && need_all(v, c))
		r = diag_fail(&c->diag, ENOMEM, NULL, "columns");
	return r;
}

void view_close(struct view *v)
{
	for (size_t i = 0; i < v->nfail; i++)
		filter_free(&v->fail[i]);
	for (size_t i = 0; v->owners && i <= v->nfail; i++) {
		filter_free(&v->owners[i].mine);
		filter_free(&v->owners[i].others);
	}
	free(v->fail);
	free(v->owners);
	filter_free(&v->filter);
	buf_free(&v->words);
}

bool view_match(const struct view *v, const struct sock *s, bool *fails)
{
	if (!filter_match(&v->filter, s))
		return false;
	for (size_t i = 0; i < v->nfail && !*fails; i++)
		*fails = filter_match(&v->fail[i], s);
	return true;
}

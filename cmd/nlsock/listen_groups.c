/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which groups are joined. */
#include "listen.h"

#include "connector.h"
#include "groups.h"

#include <errno.h>
#include <linux/connector.h>
#include <stdlib.h>

/* Processes are told of only where somebody asks for it. */
static int ask_for_events(struct listening *all, struct listener *l,
			  const struct group_ids *ids)
{
	int err;

	if (l->ear.protocol != NETLINK_CONNECTOR || !ids->n || ids->v[0] != CN_IDX_PROC)
		return 0;
	err = connector_ask(&l->ear.conn, true);
	l->asked = !err;
	return err ? diag_fail(&all->c->diag, err,
			       err == -EPERM ? "it needs CAP_NET_ADMIN"
			       : err == -ECONNREFUSED
				       ? "only the initial network namespace has them"
				       : NULL,
			       "events of processes")
		   : 0;
}

/* With --verbose, as the kernel has them. */
static void tell_groups(const struct listening *all, struct listener *l)
{
	struct buf b = { 0 };

	ear_groups(&l->ear, &b);
	buf_putc(&b, 0);
	if (!b.err)
		diag_info(&all->c->diag, "%s: groups%s", l->target.word,
			  b.n > 1 ? b.p : ": none");
	buf_free(&b);
}

static const char *capability_of(const struct listener *l)
{
	return l->target.language.protocol == NETLINK_AUDIT ? "it needs CAP_AUDIT_READ"
							    : "it needs CAP_NET_ADMIN";
}

static int join(struct listening *all, struct listener *l, const struct group_ids *ids)
{
	bool joined = false;

	for (size_t i = 0; i < ids->n; i++) {
		int err = nl_option(&l->ear.conn, NETLINK_ADD_MEMBERSHIP, (int)ids->v[i]);

		joined |= !err;
		if (!err && all->s->with_dump && l->ear.protocol == NETLINK_ROUTE)
			l->causes |= silent_causes(ids->v[i]);
		/* Of those that nobody named the ones that are there will do. */
		if (err && (all->s->groups.n || (!joined && i + 1 == ids->n)))
			return diag_fail(&all->c->diag, err,
					 err == -EPERM ? capability_of(l) : NULL,
					 "group %u of %s", ids->v[i], l->target.word);
	}
	tell_groups(all, l);
	return ask_for_events(all, l, ids);
}

/* Takes ids of groups from those that were chosen. */
static void leave_out(struct group_ids *ids, const struct group_ids *gone)
{
	size_t n = 0;

	for (size_t i = 0; i < ids->n; i++) {
		bool keep = true;

		for (size_t k = 0; k < gone->n; k++)
			keep &= ids->v[i] != gone->v[k];
		if (keep)
			ids->v[n++] = ids->v[i];
	}
	ids->n = n;
}

/* Finds a name in all targets; at least one must know it. */
static int find_group(struct listening *all, struct group_ids *ids, const char *name,
		      bool drop)
{
	bool found = false;

	for (size_t i = 0; i < all->n; i++) {
		struct group_ids of_name = { 0 };

		found |= !group_named(&all->v[i].target, name, &of_name);
		if (drop)
			leave_out(&ids[i], &of_name);
		for (size_t k = 0; k < of_name.n && !drop; k++)
			group_add(&ids[i], of_name.v[k]);
	}
	return found ? 0
		     : diag_usage(&all->c->diag,
				  "unknown group '%s', nlsock list shows "
				  "those of families",
				  name);
}

static int find_groups(struct listening *all, struct group_ids *ids,
		       const struct list_arg *list, bool drop)
{
	int status = 0;

	for (size_t i = 0; i < list->n && !status; i++) {
		char *words = strdup(list->v[i]), *at, *word;

		if (!words)
			return diag_fail(&all->c->diag, ENOMEM, NULL, "groups");
		for (at = words; (word = strsep(&at, ",")) && !status;)
			status = *word ? find_group(all, ids, word, drop) : 0;
		free(words);
	}
	return status;
}

static int choose_groups(struct listening *all, struct group_ids *ids)
{
	int status;

	for (size_t i = 0; i < all->n && !all->s->groups.n; i++)
		groups_all(&all->v[i].target, &ids[i]);
	status = find_groups(all, ids, &all->s->groups, false);
	if (!status)
		status = find_groups(all, ids, &all->s->joined, false);
	return status ? status : find_groups(all, ids, &all->s->dropped, true);
}

int listen_join(struct listening *all)
{
	struct group_ids *ids = calloc(all->n, sizeof(*ids));
	int status;

	if (!ids)
		return diag_fail(&all->c->diag, ENOMEM, NULL, "groups");
	status = choose_groups(all, ids);
	for (size_t i = 0; i < all->n && !status; i++)
		if (!ids[i].n && !all->s->dropped.n && !all->s->bind)
			diag_warn(&all->c->diag,
				  "%s: no group of it is known, only what is sent to "
				  "this socket alone will be heard",
				  all->v[i].target.word);
	for (size_t i = 0; i < all->n && !status; i++)
		status = join(all, &all->v[i], &ids[i]);
	free(ids);
	return status;
}

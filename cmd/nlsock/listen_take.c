/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What listeners hear: events, and that some were lost. */
#include "listen.h"

#include "clock.h"
#include "follow.h"
#include "until.h"

#include <errno.h>

bool listen_enough(const struct listening *all)
{
	return all->met || (all->s->count && all->events >= all->s->count);
}

/* h NULL: what came is text. */
static void print_one(struct printer *p, const struct nlmsghdr *h, struct bytes text,
		      const struct about *about)
{
	if (h)
		printer_message(p, h, about);
	else
		printer_text(p, about, text);
}

/* The condition looks at JSON; text is made to be looked at by people. */
static bool holds(struct listening *all, struct listener *l, const struct nlmsghdr *h,
		  struct bytes text, const struct about *about)
{
	struct buf line = { 0 };
	struct printer p = { .out = &line, .target = &l->target, .form = TREE_JSON };
	bool good;

	print_one(&p, h, text, about);
	good = !line.err && until_holds(all->s->until, line.p, line.n);
	printer_free(&p);
	buf_free(&line);
	return good;
}

void listen_take(struct listening *all, struct listener *l, const struct nlmsghdr *h,
		 struct bytes text, const struct about *about)
{
	print_one(&l->printer, h, text, about);
	if (all->s->until && holds(all, l, h, text, about))
		all->met = true;
}

static void take_event(struct listening *all, struct listener *l,
		       const struct nlmsghdr *h, struct bytes text,
		       const struct about *about)
{
	all->events++;
	listen_take(all, l, h, text, about);
}

static void print_all(struct listening *all, struct listener *l,
		      const struct heard *heard)
{
	struct about about = { .group = heard->group,
			       .nsid = heard->nsid,
			       .side = SIDE_EVENT };
	const struct bytes d = heard->data;
	const struct nlmsghdr *h = nl_msg_at(d.p, d.n);
	size_t left = d.n;

	l->printer.wall_ns = clock_wall_ns();
	if (l->ear.protocol == NETLINK_KOBJECT_UEVENT) {
		take_event(all, l, NULL, d, &about);
		return;
	}
	for (; h && !listen_enough(all); h = nl_msg_next(h, &left))
		take_event(all, l, h, (struct bytes){ 0 }, &about);
	if (!h && left) {
		about.event = "malformed";
		printer_event(&l->printer, &about,
			      (struct bytes){ .p = d.p + (d.n - left), .n = left });
	}
}

static void take_heard(struct listening *all, struct listener *l,
		       const struct heard *heard)
{
	pcap_add(&all->pcap, l->ear.protocol, false, heard->data);
	print_all(all, l, heard);
}

/* lost: datagrams; has is false where nobody knows how many. */
static void note_lost(struct listening *all, struct listener *l, const char *event,
		      struct opt_u64 lost)
{
	const struct about about = { .event = event, .lost = lost, .side = SIDE_EVENT };

	l->stale = true;
	if (all->status != STATUS_FAILED)
		all->status = STATUS_INCOMPLETE;
	l->printer.wall_ns = clock_wall_ns();
	printer_event(&l->printer, &about, (struct bytes){ 0 });
}

static void note_overrun(struct listening *all, struct listener *l)
{
	const struct opt_u64 lost = ear_lost(&l->ear);

	if (!all->s->no_enobufs || lost.v)
		note_lost(all, l, "overrun", lost);
}

int listen_drain(struct listening *all, struct listener *l, int signals)
{
	struct heard heard;
	int r = 1;

	while (r && !listen_enough(all)) {
		r = ear_hear(&l->ear, &heard);
		if (r == -ENOBUFS)
			note_overrun(all, l);
		else if (r == -EMSGSIZE)
			note_lost(all, l, "truncated", some_u64(1));
		else if (r < 0)
			return diag_fail(&all->c->diag, r, NULL, "%s", l->target.word);
		else if (r)
			take_heard(all, l, &heard);
		if (out_mark(&all->c->out))
			return STATUS_FAILED; /* main says why */
		if (r && !(all->events & 1023) && follow_ended(signals))
			return 0;
	}
	if (all->s->no_enobufs)
		note_overrun(all, l);
	return 0;
}

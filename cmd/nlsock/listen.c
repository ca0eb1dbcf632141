/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock listen - what happens, as it happens, and what was missed. */
#include "listen.h"

#include "clock.h"
#include "connector.h"
#include "follow.h"
#include "nlsock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static const struct opt opts[] = {
	PRINT_OPTIONS,
	SOCKET_OPTIONS,
	OPT(settings, groups, 'g', "group", "NAME,...",
	    "listen to these groups, by name or number (all that are known)"),
	OPT(settings, joined, 0, "join", "NAME,...",
	    "listen to these groups too, besides those of --group or all that are known"),
	OPT(settings, dropped, 0, "drop", "NAME,...", "but not to these groups"),
	OPT(settings, with_dump, 0, "with-dump", NULL,
	    "print the state first, and again after events were lost"),
	OPT(settings, count, 0, "count", "N", "end after so many events", .min = 1),
	OPT(settings, timeout, 't', "timeout", "TIME", "end after this time",
	    .min = 1000000, .max = UINT64_C(1000000000) * 86400 * 365),
	OPT(settings, until, 0, "until", "ATTR=VALUE",
	    "end once a message has this value; 1 if --timeout comes first"),
	OPT(settings, retry, 0, "retry", "N",
	    "dump again so many times if it was interrupted (5)"),
	OPT(settings, pktinfo, 0, "pktinfo", NULL,
	    "tell the group of each event (NETLINK_PKTINFO): the default"),
	OPT(settings, no_pktinfo, 0, "no-pktinfo", NULL,
	    "don't ask for the group of events"),
	OPT(settings, all_nsid, 0, "all-nsid", NULL,
	    "hear all network namespaces that have an id here"),
	OPT(settings, no_enobufs, 0, "no-enobufs", NULL,
	    "don't be told of loss, look at the count of it"),
	OPT(settings, broadcast_error, 0, "broadcast-error", NULL,
	    "let senders know when this buffer is full"),
};
static const struct settings defaults = { .retry = 5 };

static int set_options(struct listening *all, struct nl_conn *conn)
{
	const struct {
		bool wanted;
		int option;
		const char *name;
	} v[] = {
		{ all->s->pktinfo || !all->s->no_pktinfo, NETLINK_PKTINFO,
		  "NETLINK_PKTINFO" },
		{ all->s->all_nsid, NETLINK_LISTEN_ALL_NSID, "NETLINK_LISTEN_ALL_NSID" },
		{ all->s->no_enobufs, NETLINK_NO_ENOBUFS, "NETLINK_NO_ENOBUFS" },
		{ all->s->broadcast_error, NETLINK_BROADCAST_ERROR,
		  "NETLINK_BROADCAST_ERROR" },
	};

	for (size_t i = 0; i < COUNT(v); i++) {
		int err = v[i].wanted ? nl_option(conn, v[i].option, 1) : 0;

		if (err)
			return diag_fail(&all->c->diag, err,
					 err == -EPERM ? "it needs CAP_NET_BROADCAST"
						       : NULL,
					 "%s", v[i].name);
	}
	return 0;
}

static int open_one(struct listening *all, struct listener *l, const char *word)
{
	struct ctx *c = all->c;
	int status = target_open(c, &l->target, word, all->s->spec), err;

	if (!status && l->target.language.protocol == NETLINK_GENERIC &&
	    !l->target.language.families.n) {
		err = families_load(&l->target.language.families);
		if (err && err != -EINTR)
			return diag_fail(&c->diag, err, NULL, "generic netlink families");
	}
	if (!status)
		status = target_resolve(c, &l->target);
	if (!status)
		status = settings_connect(c, all->s, l->target.language.protocol,
					  &l->ear.conn);
	if (status)
		return status;
	l->open = true;
	l->ear.protocol = l->target.language.protocol;
	l->printer = (struct printer){ .out = &c->out.b,
				       .target = &l->target,
				       .form = all->s->json ? TREE_JSON : TREE_LINES,
				       .raw = all->s->raw,
				       .meta = true };
	return set_options(all, &l->ear.conn);
}

static int open_all(struct listening *all)
{
	unsigned int causes = 0;
	int status = 0, err;

	for (size_t i = 0; i < all->n && !status; i++)
		status = open_one(all, &all->v[i], all->c->args[i]);
	if (!status)
		status = listen_join(all);
	for (size_t i = 0; i < all->n; i++)
		causes |= all->v[i].causes;
	err = status || !causes ? 0 : silent_open(&all->silent, causes);
	return err ? diag_fail(&all->c->diag, err, NULL, "events of links") : status;
}

/* Marks whose state may have changed without an event. Returns a status. */
static int look_for_causes(struct listening *all)
{
	int causes = all->silent.open ? silent_look(&all->silent) : 0;

	if (causes < 0)
		return diag_fail(&all->c->diag, causes, NULL, "events of links");
	for (size_t i = 0; i < all->n; i++) {
		struct listener *l = &all->v[i];

		if (l->causes & (unsigned int)causes)
			silent_caused(&l->due, &all->silent,
				      l->causes & (unsigned int)causes, clock_mono_ns());
	}
	return 0;
}

static bool is_due(const struct listener *l)
{
	return l->due.first_ns && l->due.at_ns <= clock_mono_ns();
}

/* Only if nothing was lost, some links are enough. */
static int resync(struct listening *all, struct listener *l)
{
	const uint64_t start = clock_mono_ns();
	int status = 0;

	if (l->stale || l->due.all)
		status = listen_dump(all, l, "resync");
	else
		listen_links(all, l);
	l->stale = false;
	silent_looked(&l->due, start, clock_mono_ns());
	return status;
}

/* Events are read first: those older than the dump may not come after it. */
static int hear_all(struct listening *all, int signals)
{
	int status = look_for_causes(all);

	for (size_t i = 0; i < all->n && !status; i++) {
		struct listener *l = &all->v[i];

		status = listen_drain(all, l, signals);
		if (!status && ((l->stale && all->s->with_dump) || is_due(l)) &&
		    !listen_enough(all))
			status = resync(all, l);
	}
	return !status && out_flush(&all->c->out) ? STATUS_FAILED : status;
}

/* How long until the first of them is to be looked at anew, at most ns. */
static uint64_t until_due(const struct listening *all, uint64_t ns)
{
	const uint64_t now = clock_mono_ns();

	for (size_t i = 0; i < all->n; i++) {
		const struct silent_due *d = &all->v[i].due;

		if (d->first_ns)
			ns = MIN(ns, d->at_ns > now ? d->at_ns - now : 0);
	}
	return ns;
}

/* Waits for any of them. Returns an enum follow or -errno. */
static int wait_any(struct listening *all, int signals, uint64_t ns)
{
	/* An error of stdout, that nobody reads any more, is told without being asked. */
	const int out = fcntl(STDOUT_FILENO, F_GETFD) < 0 ? -1 : STDOUT_FILENO;
	struct pollfd p[TARGETS + 3] = { { .fd = signals, .events = POLLIN },
					 { .fd = out } };
	const uint64_t soon = until_due(all, ns);
	struct timespec t = { .tv_sec = (time_t)(soon / 1000000000),
			      .tv_nsec = (long)(soon % 1000000000) };
	size_t n = 2;
	int r;

	for (size_t i = 0; i < all->n; i++)
		p[n++] = (struct pollfd){ .fd = all->v[i].ear.conn.fd, .events = POLLIN };
	if (all->silent.open)
		p[n++] = (struct pollfd){ .fd = all->silent.ear.conn.fd,
					  .events = POLLIN };
	r = ppoll(p, n, soon == UINT64_MAX ? NULL : &t, NULL);
	if (r < 0)
		return errno == EINTR ? FOLLOW_READY : -errno;
	if (!r)
		return soon < ns ? FOLLOW_READY : FOLLOW_TIMEOUT;
	return p[0].revents || p[1].revents ? FOLLOW_ENDED : FOLLOW_READY;
}

static int follow(struct listening *all, int signals)
{
	const uint64_t begin = clock_mono_ns(), span = all->s->timeout.ns;
	int r = FOLLOW_READY, status = 0;

	for (size_t i = 0; i < all->n && all->s->with_dump && !status; i++)
		status = listen_dump(all, &all->v[i], "snapshot");
	if (!status && out_flush(&all->c->out))
		status = STATUS_FAILED;
	while (!status && r == FOLLOW_READY && !listen_enough(all)) {
		uint64_t gone = clock_mono_ns() - begin;

		r = wait_any(all, signals,
			     all->s->nonblock ? 0
			     : !span          ? UINT64_MAX
			     : gone < span    ? span - gone
					      : 0);
		if (r == FOLLOW_READY)
			status = hear_all(all, signals);
		else if (r < 0)
			status = diag_fail(&all->c->diag, r, NULL, "waiting");
	}
	if (!status && r == FOLLOW_TIMEOUT && all->s->until && !all->met)
		return diag_fail(&all->c->diag, 0, NULL, "%s did not come in time",
				 all->s->until);
	return status ? status : all->status;
}

static int run(struct ctx *c)
{
	struct listening all = { .c = c, .s = c->config, .n = c->nargs };
	int signals = -1, status;

	all.v = calloc(all.n, sizeof(*all.v));
	if (!all.v)
		return diag_fail(&c->diag, ENOMEM, NULL, "listening");
	status = settings_enter(c, all.s);
	if (!status)
		signals = follow_begin();
	if (!status && signals < 0)
		status = diag_fail(&c->diag, signals, NULL, "signals");
	if (!status)
		status = open_all(&all);
	if (!status)
		status = settings_record(c, all.s->pcap, &all.pcap);
	if (!status)
		status = settings_recorded(c, &all.pcap, follow(&all, signals));
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].asked)
			(void)connector_ask(&all.v[i].ear.conn, false);
		if (all.v[i].open)
			nl_done(&all.v[i].ear.conn);
		printer_free(&all.v[i].printer);
		target_close(&all.v[i].target);
	}
	silent_close(&all.silent);
	free(all.v);
	if (signals >= 0)
		follow_end(signals);
	return status;
}

const struct command listen_command = {
	.name = "listen",
	.brief = "Print events as they come, and say what was lost",
	.args = "TARGET...",
	.min_args = 1,
	.max_args = TARGETS,
	.opts = opts,
	.nopts = COUNT(opts),
	.defaults = &defaults,
	.config_size = sizeof(struct settings),
	.run = run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary.c - the totals. */
#include "summary.h"

#include "units.h"

#include <inttypes.h>

static const struct field summary_fields[] = {
	FIELD(summary, complete, SHOW,
	      "whether every socket and every other end is there"),
	FIELD(summary, sockets, SHOW | GAUGE, "sockets"),
	FIELD(summary, alloc_bytes, SHOW | SIZE | GAUGE, "memory they hold"),
	FIELD(summary, holding, SHOW | GAUGE, "sockets that hold some"),
	FIELD(summary, stalled, SHOW | GAUGE, "sockets with the flag stalled"),
	FIELD(summary, full, SHOW | GAUGE, "sockets with the flag full"),
	FIELD(summary, waiting, SHOW | GAUGE, "sockets with the flag waiting"),
	FIELD(summary, peer_gone, SHOW | GAUGE, "sockets with the flag peer-gone"),
	FIELD(summary, no_process, SHOW | GAUGE, "sockets with the flag no-process"),
	FIELD(summary, in_flight, SHOW | GAUGE, "sockets with the flag in-flight"),
	FIELD(summary, embryos, SHOW | GAUGE, "sockets with the flag embryo"),
	FIELD(summary, missing_peers, SHOW,
	      "other ends that no dump showed; at least so many"),
	FIELD(summary, unknown_owners, SHOW, "sockets whose owner could not be learned"),
	FIELD(summary, owner_source, SHOW, "how owners were found"),
	FIELD(summary, time, SHOW | TIME, "with --watch: when the sample was taken"),
	FIELD(summary, sample, SHOW, "with --watch: number of the sample"),
};

const struct record summary_record =
	RECORD("udiag_mem", summary_fields, .vertical = true);

const char *source_name(enum source source)
{
	return source == SOURCE_BPF ? "bpf" : source == SOURCE_PROC ? "proc" : "none";
}

void summary_add(struct summary *sum, const struct sock *s)
{
	sum->sockets++;
	sum->alloc_bytes += s->alloc_bytes.v;
	sum->holding += s->alloc_bytes.v != 0;
	sum->unknown_owners += s->pid.unknown;
	if (!s->flags)
		return;
	sum->stalled += sock_is(s, FLAG_STALLED);
	sum->full += sock_is(s, FLAG_FULL);
	sum->waiting += sock_is(s, FLAG_WAITING);
	sum->peer_gone += sock_is(s, FLAG_PEER_GONE);
	sum->no_process += sock_is(s, FLAG_NO_PROCESS);
	sum->in_flight += sock_is(s, FLAG_IN_FLIGHT);
	sum->embryos += sock_is(s, FLAG_EMBRYO);
}

void summary_end(struct summary *sum, const struct gathered *g)
{
	sum->complete = gathered_complete(g);
	sum->missing_peers = g->missing_peers;
	sum->owner_source = source_name(g->source);
}

static void count(struct buf *b, uint64_t n, const char *what)
{
	if (n)
		buf_printf(b, ", %" PRIu64 " %s", n, what);
}

void summary_line(struct buf *b, const struct summary *sum)
{
	buf_puts(b, "Total ");
	put_size(b, sum->alloc_bytes);
	buf_printf(b, " in %" PRIu64 " of %" PRIu64 " sockets", sum->holding,
		   sum->sockets);
	count(b, sum->stalled, "stalled");
	count(b, sum->full, "full");
	count(b, sum->waiting, "waiting");
	count(b, sum->in_flight, "in flight");
	count(b, sum->embryos, "not accepted");
	if (!sum->complete)
		buf_puts(b, ", incomplete");
	buf_putc(b, '\n');
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.c - vhostctl net: a network device, driven from the shell. */
#include "net.h"

#include "ending.h"
#include "net_command.h"

#include <errno.h>
#include <stdlib.h>

#define HOUR UINT64_C(3600000000000)

static const struct net_options defaults = {
	.qd = 256,
	.queues = 1,
	.size = 64,
	.spin = { .ns = 50000 },
	.duration = { .ns = 2000000000 },
	.wait = { .ns = 200000000 },
};

static const struct opt options[] = {
	OPT(net_options, size, 's', "size", "N",
	    "bytes of a frame, without its check sequence, 64 by default",
	    .min = PACKET_MIN, .max = PACKET_MAX),
	OPT(net_options, packets, 'c', "packets", "N",
	    "end after so many frames, if the duration is not over before"),
	OPT(net_options, duration, 'd', "duration", "TIME", "send so long, 2s by default",
	    .min = 1000000, .max = 24 * HOUR),
	OPT(net_options, wait, 0, "wait", "TIME",
	    "a frame that is not back so long after is lost, 200ms by default",
	    .min = 1000000, .max = HOUR),
	OPT(net_options, receive, 0, "receive", NULL,
	    "bench: send nothing, count what comes"),
	OPT(net_options, qd, 0, "qd", "N",
	    "buffers in each ring, 256 by default; loop: frames under way at a time",
	    .min = 1, .max = 1024),
	OPT(net_options, queues, 0, "queues", "N", "pairs of queues to use, 1 by default",
	    .min = 1, .max = DEVICE_RINGS / 2),
	OPT(net_options, packed, 0, "packed", NULL,
	    "use packed rings, or fail where they are not offered"),
	OPT(net_options, mergeable, 0, "mergeable", NULL,
	    "take frames in pieces of 1K (MRG_RXBUF), or fail where it is not offered"),
	OPT(net_options, event_idx, 0, "event-idx", NULL,
	    "say by EVENT_IDX when to be woken, or fail where it is not offered"),
	OPT(net_options, spin, 0, "spin", "US",
	    "look for frames so many us (or 1ms, 1s) before sleeping (50); 0: sleep",
	    .max = 1000000000, .bare_ns = 1000),
	OPT(net_options, listen, 'l', "listen", NULL,
	    "listen at SOCKET until the back-end connects to us"),
	OPT(net_options, timeout, 0, "timeout", "TIME",
	    "how long one answer may take, 10s by default, and with --listen how long to "
	    "wait "
	    "for the back-end, 30s by default",
	    .min = 1000000, .max = HOUR),
};

struct net_measured {
	const char *socket;
	double tx_pps, rx_pps;
	uint64_t rx_bytes_per_s;
	uint64_t sent, received, returned, lost, corrupt, duplicates, reordered, foreign;
	struct nest latency_ns;
	uint64_t size_bytes, qd, queues, elapsed_ns, sleeps, kicks;
	const char *ring;
	bool mergeable, event_idx;
};

static const struct field fields[] = {
	FIELD(net_measured, socket, KEY, "where the back-end listens"),
	FIELD(net_measured, tx_pps, SHOW, "frames a second that the back-end took"),
	FIELD(net_measured, rx_pps, SHOW, "frames a second that came from it"),
	FIELD(net_measured, rx_bytes_per_s, SIZE,
	      "bytes of ours a second that came back"),
	FIELD(net_measured, sent, SHOW, "frames that the back-end took"),
	FIELD(net_measured, received, 0, "frames that came, of any kind"),
	FIELD(net_measured, returned, SHOW,
	      "frames of ours that came back, each byte as it was sent"),
	FIELD(net_measured, lost, SHOW, "sent and not returned"),
	FIELD(net_measured, corrupt, SHOW, "came back, but not as sent"),
	FIELD(net_measured, duplicates, SHOW, "came back again, or too late to count"),
	FIELD(net_measured, reordered, SHOW,
	      "of those returned, that came after one sent later on the same queue"),
	FIELD(net_measured, foreign, SHOW, "came, and are not ours"),
	FIELD(net_measured, latency_ns, SHOW,
	      "from sending to return: least, mean, quantiles, most", .head = "LATENCY"),
	FIELD(net_measured, size_bytes, SHOW, "bytes of a frame", .head = "SIZE"),
	FIELD(net_measured, qd, 0, "buffers in each ring"),
	FIELD(net_measured, queues, SHOW, "pairs of queues used"),
	FIELD(net_measured, ring, SHOW, "split or packed"),
	FIELD(net_measured, mergeable, 0, "MRG_RXBUF is on"),
	FIELD(net_measured, event_idx, 0, "EVENT_IDX is on"),
	FIELD(net_measured, elapsed_ns, NANO, "time from the first frame to the last"),
	FIELD(net_measured, sleeps, 0, "times that we slept"),
	FIELD(net_measured, kicks, 0, "times that the back-end was woken"),
};
static const struct record measured_record =
	RECORD("vhostctl_net", fields, .vertical = true);

static int report(struct ctx *c, const struct net *n, bool loop)
{
	uint64_t elapsed = MAX(n->last_ns - n->start_ns, 1);
	double seconds = (double)elapsed / 1e9;
	struct net_measured m = {
		.socket = c->args[1],
		.tx_pps = (double)n->sent / seconds,
		.rx_pps = (double)n->received / seconds,
		.rx_bytes_per_s =
			(uint64_t)((double)n->returned * (double)n->o->size / seconds),
		.sent = n->sent,
		.received = n->received,
		.returned = n->returned,
		.lost = n->sent > n->returned ? n->sent - n->returned : 0,
		.corrupt = n->corrupt,
		.duplicates = n->duplicates,
		.reordered = n->reordered,
		.foreign = n->foreign,
		.latency_ns = { hist_emit, &n->latency },
		.size_bytes = n->o->size,
		.qd = n->qd,
		.queues = n->nqueues,
		.ring = n->o->packed ? "packed" : "split",
		.mergeable = n->o->mergeable,
		.event_idx = n->o->event_idx,
		.elapsed_ns = elapsed,
		.sleeps = n->sleeps,
		.kicks = n->kicks,
	};

	if (sink_row(c->sink, &m))
		return STATUS_FAILED;
	return m.corrupt || (loop && (m.lost || m.duplicates)) ? STATUS_TRUE
							       : STATUS_DONE;
}

static int fail(const struct net *n, int err)
{
	const char *hint = NULL;

	if (err == -EPIPE)
		hint = "the back-end has closed the connection: its own log may say why";
	if (err == -EPROTO)
		hint = "the back-end wrote a completion that nobody waits for, or "
		       "of a length that no frame in its buffer can have";
	return diag_fail(n->dev.peer->diag, err, hint, "%s: net", n->dev.peer->path);
}

static int drive(struct ctx *c, struct net *n, bool loop)
{
	int status = net_open(n, &c->diag, c->args[1], c->config), err;

	if (status)
		return status;
	n->windowed = loop;
	err = net_run(n);
	if (!err)
		err = device_sleep(&n->dev, 0); /* a last look at the connection */
	if (err && err != -ETIMEDOUT)
		return fail(n, err);
	if (!n->sent && !n->o->receive && !ending_asked())
		return diag_fail(
			&c->diag, ETIMEDOUT,
			"is it a network device, and does it forward? start it there",
			"%s: the back-end takes no frames from its queue", c->args[1]);
	return report(c, n, loop);
}

static int net_command_run(struct ctx *c)
{
	static const char *const actions[] = { "bench", "loop", NULL };
	const char *word = c->args[0], *near = nearest(word, strlen(word), actions);
	const struct net_options *o = c->config;
	bool loop = !strcmp(word, "loop");
	struct net *n;
	int status;

	if (!loop && strcmp(word, "bench"))
		return near ? diag_usage(&c->diag,
					 "unknown action '%s', did you mean '%s'?", word,
					 near)
			    : diag_usage(&c->diag, "unknown action '%s': bench, loop",
					 word);
	if (loop && o->receive)
		return diag_usage(&c->diag, "loop sends: --receive is of bench");
	n = calloc(1, sizeof(*n));
	if (!n)
		return diag_fail(&c->diag, ENOMEM, NULL, "frames under way");
	status = drive(c, n, loop);
	net_close(n);
	free(n);
	return status;
}

const struct command net_command = {
	.name = "net",
	.brief = "Send frames through a network device's queues, and check what returns",
	.args = "bench|loop SOCKET",
	.min_args = 2,
	.max_args = 2,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &measured_record,
	.defaults = &defaults,
	.config_size = sizeof(struct net_options),
	.run = net_command_run,
};

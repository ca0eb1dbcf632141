/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shot.h - one measurement, as counted. */
#ifndef XSKBENCH_SHOT_H
#define XSKBENCH_SHOT_H

#include "hist.h"
#include "link.h"
#include "options.h"
#include "packet.h"

enum { TICKS = 20 };

struct shot {
	uint64_t duration_ns; /* from the first packet sent to the last one received */
	uint64_t sent, received;
	uint64_t tx_cpu_ns, rx_cpu_ns, syscalls;
	uint64_t tx_living_ns, rx_living_ns; /* how long the threads ran */
	/* losses that have a name */
	uint64_t tx_ring_overflow, rx_dropped, rx_ring_full;
	/* and more of the kernel's counters */
	uint64_t fill_ring_empty, tx_ring_empty;
	uint64_t tx_link_packets, tx_link_dropped, rx_link_packets, rx_link_dropped;
	bool verified;
	uint64_t bad, reordered, lost;
	uint64_t tick[TICKS]; /* received in each part of the time; none without limit */
	enum napi napi;
	enum attached attached; /* the XDP program, of the end that receives */
	char why_alone[160];    /* by libxdp, where it could not do better */
	char driver[DRIVER_NAME];
	bool ended;           /* by a signal */
	uint64_t missing;     /* of the packets that were waited for; none if ended */
	bool dried_up;        /* and no more came for a while */
	uint64_t elsewhere;   /* came to other queues of the interface */
	uint64_t other_queue; /* one of these */
	struct hist *latency; /* the caller's; a test of latency adds to it */
};

/* What has to be known to take one. */
struct shooting {
	const struct plan *plan;
	const struct diag *diag;
	int follow_fd;
};

/* Where packets come to. */
enum flow_end {
	FLOW_RECEIVE, /* an AF_XDP socket */
	FLOW_COUNT,   /* a program that counts and drops, or an ifb */
	FLOW_FORWARD, /* an AF_XDP socket that sends them back, to be counted */
	FLOW_ECHO,    /* the same, to be received by the sender: round trips */
};

/* A test: what it is called, where its packets come to, and what can be varied. */
struct test {
	const char *name;
	enum flow_end end;
	struct traits traits;
};

/* What no counter explains: sent and neither received nor in a counter. */
static inline int64_t shot_unexplained(const struct shot *s)
{
	return (int64_t)(s->sent - s->received - s->tx_ring_overflow - s->rx_dropped -
			 s->rx_ring_full);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h - what the user asks for, and the checked plans that come of it. */
#ifndef XSKBENCH_OPTIONS_H
#define XSKBENCH_OPTIONS_H

#include "cli.h"
#include "napi.h"
#include "xdp.h"
#include "xsk.h"

/* Where packets come from and where they go; the wire is what an interface of the user
 * is connected with. */
enum source { SOURCE_XSK, SOURCE_KERNEL, SOURCE_WIRE };
enum sink_kind { SINK_PEER, SINK_IFB, SINK_WIRE };

enum verify { VERIFY_ON, VERIFY_OFF, VERIFY_CANARY };

/* What a receiver does while its ring is empty: sleep in poll(2), or look again and again
 * for a while first. */
enum waiting { WAIT_POLL, WAIT_SPIN };

struct options {
	struct time_arg duration;             /* 0: not given */
	uint64_t packets;                     /* 0: not given */
	uint64_t rate;                        /* 0: no limit */
	const char *batches, *sizes, *queues; /* lists; NULL for the default */
	uint32_t ring, frames;                /* 0: not given */
	uint32_t repeat, busy_poll, tx_budget, tolerance;
	struct size_arg frame_size, headroom;
	const char *cpu, *baseline, *plot;
	int mode, pages, verify;      /* enum attach, enum pages, enum verify */
	int napi, source, sink, wait; /* enum of the name, -1: not given */
	bool copy, zerocopy, no_wakeup, unaligned, frags, shared_umem, force, libxdp, any;
};

enum { OPTIONS = 33, SUITE_OPTIONS = 16 };
extern const struct opt options[OPTIONS];
extern const struct options options_default;
extern const char *const mode_names[], *const napi_names[], *const source_names[];
extern const char *const sink_names[], *const wait_names[], *const attached_names[];

/* The kernel keeps this much of each frame before a packet (XDP_PACKET_HEADROOM of the
 * kernel's linux/bpf.h). */
enum { HEADROOM = 256 };

/* One way to measure. */
struct plan {
	struct xsk_config xsk;
	enum attach mode;
	enum napi napi;
	enum source source;
	enum sink_kind sink;
	enum waiting wait;
	uint32_t batch, size;     /* bytes of Ethernet frame */
	uint32_t queue, tx_queue; /* to receive from and to send by */
	uint64_t packets;         /* 0: no limit */
	uint64_t rate;            /* packets a second, 0: no limit */
	uint64_t duration_ns;     /* UINT64_MAX: no limit */
	int tx_cpu, rx_cpu;       /* -1: any */
	bool verify;
	bool canary;     /* nothing of a received frame but the packet may be written */
	bool napi_asked; /* and not just the default */
	bool shared_umem;
	const char *ifname; /* NULL: the lab */
	bool force;         /* even if it has the default route */
	bool libxdp;        /* attach by its dispatcher */
	bool any;           /* take others' packets too */
	bool overload;      /* send without regard to what is still under way */
};

/* What a test can vary. */
struct traits {
	enum source source; /* by default */
	bool any_source, any_sink, any_queue, paced, shareable;
	bool real;      /* can be done with an interface that is there */
	bool by_wire;   /* and takes its packets from it */
	bool waits;     /* a thread of its own may wait for packets */
	bool sleepless; /* its threads spin: NAPI is best with the sender */
};

enum { PLANS = 64 };

struct plans {
	struct plan v[PLANS];
	size_t n;
	uint32_t repeat;
};

/*
 * Makes a plan of each combination of the lists, for an interface or, NULL, the lab.
 * Returns 0, or STATUS_USAGE after saying which options do not go together.
 */
MUST_CHECK int plans_make(struct plans *p, const struct options *o,
			  const struct traits *t, const char *ifname,
			  const struct diag *d) NONNULL(1, 2, 3, 5);

#endif

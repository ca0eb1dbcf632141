/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h - what the user asks for, and the checked plans that come of it. */
#ifndef XSKBENCH_OPTIONS_H
#define XSKBENCH_OPTIONS_H

#include "cli.h"
#include "napi.h"
#include "xdp.h"
#include "xsk.h"

/* Where packets come from and where they go. */
enum source { SOURCE_XSK, SOURCE_KERNEL };
enum sink_kind { SINK_PEER, SINK_IFB };

struct options {
	struct time_arg duration;             /* 0: not given */
	uint64_t packets;                     /* 0: not given */
	uint64_t rate;                        /* 0: no limit */
	const char *batches, *sizes, *queues; /* lists; NULL for the default */
	uint32_t ring, frames, repeat, busy_poll, tx_budget, tolerance;
	struct size_arg frame_size, headroom;
	const char *cpu, *baseline;
	int mode, pages, verify; /* enum attach, enum pages; 0 for "on" */
	int napi, source, sink;  /* enum of the name, -1: not given */
	bool copy, zerocopy, no_wakeup, unaligned, frags, shared_umem;
};

enum { OPTIONS = 28, SUITE_OPTIONS = 13 };
extern const struct opt options[OPTIONS];
extern const struct options options_default;
extern const char *const mode_names[], *const napi_names[], *const source_names[],
								    *const sink_names[];

/* One way to measure. */
struct plan {
	struct xsk_config xsk;
	enum attach mode;
	enum napi napi;
	enum source source;
	enum sink_kind sink;
	uint32_t batch, size; /* bytes of Ethernet frame */
	uint32_t queue;
	uint64_t packets;     /* 0: no limit */
	uint64_t rate;        /* packets a second, 0: no limit */
	uint64_t duration_ns; /* UINT64_MAX: no limit */
	int tx_cpu, rx_cpu;   /* -1: any */
	bool verify;
	bool napi_asked; /* and not just the default */
	bool shared_umem;
	bool overload; /* send without regard to what is still under way */
};

/* What a test can vary. */
struct traits {
	enum source source; /* by default */
	bool any_source, any_sink, any_queue, paced, shareable;
	bool sleepless; /* its threads spin: NAPI is best with the sender */
};

enum { PLANS = 64 };

struct plans {
	struct plan v[PLANS];
	size_t n;
	uint32_t repeat;
};

/*
 * Makes a plan of each combination of the lists. Returns 0, or STATUS_USAGE after saying
 * which options do not go together.
 */
MUST_CHECK int plans_make(struct plans *p, const struct options *o,
			  const struct traits *t, const struct diag *d)
	NONNULL(1, 2, 3, 4);

#endif

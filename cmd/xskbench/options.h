/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h - what the user asks for, and the checked plan that comes of it. */
#ifndef XSKBENCH_OPTIONS_H
#define XSKBENCH_OPTIONS_H

#include "cli.h"
#include "napi.h"
#include "xdp.h"
#include "xsk.h"

struct options {
	struct time_arg duration; /* 0: not given */
	uint64_t packets;         /* 0: not given */
	uint32_t batch, ring, frames;
	struct size_arg size, frame_size, headroom;
	const char *cpu;
	int mode, verify; /* enum xdp_mode; 0 for "on" */
	int napi;         /* enum napi, -1: not given */
};

enum { OPTIONS = 12 };
extern const struct opt options[OPTIONS];
extern const struct options options_default;
extern const char *const mode_names[], *const napi_names[];

struct plan {
	struct xsk_config xsk;
	enum xdp_mode mode;
	enum napi napi;
	uint32_t batch, size; /* bytes of Ethernet frame */
	uint64_t packets;     /* 0: no limit */
	uint64_t duration_ns; /* UINT64_MAX: no limit */
	int tx_cpu, rx_cpu;   /* -1: any */
	bool verify;
	bool napi_asked; /* and not just the default */
};

/* Returns 0, or STATUS_USAGE after saying which options do not go together. */
MUST_CHECK int plan_make(struct plan *p, const struct options *o, const struct diag *d)
	NONNULL(1, 2, 3);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shared.h - attaching beside the programs of others, by libxdp's dispatcher. */
#ifndef XSKBENCH_SHARED_H
#define XSKBENCH_SHARED_H

#include "util.h"

#include <bpf/libbpf.h>
#include <sys/types.h>
#include <xdp/libxdp.h>

struct shared_config {
	struct bpf_object *obj;
	const char *program; /* of the object */
	int ifindex;         /* in this thread's network namespace */
	enum xdp_attach_mode mode;
	bool frags;
};

struct shared {
	struct xdp_program *program; /* NULL: not in use */
	struct shared_config config;
	bool dispatched; /* by the dispatcher; else libxdp has attached it alone */
	char said[160];  /* by libxdp, why so */
	pid_t guard;
	int alive; /* pipe(7) that tells the guard that we are */
};

/*
 * Loads the object's program and attaches it. What libxdp attaches stays when its owner
 * dies; so a process of ours, the guard, waits for that and detaches it then. Returns 0
 * or -errno; nothing is left then but the object, which is the caller's.
 */
MUST_CHECK int shared_attach(struct shared *s, const struct shared_config *c)
	NONNULL(1, 2);
void shared_detach(struct shared *s) NONNULL(1);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* napi.h - where the kernel's receive work runs. */
#ifndef XSKBENCH_NAPI_H
#define XSKBENCH_NAPI_H

#include "util.h"

enum napi {
	NAPI_INLINE, /* in softirq, on the CPU of whoever sends: the sender pays for it */
	NAPI_THREADED, /* in a kernel thread of its own */
};

/*
 * Moves the NAPI of an interface of this thread's network namespace, whose program is
 * attached in drv mode, to a kernel thread that ends with the interface. Returns 0 or
 * -errno (-ENOENT before Linux 5.12). The file is Documentation/networking/napi.rst's.
 */
MUST_CHECK int napi_threaded(const char *ifname) NONNULL(1);

/* Keeps the threads of its NAPIs on cpu. Returns 0 or -errno (-ENOENT before 6.8). */
MUST_CHECK int napi_pin(int ifindex, int cpu);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.h - what a figure depends on besides the test: kernel, CPU, stolen time. */
#ifndef XSKBENCH_MACHINE_H
#define XSKBENCH_MACHINE_H

#include "util.h"

struct machine {
	char kernel[65];
	char cpu[64];      /* model name; "" where /proc/cpuinfo has none */
	char governor[24]; /* of CPU 0's frequency; "" where there is no scaling */
	uint32_t cpus;     /* on line */
};

/* What can't be learned stays empty. */
void machine_read(struct machine *m) NONNULL(1);

/* Time of all CPUs, in ticks, as /proc/stat has it: all of it, and what the hypervisor
 * gave to others. */
struct cpu_time {
	uint64_t all, steal;
};

struct cpu_time cpu_time_now(void);

/* Decodes the first line of /proc/stat. Pure. Returns 0 or -EBADMSG. */
MUST_CHECK int cpu_time_decode(const char *line, struct cpu_time *t) NONNULL(1, 2);

/* The share that was stolen between two readings, percent. */
double steal_pct(struct cpu_time from, struct cpu_time to);

#endif

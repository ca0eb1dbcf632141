/* SPDX-License-Identifier: GPL-2.0-or-later */
/* umem.c - what registering and touching a UMEM costs, by the kind of its pages. */
#include "umem.h"

#include "clock.h"
#include "follow.h"
#include "list.h"
#include "result.h"
#include "units.h"
#include "xsk_refused.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <xdp/libxdp.h>

enum { KINDS = 3, FRAME = 2048, PACKET = 1500 };

#define COPY_NS 10000000u /* for each measurement of copying */

struct umem_options {
	uint32_t repeat;
	uint64_t packets; /* 0: as many as COPY_NS allows */
	const char *sizes;
	int pages; /* -1: every kind that there is */
};

static const struct opt umem_opts[] = {
	OPT(umem_options, sizes, 's', "size", "LIST", "bytes of UMEM (16M,256M)"),
	OPT(umem_options, packets, 'n', "packets", "COUNT",
	    "packets to copy each time (for 10ms)", .min = 1, .max = 1000000000),
	OPT(umem_options, pages, 0, "pages", "KIND", "one kind of pages (every one)",
	    .choices = page_names),
	OPT(umem_options, repeat, 0, "repeat", "COUNT", "how often to measure (3)",
	    .min = 1, .max = SHOTS),
};

struct umem_cost {
	const char *pages;
	uint64_t size_bytes, huge_bytes, fault_ns, register_ns, register_min_ns,
		register_max_ns, copy_bytes_per_s;
	uint32_t shots;
};

#define F(m, flags, help, ...) FIELD(umem_cost, m, flags, help, ##__VA_ARGS__)
static const struct field umem_fields[] = {
	F(pages, SHOW | KEY, "kind of pages: ordinary, transparent huge, reserved huge"),
	F(size_bytes, SHOW | KEY | SIZE, "size of the UMEM", .head = "SIZE"),
	F(huge_bytes, SHOW | GAUGE | SIZE, "of it, really in huge pages", .head = "HUGE"),
	F(fault_ns, SHOW | GAUGE | NANO, "time for the first touch of all pages",
	  .head = "FAULT"),
	F(register_ns, SHOW | GAUGE | NANO, "time to register it, the median",
	  .head = "REGISTER"),
	F(register_min_ns, GAUGE | NANO, "the least"),
	F(register_max_ns, GAUGE | NANO, "the most"),
	F(copy_bytes_per_s, SHOW | GAUGE | SIZE,
	  "bytes a second copied out of random frames, 1500 at a time", .head = "COPY/S"),
	F(shots, 0, "how often it was measured"),
};
static const struct record umem_record = RECORD("xskbench_umem", umem_fields);

/* One of the measured values of each shot. */
struct shots {
	double fault[SHOTS], reg[SHOTS], copy[SHOTS];
	uint64_t huge;
};

static uint64_t touch(uint8_t *p, size_t bytes)
{
	uint64_t begin = clock_mono_ns();

	for (size_t i = 0; i < bytes; i += 4096)
		((volatile uint8_t *)p)[i] = 1;
	return clock_mono_ns() - begin;
}

static int time_once(const struct area *a, uint64_t *ns)
{
	const struct xsk_umem_config u = { .fill_size = 64,
					   .comp_size = 64,
					   .frame_size = FRAME };
	struct xsk_ring_prod fill;
	struct xsk_ring_cons comp;
	struct xsk_umem *umem;
	uint64_t begin = clock_mono_ns();
	int err = xsk_umem__create(&umem, a->p, a->bytes, &fill, &comp, &u);

	*ns = clock_mono_ns() - begin;
	if (!err)
		xsk_umem__delete(umem);
	return err;
}

/* That of the last time may still count as locked memory: tried again for a second. */
static int time_register(const struct area *a, uint64_t *ns)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t end = clock_mono_ns() + 1000000000u;
	int err;

	for (;;) {
		err = time_once(a, ns);
		if (!xsk_may_fit(a->bytes, err) || clock_mono_ns() >= end)
			return err;
		nanosleep(&pause, NULL);
	}
}

/* Random frames, as a busy UMEM gives them. Bytes a second. */
static double copy_rate(const struct area *a, uint64_t packets)
{
	uint64_t begin = clock_mono_ns(), now, bytes = 0, random = 88172645463325252;
	size_t frames = MAX(a->bytes / FRAME, (size_t)1);
	uint8_t packet[PACKET];

	do {
		for (int i = 0; i < 256; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			memcpy(packet, a->p + random % frames * FRAME, PACKET);
			/* The copy has to be made: somebody might look at it. */
			__asm__ volatile("" : : "r"(packet) : "memory");
		}
		bytes += 256 * PACKET;
		now = clock_mono_ns();
	} while (packets ? bytes < packets * PACKET : now - begin < COPY_NS);
	return (double)bytes * 1e9 / (double)MAX(now - begin, 1u);
}

static int shoot(struct shots *s, uint32_t k, enum pages kind, size_t bytes,
		 uint64_t packets, enum xsk_step *step)
{
	struct area a;
	uint64_t ns = 0;
	int err = area_map(&a, bytes, kind);

	*step = XSK_STEP_MEMORY;
	if (err)
		return err;
	s->fault[k] = (double)touch(a.p, a.bytes);
	*step = XSK_STEP_UMEM;
	err = time_register(&a, &ns);
	s->reg[k] = (double)ns;
	s->copy[k] = err ? 0 : copy_rate(&a, packets);
	s->huge = area_huge_bytes(&a);
	area_unmap(&a);
	return err;
}

static int print(struct sink *sink, struct shots *s, uint32_t n, enum pages kind,
		 size_t bytes)
{
	struct spread reg = spread_of(s->reg, n);
	const struct umem_cost c = {
		.pages = page_names[kind],
		.size_bytes = bytes,
		.huge_bytes = s->huge,
		.fault_ns = (uint64_t)spread_of(s->fault, n).median,
		.register_ns = (uint64_t)reg.median,
		.register_min_ns = (uint64_t)reg.min,
		.register_max_ns = (uint64_t)reg.max,
		.copy_bytes_per_s = (uint64_t)spread_of(s->copy, n).median,
		.shots = n,
	};

	return sink_row(sink, &c) ? STATUS_FAILED : 0;
}

static int refused(struct ctx *c, const struct umem_options *o, enum pages kind,
		   uint64_t bytes, enum xsk_step step, int err)
{
	const struct xsk_config config = { .frames = (uint32_t)(bytes / FRAME),
					   .frame_size = FRAME,
					   .ring = 64,
					   .pages = kind };
	char hint[320];

	if (o->pages >= 0 || kind == PAGES_4K || step != XSK_STEP_MEMORY)
		return xsk_refused(&c->diag, step, err, &(struct xsk_place){ .areas = 1 },
				   &config);
	diag_warn(&c->diag, "%s pages are left out: %s", page_names[kind],
		  pages_hint(hint, sizeof(hint), bytes, 1, kind));
	return 0;
}

/* One kind and size; a signal ends it after the shot under way. */
static int measure(struct ctx *c, enum pages kind, uint64_t bytes, int follow_fd)
{
	const struct umem_options *o = c->config;
	struct shots *s = calloc(1, sizeof(*s));
	enum xsk_step step = XSK_STEP_MEMORY;
	int err = 0, status;
	uint32_t k = 0;

	if (!s)
		return diag_fail(&c->diag, ENOMEM, NULL, "the measurements");
	while (k < o->repeat && !err && !(k && follow_ended(follow_fd))) {
		err = shoot(s, k, kind, bytes, o->packets, &step);
		k += !err;
	}
	status = err ? refused(c, o, kind, bytes, step, err)
		     : print(c->sink, s, k, kind, bytes);
	if (!status && k)
		warn_shots(&c->diag, k, o->repeat);
	free(s);
	return status;
}

static int measure_all(struct ctx *c, const struct list *sizes, int follow_fd)
{
	const struct umem_options *o = c->config;
	bool any = false;

	for (size_t i = 0; i < sizes->n; i++)
		for (int k = 0; k < KINDS; k++) {
			int status;

			if (o->pages >= 0 && o->pages != k)
				continue;
			if (any && follow_ended(follow_fd))
				return 0;
			any = true;
			status = measure(c, (enum pages)k, sizes->v[i], follow_fd);
			if (status)
				return status;
		}
	return 0;
}

static int run(struct ctx *c)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const struct umem_options *o = c->config;
	struct list sizes;
	int follow_fd, status = list_parse(&sizes, "size", o->sizes, FRAME * 64,
					   (uint64_t)1 << 36, 16 << 20, &c->diag);

	if (status)
		return status;
	if (!o->sizes)
		sizes.v[sizes.n++] = 256 << 20;
	(void)setrlimit(RLIMIT_MEMLOCK, &all);
	libxdp_set_print(NULL);
	follow_fd = follow_begin();
	if (follow_fd < 0)
		return diag_fail(&c->diag, follow_fd, NULL, "watching for signals");
	status = measure_all(c, &sizes, follow_fd);
	follow_end(follow_fd);
	return status;
}

static const struct umem_options defaults = { .repeat = 3, .pages = -1 };

const struct command umem_command = {
	.name = "umem",
	.brief = "Time registering and touching a UMEM, by the kind of its pages",
	.opts = umem_opts,
	.nopts = COUNT(umem_opts),
	.rec = &umem_record,
	.defaults = &defaults,
	.config_size = sizeof(struct umem_options),
	.metrics = true,
	.run = run,
};

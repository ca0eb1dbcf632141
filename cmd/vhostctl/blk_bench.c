/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_bench.c - vhostctl blk bench: requests a second, and how long each took. */
#include "blk.h"

#include "clock.h"
#include "ending.h"
#include "hist.h"
#include "spec.h"

#include <errno.h>
#include <stdlib.h>

struct blk_measured {
	const char *socket;
	double iops;
	uint64_t bytes_per_s;
	struct nest latency_ns;
	uint64_t requests, reads, writes, block_size_bytes, qd, queues, elapsed_ns;
	uint64_t sleeps, kicks;
	const char *ring;
	bool indirect, event_idx;
};

static const struct field fields[] = {
	FIELD(blk_measured, socket, KEY, "where the back-end listens"),
	FIELD(blk_measured, iops, SHOW, "requests a second"),
	FIELD(blk_measured, bytes_per_s, SHOW | SIZE, "bytes a second"),
	FIELD(blk_measured, latency_ns, SHOW,
	      "from submission to completion: least, mean, quantiles, most",
	      .head = "LATENCY"),
	FIELD(blk_measured, requests, SHOW, "requests done"),
	FIELD(blk_measured, reads, 0, "reads of them"),
	FIELD(blk_measured, writes, 0, "writes of them"),
	FIELD(blk_measured, block_size_bytes, SHOW, "bytes a request", .head = "BLOCK"),
	FIELD(blk_measured, qd, SHOW, "requests in flight in each queue"),
	FIELD(blk_measured, queues, SHOW, "queues used"),
	FIELD(blk_measured, ring, 0, "split or packed"),
	FIELD(blk_measured, indirect, 0, "chains are tables"),
	FIELD(blk_measured, event_idx, 0, "EVENT_IDX is on"),
	FIELD(blk_measured, elapsed_ns, NANO, "time that it took"),
	FIELD(blk_measured, sleeps, 0, "times that we slept for a completion"),
	FIELD(blk_measured, kicks, 0, "times that the back-end was woken"),
};
const struct record blk_bench_record =
	RECORD("vhostctl_blk_bench", fields, .vertical = true);

struct bench {
	struct blk_job job; /* first: the job is the bench */
	const struct blk_options *o;
	uint64_t start, blocks, at; /* the range, in blocks of block_size */
	uint64_t until_ns, last_ns;
	uint64_t random;
	uint64_t block_size;
	uint64_t reads, writes;
	struct hist hist;
};

/* xorshift64*: quick, and good enough to scatter blocks. */
static uint64_t draw(struct bench *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return t->random * UINT64_C(2685821657736338717);
}

static bool next(struct blk_job *job, struct blk_request *r)
{
	struct bench *t = (struct bench *)job;
	uint64_t n = t->o->sequential
			     ? t->at++ % t->blocks
			     : (uint64_t)((unsigned __int128)draw(t) * t->blocks >> 64);
	bool writing = t->o->write_percent && draw(t) % 100 < t->o->write_percent;

	if (t->last_ns >= t->until_ns || ending_asked())
		return false;
	r->type = writing ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN;
	r->offset = t->start + n * t->block_size;
	r->length = (uint32_t)t->block_size;
	return true;
}

static int done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct bench *t = (struct bench *)job;

	hist_add(&t->hist, now_ns - r->start_ns);
	if (r->type == VIRTIO_BLK_T_OUT)
		t->writes++;
	else
		t->reads++;
	t->last_ns = now_ns;
	return 0;
}

static int report(struct ctx *c, const struct blk *b, const struct bench *t,
		  uint64_t elapsed)
{
	uint64_t n = t->hist.count;
	struct blk_measured m = {
		.socket = c->args[1],
		.iops = (double)n * 1e9 / (double)MAX(elapsed, 1),
		.latency_ns = { hist_emit, &t->hist },
		.requests = n,
		.reads = t->reads,
		.writes = t->writes,
		.block_size_bytes = b->block_size,
		.qd = b->qd,
		.queues = b->nqueues,
		.elapsed_ns = elapsed,
		.sleeps = b->sleeps,
		.kicks = b->kicks,
		.ring = b->o->packed ? "packed" : "split",
		.indirect = b->indirect,
		.event_idx = b->o->event_idx,
	};

	m.bytes_per_s = (uint64_t)(m.iops * (double)b->block_size);
	return sink_row(c->sink, &m) ? STATUS_FAILED : STATUS_DONE;
}

int blk_bench(struct ctx *c, struct blk *b)
{
	struct bench *t = calloc(1, sizeof(*t));
	uint64_t end, start_ns;
	int status = t ? blk_range(b, &t->start, &end)
		       : diag_fail(&c->diag, ENOMEM, NULL, "histogram"),
	    err;

	if (!status && b->o->write_percent && b->dev.offered & BIT(VIRTIO_BLK_F_RO))
		status = diag_fail(&c->diag, EROFS, NULL, "%s", b->dev.peer->path);
	if (!status)
		ending_begin();
	if (!status)
		status = blk_start(b, MAX(4096, b->block));
	if (status)
		goto out;
	t->job = (struct blk_job){ next, done };
	t->o = b->o;
	t->block_size = b->block_size;
	t->blocks = (end - t->start) / b->block_size;
	t->random = b->o->seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	if (!t->blocks) {
		status = diag_fail(&c->diag, 0, "a smaller --block-size?",
				   "%s: the range is less than one block",
				   b->dev.peer->path);
		goto out;
	}
	start_ns = clock_mono_ns();
	t->until_ns = start_ns + b->o->duration.ns;
	err = blk_run(b, &t->job);
	status = err ? blk_fail(b, err, "bench")
		     : report(c, b, t, clock_mono_ns() - start_ns);
out:
	free(t);
	return status;
}

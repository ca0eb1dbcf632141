/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk.h - a virtio block device driven from user space (virtio 1.3, 5.2). */
#ifndef VHOSTCTL_BLK_H
#define VHOSTCTL_BLK_H

#include "device.h"
#include "tool.h"

#include <linux/virtio_blk.h>

enum { SECTOR = 512 };

struct blk_options {
	uint64_t qd, queues;
	struct size_arg offset, length, block_size;
	struct time_arg spin, timeout, duration;
	uint64_t write_percent, seed;
	const char *file;
	bool sequential, indirect, packed, event_idx, unmap, listen;
};

/* One request, in a place of its own in the queue. */
struct blk_request {
	uint32_t type;   /* VIRTIO_BLK_T_* */
	uint64_t offset; /* bytes */
	uint32_t length; /* of the data, 0: none */
	uint8_t *data;   /* block_size bytes of shared memory */
	uint64_t start_ns;
};

struct blk;

/* What runs over a device: asked for requests while there is room, told of their ends. */
struct blk_job {
	/* Fills in type, offset and length, and the data to be written. False: none now.
	 */
	bool (*next)(struct blk_job *job, struct blk_request *r);
	/* Returns 0 or -errno, which ends the run. now_ns is about when it was done. */
	int (*done)(struct blk_job *job, struct blk_request *r, uint64_t now_ns);
};

struct blk_queue {
	struct ring *ring;
	struct blk_request *requests; /* qd of them */
	uint16_t *idle;               /* a stack of those that are free */
	size_t nidle;
	struct virtio_blk_outhdr *headers;
	uint8_t *statuses;
};

struct blk {
	struct device dev;
	const struct blk_options *o;
	uint64_t capacity; /* bytes */
	uint32_t block;    /* logical block size */
	uint32_t size_max; /* bytes of one descriptor at the most, 0: any */
	bool may_unmap;    /* write-zeroes may be told to unmap */
	size_t qd, block_size;
	bool indirect;
	struct blk_queue *queues;
	size_t nqueues, running;
	uint64_t sleeps, kicks;
};

/* Connects, without queues: enough to know the device. Returns a status. */
MUST_CHECK int blk_open(struct blk *b, const struct diag *diag, const char *path,
			const struct blk_options *o) NONNULL(1, 2, 3, 4);

/* Memory and queues by the options; block_size 0 there: this one. Returns a status. */
MUST_CHECK int blk_start(struct blk *b, size_t block_size) NONNULL(1);

/*
 * Runs a job until it has no more requests and all are done. Returns 0 or -errno: -EIO
 * where the device failed a request, -EPROTO where the ring is broken, and those of
 * device_sleep.
 */
MUST_CHECK int blk_run(struct blk *b, struct blk_job *job) NONNULL(1, 2);

/* Says how a run has failed. Returns STATUS_FAILED. */
int blk_fail(const struct blk *b, int err, const char *what) NONNULL(1, 3);

void blk_close(struct blk *b) NONNULL(1);

/* The range of --offset and --length within the capacity. Returns a status. */
MUST_CHECK int blk_range(const struct blk *b, uint64_t *start, uint64_t *end)
	NONNULL(1, 2, 3);

/* What read, write, copy and the like print. */
struct blk_moved {
	const char *action;
	uint64_t offset, bytes, requests, elapsed_ns;
	struct opt_u64 zero_bytes;
	uint64_t bytes_per_s;

	uint64_t start_ns; /* for the two times above */
};

/* Prints m, or says how it failed. Returns a status. */
int blk_report(struct ctx *c, const struct blk *b, struct blk_moved *m, int err)
	NONNULL(1, 2, 3);

/* Writes n bytes to a file at an offset. Returns 0 or -errno. */
MUST_CHECK int blk_write_file(int fd, const uint8_t *p, size_t n, uint64_t at) NONNULL(2);

/* Makes r a discard or write-zeroes of n bytes; and the most that n may be. */
void blk_range_request(const struct blk *b, struct blk_request *r, uint32_t type,
		       uint64_t at, uint64_t n, bool unmap) NONNULL(1, 2);
uint64_t blk_range_max(const struct blk *b, uint32_t type) NONNULL(1);

/* Makes durable what was written, where the device can. Returns what blk_run does. */
MUST_CHECK int blk_flush(struct blk *b) NONNULL(1);

/* Whether a file (NULL: none) is standard output, by whatever name: then no records go
 * there. Whether it has no places, but only a beginning and an end. */
bool blk_is_stdout(const char *path);
bool blk_is_stream(const char *path) NONNULL(1);

/* blk_io.c, blk_range.c, blk_copy.c, blk_bench.c: actions; each returns a status. A file
 * that is NULL or - is standard input or output. */
int blk_transfer(struct ctx *c, struct blk *b, const char *file, bool writing);
int blk_range_action(struct ctx *c, struct blk *b, uint32_t type);
int blk_copy(struct ctx *c, struct blk *b, const char *file, bool to_device);
int blk_bench(struct ctx *c, struct blk *b);

extern const struct record blk_transfer_record, blk_bench_record;

#endif

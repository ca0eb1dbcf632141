/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_engine.c - requests through queues: many at once, spinning, then sleeping. */
#include "blk.h"

#include "clock.h"
#include "spec.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>

enum {
	RING_MAX = 1024,  /* what libvhost-user and DPDK take at the most */
	READ_CLOCK = 4,   /* once for so many completions */
	NO_STATUS = 0xff, /* what no device writes: status before a request is done */
};

#define FEATURES                                                                         \
	(BIT(VIRTIO_BLK_F_SIZE_MAX) | BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_RO) | \
	 BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_MQ) |   \
	 BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES))

int blk_open(struct blk *b, const struct diag *diag, const char *path,
	     const struct blk_options *o)
{
	static const uint8_t sizes[] = { 96, 72, 60, 36, 24, 8, 0 };
	uint64_t wanted = FEATURES | BIT(VIRTIO_RING_F_INDIRECT_DESC), sectors = 0;
	const struct meeting meeting = { o->listen, o->timeout.ns, DEVICE_ANSWER_NS };
	struct virtio_blk_config config = { 0 };
	int status;

	*b = (struct blk){ .o = o };
	if (o->packed)
		wanted |= BIT(VIRTIO_F_RING_PACKED);
	if (o->event_idx)
		wanted |= BIT(VIRTIO_RING_F_EVENT_IDX);
	status = device_open(&b->dev, diag, path, &meeting, wanted, sizes);
	if (!status)
		status = device_check_kind(&b->dev, "blk");
	if (status)
		return status;
	if (o->packed && !(b->dev.features & BIT(VIRTIO_F_RING_PACKED)))
		return device_lacks(&b->dev, "--packed", "RING_PACKED");
	if (o->event_idx && !(b->dev.features & BIT(VIRTIO_RING_F_EVENT_IDX)))
		return device_lacks(&b->dev, "--event-idx", "EVENT_IDX");
	memcpy(&config, b->dev.config, MIN(sizeof(config), b->dev.config_size));
	sectors = config.capacity;
	if (b->dev.config_size < 8 || sectors > INT64_MAX / SECTOR)
		return diag_fail(diag, 0, "is it a block device? vhostctl probe shows",
				 "%s: no capacity in its configuration", path);
	b->capacity = sectors * SECTOR;
	b->may_unmap = config.write_zeroes_may_unmap;
	b->block =
		b->dev.features & BIT(VIRTIO_BLK_F_BLK_SIZE) ? config.blk_size : SECTOR;
	if (b->block < SECTOR || b->block > 1 << 24 || b->block & (b->block - 1))
		b->block = SECTOR;
	/* qemu-storage-daemon offers SIZE_MAX, and says 0. */
	if (b->dev.features & BIT(VIRTIO_BLK_F_SIZE_MAX))
		b->size_max = config.size_max;
	return 0;
}

static uint16_t power_of_two(size_t n)
{
	size_t p = 2;

	while (p < n)
		p *= 2;
	return (uint16_t)p;
}

static int start_queue(struct blk *b, struct blk_queue *q, const struct ring_shape *shape)
{
	struct device *dev = &b->dev;
	int status = device_ring(dev, shape);
	uint8_t *data;

	if (status)
		return status;
	q->ring = &dev->rings[dev->nrings - 1];
	q->requests = calloc(b->qd, sizeof(*q->requests));
	q->idle = calloc(b->qd, sizeof(*q->idle));
	q->headers = device_alloc(dev, b->qd * sizeof(*q->headers), 64);
	q->statuses = device_alloc(dev, b->qd, 64);
	data = device_alloc(dev, b->qd * b->block_size, 4096);
	if (!q->requests || !q->idle || !q->headers || !q->statuses || !data)
		return diag_fail(dev->peer->diag, ENOMEM, NULL, "queue");
	for (size_t i = 0; i < b->qd; i++) {
		q->requests[i].data = data + i * b->block_size;
		q->idle[q->nidle++] = (uint16_t)(b->qd - 1 - i);
	}
	return 0;
}

/* What was asked for, or `usual`, as far as the device takes it in one descriptor. */
static int choose_block_size(struct blk *b, size_t usual)
{
	const struct diag *diag = b->dev.peer->diag;
	size_t most = b->size_max ? b->size_max - b->size_max % b->block : SIZE_MAX;

	b->block_size = b->o->block_size.bytes;
	if (!b->block_size)
		b->block_size = MIN(usual, most);
	if (b->block_size % b->block)
		return diag_usage(diag,
				  "--block-size: not a multiple of the device's %u bytes",
				  b->block);
	if (!b->block_size || b->block_size > most)
		return diag_fail(
			diag, EINVAL, "a smaller --block-size?",
			"%s: the device takes %u bytes in a descriptor (SIZE_MAX)",
			b->dev.peer->path, b->size_max);
	return 0;
}

int blk_start(struct blk *b, size_t block_size)
{
	const struct blk_options *o = b->o;
	bool can = b->dev.features & BIT(VIRTIO_RING_F_INDIRECT_DESC);
	struct ring_shape shape = { .parts = 3 };
	size_t n = o->queues, entries;
	int status = choose_block_size(b, block_size);

	if (status)
		return status;
	b->qd = o->qd;
	b->indirect = can && (o->indirect || 3 * b->qd > RING_MAX);
	entries = power_of_two(b->indirect ? b->qd : 3 * b->qd);
	if (entries > RING_MAX)
		return diag_fail(b->dev.peer->diag, EINVAL,
				 "without INDIRECT_DESC 341 is the most", "--qd %zu",
				 b->qd);
	shape.entries = (uint16_t)entries;
	shape.chains = (uint16_t)b->qd;
	shape.indirect = b->indirect;
	if (n > b->dev.queues)
		return diag_fail(b->dev.peer->diag, EINVAL, "see vhostctl blk info",
				 "--queues %zu: the back-end has %llu", n,
				 (unsigned long long)b->dev.queues);
	status = device_share(&b->dev, n * (device_ring_size(&shape) +
					    b->qd * (b->block_size + 32) + 3 * 4096));
	b->queues = calloc(n, sizeof(*b->queues));
	if (!status && !b->queues)
		status = diag_fail(b->dev.peer->diag, ENOMEM, NULL, "queues");
	for (; !status && b->nqueues < n; b->nqueues++)
		status = start_queue(b, &b->queues[b->nqueues], &shape);
	return status;
}

/* Header, data, status. */
static void submit(struct blk *b, struct blk_queue *q, uint16_t i)
{
	const struct blk_request *r = &q->requests[i];
	struct ring_part part[3], *p = part;

	q->headers[i] = (struct virtio_blk_outhdr){ .type = r->type,
						    .sector = r->offset / SECTOR };
	q->statuses[i] = NO_STATUS;
	*p++ = (struct ring_part){ device_addr(&b->dev, &q->headers[i]),
				   sizeof(q->headers[i]), false };
	if (r->length)
		*p++ = (struct ring_part){ device_addr(&b->dev, r->data), r->length,
					   r->type == VIRTIO_BLK_T_IN };
	*p++ = (struct ring_part){ device_addr(&b->dev, &q->statuses[i]), 1, true };
	ring_put(q->ring, i, part, (size_t)(p - part));
}

/* Fills the queue with what the job has. */
static void fill(struct blk *b, struct blk_queue *q, struct blk_job *job, uint64_t now)
{
	while (q->nidle) {
		uint16_t i = q->idle[q->nidle - 1];
		struct blk_request *r = &q->requests[i];

		r->start_ns = now;
		if (!job->next(job, r))
			break;
		q->nidle--;
		b->running++;
		submit(b, q, i);
	}
	if (ring_publish(q->ring)) {
		b->kicks++;
		ring_kick(q->ring);
	}
}

/* Ends a request that the device is done with. Returns 0 or -errno. */
static int complete(struct blk *b, struct blk_queue *q, struct blk_job *job, uint16_t i,
		    uint64_t now)
{
	uint8_t status = __atomic_load_n(&q->statuses[i], __ATOMIC_RELAXED);

	q->idle[q->nidle++] = i;
	b->running--;
	/* Nothing written: it was said too early, or of the request before this one. */
	if (status == NO_STATUS)
		return -EPROTO;
	if (status != VIRTIO_BLK_S_OK)
		return status == VIRTIO_BLK_S_UNSUPP ? -EOPNOTSUPP : -EIO;
	return job->done(job, &q->requests[i], now);
}

/* Takes completions. Their number, or -errno. */
static int reap(struct blk *b, struct blk_queue *q, struct blk_job *job)
{
	uint64_t now = 0;
	uint32_t len;
	uint16_t i;
	int n = 0, r, err;

	while ((r = ring_take(q->ring, &i, &len)) > 0) {
		if (!(n++ % READ_CLOCK))
			now = clock_mono_ns();
		err = complete(b, q, job, i, now);
		if (err)
			return err;
	}
	return r ? r : n;
}

/* All queues once: completions first, then new requests. Completions or -errno. */
static int turn(struct blk *b, struct blk_job *job, uint64_t now)
{
	int total = 0;

	for (size_t i = 0; i < b->nqueues; i++) {
		int n = reap(b, &b->queues[i], job);

		if (n < 0)
			return n;
		total += n;
		if (n || !b->running)
			fill(b, &b->queues[i], job, n ? clock_mono_ns() : now);
	}
	return total;
}

static bool any_done(const struct blk *b)
{
	for (size_t i = 0; i < b->nqueues; i++)
		if (ring_ready(b->queues[i].ring))
			return true;
	return false;
}

/* Nothing came for idle_ns, whatever woke us. */
static int sleep_until_done(struct blk *b, uint64_t idle_ns)
{
	uint64_t timeout = b->dev.peer->timeout_ns,
		 left_ns = timeout - MIN(timeout, idle_ns);
	int err = 0;

	for (size_t i = 0; i < b->nqueues; i++)
		ring_signal(b->queues[i].ring, true);
	if (!any_done(b)) {
		b->sleeps++;
		err = device_sleep(&b->dev, left_ns);
		if (!err && !left_ns)
			err = -ETIMEDOUT;
	}
	for (size_t i = 0; i < b->nqueues; i++)
		ring_signal(b->queues[i].ring, false);
	return err;
}

int blk_run(struct blk *b, struct blk_job *job)
{
	uint64_t last = clock_mono_ns();
	int n = 0;

	for (size_t i = 0; i < b->nqueues; i++) {
		ring_signal(b->queues[i].ring, false);
		fill(b, &b->queues[i], job, last);
	}
	while (b->running && n >= 0) {
		uint64_t now = clock_mono_ns();

		n = turn(b, job, now);
		if (n > 0)
			last = now;
		else if (!n && now - last >= b->o->spin.ns)
			n = sleep_until_done(b, now - last);
	}
	return MIN(n, 0);
}

int blk_fail(const struct blk *b, int err, const char *what)
{
	const char *hint = NULL;

	if (err == -EPIPE)
		hint = "the back-end has closed the connection: its own log may say why";
	if (err == -ETIMEDOUT)
		hint = "the queue is stuck, or the storage slow: give it more --timeout";
	if (err == -EPROTO)
		hint = "the back-end completed what nobody asked for, or too early";
	if (err == -EIO)
		hint = "the device failed the request";
	return diag_fail(b->dev.peer->diag, err, hint, "%s: %s", b->dev.peer->path, what);
}

void blk_close(struct blk *b)
{
	device_close(&b->dev);
	for (size_t i = 0; b->queues && i <= b->nqueues && i < b->o->queues; i++) {
		free(b->queues[i].requests);
		free(b->queues[i].idle);
	}
	free(b->queues);
}

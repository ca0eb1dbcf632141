/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_engine.c - requests through queues: many at once, spinning, then sleeping. */
#include "blk.h"

#include "clock.h"
#include "spec.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { RING_MAX = 1024 }; /* what libvhost-user and DPDK take at the most */

#define FEATURES                                                                         \
	(BIT(VIRTIO_BLK_F_SIZE_MAX) | BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_RO) | \
	 BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_MQ) |   \
	 BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES))

int blk_open(struct blk *b, const struct diag *diag, const char *path,
	     const struct blk_options *o)
{
	static const uint8_t sizes[] = { 96, 72, 60, 36, 24, 8, 0 };
	uint64_t wanted = FEATURES | BIT(VIRTIO_RING_F_INDIRECT_DESC), sectors = 0;
	struct virtio_blk_config config = { 0 };
	int status;

	*b = (struct blk){ .o = o };
	status = device_open(&b->dev, diag, path, o->timeout.ns, wanted, sizes);
	if (status)
		return status;
	memcpy(&config, b->dev.config, MIN(sizeof(config), b->dev.config_size));
	sectors = config.capacity;
	if (b->dev.config_size < 8 || sectors > INT64_MAX / SECTOR)
		return diag_fail(diag, 0, "is it a block device? vhostctl probe shows",
				 "%s: no capacity in its configuration", path);
	b->capacity = sectors * SECTOR;
	b->block =
		b->dev.features & BIT(VIRTIO_BLK_F_BLK_SIZE) ? config.blk_size : SECTOR;
	if (b->block < SECTOR || b->block > 1 << 24 || b->block & (b->block - 1))
		b->block = SECTOR;
	return 0;
}

static uint16_t power_of_two(size_t n)
{
	size_t p = 2;

	while (p < n)
		p *= 2;
	return (uint16_t)p;
}

/* The chain of place i: header, data, status; only the data changes later. */
static void lay_chain(struct blk *b, struct blk_queue *q, size_t i)
{
	struct vring_desc *d = b->indirect ? q->tables + 3 * i : q->ring->desc + 3 * i;
	uint16_t first = (uint16_t)(b->indirect ? 0 : 3 * i);

	d[0] = (struct vring_desc){ device_addr(&b->dev, &q->headers[i]),
				    sizeof(struct virtio_blk_outhdr), VRING_DESC_F_NEXT,
				    (uint16_t)(first + 1) };
	d[1] = (struct vring_desc){ device_addr(&b->dev, q->requests[i].data), 0,
				    VRING_DESC_F_NEXT, (uint16_t)(first + 2) };
	d[2] = (struct vring_desc){ device_addr(&b->dev, &q->statuses[i]), 1,
				    VRING_DESC_F_WRITE, 0 };
	if (b->indirect)
		q->ring->desc[i] =
			(struct vring_desc){ device_addr(&b->dev, d), 3 * sizeof(*d),
					     VRING_DESC_F_INDIRECT, 0 };
}

static int start_queue(struct blk *b, struct blk_queue *q, uint16_t entries)
{
	struct device *dev = &b->dev;
	int status = device_ring(dev, entries);
	uint8_t *data;

	if (status)
		return status;
	q->ring = &dev->rings[dev->nrings - 1];
	q->requests = calloc(b->qd, sizeof(*q->requests));
	q->idle = calloc(b->qd, sizeof(*q->idle));
	q->headers = device_alloc(dev, b->qd * sizeof(*q->headers), 64);
	q->statuses = device_alloc(dev, b->qd, 64);
	q->tables = device_alloc(dev, b->qd * 3 * sizeof(*q->tables), 64);
	data = device_alloc(dev, b->qd * b->block_size, 4096);
	if (!q->requests || !q->idle || !q->headers || !q->statuses || !q->tables ||
	    !data)
		return diag_fail(dev->peer->diag, ENOMEM, NULL, "queue");
	for (size_t i = 0; i < b->qd; i++) {
		q->requests[i].data = data + i * b->block_size;
		q->idle[q->nidle++] = (uint16_t)(b->qd - 1 - i);
		lay_chain(b, q, i);
	}
	return 0;
}

int blk_start(struct blk *b, size_t block_size)
{
	const struct blk_options *o = b->o;
	bool can = b->dev.features & BIT(VIRTIO_RING_F_INDIRECT_DESC);
	size_t n = o->queues, entries;
	int status;

	b->qd = o->qd;
	b->block_size = o->block_size.bytes ? o->block_size.bytes : block_size;
	b->indirect = can && (o->indirect || 3 * b->qd > RING_MAX);
	entries = power_of_two(b->indirect ? b->qd : 3 * b->qd);
	if (entries > RING_MAX)
		return diag_fail(b->dev.peer->diag, EINVAL,
				 "without INDIRECT_DESC 341 is the most", "--qd %zu",
				 b->qd);
	if (n > b->dev.queues)
		return diag_fail(b->dev.peer->diag, EINVAL, "see vhostctl blk info",
				 "--queues %zu: the back-end has %llu", n,
				 (unsigned long long)b->dev.queues);
	if (b->block_size % b->block)
		return diag_usage(b->dev.peer->diag,
				  "--block-size: not a multiple of the device's %u bytes",
				  b->block);
	status = device_share(&b->dev, n * (device_ring_size(entries) +
					    b->qd * (b->block_size + 96) + 5 * 4096));
	b->queues = calloc(n, sizeof(*b->queues));
	if (!status && !b->queues)
		status = diag_fail(b->dev.peer->diag, ENOMEM, NULL, "queues");
	for (; !status && b->nqueues < n; b->nqueues++)
		status = start_queue(b, &b->queues[b->nqueues], (uint16_t)entries);
	return status;
}

static void submit(struct blk *b, struct blk_queue *q, uint16_t i)
{
	struct blk_request *r = &q->requests[i];
	uint16_t first = (uint16_t)(b->indirect ? 0 : 3 * i);
	struct vring_desc *d = b->indirect ? q->tables + 3 * i : q->ring->desc + first;

	q->headers[i] = (struct virtio_blk_outhdr){ .type = r->type,
						    .sector = r->offset / SECTOR };
	q->statuses[i] = 0xff;
	d[0].next = (uint16_t)(first + (r->length ? 1 : 2));
	d[1].len = r->length;
	d[1].flags =
		VRING_DESC_F_NEXT | (r->type == VIRTIO_BLK_T_IN ? VRING_DESC_F_WRITE : 0);
	r->busy = true;
	ring_put(q->ring, (uint16_t)(b->indirect ? i : 3 * i));
}

/* Fills the queue with what the job has. Whether it had any. */
static void fill(struct blk *b, struct blk_queue *q, struct blk_job *job, uint64_t now)
{
	const uint64_t one = 1;

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
		/* A full counter has woken the other side already. */
		if (write(q->ring->kick, &one, sizeof(one)) < 0)
			return;
	}
}

/* Takes completions. Their number, or -errno. */
static int reap(struct blk *b, struct blk_queue *q, struct blk_job *job)
{
	uint16_t n = ring_done(q->ring);
	uint64_t now = n ? clock_mono_ns() : 0;
	unsigned int step = b->indirect ? 1 : 3;

	if (n > b->qd)
		return -EPROTO;
	for (uint16_t k = 0; k < n; k++) {
		uint32_t head = ring_take(q->ring).id, i = head / step;
		int err;

		if (head % step || i >= b->qd || !q->requests[i].busy)
			return -EPROTO;
		q->requests[i].busy = false;
		q->idle[q->nidle++] = (uint16_t)i;
		b->running--;
		if (__atomic_load_n(&q->statuses[i], __ATOMIC_RELAXED) != VIRTIO_BLK_S_OK)
			return q->statuses[i] == VIRTIO_BLK_S_UNSUPP ? -EOPNOTSUPP : -EIO;
		err = job->done(job, &q->requests[i], now);
		if (err)
			return err;
	}
	return n;
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
		if (ring_done(b->queues[i].ring))
			return true;
	return false;
}

static int sleep_until_done(struct blk *b)
{
	int err = 0;

	for (size_t i = 0; i < b->nqueues; i++)
		ring_signal(b->queues[i].ring, true);
	if (!any_done(b)) {
		b->sleeps++;
		err = device_sleep(&b->dev, b->o->timeout.ns);
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
			n = sleep_until_done(b);
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
		hint = "the back-end wrote a completion into the ring that nobody waits "
		       "for";
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

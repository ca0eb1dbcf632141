/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net_open.c - a network device set up: features, memory, queues full of buffers. */
#include "net.h"

#include "clock.h"
#include "ending.h"
#include "spec.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
	RX_LEAST = 2048, /* frames of others may be longer than ours */
	RX_PIECE = 1024, /* of those that MRG_RXBUF puts together */
};

static int check_features(const struct net *n)
{
	const struct net_options *o = n->o;
	const struct device *d = &n->dev;

	if (o->packed && !(d->features & BIT(VIRTIO_F_RING_PACKED)))
		return device_lacks(d, "--packed", "RING_PACKED");
	if (o->event_idx && !(d->features & BIT(VIRTIO_RING_F_EVENT_IDX)))
		return device_lacks(d, "--event-idx", "EVENT_IDX");
	if (o->queues > 1 && !(d->features & BIT(VIRTIO_NET_F_MQ)))
		return device_lacks(d, "--queues", "MQ");
	if (o->mergeable && !(d->features & BIT(VIRTIO_NET_F_MRG_RXBUF)))
		return device_lacks(d, "--mergeable", "MRG_RXBUF");
	if (o->queues > d->queues)
		return diag_fail(d->peer->diag, EINVAL, "see vhostctl probe",
				 "--queues %llu: the back-end has %llu",
				 (unsigned long long)o->queues,
				 (unsigned long long)d->queues);
	return 0;
}

void net_offer(struct net *n, struct net_queue *q, uint16_t i)
{
	struct ring_part part = { device_addr(&n->dev, q->rx_data + i * n->rx_buffer),
				  (uint32_t)n->rx_buffer, true };

	ring_put(q->rx, i, &part, 1);
}

static int start_queue(struct net *n, struct net_queue *q, const struct ring_shape *shape)
{
	struct device *d = &n->dev;
	int status = device_ring(d, shape);

	if (!status)
		status = device_ring(d, shape);
	if (status)
		return status;
	q->rx = &d->rings[d->nrings - 2];
	q->tx = &d->rings[d->nrings - 1];
	q->idle = calloc(n->qd, sizeof(*q->idle));
	q->rx_data = device_alloc(d, n->qd * n->rx_buffer, 4096);
	q->tx_data = device_alloc(d, n->qd * n->tx_buffer, 4096);
	q->frame = malloc(n->qd * n->rx_buffer);
	if (!q->idle || !q->rx_data || !q->tx_data || !q->frame)
		return diag_fail(d->peer->diag, ENOMEM, NULL, "queue");
	for (size_t i = 0; i < n->qd; i++) {
		q->idle[q->nidle++] = (uint16_t)(n->qd - 1 - i);
		net_offer(n, q, (uint16_t)i);
	}
	net_publish(n, q->rx);
	ring_signal(q->rx, false);
	ring_signal(q->tx, false);
	return 0;
}

static int start_queues(struct net *n)
{
	struct ring_shape shape = { .entries = 2, .parts = 1 };
	size_t frame = NET_HEADER + n->o->size;
	int status;

	n->qd = n->o->qd;
	n->tx_buffer = (frame + 63) & ~(size_t)63;
	n->rx_buffer = n->o->mergeable ? RX_PIECE : MAX(n->tx_buffer, RX_LEAST);
	n->window = n->qd / ((frame + n->rx_buffer - 1) / n->rx_buffer);
	if (!n->window)
		return diag_usage(n->dev.peer->diag,
				  "--qd %zu: too few buffers of %zu bytes for one frame",
				  n->qd, n->rx_buffer);
	while (shape.entries < n->qd)
		shape.entries *= 2;
	shape.chains = (uint16_t)n->qd;
	status = device_share(&n->dev,
			      n->o->queues *
				      (2 * device_ring_size(&shape) +
				       n->qd * (n->tx_buffer + n->rx_buffer) + 2 * 4096));
	if (status)
		return status;
	n->queues = calloc(n->o->queues, sizeof(*n->queues));
	if (!n->queues)
		return diag_fail(n->dev.peer->diag, ENOMEM, NULL, "queues");
	while (!status && n->nqueues < n->o->queues)
		status = start_queue(n, &n->queues[n->nqueues++], &shape);
	return status;
}

int net_open(struct net *n, const struct diag *diag, const char *path,
	     const struct net_options *o)
{
	static const uint8_t none[] = { 0 };
	const struct meeting meeting = { o->listen, o->timeout.ns, DEVICE_ANSWER_NS };
	uint64_t wanted = 0;
	int status;

	n->o = o;
	/* MQ takes CTRL_VQ (virtio 1.3, 5.1.3.1), though that queue is never the
	 * back-end's: it is told of pairs by SET_VRING_ENABLE. */
	if (o->queues > 1)
		wanted |= BIT(VIRTIO_NET_F_MQ) | BIT(VIRTIO_NET_F_CTRL_VQ);
	if (o->packed)
		wanted |= BIT(VIRTIO_F_RING_PACKED);
	if (o->event_idx)
		wanted |= BIT(VIRTIO_RING_F_EVENT_IDX);
	if (o->mergeable)
		wanted |= BIT(VIRTIO_NET_F_MRG_RXBUF);
	if (getrandom(&n->run, sizeof(n->run), 0) != sizeof(n->run))
		n->run = clock_mono_ns();
	status = device_open(&n->dev, diag, path, &meeting, wanted, none);
	if (!status)
		status = device_check_kind(&n->dev, "net");
	if (!status)
		status = check_features(n);
	if (status)
		return status;
	ending_begin();
	return start_queues(n);
}

void net_close(struct net *n)
{
	device_close(&n->dev);
	for (size_t i = 0; i < n->nqueues; i++) {
		free(n->queues[i].idle);
		free(n->queues[i].frame);
	}
	free(n->queues);
}

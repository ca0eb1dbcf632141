/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net_engine.c - frames through queues, out and back. */
#include "net.h"

#include "clock.h"
#include "ending.h"

#include <errno.h>
#include <string.h>

enum {
	BURST = 64,
	READ_CLOCK = 8, /* once for so many frames */
	NAP_NS = 10000000,
};

void net_publish(struct net *n, struct ring *r)
{
	if (ring_publish(r)) {
		n->kicks++;
		ring_kick(r);
	}
}

/* The frame that has this number and may still come is away no more. Whether it was. */
static bool settle(struct net *n, uint64_t seq)
{
	size_t i = seq % NET_TRACKED;

	if (n->track[i].seq_plus_1 != seq + 1)
		return false;
	n->track[i].seq_plus_1 = 0;
	n->queues[n->track[i].queue].away--;
	return true;
}

/* A frame of ours that came back whole. */
static void returned(struct net *n, const struct packet_stamp *s, uint64_t now)
{
	struct net_queue *q = &n->queues[n->track[s->seq % NET_TRACKED].queue];

	if (!settle(n, s->seq)) {
		n->duplicates++; /* or it was given up */
		return;
	}
	n->returned++;
	n->reordered += s->seq + 1 < q->newest;
	q->newest = MAX(q->newest, s->seq + 1);
	hist_add(&n->latency, now > s->sent_ns ? now - s->sent_ns : 0);
}

static void look_at(struct net *n, const uint8_t *frame, size_t len, uint64_t now)
{
	struct packet_stamp s;

	n->received++;
	switch (packet_check(frame, len, n->o->size, n->run, &s)) {
	case PACKET_WHOLE:
		returned(n, &s, now);
		break;
	case PACKET_CORRUPT:
		n->corrupt++;
		break;
	case PACKET_FOREIGN:
		n->foreign++;
		break;
	}
}

/* A buffer, which is a frame or a piece of one: the first says how many they are
 * (virtio 1.3, 5.1.6.4). Returns 0 or -errno. */
static int arrive(struct net *n, struct net_queue *q, const uint8_t *p, size_t len,
		  uint64_t now)
{
	uint16_t pieces = 1;

	if (!q->pieces) {
		if (len < NET_HEADER)
			return -EPROTO;
		if (n->o->mergeable)
			memcpy(&pieces,
			       p + offsetof(struct virtio_net_hdr_v1, num_buffers),
			       sizeof(pieces));
		if (!pieces || pieces > n->qd)
			return -EPROTO;
		if (pieces == 1) {
			look_at(n, p + NET_HEADER, len - NET_HEADER, now);
			return 0;
		}
		q->pieces = pieces;
		q->frame_size = 0;
	}
	memcpy(q->frame + q->frame_size, p, len);
	q->frame_size += len;
	if (!--q->pieces)
		look_at(n, q->frame + NET_HEADER, q->frame_size - NET_HEADER, now);
	return 0;
}

/* Buffers that were filled. Their number, or -errno. */
static int receive(struct net *n, struct net_queue *q)
{
	uint64_t now = 0;
	uint32_t len;
	uint16_t i;
	int count = 0, r = 0;

	while (count < BURST && (r = ring_take(q->rx, &i, &len)) > 0) {
		if (!(count++ % READ_CLOCK))
			now = clock_mono_ns();
		if (len > n->rx_buffer)
			return -EPROTO;
		r = arrive(n, q, q->rx_data + i * n->rx_buffer, len, now);
		if (r)
			return r;
		net_offer(n, q, i);
	}
	net_publish(n, q->rx);
	return r < 0 ? r : count;
}

/* Buffers that the device is done with. Their number, or -errno. */
static int reclaim(struct net *n, struct net_queue *q)
{
	uint32_t len;
	uint16_t i;
	int count = 0, r;

	while ((r = ring_take(q->tx, &i, &len)) > 0) {
		q->idle[q->nidle++] = i;
		n->sent++;
		count++;
	}
	return r < 0 ? r : count;
}

static void send_one(struct net *n, struct net_queue *q, uint64_t now)
{
	size_t k = n->put % NET_TRACKED;
	uint16_t i = q->idle[--q->nidle];
	uint8_t *to = q->tx_data + i * n->tx_buffer;
	struct ring_part part = { device_addr(&n->dev, to),
				  (uint32_t)(NET_HEADER + n->o->size), false };
	struct packet_stamp s = { n->run, n->put, now };

	memset(to, 0, NET_HEADER);
	packet_build(to + NET_HEADER, n->o->size, &s);
	if (n->put >= NET_TRACKED && settle(n, n->put - NET_TRACKED))
		n->given_up++;
	n->track[k].seq_plus_1 = n->put + 1;
	n->track[k].sent_ns = now;
	n->track[k].queue = (uint16_t)(q - n->queues);
	n->put++;
	q->away++;
	ring_put(q->tx, i, &part, 1);
}

/* How many frames may be sent now. */
static uint64_t budget(const struct net *n, const struct net_queue *q)
{
	uint64_t most = MIN(q->nidle, BURST);

	if (n->o->packets)
		most = MIN(most, n->o->packets - n->put);
	if (n->windowed)
		most = MIN(most, n->window > q->away ? n->window - q->away : 0);
	return most;
}

static void transmit(struct net *n, struct net_queue *q)
{
	uint64_t now = 0, most = budget(n, q);

	for (uint64_t k = 0; k < most; k++) {
		if (!(k % READ_CLOCK))
			now = clock_mono_ns();
		send_one(n, q, now);
	}
	net_publish(n, q->tx);
}

/* Frames that have been away for too long make room in the window. */
static void give_up(struct net *n, uint64_t now)
{
	for (; n->oldest < n->put; n->oldest++) {
		size_t i = n->oldest % NET_TRACKED;

		if (n->track[i].seq_plus_1 != n->oldest + 1)
			continue;
		if (now < n->track[i].sent_ns + n->o->wait.ns)
			return;
		n->given_up += settle(n, n->oldest);
	}
}

/* All queues once. How much was done, or -errno. */
static int turn(struct net *n, bool sending, uint64_t now)
{
	int total = 0;

	for (size_t i = 0; i < n->nqueues; i++) {
		struct net_queue *q = &n->queues[i];
		int in = receive(n, q), out = in < 0 ? in : reclaim(n, q);

		if (out < 0)
			return out;
		total += in + out;
		if (sending)
			transmit(n, q);
	}
	if (n->windowed)
		give_up(n, now);
	return total;
}

static bool any_ready(const struct net *n)
{
	for (size_t i = 0; i < n->nqueues; i++)
		if (ring_ready(n->queues[i].rx) || ring_ready(n->queues[i].tx))
			return true;
	return false;
}

static int nap(struct net *n)
{
	int err = 0;

	for (size_t i = 0; i < n->dev.nrings; i++)
		ring_signal(&n->dev.rings[i], true);
	if (!any_ready(n)) {
		n->sleeps++;
		err = device_sleep(&n->dev, NAP_NS);
	}
	for (size_t i = 0; i < n->dev.nrings; i++)
		ring_signal(&n->dev.rings[i], false);
	return err == -ETIMEDOUT ? 0 : err;
}

static bool is_over(const struct net *n, uint64_t now)
{
	return now - n->start_ns >= n->o->duration.ns || ending_asked();
}

/* Whether there is more to be sent. */
static bool sends(const struct net *n, uint64_t now)
{
	return !n->o->receive && !is_over(n, now) &&
	       !(n->o->packets && n->put >= n->o->packets);
}

/* Whether frames may still be taken or come back: not for long after the last one. */
static bool waits(const struct net *n, uint64_t now)
{
	if (n->o->receive)
		return !is_over(n, now);
	return (n->sent < n->put || n->returned + n->given_up < n->put) &&
	       now - n->put_ns < n->o->wait.ns;
}

int net_run(struct net *n)
{
	uint64_t now = clock_mono_ns();
	bool sending = !n->o->receive;
	int r = 0;

	n->start_ns = n->put_ns = n->last_ns = now;
	while (r >= 0 && (sending || waits(n, now))) {
		r = turn(n, sending, now);
		now = clock_mono_ns();
		if (sending)
			n->put_ns = now;
		if (r > 0)
			n->last_ns = now;
		else if (!r && now - n->last_ns >= n->o->spin.ns)
			r = nap(n);
		sending = sends(n, now);
	}
	if (n->o->receive)
		n->last_ns = now;
	return MIN(r, 0);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.h - a virtio network device driven from user space (virtio 1.3, 5.1). */
#ifndef VHOSTCTL_NET_H
#define VHOSTCTL_NET_H

#include "device.h"
#include "hist.h"
#include "net_packet.h"
#include "tool.h"

#include <linux/virtio_net.h>

enum {
	/* Frames that were sent and may come back are known by number, modulo this. */
	NET_TRACKED = 1 << 16,
	NET_HEADER = sizeof(struct virtio_net_hdr_v1), /* before each frame */
};

struct net_options {
	uint64_t qd, queues, size, packets;
	struct time_arg spin, timeout, duration, wait;
	bool packed, event_idx, mergeable, receive, listen;
};

struct net_queue {
	struct ring *rx, *tx;
	uint8_t *rx_data, *tx_data; /* qd buffers each */
	uint16_t *idle;             /* a stack of the tx buffers that are free */
	size_t nidle;
	uint64_t newest;   /* highest of its frames that came back, plus 1 */
	uint64_t away;     /* its frames that may still come back */
	uint8_t *frame;    /* MRG_RXBUF: what came of one, its header too */
	size_t frame_size; /* bytes of it */
	uint16_t pieces;   /* buffers of it that are still to come */
};

struct net {
	struct device dev;
	const struct net_options *o;
	bool windowed; /* wait for frames to come back before more are sent */
	size_t qd, nqueues, tx_buffer, rx_buffer;
	size_t window; /* frames that a ring of receive buffers has room for */
	struct net_queue *queues;

	uint64_t run, put; /* frames made available */
	uint64_t sent;     /* frames that the back-end took */
	uint64_t received; /* of any kind */
	uint64_t returned; /* of ours, whole, the first time */
	uint64_t corrupt, duplicates, reordered, foreign;
	uint64_t given_up;                  /* did not come back in time */
	uint64_t oldest;                    /* frame that may still come */
	uint64_t start_ns, put_ns, last_ns; /* begin; last put; last that was done */
	uint64_t sleeps, kicks;
	struct {
		uint64_t seq_plus_1; /* 0: it has come, or was given up */
		uint64_t sent_ns;
		uint16_t queue;
	} track[NET_TRACKED];
	struct hist latency;
};

/* Connects and sets up the queues. Returns a status. End with net_close. */
MUST_CHECK int net_open(struct net *n, const struct diag *diag, const char *path,
			const struct net_options *o) NONNULL(1, 2, 3, 4);

/* Gives a receive buffer to the device. Publishes what a ring was given, and kicks. */
void net_offer(struct net *n, struct net_queue *q, uint16_t i) NONNULL(1, 2);
void net_publish(struct net *n, struct ring *r) NONNULL(1, 2);

/*
 * Sends for the duration, or so many packets, and waits for what is under way. Returns 0
 * or -errno: -EPROTO where the back-end broke a ring or said what can't be of a frame's
 * length or buffers, and those of device_sleep.
 */
MUST_CHECK int net_run(struct net *n) NONNULL(1);

void net_close(struct net *n) NONNULL(1);

#endif

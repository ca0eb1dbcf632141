/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xsk.h - an AF_XDP socket with a UMEM of its own. */
#ifndef XSKBENCH_XSK_H
#define XSKBENCH_XSK_H

#include "diag.h"
#include "frames.h"

#include <linux/if_xdp.h>
#include <xdp/xsk.h>

struct xsk_config {
	uint32_t ring;       /* entries of each ring, a power of two */
	uint32_t frames;     /* in the UMEM */
	uint32_t frame_size; /* bytes, a power of two from 2048 to the page size */
	uint32_t
		headroom; /* bytes that the kernel leaves free before a received packet */
};

enum xsk_way { XSK_TX, XSK_RX };

struct xsk {
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons comp, rx;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	uint8_t *area;
	size_t area_bytes;
	struct frames frames;
	struct xsk_config config;
	int fd;
};

/*
 * Opens a socket that sends or receives in copy mode on a queue of an interface in this
 * thread's network namespace, a fresh UMEM behind it; a receiver's fill ring is full. A
 * queue that is busy (its last socket closes with a delay) is tried again for a second.
 * Returns 0, or STATUS_FAILED after saying what was refused; nothing is left then.
 */
MUST_CHECK int xsk_open(struct xsk *x, enum xsk_way way, const char *ifname,
			uint32_t queue, const struct xsk_config *config,
			const struct diag *d) NONNULL(1, 3, 5, 6);
void xsk_close(struct xsk *x) NONNULL(1);

/* Lends as many of our frames to the fill ring as both have room for. */
void xsk_refill(struct xsk *x) NONNULL(1);

/* XDP_STATISTICS of the socket; what an older kernel lacks is 0. Returns 0 or -errno. */
MUST_CHECK int xsk_stats(const struct xsk *x, struct xdp_statistics *s) NONNULL(1, 2);

#endif

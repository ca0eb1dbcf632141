/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xsk.h - an AF_XDP socket with a UMEM of its own, or two with one UMEM. */
#ifndef XSKBENCH_XSK_H
#define XSKBENCH_XSK_H

#include "diag.h"
#include "frames.h"
#include "pages.h"

#include <linux/if_xdp.h>
#include <xdp/xsk.h>

struct xsk_config {
	uint32_t ring;       /* entries of each ring, a power of two */
	uint32_t frames;     /* of ours, in the UMEM */
	uint32_t frame_size; /* bytes, a power of two from 2048 up to a page */
	uint32_t headroom;   /* left free by the kernel before a received packet */
	uint32_t busy_poll;  /* budget of preferred busy polling, 0: off */
	uint32_t tx_budget;  /* descriptors that one call may send, 0: the kernel's 32 */
	enum pages pages;
	bool zerocopy, no_wakeup;
	bool unaligned; /* frames of any size */
	bool frags;     /* packets over several frames */
};

/* What it is for. */
enum xsk_way { XSK_TX = 1, XSK_RX = 2, XSK_BOTH = 3 };

struct xsk {
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons comp, rx;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_socket *sending; /* NULL, or sends beside it */
	/* Where it sends by another queue: rings of either that stay empty. */
	struct xsk_ring_prod no_fill;
	struct xsk_ring_cons no_comp;
	struct area area; /* p NULL where the UMEM is another's */
	uint8_t *mem;     /* where the UMEM begins */
	struct frames frames;
	struct xsk_config config;
	int fd;
	int tx_fd; /* to send by: fd but where there are two sockets */
};

/*
 * Opens a socket on a queue of an interface in this thread's network namespace; a
 * receiver's fill ring is full. What is for both ways is two sockets of a UMEM of their
 * own: the kernel counts what one could not receive beside what sending reads
 * (rx_dropped of struct xdp_sock, net/xdp_sock.h), and under overload the CPU that
 * receives would take that cache line away at each packet. Its frames are a fresh UMEM,
 * or the second half of that of `host` (which was opened with host_too, stays the owner,
 * and is closed later). A queue that is busy (its last socket closes with a delay) is
 * tried again for a second. Returns 0, or STATUS_FAILED after saying what was refused;
 * nothing is left then.
 */
struct xsk_place {
	const char *ifname;
	uint32_t queue, tx_queue; /* to receive from and to send by */
	const struct xsk *host;   /* NULL: a UMEM of its own */
	bool host_too;            /* with room for as many frames of a guest */
	uint32_t keep;            /* frames that are not lent to the fill ring */
	/* UMEMs that a run has made, and that it has yet to make with this one: what is
	 * said of a refusal counts them. */
	unsigned int made, areas;
};
MUST_CHECK int xsk_open(struct xsk *x, enum xsk_way way, const struct xsk_place *place,
			const struct xsk_config *config, const struct diag *d)
	NONNULL(1, 3, 4, 5);
/* The same without a word: returns 0 or -errno, and in *step where it failed. */
enum xsk_step {
	XSK_STEP_MEMORY,  /* mmap(2) and malloc(3) */
	XSK_STEP_UMEM,    /* socket(2), XDP_UMEM_REG and its rings */
	XSK_STEP_BIND,    /* rx and tx ring, bind(2) */
	XSK_STEP_OPTIONS, /* busy polling, TX budget */
};
MUST_CHECK int xsk_try(struct xsk *x, enum xsk_way way, const struct xsk_place *place,
		       const struct xsk_config *config, enum xsk_step *step)
	NONNULL(1, 3, 4, 5);
void xsk_close(struct xsk *x) NONNULL(1);

/* Whether a UMEM of so many bytes that XDP_UMEM_REG refused with err may be had in a
 * moment: that of a socket closed before counts as the user's locked memory until the
 * kernel gives it back (net/xdp/xdp_umem.c, xdp_umem_release_deferred). */
bool xsk_may_fit(size_t bytes, int err);

/* Where the bytes of a descriptor's address are, as offset in the UMEM: unaligned mode
 * keeps the packet's offset in the upper bits. */
static inline uint64_t xsk_offset(const struct xsk *x, uint64_t addr)
{
	return x->config.unaligned ? xsk_umem__add_offset_to_addr(addr) : addr;
}

/* For loops that wait for another CPU: leaves the memory bus to it. */
static inline void xsk_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" : : : "memory");
#endif
}

/* Lends as many of our frames to the fill ring as both have room for; but for `keep` of
 * them, which are left to be sent. */
void xsk_refill_to(struct xsk *x, uint32_t keep) NONNULL(1);
void xsk_refill(struct xsk *x) NONNULL(1);

/* Whether this kernel has the socket option of --tx-budget (Linux 6.17). */
bool xsk_has_tx_budget(void);

/* XDP_STATISTICS of the socket; what an older kernel lacks is 0. Returns 0 or -errno. */
MUST_CHECK int xsk_stats(const struct xsk *x, struct xdp_statistics *s) NONNULL(1, 2);

/*
 * Takes back the frames of what has been sent, their number to *n. Returns 0, or -EBADMSG
 * where the kernel names a frame that it was not lent.
 */
MUST_CHECK int xsk_reap(struct xsk *x, uint32_t *n) NONNULL(1, 2);

#endif

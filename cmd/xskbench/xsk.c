/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsk.h"

#include "clock.h"
#include "if_xdp_new.h"
#include "xsk_refused.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#define BUSY_NS      1000000000u
#define BUSY_STEP_NS 5000000
#define BUSY_POLL_US 20

/* Where it may not be raised, the kernel's answer to the UMEM tells (ENOBUFS). */
static void raise_memlock(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &all);
}

/* Whether there are two queues in it: each has a fill and a completion ring. */
static bool two_queues(enum xsk_way way, const struct xsk_place *at)
{
	return way == XSK_BOTH && at->queue != at->tx_queue;
}

/* The rings that come with a UMEM are those of its first socket's queue. */
static int open_umem(struct xsk *x, struct xsk_ring_cons *comp)
{
	const struct xsk_umem_config u = {
		.fill_size = x->config.ring,
		.comp_size = x->config.ring,
		.frame_size = x->config.frame_size,
		.frame_headroom = x->config.headroom,
		.flags = x->config.unaligned ? XDP_UMEM_UNALIGNED_CHUNK_FLAG : 0,
	};

	return xsk_umem__create(&x->umem, x->mem, x->area.bytes, &x->fill, comp, &u);
}

static int open_socket(struct xsk *x, enum xsk_way way, const struct xsk_place *at,
		       struct xsk_ring_cons *comp)
{
	const struct xsk_socket_config s = {
		.rx_size = x->config.ring,
		.tx_size = x->config.ring,
		.libxdp_flags = XSK_LIBBPF_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = (x->config.zerocopy ? XDP_ZEROCOPY : XDP_COPY) |
			      (x->config.no_wakeup ? 0 : XDP_USE_NEED_WAKEUP) |
			      (x->config.frags ? XDP_USE_SG : 0),
	};
	struct xsk_umem *umem = at->host ? at->host->umem : x->umem;
	struct xsk_ring_cons *rx = way & XSK_RX ? &x->rx : NULL;
	/* The second socket of a queue is one of the UMEM's own queue, to the kernel. */
	bool two = way == XSK_BOTH && (!at->host || two_queues(way, at));
	struct xsk_ring_prod *tx = way & XSK_TX && !two ? &x->tx : NULL;
	int err;

	/* The bind's flags are those of the UMEM's first socket. */
	err = xsk_socket__create_shared(&x->socket, at->ifname,
					way & XSK_RX ? at->queue : at->tx_queue, umem, rx,
					tx, &x->fill, comp, &s);
	if (err || !two)
		return err;
	err = xsk_socket__create_shared(&x->sending, at->ifname, at->tx_queue, umem, NULL,
					&x->tx, comp == &x->comp ? &x->fill : &x->no_fill,
					&x->comp, &s);
	if (err) {
		xsk_socket__delete(x->socket);
		x->socket = NULL;
	}
	return err;
}

/* One attempt. On failure nothing but the area is left; *step is where it failed. */
static int try_open(struct xsk *x, enum xsk_way way, const struct xsk_place *at,
		    enum xsk_step *step)
{
	struct xsk_ring_cons *comp = two_queues(way, at) ? &x->no_comp : &x->comp;
	int err = at->host ? 0 : open_umem(x, comp);

	*step = XSK_STEP_UMEM;
	if (err)
		return err;
	*step = XSK_STEP_BIND;
	err = open_socket(x, way, at, comp);
	if (err && x->umem) {
		xsk_umem__delete(x->umem);
		x->umem = NULL;
	}
	return err;
}

bool xsk_may_fit(size_t bytes, int err)
{
	struct rlimit r;

	return err == -ENOBUFS && !getrlimit(RLIMIT_MEMLOCK, &r) && r.rlim_cur >= bytes;
}

static bool may_be_had(const struct xsk *x, int err, enum xsk_step step)
{
	return step == XSK_STEP_UMEM ? xsk_may_fit(x->area.bytes, err) : err == -EBUSY;
}

/* For some milliseconds after a queue's last socket was closed bind(2) says EBUSY, and
 * its memory is still counted. */
static int open_patiently(struct xsk *x, enum xsk_way way, const struct xsk_place *at,
			  enum xsk_step *step)
{
	const struct timespec pause = { .tv_nsec = BUSY_STEP_NS };
	uint64_t end = clock_mono_ns() + BUSY_NS;
	int err;

	for (;;) {
		err = try_open(x, way, at, step);
		if (!may_be_had(x, err, *step) || clock_mono_ns() >= end)
			return err;
		nanosleep(&pause, NULL);
	}
}

static int open_memory(struct xsk *x, const struct xsk_place *at)
{
	size_t bytes = (size_t)x->config.frames * x->config.frame_size;
	int err = frames_init(&x->frames, x->config.frames, x->config.frame_size,
			      at->host ? bytes : 0);

	if (err || at->host) {
		x->mem = at->host ? at->host->mem : NULL;
		return err;
	}
	err = area_map(&x->area, at->host_too ? 2 * bytes : bytes, x->config.pages);
	x->mem = x->area.p;
	return err;
}

static int set_option(int fd, int level, int name, uint32_t value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int busy_poll(int fd, uint32_t budget)
{
	int err = set_option(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);

	if (!err)
		err = set_option(fd, SOL_SOCKET, SO_BUSY_POLL, BUSY_POLL_US);
	return err ? err : set_option(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, budget);
}

static int set_options(const struct xsk *x, enum xsk_way way)
{
	const struct xsk_config *c = &x->config;
	int err = 0;

	if (c->busy_poll)
		err = busy_poll(x->fd, c->busy_poll);
	if (!err && c->busy_poll && x->sending)
		err = busy_poll(x->tx_fd, c->busy_poll);
	if (!err && c->tx_budget && way & XSK_TX)
		err = set_option(x->tx_fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, c->tx_budget);
	return err;
}

int xsk_try(struct xsk *x, enum xsk_way way, const struct xsk_place *place,
	    const struct xsk_config *config, enum xsk_step *step)
{
	int err;

	*x = (struct xsk){ .config = *config, .fd = -1, .tx_fd = -1 };
	*step = XSK_STEP_MEMORY;
	err = open_memory(x, place);
	if (err)
		goto fail;
	raise_memlock();
	libxdp_set_print(NULL); /* what happened is said here */
	err = open_patiently(x, way, place, step);
	if (err)
		goto fail;
	x->fd = xsk_socket__fd(x->socket);
	x->tx_fd = x->sending ? xsk_socket__fd(x->sending) : x->fd;
	*step = XSK_STEP_OPTIONS;
	err = set_options(x, way);
	if (err)
		goto fail;
	if (way & XSK_RX)
		xsk_refill_to(x, place->keep);
	return 0;
fail:
	xsk_close(x);
	return err;
}

int xsk_open(struct xsk *x, enum xsk_way way, const struct xsk_place *place,
	     const struct xsk_config *config, const struct diag *d)
{
	enum xsk_step step;
	int err = xsk_try(x, way, place, config, &step);

	return err ? xsk_refused(d, step, err, place, config) : 0;
}

void xsk_close(struct xsk *x)
{
	if (x->sending)
		xsk_socket__delete(x->sending);
	if (x->socket)
		xsk_socket__delete(x->socket);
	if (x->umem)
		xsk_umem__delete(x->umem);
	area_unmap(&x->area);
	frames_free(&x->frames);
	*x = (struct xsk){ .fd = -1, .tx_fd = -1 };
}

void xsk_refill_to(struct xsk *x, uint32_t keep)
{
	uint32_t at, n = x->frames.nfree > keep ? x->frames.nfree - keep : 0;
	/* The kernel makes room meanwhile: what is asked twice may answer twice. */
	uint32_t room = xsk_prod_nb_free(&x->fill, n);

	n = xsk_ring_prod__reserve(&x->fill, MIN(n, room), &at);
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&x->fill, at + i) =
			frames_lend(&x->frames, OWNER_FILL);
	xsk_ring_prod__submit(&x->fill, n);
}

void xsk_refill(struct xsk *x)
{
	xsk_refill_to(x, 0);
}

bool xsk_has_tx_budget(void)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	bool has;

	if (fd < 0)
		return false;
	/* Without a ring it is refused, but by another word than what is unknown. */
	has = set_option(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, 32) != -ENOPROTOOPT;
	close(fd);
	return has;
}

static int statistics(int fd, struct xdp_statistics *s)
{
	socklen_t size = sizeof(*s);

	*s = (struct xdp_statistics){ 0 };
	return getsockopt(fd, SOL_XDP, XDP_STATISTICS, s, &size) ? -errno : 0;
}

int xsk_stats(const struct xsk *x, struct xdp_statistics *s)
{
	struct xdp_statistics tx;
	int err = statistics(x->fd, s);

	if (err || !x->sending)
		return err;
	err = statistics(x->tx_fd, &tx);
	s->tx_invalid_descs = tx.tx_invalid_descs;
	s->tx_ring_empty_descs = tx.tx_ring_empty_descs;
	return err;
}

int xsk_reap(struct xsk *x, uint32_t *n)
{
	uint32_t at;

	*n = xsk_ring_cons__peek(&x->comp, x->config.ring, &at);
	for (uint32_t i = 0; i < *n; i++)
		if (!frames_take(
			    &x->frames,
			    xsk_offset(x, *xsk_ring_cons__comp_addr(&x->comp, at + i)),
			    OWNER_TX))
			return -EBADMSG;
	xsk_ring_cons__release(&x->comp, *n);
	return 0;
}

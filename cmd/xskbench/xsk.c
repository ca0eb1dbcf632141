/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsk.h"

#include "clock.h"
#include "xsk_refused.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <xdp/libxdp.h>

#define BUSY_NS      1000000000u
#define BUSY_STEP_NS 5000000

/* Where it may not be raised, the kernel's answer to the UMEM tells (ENOBUFS). */
static void raise_memlock(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_MEMLOCK, &all);
}

static int open_umem(struct xsk *x)
{
	const struct xsk_umem_config u = {
		.fill_size = x->config.ring,
		.comp_size = x->config.ring,
		.frame_size = x->config.frame_size,
		.frame_headroom = x->config.headroom,
	};

	return xsk_umem__create(&x->umem, x->area, x->area_bytes, &x->fill, &x->comp, &u);
}

static int open_socket(struct xsk *x, enum xsk_way way, const char *ifname,
		       uint32_t queue)
{
	const struct xsk_socket_config s = {
		.rx_size = x->config.ring,
		.tx_size = x->config.ring,
		.libxdp_flags = XSK_LIBBPF_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
	};

	return xsk_socket__create(&x->socket, ifname, queue, x->umem,
				  way == XSK_RX ? &x->rx : NULL,
				  way == XSK_TX ? &x->tx : NULL, &s);
}

/* One attempt. On failure nothing but the area is left; *step is where it failed. */
static int try_open(struct xsk *x, enum xsk_way way, const char *ifname, uint32_t queue,
		    enum xsk_step *step)
{
	int err = open_umem(x);

	*step = XSK_STEP_UMEM;
	if (err)
		return err;
	*step = XSK_STEP_BIND;
	err = open_socket(x, way, ifname, queue);
	if (err) {
		xsk_umem__delete(x->umem);
		x->umem = NULL;
	}
	return err;
}

/* bind(2) says EBUSY for some milliseconds after the queue's last socket was closed. */
static int open_patiently(struct xsk *x, enum xsk_way way, const char *ifname,
			  uint32_t queue, enum xsk_step *step)
{
	const struct timespec pause = { .tv_nsec = BUSY_STEP_NS };
	uint64_t end = clock_mono_ns() + BUSY_NS;
	int err;

	for (;;) {
		err = try_open(x, way, ifname, queue, step);
		if (err != -EBUSY || clock_mono_ns() >= end)
			return err;
		nanosleep(&pause, NULL);
	}
}

int xsk_open(struct xsk *x, enum xsk_way way, const char *ifname, uint32_t queue,
	     const struct xsk_config *config, const struct diag *d)
{
	enum xsk_step step = XSK_STEP_MEMORY;
	int err;

	*x = (struct xsk){ .config = *config, .area = MAP_FAILED };
	x->area_bytes = (size_t)config->frames * config->frame_size;
	err = frames_init(&x->frames, config->frames, config->frame_size);
	if (err)
		goto fail;
	x->area = mmap(NULL, x->area_bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	err = x->area == MAP_FAILED ? -errno : 0;
	if (err)
		goto fail;
	raise_memlock();
	libxdp_set_print(NULL); /* what happened is said here */
	err = open_patiently(x, way, ifname, queue, &step);
	if (err)
		goto fail;
	x->fd = xsk_socket__fd(x->socket);
	if (way == XSK_RX)
		xsk_refill(x);
	return 0;
fail:
	xsk_close(x);
	return xsk_refused(d, step, err, ifname, queue, config);
}

void xsk_close(struct xsk *x)
{
	if (x->socket)
		xsk_socket__delete(x->socket);
	if (x->umem)
		xsk_umem__delete(x->umem);
	if (x->area && x->area != MAP_FAILED)
		munmap(x->area, x->area_bytes);
	frames_free(&x->frames);
	*x = (struct xsk){ .fd = -1 };
}

void xsk_refill(struct xsk *x)
{
	uint32_t at,
		n = MIN(x->frames.nfree, xsk_prod_nb_free(&x->fill, x->frames.nfree));

	n = xsk_ring_prod__reserve(&x->fill, n, &at);
	for (uint32_t i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&x->fill, at + i) =
			frames_lend(&x->frames, OWNER_FILL);
	xsk_ring_prod__submit(&x->fill, n);
}

int xsk_stats(const struct xsk *x, struct xdp_statistics *s)
{
	socklen_t size = sizeof(*s);

	*s = (struct xdp_statistics){ 0 };
	return getsockopt(x->fd, SOL_XDP, XDP_STATISTICS, s, &size) ? -errno : 0;
}

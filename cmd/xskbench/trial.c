/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial.h"

#include "if_xdp_new.h"
#include "kernel_source.h"
#include "lab.h"
#include "napi.h"
#include "pages.h"
#include "xdp.h"
#include "xsk.h"

#include <sys/socket.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif

static const struct xsk_config plain = { .ring = 64, .frames = 64, .frame_size = 2048 };

/* Whether a socket with that configuration can be had on the lab's end. */
static bool socket_works(const struct lab_end *end, const struct xsk_config *c)
{
	const struct xsk_place place = { .ifname = end->name };
	enum xsk_step step;
	struct xsk x;
	bool ok = !xsk_try(&x, XSK_BOTH, &place, c, &step);

	if (ok)
		xsk_close(&x);
	return ok;
}

#define SOCKET_WORKS(end, ...)                                      \
	socket_works(end, &(struct xsk_config){ .ring = 64,         \
						.frames = 64,       \
						.frame_size = 2048, \
						__VA_ARGS__ })

static void try_sockets(struct trial *t, const struct lab_end *end)
{
	t->need_wakeup = socket_works(end, &plain);
	t->unaligned = SOCKET_WORKS(end, .unaligned = true);
	t->frags = SOCKET_WORKS(end, .frags = true);
	t->busy_poll = SOCKET_WORKS(end, .busy_poll = 16);
	t->tx_budget = SOCKET_WORKS(end, .tx_budget = 64);
	t->zero_copy = SOCKET_WORKS(end, .zerocopy = true);
}

/* libxdp 1.3.1 has no field for it: by the socket option itself. */
static bool try_tx_metadata(void)
{
	struct xdp_umem_reg_new reg = { .chunk_size = 2048,
					.flags = XDP_UMEM_TX_METADATA_LEN,
					.tx_metadata_len = 16 };
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct area a;
	bool ok = false;

	if (fd < 0)
		return false;
	if (!area_map(&a, 65536, PAGES_4K)) {
		reg.addr = (uintptr_t)a.p;
		reg.len = a.bytes;
		ok = !setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
	}
	close(fd);
	area_unmap(&a);
	return ok;
}

static bool try_program(const struct lab_end *end, enum attach mode, struct xdp *x)
{
	const struct xdp_config c = {
		.job = XDP_COUNT, .mode = mode, .ifindex = end->link.ifindex, .size = 64
	};
	const char *what;

	return !xdp_try(x, &c, &what);
}

static bool try_live_frames(const struct lab_end *end, uint32_t size, uint32_t packets)
{
	const struct xdp_config c = { .job = XDP_GENERATE,
				      .ifindex = end->link.ifindex,
				      .size = size };
	const char *what;
	struct packet_form form;
	struct xdp x;
	bool ok;

	packet_form(&form, end->link.mac, end->link.mac, size);
	if (xdp_try(&x, &c, &what))
		return false;
	ok = !kernel_source_run(x.prog, &form, packets);
	xdp_close(&x);
	return ok;
}

/* At one end, in its namespace. */
static void try_end(struct trial *t, struct lab *lab, uint32_t size, uint32_t packets)
{
	struct lab_end *end = &lab->rx;
	struct link peer;
	struct xdp x;

	try_sockets(t, end);
	t->tx_metadata = try_tx_metadata();
	t->generic_xdp = try_program(end, ATTACH_SKB, &x);
	if (t->generic_xdp)
		xdp_close(&x);
	t->native_xdp = try_program(end, ATTACH_DRV, &x);
	if (!t->native_xdp)
		return;
	t->napi_threads = !napi_threaded(end->name);
	/* The program's limit is shown by the other end. */
	if (!link_get(&lab->tx.nl, lab->tx.name, &peer))
		t->native_mtu = peer.max_mtu;
	t->live_frames = try_live_frames(end, size, packets);
	xdp_close(&x);
}

/* A socket of one end in the UMEM of a socket of the other. */
static bool try_shared(struct lab *lab, const struct diag *d)
{
	struct xsk_place place = { .ifname = lab->rx.name, .host_too = true };
	enum xsk_step step;
	struct xsk host, guest;
	bool ok = false;

	if (lab_enter(&lab->rx, d))
		return false;
	if (!xsk_try(&host, XSK_RX, &place, &plain, &step)) {
		place = (struct xsk_place){ .ifname = lab->tx.name, .host = &host };
		ok = !lab_enter(&lab->tx, d) &&
		     !xsk_try(&guest, XSK_TX, &place, &plain, &step);
		if (ok)
			xsk_close(&guest);
		xsk_close(&host);
	}
	return !lab_leave(lab, d) && ok;
}

int trial_run(struct trial *t, uint32_t size, uint32_t packets, const struct diag *d)
{
	const struct lab_config c = { .mtu = 1500, .queues = 1 };
	struct lab lab;
	int status = lab_open(&lab, &c, d);

	*t = (struct trial){ 0 };
	if (status)
		return status;
	status = lab_enter(&lab.rx, d);
	if (!status) {
		try_end(t, &lab, size, packets);
		status = lab_leave(&lab, d);
	}
	if (!status)
		t->shared_umem = try_shared(&lab, d);
	lab_close(&lab);
	return status;
}

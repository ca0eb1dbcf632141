/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial.h"

#include "if_xdp_new.h"
#include "kernel_source.h"
#include "lab.h"
#include "napi.h"
#include "pages.h"
#include "xdp.h"
#include "xsk.h"
#include "xsk_refused.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif

static const struct xsk_config plain = { .ring = 64, .frames = 64, .frame_size = 2048 };

/* Says so where a trial failed for want of something: it tells nothing of the kernel
 * then. Returns 0, or STATUS_FAILED. */
static int shortage(int err, enum xsk_step step, const struct xsk_place *place,
		    const struct xsk_config *c, const struct diag *d)
{
	static const int wants[] = { ENOBUFS, ENOMEM, EMFILE, ENFILE, EPERM, EACCES };

	for (size_t i = 0; i < COUNT(wants); i++)
		if (err == -wants[i])
			return xsk_refused(d, step, err, place->ifname, 0, c);
	return 0;
}

/* Whether a socket with that configuration can be had, to *works. */
static int try_socket(bool *works, const struct xsk_place *place,
		      const struct xsk_config *c, const struct diag *d)
{
	enum xsk_step step;
	struct xsk x;
	int err = xsk_try(&x, XSK_BOTH, place, c, &step);

	*works = !err;
	if (err)
		return shortage(err, step, place, c, d);
	xsk_close(&x);
	return 0;
}

#define CONFIG(...) \
	((struct xsk_config){ .ring = 64, .frames = 64, .frame_size = 2048, __VA_ARGS__ })

static int try_sockets(struct trial *t, const struct lab_end *end, const struct diag *d)
{
	const struct {
		bool *works;
		struct xsk_config c;
	} trials[] = {
		{ &t->need_wakeup, plain },
		{ &t->unaligned, CONFIG(.unaligned = true) },
		{ &t->frags, CONFIG(.frags = true) },
		{ &t->busy_poll, CONFIG(.busy_poll = 16) },
		{ &t->tx_budget, CONFIG(.tx_budget = 64) },
		{ &t->zero_copy, CONFIG(.zerocopy = true) },
	};
	const struct xsk_place place = { .ifname = end->name };
	int status = 0;

	for (size_t i = 0; i < COUNT(trials) && !status; i++)
		status = try_socket(trials[i].works, &place, &trials[i].c, d);
	return status;
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
static int try_end(struct trial *t, struct lab *lab, uint32_t size, uint32_t packets,
		   const struct diag *d)
{
	struct lab_end *end = &lab->rx;
	struct link peer;
	struct xdp x;
	int status = try_sockets(t, end, d);

	if (status)
		return status;
	t->tx_metadata = try_tx_metadata();
	t->generic_xdp = try_program(end, ATTACH_SKB, &x);
	if (t->generic_xdp)
		xdp_close(&x);
	t->native_xdp = try_program(end, ATTACH_DRV, &x);
	if (!t->native_xdp)
		return 0;
	t->napi_threads = !napi_threaded(end->name);
	/* The program's limit is shown by the other end. */
	if (!link_get(&lab->tx.nl, lab->tx.name, &peer))
		t->native_mtu = peer.max_mtu;
	t->live_frames = try_live_frames(end, size, packets);
	xdp_close(&x);
	return 0;
}

/* A socket of one end in the UMEM of a socket of the other. */
static int try_shared(struct trial *t, struct lab *lab, const struct diag *d)
{
	struct xsk_place place = { .ifname = lab->rx.name, .host_too = true };
	enum xsk_step step;
	struct xsk host;
	int err, status = lab_enter(&lab->rx, d);

	if (status)
		return status;
	err = xsk_try(&host, XSK_RX, &place, &plain, &step);
	if (!err) {
		place = (struct xsk_place){ .ifname = lab->tx.name, .host = &host };
		status = lab_enter(&lab->tx, d);
		if (!status)
			status = try_socket(&t->shared_umem, &place, &plain, d);
		xsk_close(&host);
	} else {
		status = shortage(err, step, &place, &plain, d);
	}
	return lab_leave(lab, d) ? STATUS_FAILED : status;
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
		status = try_end(t, &lab, size, packets, d);
		if (lab_leave(&lab, d))
			status = STATUS_FAILED;
	}
	if (!status)
		status = try_shared(t, &lab, d);
	lab_close(&lab);
	return status;
}

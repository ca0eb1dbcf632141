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

static const struct opt_bool unknown = { .unknown = true };

void trial_none(struct trial *t)
{
	*t = (struct trial){ unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     unknown,
			     { .unknown = true } };
}

static bool forbidden(int err)
{
	return err == -EPERM || err == -EACCES;
}

/* A trial that failed for want of something tells nothing of the kernel. */
static bool short_of(int err)
{
	static const int wants[] = { ENOBUFS, ENOMEM, EMFILE, ENFILE };

	for (size_t i = 0; i < COUNT(wants); i++)
		if (err == -wants[i])
			return true;
	return false;
}

static struct opt_bool verdict(int err)
{
	return forbidden(err) ? unknown : some_bool(!err);
}

/* Whether a socket with that configuration can be had, to *works. */
static int try_socket(struct opt_bool *works, const struct xsk_place *place,
		      const struct xsk_config *c, const struct diag *d)
{
	enum xsk_step step;
	struct xsk x;
	int err = xsk_try(&x, XSK_BOTH, place, c, &step);

	*works = verdict(err);
	if (short_of(err))
		return xsk_refused(d, step, err, place, c);
	if (!err)
		xsk_close(&x);
	return 0;
}

#define CONFIG(...) \
	((struct xsk_config){ .ring = 64, .frames = 64, .frame_size = 2048, __VA_ARGS__ })

static int try_sockets(struct trial *t, const struct lab_end *end, const struct diag *d)
{
	const struct {
		struct opt_bool *works;
		struct xsk_config c;
	} trials[] = {
		{ &t->need_wakeup, plain },
		{ &t->unaligned, CONFIG(.unaligned = true) },
		{ &t->frags, CONFIG(.frags = true) },
		{ &t->busy_poll, CONFIG(.busy_poll = 16) },
		{ &t->tx_budget, CONFIG(.tx_budget = 64) },
		{ &t->zero_copy, CONFIG(.zerocopy = true) },
	};
	const struct xsk_place place = { .ifname = end->name, .areas = 1 };
	int status = 0;

	for (size_t i = 0; i < COUNT(trials) && !status; i++)
		status = try_socket(trials[i].works, &place, &trials[i].c, d);
	return status;
}

/* libxdp 1.3.1 has no field for it: by the socket option itself. */
static struct opt_bool try_tx_metadata(void)
{
	struct xdp_umem_reg_new reg = { .chunk_size = 2048,
					.flags = XDP_UMEM_TX_METADATA_LEN,
					.tx_metadata_len = 16 };
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err;
	struct area a = { 0 };

	if (fd < 0)
		return verdict(-errno);
	err = area_map(&a, 65536, PAGES_4K);
	if (!err) {
		reg.addr = (uintptr_t)a.p;
		reg.len = a.bytes;
		if (setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)))
			err = -errno;
	}
	close(fd);
	area_unmap(&a);
	return verdict(err);
}

/* The program stays, where there is one, until *x is closed. */
static int try_program(struct opt_bool *works, const struct lab_end *end,
		       enum attach mode, struct xdp *x, const struct diag *d)
{
	const struct xdp_config c = {
		.job = XDP_COUNT, .mode = mode, .ifindex = end->link.ifindex, .size = 64
	};
	const char *what;
	int err = xdp_try(x, &c, &what);

	*works = verdict(err);
	return short_of(err) ? diag_fail(d, err, NULL, "%s", what) : 0;
}

static int try_live_frames(struct opt_bool *works, const struct lab_end *end,
			   uint32_t size, uint32_t packets, const struct diag *d)
{
	const struct xdp_config c = { .job = XDP_GENERATE,
				      .ifindex = end->link.ifindex,
				      .size = size };
	const char *what;
	struct packet_form form;
	struct xdp x;
	int err;

	packet_form(&form, end->link.mac, end->link.mac, size);
	err = xdp_try(&x, &c, &what);
	if (!err) {
		err = kernel_source_run(x.prog, &form, packets);
		xdp_close(&x);
	}
	*works = verdict(err);
	return short_of(err) ? diag_fail(d, err, NULL, "having the kernel make packets")
			     : 0;
}

/* With a program in native mode at that end. */
static int try_attached(struct trial *t, struct lab *lab, uint32_t size, uint32_t packets,
			const struct diag *d)
{
	struct link peer;

	t->napi_threads = verdict(napi_threaded(lab->rx.name));
	/* The program's limit is shown by the other end. */
	if (!link_get(&lab->tx.nl, lab->tx.name, &peer))
		t->native_mtu = some_u64(peer.max_mtu);
	return try_live_frames(&t->live_frames, &lab->rx, size, packets, d);
}

/* At one end, in its namespace. */
static int try_end(struct trial *t, struct lab *lab, uint32_t size, uint32_t packets,
		   const struct diag *d)
{
	struct lab_end *end = &lab->rx;
	struct xdp x;
	int status = try_sockets(t, end, d);

	t->tx_metadata = try_tx_metadata();
	if (!status)
		status = try_program(&t->generic_xdp, end, ATTACH_SKB, &x, d);
	if (status)
		return status;
	if (t->generic_xdp.v)
		xdp_close(&x);
	status = try_program(&t->native_xdp, end, ATTACH_DRV, &x, d);
	if (!status && t->native_xdp.v) {
		status = try_attached(t, lab, size, packets, d);
		xdp_close(&x);
	}
	return status;
}

/* A socket of one end in the UMEM of a socket of the other. */
static int try_shared(struct trial *t, struct lab *lab, const struct diag *d)
{
	struct xsk_place place = { .ifname = lab->rx.name, .host_too = true, .areas = 1 };
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
		t->shared_umem = verdict(err);
		if (short_of(err))
			status = xsk_refused(d, step, err, &place, &plain);
	}
	return lab_leave(lab, d) ? STATUS_FAILED : status;
}

int trial_run(struct trial *t, uint32_t size, uint32_t packets, const struct diag *d)
{
	const struct lab_config c = { .mtu = 1500, .queues = 1 };
	struct lab lab;
	int status = lab_open(&lab, &c, d);

	trial_none(t);
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

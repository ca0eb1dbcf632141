/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rig.h"

#include "caps.h"
#include "napi.h"

#include <errno.h>
#include <string.h>

enum { TX_BUDGET = 32 }; /* TX_BATCH_SIZE of net/xdp/xsk.c: fewer can't be set */

static struct xdp_config program(const struct plan *p, enum xdp_job job, int ifindex)
{
	return (struct xdp_config){ .job = job,
				    .mode = p->mode,
				    .ifindex = ifindex,
				    .size = p->size,
				    .verify = p->verify,
				    .fixed = p->source == SOURCE_KERNEL,
				    .frags = p->xsk.frags,
				    .any = p->any,
				    .queue = p->queue,
				    .rate = p->rate,
				    .libxdp = p->libxdp,
				    .limit = p->packets };
}

struct end {
	const struct lab_end *at;
	struct xsk *xsk;
	struct xdp *xdp;
	struct xsk_place place;
	unsigned int what;
};

/* The socket and the program of an end, in this thread's namespace. */
static int open_things(const struct end *e, const struct plan *p, const struct diag *d)
{
	enum xdp_job job = e->what & END_COUNT ? XDP_COUNT : XDP_RECEIVE;
	struct xdp_config c = program(p, job, e->at->link.ifindex);
	struct xsk_config config = p->xsk;
	int status = 0;

	if (!(e->what & XSK_RX))
		config.headroom = 0; /* is for received packets */
	/* One call forwards a batch, where the kernel can; a ring of fewer is its own
	 * limit. */
	if ((e->what & XSK_BOTH) == XSK_BOTH && !config.tx_budget &&
	    config.ring >= TX_BUDGET && xsk_has_tx_budget())
		config.tx_budget = MIN(MAX(p->batch, TX_BUDGET), config.ring);
	if (e->what & XSK_BOTH) {
		status = xsk_open(e->xsk, (enum xsk_way)(e->what & XSK_BOTH), &e->place,
				  &config, d);
		c.xsk_fd = e->xsk->fd;
	}
	if (!status && e->what & (XSK_RX | END_COUNT))
		status = xdp_open(e->xdp, &c, d);
	return status;
}

static int open_end(struct rig *r, const struct end *e, const struct plan *p,
		    const struct diag *d)
{
	int status;

	if (!e->what)
		return 0;
	status = lab_enter(e->at, d);
	if (!status)
		status = open_things(e, p, d);
	return lab_leave(&r->lab, d) ? STATUS_FAILED : status;
}

/* Where nobody asked for a thread, doing without one is no failure. */
static int no_thread(struct rig *r, const struct plan *p, int err, const struct diag *d)
{
	char caps[256];
	bool privilege = err == -EPERM || err == -EACCES;

	if (p->napi_asked)
		return diag_fail(d, err,
				 privilege ? caps_hint(caps, sizeof(caps))
					   : "it needs Linux 5.12: use --napi inline",
				 "giving NAPI a thread of its own");
	diag_warn(d, "NAPI has no thread of its own (%s): the sender pays for receiving",
		  strerror(-err));
	r->napi = NAPI_INLINE;
	return 0;
}

static int set_napi(struct rig *r, const struct plan *p, const struct diag *d)
{
	const struct lab_end *rx = &r->lab.rx;
	int err, pinned = 0, status;

	if (p->napi != NAPI_THREADED || rx->ns < 0 || rx->here)
		return 0;
	status = lab_enter(rx, d);
	if (status)
		return status;
	err = napi_threaded(rx->name);
	if (!err && p->rx_cpu >= 0)
		pinned = napi_pin(rx->link.ifindex, p->rx_cpu);
	if (lab_leave(&r->lab, d))
		return STATUS_FAILED;
	if (err)
		return no_thread(r, p, err, d);
	if (pinned)
		diag_warn(d,
			  "the NAPI thread was not kept on CPU %d (%s): rates will vary",
			  p->rx_cpu, strerror(-pinned));
	return 0;
}

static int open_source(struct rig *r, const struct plan *p, const struct diag *d)
{
	struct xdp_config c = program(p, XDP_GENERATE, r->lab.tx.link.ifindex);

	return p->source == SOURCE_KERNEL ? xdp_open(&r->generate, &c, d) : 0;
}

static int open_lab(struct rig *r, const struct plan *p, const struct diag *d)
{
	const struct lab_config c = {
		.mtu = (p->ifname ? p->size : MAX(p->size, (uint32_t)ETH_FRAME_LEN)) -
		       ETH_HLEN,
		.queues = p->tx_queue + 1,
		.ifb = p->sink == SINK_IFB,
		.ifname = p->ifname,
		.force = p->force,
		.sends = p->source != SOURCE_WIRE,
	};

	return lab_open(&r->lab, &c, d);
}

/* How many UMEMs there will be. */
static unsigned int areas(unsigned int tx, unsigned int rx, const struct plan *p)
{
	return 1 + (tx & XSK_BOTH && rx & XSK_BOTH && !p->shared_umem);
}

int rig_open(struct rig *r, const struct plan *p, unsigned int tx, unsigned int rx,
	     const struct diag *d)
{
	int status;

	*r = (struct rig){ .napi = p->napi };
	status = open_lab(r, p, d);
	if (status)
		return status;
	/* The receiver first: its UMEM may be the host, and nothing is lost before. */
	status = open_end(r,
			  &(struct end){ .at = &r->lab.rx,
					 .xsk = &r->rx,
					 .xdp = &r->rx_xdp,
					 .what = rx,
					 .place = { .ifname = r->lab.rx.name,
						    .queue = p->queue,
						    .tx_queue = p->tx_queue,
						    .areas = areas(tx, rx, p),
						    .host_too = p->shared_umem } },
			  p, d);
	if (!status)
		status = set_napi(r, p, d);
	if (!status)
		status = open_end(
			r,
			&(struct end){
				.at = &r->lab.tx,
				.xsk = &r->tx,
				.xdp = &r->tx_xdp,
				.what = tx,
				.place = { .ifname = r->lab.tx.name,
					   .queue = p->queue,
					   .tx_queue = p->tx_queue,
					   .made = areas(tx, rx, p) - 1,
					   .areas = 1,
					   .keep = p->xsk.frames / 2,
					   .host = p->shared_umem ? &r->rx : NULL } },
			p, d);
	if (!status)
		status = open_source(r, p, d);
	if (status)
		rig_close(r);
	packet_form(&r->form, r->lab.rx.link.mac, r->lab.tx.link.mac, p->size);
	packet_form(&r->back, r->lab.tx.link.mac, r->lab.rx.link.mac, p->size);
	if (r->lab.tx.here) {
		/* To whoever is at the other end. */
		memset(r->form.head, 0xff, ETH_ALEN);
	}
	r->form.fixed = r->back.fixed = p->source == SOURCE_KERNEL;
	return status;
}

void rig_close(struct rig *r)
{
	xdp_close(&r->generate);
	xsk_close(&r->tx);
	xdp_close(&r->tx_xdp);
	xdp_close(&r->rx_xdp);
	xsk_close(&r->rx);
	lab_close(&r->lab);
}

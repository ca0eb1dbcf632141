/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rig.h"

#include "caps.h"
#include "napi.h"

#include <errno.h>
#include <string.h>

static int open_rx(struct rig *r, const struct plan *p, const struct diag *d)
{
	int status = lab_enter(&r->lab.rx, d);

	if (status)
		return status;
	status = xsk_open(&r->rx, XSK_RX, r->lab.rx.name, 0, &p->xsk, d);
	if (!status)
		status =
			xdp_attach(&r->xdp, r->lab.rx.link.ifindex, p->mode, r->rx.fd, d);
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
	int err, pinned = 0, status = lab_enter(rx, d);

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

static int open_tx(struct rig *r, const struct plan *p, const struct diag *d)
{
	struct xsk_config config = p->xsk;
	int status = lab_enter(&r->lab.tx, d);

	if (status)
		return status;
	config.headroom = 0; /* is for received packets */
	status = xsk_open(&r->tx, XSK_TX, r->lab.tx.name, 0, &config, d);
	return lab_leave(&r->lab, d) ? STATUS_FAILED : status;
}

int rig_open(struct rig *r, const struct plan *p, const struct diag *d)
{
	uint32_t mtu = MAX(p->size, (uint32_t)ETH_FRAME_LEN) - ETH_HLEN;
	int status;

	*r = (struct rig){ .xdp.link = -1, .napi = p->napi };
	status = lab_open(&r->lab, mtu, d);
	if (status)
		return status;
	status = open_rx(r, p, d);
	if (!status && p->napi == NAPI_THREADED)
		status = set_napi(r, p, d);
	if (!status)
		status = open_tx(r, p, d);
	if (status)
		rig_close(r);
	packet_form(&r->form, r->lab.rx.link.mac, r->lab.tx.link.mac, p->size);
	return status;
}

void rig_close(struct rig *r)
{
	xsk_close(&r->tx);
	xdp_detach(&r->xdp);
	xsk_close(&r->rx);
	lab_close(&r->lab);
}

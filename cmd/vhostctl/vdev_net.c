/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vdev_net.c - a network card whose cable ends in itself (virtio 1.3, 5.1). */
#include "spec.h"
#include "vdev.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <string.h>

enum {
	HEADER = sizeof(struct virtio_net_hdr_mrg_rxbuf),
	PACKET_MAX = 65536 + HEADER,
	SPREAD = 32, /* receive buffers that one packet may take */
};

/* Reads on in pieces, at most n bytes from `at` on. */
static size_t gather(const struct iovec *v, size_t count, size_t at, uint8_t *to,
		     size_t n)
{
	size_t got = 0;

	for (size_t i = 0; i < count && got < n; i++) {
		size_t part;

		if (at >= v[i].iov_len) {
			at -= v[i].iov_len;
			continue;
		}
		part = MIN(n - got, v[i].iov_len - at);
		memcpy(to + got, (const uint8_t *)v[i].iov_base + at, part);
		got += part;
		at = 0;
	}
	return got;
}

static size_t scatter(const struct iovec *v, size_t count, const uint8_t *from, size_t n)
{
	size_t put = 0;

	for (size_t i = 0; i < count && put < n; i++) {
		size_t part = MIN(n - put, v[i].iov_len);

		memcpy(v[i].iov_base, from + put, part);
		put += part;
	}
	return put;
}

/* Receive buffers taken for one packet. */
struct spread {
	struct {
		uint16_t id, count;
		uint32_t written;
	} v[SPREAD];
	size_t n;
};

/* Puts a whole packet into as many receive buffers as it takes. Returns 1, 0 where there
 * are too few yet, or -errno; what was taken is in s. */
static int fill(struct vdev_client *c, struct queue *rx, const uint8_t *packet, size_t n,
		struct spread *s, struct virtio_net_hdr_mrg_rxbuf **head)
{
	bool merge = c->features & BIT(VIRTIO_NET_F_MRG_RXBUF);
	struct vq_chain *in = c->other;
	size_t at = 0;

	while (at < n) {
		int r = s->n == SPREAD ? 0 : vq_pop(&rx->q, in);
		size_t put;

		if (r <= 0)
			return s->n == SPREAD ? -E2BIG : r;
		put = scatter(in->v + in->nout, in->nin, packet + at, n - at);
		vq_mark(&rx->q, in, put);
		s->v[s->n].id = in->id;
		s->v[s->n].count = in->count;
		s->v[s->n++].written = (uint32_t)put;
		if (s->n == 1 && (put < HEADER || in->v[in->nout].iov_len < HEADER))
			return -EPROTO;
		if (s->n == 1)
			*head = in->v[in->nout].iov_base;
		at += put;
		if (at < n && (!merge || !put))
			return -E2BIG;
	}
	return 1;
}

static void give(struct queue *rx, struct vdev_client *c, const struct spread *s,
		 bool used)
{
	struct vq_chain *in = c->other;

	for (size_t i = used ? 0 : s->n; i < s->n; i++) {
		in->id = s->v[i].id;
		in->count = s->v[i].count;
		queue_complete(rx, in, s->v[i].written, &c->faults);
	}
	for (size_t i = used ? 0 : s->n; i > 0; i--) {
		in->count = s->v[i - 1].count;
		vq_unpop(&rx->q, in);
	}
}

/* One packet on its way. Returns 1, 0 where it must wait for a buffer, or -errno. */
static int loop(struct vdev_client *c, struct queue *rx)
{
	static uint8_t packet[PACKET_MAX];
	struct virtio_net_hdr_mrg_rxbuf zero = { 0 }, *head = NULL;
	struct spread s = { .n = 0 };
	size_t n;
	int r;

	if (c->chain->out_bytes < HEADER || c->chain->out_bytes > PACKET_MAX)
		return -EPROTO;
	n = gather(c->chain->v, c->chain->nout, 0, packet, PACKET_MAX);
	memcpy(packet, &zero, HEADER); /* no offload is on: there is nothing to tell */
	r = fill(c, rx, packet, n, &s, &head);
	if (r > 0 && head) {
		zero.num_buffers = (uint16_t)s.n;
		memcpy(head, &zero, HEADER);
		vq_mark_data(&rx->q, head, HEADER);
		c->stats.read_bytes += n - HEADER;
	}
	give(rx, c, &s, r > 0);
	if (r != -E2BIG)
		return r;
	c->stats.errors++; /* too long for what is there: dropped */
	return 1;
}

static int net_transmit(struct vdev_client *c, size_t ring, size_t most, size_t *broken)
{
	struct queue *tx = &c->rings[ring], *rx = &c->rings[ring - 1];
	int done = 0, r = 0;

	while ((size_t)done < most && (r = vq_pop(&tx->q, c->chain)) > 0) {
		*broken = ring - 1;
		if (queue_runs(rx))
			r = loop(c, rx);
		else
			c->stats.errors++;
		if (r == 0) {
			vq_unpop(&tx->q, c->chain);
			break;
		}
		if (r < 0)
			return r;
		c->stats.write_bytes += c->chain->out_bytes;
		c->stats.requests++;
		queue_complete(tx, c->chain, 0, &c->faults);
		done++;
	}
	if (r < 0)
		*broken = ring;
	return r < 0 ? r : done;
}

/* What came on the control queue. */
struct control {
	struct virtio_net_ctrl_hdr h;
	uint8_t data[8]; /* its beginning */
	size_t n;        /* bytes of data that came, the rest of them too */
};

static bool sets_pairs(const struct vdev *d, const struct control *x)
{
	uint16_t pairs;

	memcpy(&pairs, x->data, sizeof(pairs));
	return x->h.cmd == VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET && x->n == sizeof(pairs) &&
	       pairs >= 1 && pairs <= d->queues;
}

static bool sets_address(struct vdev_client *c, const struct control *x)
{
	if (x->h.cmd == VIRTIO_NET_CTRL_MAC_TABLE_SET)
		return x->n >= 2 * sizeof(uint32_t); /* two tables, each with its count */
	if (x->h.cmd != VIRTIO_NET_CTRL_MAC_ADDR_SET || x->n != ETH_ALEN)
		return false;
	memcpy(c->config, x->data, ETH_ALEN);
	return true;
}

/* Whether it is a command of a feature that is on, and can be done (virtio 1.3, 5.1.6.5).
 * All frames come back: nothing is filtered, whatever is asked for. */
static bool control(const struct vdev *d, struct vdev_client *c, const struct control *x)
{
	const uint64_t on = c->features;

	switch (x->h.class) {
	case VIRTIO_NET_CTRL_RX:
		return x->n == 1 && on & (x->h.cmd <= VIRTIO_NET_CTRL_RX_ALLMULTI
						  ? BIT(VIRTIO_NET_F_CTRL_RX)
					  : x->h.cmd <= VIRTIO_NET_CTRL_RX_NOBCAST
						  ? BIT(VIRTIO_NET_F_CTRL_RX_EXTRA)
						  : 0);
	case VIRTIO_NET_CTRL_MAC:
		return on & BIT(VIRTIO_NET_F_CTRL_MAC_ADDR) && sets_address(c, x);
	case VIRTIO_NET_CTRL_VLAN:
		return on & BIT(VIRTIO_NET_F_CTRL_VLAN) && x->n == sizeof(uint16_t) &&
		       x->h.cmd <= VIRTIO_NET_CTRL_VLAN_DEL;
	case VIRTIO_NET_CTRL_MQ:
		return on & BIT(VIRTIO_NET_F_MQ) && sets_pairs(d, x);
	default:
		return false;
	}
}

/* The control queue, of a front-end that leaves it to us. */
static int net_control(const struct vdev *d, struct vdev_client *c, size_t ring,
		       size_t most, size_t *broken)
{
	struct queue *q = &c->rings[ring];
	int done = 0, r;

	while ((size_t)done < most && (r = vq_pop(&q->q, c->chain))) {
		struct vq_chain *chain = c->chain;
		struct control x = { 0 };
		uint8_t ack;

		*broken = ring;
		if (r < 0)
			return r;
		if (!chain->in_bytes || chain->out_bytes < sizeof(x.h))
			return -EPROTO;
		gather(chain->v, chain->nout, 0, (uint8_t *)&x.h, sizeof(x.h));
		gather(chain->v, chain->nout, sizeof(x.h), x.data, sizeof(x.data));
		x.n = chain->out_bytes - sizeof(x.h);
		ack = control(d, c, &x) ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
		c->stats.errors += ack != VIRTIO_NET_OK;
		scatter(chain->v + chain->nout, chain->nin, &ack, 1);
		vq_mark(&q->q, chain, 1);
		queue_complete(q, chain, 1, &c->faults);
		c->stats.requests++;
		done++;
	}
	return done;
}

/* After the pairs of queues that may be used: without MQ that is one (virtio 1.3, 5.1.2).
 */
static size_t control_ring(const struct vdev *d, const struct vdev_client *c)
{
	if (!(c->features & BIT(VIRTIO_NET_F_CTRL_VQ)))
		return d->rings;
	return c->features & BIT(VIRTIO_NET_F_MQ) ? d->rings - 1 : 2;
}

static int net_work(struct vdev *d, struct vdev_client *c, size_t ring, size_t most,
		    size_t *broken)
{
	size_t control = control_ring(d, c);

	if (ring == control)
		return net_control(d, c, ring, most, broken);
	return ring % 2 && ring < control ? net_transmit(c, ring, most, broken) : 0;
}

static const struct vdev_ops ops = { "net", net_work, NULL };

void vdev_net(struct vdev *d, const struct vdev_options *o)
{
	const struct virtio_net_config config = {
		.mac = { 0x52, 0x54, 0x00, 0x76, 0x68, 0x01 },
		.status = VIRTIO_NET_S_LINK_UP,
		.max_virtqueue_pairs = (uint16_t)o->queues,
		.mtu = 1500,
	};

	*d = (struct vdev){
		.ops = &ops,
		.fd = -1,
		.queues = (uint32_t)o->queues,
		.rings = 2 * (uint32_t)o->queues + 1,
		.features = BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_STATUS) |
			    BIT(VIRTIO_NET_F_MTU) | BIT(VIRTIO_NET_F_MRG_RXBUF) |
			    BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_CTRL_RX) |
			    BIT(VIRTIO_NET_F_CTRL_RX_EXTRA) |
			    BIT(VIRTIO_NET_F_CTRL_VLAN) |
			    BIT(VIRTIO_NET_F_CTRL_MAC_ADDR) | BIT(VIRTIO_NET_F_MQ),
		.config_size = 12,
	};
	memcpy(d->config, &config, d->config_size);
}

static int none_work(struct vdev *d, struct vdev_client *c, size_t ring, size_t most,
		     size_t *broken)
{
	struct queue *q = &c->rings[ring];
	int done = 0, r;

	(void)d;
	while ((size_t)done < most && (r = vq_pop(&q->q, c->chain))) {
		*broken = ring;
		if (r < 0)
			return r;
		queue_complete(q, c->chain, 0, &c->faults);
		done++;
	}
	return done;
}

static const struct vdev_ops none_ops = { "none", none_work, NULL };

void vdev_none(struct vdev *d, const struct vdev_options *o)
{
	*d = (struct vdev){ .ops = &none_ops,
			    .fd = -1,
			    .queues = (uint32_t)o->queues,
			    .rings = (uint32_t)o->queues };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pieces.h"

#include "packet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pieces_init(struct pieces *s)
{
	*s = (struct pieces){ .packet = malloc(PACKET_MOST) };
	return s->packet ? 0 : -ENOMEM;
}

void pieces_free(struct pieces *s)
{
	free(s->packet);
	*s = (struct pieces){ 0 };
}

const uint8_t *pieces_join(struct pieces *s, const uint8_t *p,
			   const struct xdp_desc *desc, uint32_t *len)
{
	if (!s->begun)
		s->len = 0;
	s->begun = desc->options & XDP_PKT_CONTD;
	if (s->packet && desc->len <= PACKET_MOST - s->len) {
		memcpy(s->packet + s->len, p, desc->len);
		s->len += desc->len;
	}
	*len = s->len;
	return s->begun ? NULL : s->packet;
}

uint32_t pieces_of(const struct xsk *x, uint32_t size)
{
	return (size + x->config.frame_size - 1) / x->config.frame_size;
}

void pieces_queue(struct xsk *x, uint32_t at, const uint8_t *packet, uint32_t size)
{
	uint32_t n = pieces_of(x, size), len;

	for (uint32_t i = 0; i < n; i++, size -= len) {
		uint64_t addr = frames_lend(&x->frames, OWNER_TX);

		len = MIN(size, x->config.frame_size);
		memcpy(x->mem + addr, packet + (size_t)i * x->config.frame_size, len);
		*xsk_ring_prod__tx_desc(&x->tx, at + i) =
			(struct xdp_desc){ .addr = addr,
					   .len = len,
					   .options = len < size ? XDP_PKT_CONTD : 0 };
	}
}

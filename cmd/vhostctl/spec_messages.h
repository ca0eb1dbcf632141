/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_messages.h - what each request carries: payloads, fds, replies. Data only. */
#ifndef VHOSTCTL_SPEC_MESSAGES_H
#define VHOSTCTL_SPEC_MESSAGES_H

#include "spec.h"

enum payload_form {
	PAY_NUMBER,
	PAY_HEX,
	PAY_PADDING, /* zero, and shown to people only where it is not */
	PAY_SIZE,    /* a number of bytes */
	PAY_ENUM,
	PAY_BITS,     /* by names */
	PAY_FEATURES, /* virtio feature bits: their names depend on the kind of device */
	PAY_BYTES,    /* in hex */
};

/* A member of a payload, in the machine's byte order. */
struct payload_field {
	const char *key;
	const struct names *names;
	uint16_t off;
	uint8_t size;        /* bytes: 1, 2, 4, 8; any for PAY_BYTES */
	uint8_t form;        /* enum payload_form */
	uint8_t shift, bits; /* only these bits of it; bits 0: all */
};

/* A payload: members, then items of one kind, or bytes to its end. */
struct payload {
	const struct payload_field *head, *item;
	uint8_t nhead, nitem;
	uint16_t size;      /* of the fixed part */
	uint16_t least;     /* so long where padding at its end is left out; 0: size */
	uint16_t item_size; /* 0: there are no items; their number is a u32 at 0 */
	uint16_t max_items; /* the array is always so long; 0: as long as its number says
			     */
	uint16_t room; /* the array may be so long whatever its number says; 0: it may not
			*/
	const char *items; /* key of the array of items, or of the bytes at the end */
};

/* How many fds come with it. */
enum fd_rule {
	FDS_NONE,
	FDS_ONE,
	FDS_MAYBE, /* one or none */
	FDS_ITEMS, /* one an item */
	FDS_RING,  /* one, none where bit 8 of the payload is set */
};

struct request_spec {
	uint32_t number;
	const struct payload *ask;
	const struct payload *reply; /* NULL: none but an acknowledgement */
	uint8_t fds, reply_fds;      /* enum fd_rule */
	int8_t gate;                 /* protocol feature that it takes, -1: none */
};

/* By number; NULL for one that is not specified. */
const struct request_spec *spec_request(uint32_t number);
const struct request_spec *spec_backend_request(uint32_t number);

/* What memory requests carry with XEN_MMAP negotiated; NULL for any other request. */
const struct payload *spec_xen_memory(uint32_t request);

/* Where a packed ring stands, what SET_VRING_BASE carries and GET_VRING_BASE is answered
 * by: `num` is two places with their wrap counters (vhost-user.rst, "Vring descriptor
 * indices for packed virtqueues"). */
extern const struct payload spec_packed_base;

/* What acknowledges a request that has no reply of its own, and no payload at all. */
extern const struct payload spec_ack, spec_empty;

#endif

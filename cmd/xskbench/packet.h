/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packet.h - the packets that are sent, and the proof that they arrived. Pure. */
#ifndef XSKBENCH_PACKET_H
#define XSKBENCH_PACKET_H

#include "counts.h"
#include "util.h"

#include <endian.h>
#include <linux/if_ether.h>
#include <string.h>

enum {
	/* Ethernet header and 16 bits of length: the same in every packet */
	PACKET_HEAD = SEQ_AT,
	PACKET_BODY = PATTERN_AT, /* after the 64-bit sequence number: the pattern */
	PACKET_MIN = ETH_ZLEN,
	PACKET_MOST = 65535,
};

/* What all packets of one run share. EtherType: IEEE 802 local experimental 1. */
struct packet_form {
	uint8_t head[PACKET_HEAD];
	uint32_t size; /* bytes of Ethernet frame without checksum, PACKET_MIN to _MOST */
	bool fixed; /* all have the pattern of number 0: the kernel's only differ in it */
};

void packet_form(struct packet_form *f, const uint8_t *dst, const uint8_t *src,
		 uint32_t size) NONNULL(1, 2, 3);

/* Writes packet number seq: f->size bytes at p. Head, number, and a pattern of both. */
void packet_write(uint8_t *p, const struct packet_form *f, uint64_t seq) NONNULL(1, 2);

/* Whether the len bytes at p are, every one, a packet of the form; its number to *seq. */
bool packet_read(const uint8_t *p, uint32_t len, const struct packet_form *f,
		 uint64_t *seq) NONNULL(1, 3, 4);

/* The number in a packet of at least PACKET_MIN bytes, whole or not. */
static inline uint64_t packet_seq(const uint8_t *p)
{
	uint64_t be;

	memcpy(&be, p + PACKET_HEAD, sizeof(be));
	return be64toh(be);
}

/* What the receiver has seen so far; zeroed to begin. */
struct packet_check {
	uint64_t next; /* one more than the highest number seen */
	uint64_t gaps; /* numbers below next that have not come (yet) */
	uint64_t bad;  /* not what was sent: length, header or any byte of the pattern */
	uint64_t reordered; /* came after a higher number */
};

void packet_check(struct packet_check *c, const uint8_t *p, uint32_t len,
		  const struct packet_form *f) NONNULL(1, 2, 4);

/* Begins the check with the number of this packet, if it is one of the form. */
void packet_seen(struct packet_check *c, const uint8_t *p, uint32_t len,
		 const struct packet_form *f) NONNULL(1, 2, 4);

/* Turns a packet back to where it came from: swaps the addresses of its first bytes. One
 * that came to a group comes from `own` then: bridges drop what comes from a group. */
void packet_turn(uint8_t *p, const uint8_t *own) NONNULL(1, 2);

/* How many of the first `sent` numbers never came, not even as a bad packet. */
uint64_t packet_lost(const struct packet_check *c, uint64_t sent) NONNULL(1);

#endif

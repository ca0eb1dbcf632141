/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net_packet.c - Ethernet frames that tell whether they are whole. Pure, no I/O. */
#include "net_packet.h"

#include <string.h>

enum {
	ADDRESSES = 12,
	TYPE = ADDRESSES,
	STAMP = TYPE + 2,
	PATTERN = STAMP + (int)sizeof(struct packet_stamp),
};

/* Locally administered addresses: to, from. */
static const uint8_t head[STAMP] = { 0x02, 'v', 'h', 'o', 's', 1,    0x02,
				     'v',  'h', 'o', 's', 0,   0x88, 0xb5 };

/* Weyl sequence, mixed: any two stamps have different patterns, nearly. */
static uint64_t word_of(const struct packet_stamp *s, uint64_t i)
{
	uint64_t x = s->run + s->seq * UINT64_C(0xbf58476d1ce4e5b9) +
		     s->sent_ns * UINT64_C(0x94d049bb133111eb) +
		     i * UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

void packet_build(uint8_t *p, size_t n, const struct packet_stamp *s)
{
	uint64_t w, i = 0;
	size_t at = PATTERN;

	memcpy(p, head, sizeof(head));
	memcpy(p + STAMP, s, sizeof(*s));
	for (; at + sizeof(w) <= n; at += sizeof(w)) {
		w = word_of(s, i++);
		memcpy(p + at, &w, sizeof(w));
	}
	w = word_of(s, i);
	memcpy(p + at, &w, n - at);
}

enum packet_verdict packet_check(const uint8_t *p, size_t n, size_t size, uint64_t run,
				 struct packet_stamp *s)
{
	struct packet_stamp got;
	uint64_t w, was, i = 0;
	size_t at = PATTERN;

	if (n < PATTERN || memcmp(p + TYPE, head + TYPE, STAMP - TYPE))
		return PACKET_FOREIGN;
	memcpy(&got, p + STAMP, sizeof(got));
	if (got.run != run)
		return PACKET_FOREIGN;
	*s = got;
	if (n != size)
		return PACKET_CORRUPT;
	for (; at + sizeof(w) <= n; at += sizeof(w)) {
		memcpy(&was, p + at, sizeof(was));
		if (was != word_of(&got, i++))
			return PACKET_CORRUPT;
	}
	w = word_of(&got, i);
	return memcmp(p + at, &w, n - at) ? PACKET_CORRUPT : PACKET_WHOLE;
}

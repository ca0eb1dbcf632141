/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet.h"

#include <arpa/inet.h>

/* The steps are odd 64-bit constants: neighbours in number or place differ in many bits.
 */
static uint64_t first_word(const struct packet_form *f, uint64_t seq)
{
	return ((f->fixed ? 0 : seq) + 1) * SEQ_STEP;
}

void packet_form(struct packet_form *f, const uint8_t *dst, const uint8_t *src,
		 uint32_t size)
{
	uint16_t type = htons(ETH_P_802_EX1), len = htons((uint16_t)size);

	memcpy(f->head, dst, ETH_ALEN);
	memcpy(f->head + ETH_ALEN, src, ETH_ALEN);
	memcpy(f->head + 12, &type, sizeof(type));
	memcpy(f->head + 14, &len, sizeof(len));
	f->size = size;
	f->fixed = false;
}

void packet_write(uint8_t *p, const struct packet_form *f, uint64_t seq)
{
	uint64_t be = htobe64(seq), word = first_word(f, seq);
	uint32_t at;

	memcpy(p, f->head, PACKET_HEAD);
	memcpy(p + PACKET_HEAD, &be, sizeof(be));
	for (at = PACKET_BODY; at + sizeof(word) <= f->size; at += sizeof(word)) {
		memcpy(p + at, &word, sizeof(word));
		word += WORD_STEP;
	}
	memcpy(p + at, &word, f->size - at);
}

/* Whether the heads differ. A call of memcmp(3) costs as much as all the pattern. */
static bool other_head(const uint8_t *p, const struct packet_form *f)
{
	uint64_t a[PACKET_HEAD / 8], b[PACKET_HEAD / 8], diff = 0;

	memcpy(a, p, sizeof(a));
	memcpy(b, f->head, sizeof(b));
	for (size_t i = 0; i < COUNT(a); i++)
		diff |= a[i] ^ b[i];
	return diff;
}

bool packet_read(const uint8_t *p, uint32_t len, const struct packet_form *f,
		 uint64_t *seq)
{
	uint64_t word, there, diff = 0;
	uint32_t at;

	if (len != f->size || other_head(p, f))
		return false;
	*seq = packet_seq(p);
	word = first_word(f, *seq);
	for (at = PACKET_BODY; at + sizeof(word) <= len; at += sizeof(word)) {
		memcpy(&there, p + at, sizeof(there));
		diff |= there ^ word;
		word += WORD_STEP;
	}
	return !diff && (at == len || memcmp(p + at, &word, len - at) == 0);
}

void packet_check(struct packet_check *c, const uint8_t *p, uint32_t len,
		  const struct packet_form *f)
{
	uint64_t seq;

	if (!packet_read(p, len, f, &seq)) {
		c->bad++;
	} else if (seq >= c->next) {
		c->gaps += seq - c->next;
		c->next = seq + 1;
	} else {
		c->reordered++;
		c->gaps -= c->gaps > 0;
	}
}

void packet_seen(struct packet_check *c, const uint8_t *p, uint32_t len,
		 const struct packet_form *f)
{
	uint64_t seq;

	if (packet_read(p, len, f, &seq))
		c->next = seq;
}

void packet_turn(uint8_t *p, const uint8_t *own)
{
	uint8_t address[ETH_ALEN];

	memcpy(address, p, ETH_ALEN);
	memcpy(p, p + ETH_ALEN, ETH_ALEN);
	memcpy(p + ETH_ALEN, address[0] & 1 ? own : address, ETH_ALEN);
}

uint64_t packet_lost(const struct packet_check *c, uint64_t sent)
{
	uint64_t missing = c->gaps + (sent > c->next ? sent - c->next : 0);

	return missing > c->bad ? missing - c->bad : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets arrive as they were sent, or are found out: length, header, number, pattern. */
#include "packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t dst[] = { 2, 0, 0, 0, 0, 1 }, src[] = { 2, 0, 0, 0, 0, 2 };

static void expect(bool ok, const char *what, uint64_t number)
{
	if (ok)
		return;
	fprintf(stderr, "%s (%lu)\n", what, (unsigned long)number);
	exit(1);
}

/* Every size, at every alignment that a headroom can give; the buffer fits exactly. */
static void test_whole(void)
{
	struct packet_form f;
	uint64_t seq;

	for (uint32_t size = PACKET_MIN; size < 400; size++) {
		uint32_t shift = size % 8;
		uint8_t *p = malloc(size + shift);

		expect(p != NULL, "memory", size);
		packet_form(&f, dst, src, size);
		for (uint64_t n = 0; n < 3; n++) {
			uint64_t sent = n ? UINT64_MAX / n : 0;

			packet_write(p + shift, &f, sent);
			expect(packet_read(p + shift, size, &f, &seq) && seq == sent,
			       "not read as written", size);
			expect(!packet_read(p + shift, size - 1, &f, &seq), "cut", size);
		}
		free(p);
	}
}

static void test_each_bit(void)
{
	struct packet_form f;
	uint8_t p[101];
	uint64_t seq;

	packet_form(&f, dst, src, sizeof(p));
	packet_write(p, &f, 77);
	for (size_t bit = 0; bit < 8 * sizeof(p); bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect(!packet_read(p, sizeof(p), &f, &seq), "a flipped bit passed", bit);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	expect(packet_read(p, sizeof(p), &f, &seq), "restored", 0);
	memmove(p + 32, p + 40, 8);
	expect(!packet_read(p, sizeof(p), &f, &seq), "a moved word passed", 0);
}

static void on_the_wire(void)
{
	static const uint8_t head[] = { 2,    0,    0, 0,  0, 1, 2, 0, 0, 0, 0, 2,
					0x88, 0xb5, 0, 64, 0, 0, 0, 0, 0, 0, 1, 2 };
	struct packet_form f;
	uint8_t p[64];

	packet_form(&f, dst, src, sizeof(p));
	packet_write(p, &f, 0x102);
	expect(!memcmp(p, head, sizeof(head)), "header and number on the wire", 0);
}

/* Sends `sent` packets of which these arrive, in this order; -1 is a corrupt one. */
static void arrive(const int *numbers, size_t n, uint64_t sent, uint64_t bad,
		   uint64_t reordered, uint64_t lost)
{
	struct packet_check c = { 0 };
	struct packet_form f;
	uint8_t p[64];

	packet_form(&f, dst, src, sizeof(p));
	for (size_t i = 0; i < n; i++) {
		packet_write(p, &f, (uint64_t)MAX(numbers[i], 0));
		if (numbers[i] < 0)
			p[60]++;
		packet_check(&c, p, sizeof(p), &f);
	}
	expect(c.bad == bad, "bad", c.bad);
	expect(c.reordered == reordered, "reordered", c.reordered);
	expect(packet_lost(&c, sent) == lost, "lost", packet_lost(&c, sent));
}

#define ARRIVE(sent, bad, reordered, lost, ...)                                     \
	arrive((const int[]){ __VA_ARGS__ }, COUNT(((const int[]){ __VA_ARGS__ })), \
	       sent, bad, reordered, lost)

/* The kernel numbers its packets and leaves the rest as it is. */
static void test_fixed(void)
{
	const uint8_t own[6] = { 2, 0, 0, 0, 0, 9 };
	struct packet_form f;
	uint8_t p[64];
	uint64_t seq;

	packet_form(&f, dst, src, sizeof(p));
	f.fixed = true;
	packet_write(p, &f, 0);
	p[PACKET_HEAD + 7] = 9;
	expect(packet_read(p, sizeof(p), &f, &seq) && seq == 9, "a number of the kernel",
	       seq);
	p[PACKET_BODY]++;
	expect(!packet_read(p, sizeof(p), &f, &seq), "a changed pattern passed", 0);
	packet_turn(p, own);
	expect(!memcmp(p, src, 6) && !memcmp(p + 6, dst, 6), "turned", 0);
	memset(p, 0xff, 6);
	packet_turn(p, own);
	expect(!memcmp(p, dst, 6) && !memcmp(p + 6, own, 6), "turned from a group", 0);
}

int main(void)
{
	test_fixed();
	test_whole();
	test_each_bit();
	on_the_wire();
	ARRIVE(4, 0, 0, 0, 0, 1, 2, 3);
	ARRIVE(6, 0, 0, 2, 0, 1, 2, 3);  /* the last two */
	ARRIVE(6, 0, 0, 2, 2, 3, 4, 5);  /* the first two */
	ARRIVE(6, 0, 0, 3, 0, 2, 5);     /* between */
	ARRIVE(4, 0, 1, 0, 0, 2, 1, 3);  /* late */
	ARRIVE(5, 0, 3, 1, 4, 0, 2, 3);  /* late, one never */
	ARRIVE(4, 1, 0, 0, 0, -1, 2, 3); /* bad, but not lost */
	ARRIVE(4, 1, 0, 1, 0, -1, 3);
	return 0;
}

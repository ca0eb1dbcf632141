/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring whose device writes anything: no completion but of what is in flight. */
#include "ring.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 16, CHAINS = 5, PARTS = 3, AREA = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void take_all(struct ring *r, unsigned int *flying)
{
	uint32_t len;
	uint16_t id;

	while (ring_take(r, &id, &len) > 0) {
		if (id >= CHAINS || !(*flying & 1U << id))
			abort();
		*flying &= ~(1U << id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct ring_part part[PARTS] = { { 0, 1, false }, { 0, 1, true } };
	static _Alignas(16) uint8_t mem[4][AREA];
	uint16_t held[CHAINS] = { 0 };
	uint8_t how = n ? *data : 0;
	struct ring r = { .size = SIZE,
			  .chains = CHAINS,
			  .parts = PARTS,
			  .packed = how & 1,
			  .event_idx = how & 2,
			  .desc = (void *)mem[0],
			  .avail = (void *)mem[1],
			  .used = (void *)mem[2],
			  .tables = how & 4 ? mem[3] : NULL,
			  .held = held,
			  .hopeless = true, /* no time to wait for what settles */
			  .next_wrap = true,
			  .seen_wrap = true };
	unsigned int flying = 0;
	bool kick = false;

	memset(mem, 0, sizeof(mem));
	for (size_t i = 1; i < n; i += 3) {
		for (unsigned int id = 0; id < CHAINS; id++)
			if (!(flying & 1U << id)) {
				ring_put(&r, (uint16_t)id, part, 1 + (i + id) % PARTS);
				flying |= 1U << id;
			}
		kick ^= ring_publish(&r);
		/* Lies: at a place, a number. */
		if (i + 2 < n)
			mem[r.packed ? 0 : 2][data[i] + (data[i + 1] & 1)] = data[i + 2];
		take_all(&r, &flying);
	}
	return kick && flying > 1U << CHAINS;
}

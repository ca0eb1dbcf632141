/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settle.c - what in shared memory its owner may write byte by byte. */
#include "settle.h"

#include <time.h>

enum { TRIES = 12, PAUSE_NS = 10000 }; /* each pause is twice the last: 41 ms in all */

bool settle_pause(unsigned int *tries)
{
	const struct timespec pause = { .tv_nsec = (long)PAUSE_NS << *tries };

	if (*tries == TRIES)
		return false;
	nanosleep(&pause, NULL);
	++*tries;
	return true;
}

uint16_t settled_index(const uint16_t *at, uint16_t from, uint32_t most)
{
	unsigned int tries = 0;
	uint16_t v;

	do
		v = __atomic_load_n(at, __ATOMIC_ACQUIRE);
	while ((uint16_t)(v - from) > most && settle_pause(&tries));
	return v;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settle.c - an index in shared memory that its owner may write byte by byte. */
#include "settle.h"

#include <time.h>

enum { TRIES = 12, PAUSE_NS = 10000 }; /* each pause is twice the last: 41 ms in all */

uint16_t settled_index(const uint16_t *at, uint16_t from, uint32_t most)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint16_t v = __atomic_load_n(at, __ATOMIC_ACQUIRE);

	for (int i = 0; (uint16_t)(v - from) > most && i < TRIES; i++) {
		nanosleep(&pause, NULL);
		pause.tv_nsec *= 2;
		v = __atomic_load_n(at, __ATOMIC_ACQUIRE);
	}
	return v;
}

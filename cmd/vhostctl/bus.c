/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus.c - surviving memory that its owner has cut off under us. */
#include "bus.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { GUARDED = 4096 };

/* A signal handler has no argument of ours: the one place for such state. */
static struct guarded {
	char *map;
	size_t size;
	volatile sig_atomic_t *lost;
} guarded[GUARDED];

static void on_bus(int number, siginfo_t *info, void *context)
{
	char *at = info->si_addr;
	int err = errno;

	(void)context;
	for (size_t i = 0; i < GUARDED; i++) {
		struct guarded *g = &guarded[i];

		if (!g->map || at < g->map || at >= g->map + g->size)
			continue;
		if (mmap(g->map, g->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
			 0) == MAP_FAILED)
			break;
		*g->lost = 1;
		errno = err;
		return;
	}
	signal(number, SIG_DFL); /* not ours: it comes again, and kills */
}

static int catch_bus(void)
{
	struct sigaction a = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

	return sigaction(SIGBUS, &a, NULL) ? -errno : 0;
}

int bus_guard(void *map, size_t size, volatile sig_atomic_t *lost)
{
	int err = catch_bus();

	for (size_t i = 0; i < GUARDED && !err; i++) {
		if (guarded[i].map)
			continue;
		guarded[i].size = size;
		guarded[i].lost = lost;
		guarded[i].map = map;
		return 0;
	}
	return err ? err : -ENOSPC;
}

void bus_release(const void *map)
{
	for (size_t i = 0; map && i < GUARDED; i++)
		if (guarded[i].map == map)
			guarded[i].map = NULL;
}

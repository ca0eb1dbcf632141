/* SPDX-License-Identifier: GPL-2.0-or-later */
/* owners_bpf.c - owners by a BPF iterator over the files of all tasks. */
#include "owners.h"

#include "bpf_items.h"
#include "bpf_map.h"
#include "claims.h"

#include <errno.h>
#include <stdio.h>

/* uses what errno.h declares */
#include "files.skel.h"

enum { TRIES = 4 };

/* How many items to make room for: open files of the system, most are no sockets. */
static uint32_t first_guess(void)
{
	FILE *f = fopen("/proc/sys/fs/file-nr", "re");
	unsigned long n = 0;

	if (f && fscanf(f, "%lu", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return (uint32_t)MIN(n, 1UL << 24) * 2 + 4096;
}

static int take(int map_fd, size_t n, struct table *t, struct owners_report *report)
{
	const struct file_item *items = bpf_map_items(map_fd, n, sizeof(*items));
	int r = items ? claims_take(t, items, n, report) : -errno;

	if (items)
		bpf_unmap_items(items, n, sizeof(*items));
	return r;
}

/* Runs the program with room for n items. Returns the items it had, or -errno. */
static int64_t run(uint32_t n, struct table *t, struct owners_report *report)
{
	struct files *skel = files__open();
	int64_t r;

	if (!skel)
		return -ENOMEM;
	skel->maps.items.max_entries = n;
	r = files__load(skel);
	if (!r)
		r = files__attach(skel);
	if (r >= 0)
		r = bpf_run_iterator(skel->links.files_fd);
	if (!r)
		r = (int64_t)skel->bss->used;
	if (r > 0 && r <= n) {
		int taken = take(skel->maps.items.map_fd, (size_t)r, t, report);

		r = taken ? taken : r;
	}
	files__destroy(skel);
	return r;
}

int owners_bpf(struct table *t, struct owners_report *report)
{
	uint32_t n = first_guess();
	int64_t r = -EAGAIN;

	for (int i = 0; i < TRIES; i++) {
		r = run(n, t, report);
		if (r <= n)
			break;
		/* shared files: more descriptors than files */
		n = (uint32_t)MIN((uint64_t)r + (uint64_t)r / 4, 1ULL << 27);
	}
	if (r > n)
		return -E2BIG;
	return (int)MIN(r, 0);
}

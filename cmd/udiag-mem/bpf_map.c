/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_map.c - iterators run to their end, maps mapped. */
#include "bpf_map.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int bpf_run_iterator(int link_fd)
{
	union bpf_attr attr = { .iter_create = { .link_fd = (uint32_t)link_fd } };
	int fd = (int)syscall(SYS_bpf, BPF_ITER_CREATE, &attr, sizeof(attr));
	char none[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	do /* nothing comes this way; after a million objects the kernel takes breath */
		n = read(fd, none, sizeof(none));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

static size_t whole_pages(size_t n, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n * size + page - 1) & ~(page - 1);
}

const void *bpf_map_items(int map_fd, size_t n, size_t size)
{
	void *p = mmap(NULL, whole_pages(n, size), PROT_READ, MAP_SHARED, map_fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

void bpf_unmap_items(const void *items, size_t n, size_t size)
{
	munmap((void *)(uintptr_t)items, whole_pages(n, size));
}

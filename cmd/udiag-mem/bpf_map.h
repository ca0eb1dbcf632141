/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_map.h - what both BPF programs need from user space. */
#ifndef UDIAG_MEM_BPF_MAP_H
#define UDIAG_MEM_BPF_MAP_H

#include "util.h"

/* Runs the iterator behind a link to its end. Returns 0 or -errno. */
MUST_CHECK int bpf_run_iterator(int link_fd);

/* Maps n items of an array map for reading. Returns NULL if it can't, errno is set. */
const void *bpf_map_items(int map_fd, size_t n, size_t size);
void bpf_unmap_items(const void *items, size_t n, size_t size);

#endif

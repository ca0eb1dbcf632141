/* SPDX-License-Identifier: GPL-2.0-or-later */
/* claims.h - the items of the BPF program over files become owners and queues. */
#ifndef UDIAG_MEM_CLAIMS_H
#define UDIAG_MEM_CLAIMS_H

#include "bpf_items.h"
#include "owners.h"

/*
 * Takes n items: each (process, fd) that refers to a socket counts once, however many of
 * the process's threads show it. Pure. Returns 0 or -ENOMEM.
 */
MUST_CHECK int claims_take(struct table *t, const struct file_item *items, size_t n,
			   struct owners_report *report) NONNULL(1, 2, 4);

#endif

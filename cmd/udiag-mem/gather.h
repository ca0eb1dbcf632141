/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gather.h - one sample: every socket of some namespaces, with owners and queues. */
#ifndef UDIAG_MEM_GATHER_H
#define UDIAG_MEM_GATHER_H

#include "owners.h"
#include "place.h"
#include "table.h"

struct gather {
	struct places *places;
	struct preference preference;
	uint32_t show;          /* UDIAG_SHOW_* */
	bool want_owners;       /* some column needs them */
	bool want_queues;       /* some column needs what only BPF tells */
	bool may_bpf, may_proc; /* sources that are allowed */
};

/* What came of it. */
struct gathered {
	struct table table;
	enum source source;     /* of owners */
	int bpf_error;          /* why not by BPF: -errno, 0 */
	bool owners_refused;    /* some processes were not to be looked into */
	bool interrupted;       /* the kernel said that its dump may be wrong */
	uint64_t missing_peers; /* other ends that stayed unknown */
	unsigned int dumps;     /* how often the kernel was asked for all */
};

/*
 * Dumps, dumps again for what is missing, finds owners. Free out->table in any case.
 * Returns 0 or -errno where there is nothing to show.
 */
MUST_CHECK int gather(const struct gather *g, struct gathered *out) NONNULL(1, 2);

static inline bool gathered_complete(const struct gathered *g)
{
	return !g->interrupted && !g->missing_peers;
}

#endif

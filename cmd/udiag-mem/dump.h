/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump.h - the conversation with unix_diag. */
#ifndef UDIAG_MEM_DUMP_H
#define UDIAG_MEM_DUMP_H

#include "nl.h"
#include "table.h"

/*
 * Hands every socket of the connection's network namespace to fn, decoded but not
 * derived; show is a mask of UDIAG_SHOW_*. A socket that the kernel lists twice in a row
 * of messages, as it does when others come meanwhile, is handed over once. Returns 0,
 * fn's negative value, or -errno; -EINTR: the kernel says that some may be missing.
 */
typedef int dump_fn(struct sock *s, void *arg);
MUST_CHECK int dump_each(struct nl_conn *c, uint32_t show, dump_fn *fn, void *arg)
	NONNULL(1, 3);

/* Puts every socket into the table. Returns as dump_each. */
MUST_CHECK int dump_table(struct nl_conn *c, uint32_t show, struct table *t,
			  uint16_t place) NONNULL(1, 3);

/*
 * Asks for one socket; cookie 0 is any. It is put into the table (renewed there).
 * Returns its index, -ENOENT where there is none, or -errno.
 */
MUST_CHECK int64_t dump_one(struct nl_conn *c, uint32_t show, uint32_t inode,
			    uint64_t cookie, struct table *t, uint16_t place)
	NONNULL(1, 5);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.h - all sockets at once, packed: 100,000 of them in a few megabytes. */
#ifndef UDIAG_MEM_TABLE_H
#define UDIAG_MEM_TABLE_H

#include "bpf_items.h"
#include "buf.h"
#include "sock.h"

/* Which of an entry's values the kernel told. */
enum {
	HAS_NAME = 1 << 0,
	HAS_UID = 1 << 1,
	HAS_MEMORY = 1 << 2, /* alloc, sndbuf, rcvbuf */
	HAS_RQLEN = 1 << 3,
	HAS_PEER = 1 << 4,
	HAS_VFS = 1 << 5,
	HAS_SHUTDOWN = 1 << 6,
	HAS_LIMIT = 1 << 7, /* of a datagram socket's queue; without extra it is empty */
	GONE = 1 << 8,      /* closed since it was listed: as if it were not there */
};

/* What many sockets have in common. */
struct profile {
	uint32_t uid, sndbuf, rcvbuf;
	uint32_t limit; /* of a datagram socket's queue */
};

/* 64 bytes, a line of the processor's cache. */
struct entry {
	uint64_t cookie;
	uint32_t inode, peer_inode;
	uint32_t next; /* in its bucket, index + 1 */
	uint32_t alloc, rqueue, wqueue;
	uint32_t profile;
	uint32_t name;  /* where it lies in names */
	uint32_t extra; /* index + 1 */
	uint32_t process, fd, others;
	uint16_t place; /* network namespace, index */
	uint16_t has;
	uint8_t type, state, shutdown;
	uint8_t round; /* of the table when it was told last */
};

/* What few sockets have. */
struct extra {
	struct queue_size size; /* of what waits in its queue */
	uint64_t sent;          /* alloc of the sockets that are connected to this one */
	uint32_t depth, waiters, inflight;
	uint32_t link;  /* index + 1: of a client's embryo, or of an embryo's client */
	bool has_queue; /* depth, size and waiters are known */
	bool embryo;
	bool lost; /* an embryo whose listener is in another namespace */
};

struct process {
	uint32_t pid;
	char comm[16];  /* no NUL when all are used */
	bool preferred; /* of several owners this one is shown */
};

/* Whether a process is to be shown as the owner of what others have open too. */
struct preference {
	bool (*prefers)(const void *arg, uint32_t pid, struct bytes comm); /* or NULL */
	const void *arg;
};

struct table {
	struct entry *v;
	size_t n, cap;
	uint32_t *bucket;
	unsigned int bits; /* 2^bits buckets */
	struct extra *extra;
	size_t nextra, extra_cap;
	struct profile *profile;
	size_t nprofile, profile_cap;
	struct process *process; /* index 0 is nobody */
	size_t nprocess, process_cap;
	struct preference preference;
	struct buf names;
	uint32_t recent[1024]; /* names seen lately: accepted sockets share theirs */
	uint32_t recent_profile[64];
	uint8_t round;     /* of dumps, counted by whom it concerns */
	bool owners_known; /* that nobody owns a socket means that no process has it */
	bool queues_known; /* that nobody told of waiters means that there are none */
};

void table_free(struct table *t) NONNULL(1);

/* Adds a decoded socket, or renews the one with its inode and cookie. Returns its index
 * or -ENOMEM. */
MUST_CHECK int64_t table_put(struct table *t, const struct sock *s, uint16_t place)
	NONNULL(1, 2);

/* table_sort.c: puts the sockets in the order of their inodes: two ends, and what one
 * process has open, mostly lie side by side then. Only before there is any extra, which
 * refers to sockets by place. Returns 0 or -ENOMEM. */
MUST_CHECK int table_sort(struct table *t) NONNULL(1);

/* Fills the buckets anew, after entries have moved. */
void table_index(struct table *t) NONNULL(1);

/* The newest socket with the inode, or NULL; 0 is never found. */
struct entry *table_find(const struct table *t, uint32_t inode) NONNULL(1);

/* The extra values of e, made if they are not there: NULL without memory. */
struct extra *table_extra(struct table *t, struct entry *e) NONNULL(1, 2);

/* Notes the limit of a datagram socket's queue. Returns 0 or -ENOMEM. */
MUST_CHECK int table_limit(struct table *t, struct entry *e, uint32_t limit)
	NONNULL(1, 2);

/* Makes a process known. Returns its index, for claims, or -ENOMEM. */
MUST_CHECK int64_t table_process(struct table *t, uint32_t pid, const char comm[16])
	NONNULL(1, 3);

/* Notes that a process has the socket open as fd. False if there is no such socket. */
bool table_claim(struct table *t, uint32_t inode, uint32_t process, uint32_t fd)
	NONNULL(1);

/* Adds up what is held by sockets whose peer is not connected to them. 0 or -ENOMEM. */
MUST_CHECK int table_link(struct table *t) NONNULL(1);

/* The name that e is bound to, p NULL for none; the bytes are the table's. */
struct bytes table_name(const struct table *t, const struct entry *e) NONNULL(1, 2);

/* The values of e that the kernel told, and nothing that follows from them. */
void table_unpack(const struct table *t, const struct entry *e, struct sock *s)
	NONNULL(1, 2, 3);

/* Work that may be left out of table_sock. */
enum { WITH_PEER = 1 << 0 };

/* Entry i as a record; its bytes are the table's. */
void table_sock(const struct table *t, size_t i, unsigned int with, struct sock *s)
	NONNULL(1, 4);

/* The other end of e, an embryo's and a client's too, or NULL. */
const struct entry *table_peer(const struct table *t, const struct entry *e)
	NONNULL(1, 2);

static inline struct bytes process_comm(const struct process *p)
{
	return (struct bytes){ p->comm, strnlen(p->comm, sizeof(p->comm)) };
}

/* No process was found that has it; embryos apart, which none can have. */
static inline bool entry_ownerless(const struct entry *e)
{
	return !e->process && e->inode && !(e->has & GONE);
}

static inline const struct extra *entry_extra(const struct table *t,
					      const struct entry *e)
{
	return e->extra ? &t->extra[e->extra - 1] : NULL;
}

#endif

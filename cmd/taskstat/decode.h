/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode.h - what the kernel sent, by the length and the version that it sent. Pure. */
#ifndef TASKSTAT_DECODE_H
#define TASKSTAT_DECODE_H

#include "util.h"

#include <linux/netlink.h>

/* What a task can wait for, in the order of the kernel's last layouts. */
enum delay {
	DELAY_CPU,
	DELAY_BLKIO,
	DELAY_SWAPIN,
	DELAY_FREEPAGES,
	DELAY_THRASHING,
	DELAY_COMPACT,
	DELAY_WPCOPY,
	DELAY_IRQ,
	DELAYS,
};

/* What the kernel knows of each delay. */
enum delay_part {
	PART_COUNT,
	PART_TOTAL,    /* ns */
	PART_MAX,      /* ns */
	PART_MIN,      /* ns */
	PART_MAX_SEC,  /* when the maximum was, since 1970 */
	PART_MAX_NSEC, /* its part below a second */
	PARTS,
};

/* Numbers of struct taskstats, each in the kernel's own unit. */
enum kstat {
	K_DELAY, /* DELAYS times PARTS of them: K_OF(delay, part) */
	K_EXITCODE = K_DELAY + DELAYS * PARTS, /* as wait(2)'s status */
	K_FLAG, /* AFORK and its siblings of linux/acct.h */
	K_NICE, /* a signed byte */
	K_SCHED,
	K_UID,
	K_GID,
	K_PID,
	K_PPID,
	K_TGID,
	K_BTIME,        /* s since 1970, 32 bits */
	K_BTIME64,      /* s since 1970 */
	K_ETIME,        /* us */
	K_TGETIME,      /* us */
	K_UTIME,        /* us */
	K_STIME,        /* us */
	K_UTIME_SCALED, /* us */
	K_STIME_SCALED, /* us */
	K_RUN_REAL,     /* ns */
	K_RUN_VIRTUAL,  /* ns */
	K_RUN_SCALED,   /* ns */
	K_MINFLT,
	K_MAJFLT,
	K_COREMEM,     /* MiB us */
	K_VIRTMEM,     /* MiB us */
	K_HIWATER_RSS, /* KiB */
	K_HIWATER_VM,  /* KiB */
	K_READ_CHAR,
	K_WRITE_CHAR,
	K_READ_SYSCALLS,
	K_WRITE_SYSCALLS,
	K_READ_BYTES,
	K_WRITE_BYTES,
	K_CANCELLED_WRITE_BYTES,
	K_NVCSW,
	K_NIVCSW,
	K_EXE_DEV, /* encoded like st_dev */
	K_EXE_INODE,
	KSTATS,
};

#define K_OF(delay, part) (K_DELAY + (delay)*PARTS + (part))

/* TS_COMM_LEN of linux/taskstats.h, which a later header could change. */
#define KSTAT_COMM 32

struct kstats {
	uint16_t version;
	char comm[KSTAT_COMM];    /* ends at the first NUL or at its size */
	struct opt_u64 v[KSTATS]; /* absent: this kernel does not send it */
};

/* Where a number lies. A size of 0: no such field in this layout. */
struct slot {
	uint16_t off, size;
};

/* The oldest version whose layout is known (Linux 2.6.33), and the newest one. */
#define KSTATS_OLDEST 8
#define KSTATS_NEWEST 17

/* spec_layout.c: layout of a version between these. */
struct layout {
	const struct slot *slots; /* KSTATS of them */
	struct slot comm;
	size_t length; /* a field is the version's if it ends within */
};
struct layout layout_of(uint16_t version);

/*
 * Reads the payload of TASKSTATS_TYPE_STATS: n bytes at p, any alignment. Fields that the
 * version does not have or that the length cuts off are absent. Returns 0, -EBADMSG where
 * there is no version in it, or -EPROTONOSUPPORT for a version before KSTATS_OLDEST.
 * Source: include/uapi/linux/taskstats.h of Linux 2.6.33 to 6.18 and its successor.
 */
MUST_CHECK int kstats_decode(const void *p, size_t n, struct kstats *k) NONNULL(1, 3);

/* One TASKSTATS_CMD_NEW message: a task, a thread group, or both (a group's last exit).
 */
struct reply {
	uint32_t pid, tgid;
	struct bytes task, group; /* the payloads, within the message; p NULL: absent */
};

/*
 * Takes the message apart. Returns 0, or -EBADMSG where it isn't such a message or holds
 * neither. Source: mk_reply() of kernel/taskstats.c.
 */
MUST_CHECK int reply_decode(const struct nlmsghdr *h, struct reply *r) NONNULL(1, 2);

#endif

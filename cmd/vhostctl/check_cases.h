/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_cases.h - what a back-end is checked for. Data only. */
#ifndef VHOSTCTL_CHECK_CASES_H
#define VHOSTCTL_CHECK_CASES_H

#include "util.h"

enum check_level { LEVEL_SPEC, LEVEL_ROBUST, LEVEL_DESTRUCTIVE };

enum check_want {
	WANT_ANSWERS = 1 << 0, /* every answer that is due comes, each ack is 0 */
	WANT_REFUSAL = 1 << 1, /* the last is refused: an ack that is not 0, or a close */
	WANT_NO_ANSWER = 1 << 2, /* the last is not answered as if nothing were wrong */
	WANT_OTHERS = 1 << 3,    /* meanwhile another front-end is answered */
	NO_START = 1 << 4,       /* nothing is negotiated before */
	WANT_VALUE = 1 << 5,     /* the last answer's first 8 bytes are `value` */
	MAY_BE_LATER = 1 << 6,   /* acknowledged with 0 it may be, if it goes on then */
};

/* What is done in the ring that the words have set up, with a disk only. */
enum check_io_kind {
	IO_NONE,
	IO_READ, /* sector 0, twice */
	IO_WRITE_READ,
	IO_FLUSH,
	IO_ID,
	IO_BEYOND,
	IO_UNKNOWN,
	/* Chains that no driver may make. */
	IO_LOOP,
	IO_OUTSIDE,
	IO_ENDLESS,
	IO_EMPTY,
	IO_NO_STATUS,
	IO_ORDER,
	IO_NESTED,
	IO_NEXT_OUTSIDE,
	IO_HEAD_OUTSIDE,
};

/*
 * Words as send takes them, after the usual beginning, with "offered" for the features
 * that were switched on there; and !truncate (the first fd to nothing), !avail (index
 * 1000 into the ring at 0x2000 of it), !kick (the second fd), !drain (the pipe, to its
 * end). fds are those of send, and pipe: its writing end.
 */
struct check_case {
	const char *name;
	const char *stands_on; /* the sentence of vhost-user.rst, in short */
	const char *words[12];
	const char *fds[9];
	uint64_t gate;     /* protocol features that it takes */
	uint64_t features; /* virtio features that it takes, beyond VERSION_1 */
	uint64_t value;
	uint8_t io; /* enum check_io_kind */
	uint8_t level;
	uint8_t want;
};

extern const struct check_case check_cases[];
extern const size_t check_ncases;

#endif

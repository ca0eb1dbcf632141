/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recorder.h - what a trace prints, and writes to its file, without waiting for who reads
 * it: what nobody takes in time is lost, and told of as soon as somebody does. */
#ifndef VHOSTCTL_RECORDER_H
#define VHOSTCTL_RECORDER_H

#include "capture.h"
#include "spool.h"
#include "tool.h"

struct recorder {
	struct ctx *c;
	const char *path; /* of the file, NULL: none */
	struct out file;
	struct spool printing, writing;
	int event; /* an eventfd: call recorder_look */
	uint64_t start_wall_ns, start_ns;
	uint64_t unprinted, unwritten; /* since it was last told */
	size_t rows;                   /* since the last flush */
	bool lost;                     /* anything, ever */
	bool failed;                   /* an output */
};

/* Opens the file, and begins. Returns a status, after saying why not; end with
 * recorder_close in both cases. Signals are to be blocked before. */
MUST_CHECK int recorder_open(struct recorder *r, struct ctx *c, const char *path)
	NONNULL(1, 2);

/* An event with its times, of CLOCK_MONOTONIC. */
struct event recorder_event(const struct recorder *r, uint64_t at_ns) NONNULL(1);

/* Prints e, and writes what it was made of to the file (NULL: it does not go there). */
void recorder_put(struct recorder *r, const struct event *e, const struct captured *c)
	NONNULL(1, 2);

/* Hands on all that is kept back. Whether an output has failed. */
bool recorder_flush(struct recorder *r) NONNULL(1);

/* Tells what was lost once there is room, and sees what has failed. */
void recorder_look(struct recorder *r) NONNULL(1);

/* Waits until all is read, as spool_close. Returns a status. */
int recorder_close(struct recorder *r, int follow_fd) NONNULL(1);

#endif

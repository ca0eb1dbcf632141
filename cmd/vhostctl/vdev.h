/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vdev.h - what a back-end of ours is: a disk, a network card, or nothing much. */
#ifndef VHOSTCTL_VDEV_H
#define VHOSTCTL_VDEV_H

#include "diag.h"
#include "msg.h"
#include "queue.h"

/* What was done for one front-end. */
struct vdev_stats {
	uint64_t requests; /* buffers given back */
	uint64_t read_bytes, write_bytes;
	uint64_t errors; /* requests that failed, packets that were dropped */
};

/* One front-end as the device sees it. */
struct vdev_client {
	struct queue *rings;
	size_t nrings;
	uint64_t features;          /* negotiated */
	uint8_t config[CONFIG_MAX]; /* its own, as SET_CONFIG changes it */
	struct vdev_stats stats;
	struct queue_faults faults;
	struct vq_chain *chain, *other; /* scratch */
};

struct vdev;

struct vdev_ops {
	const char *kind;
	/*
	 * Works on what waits in a ring that runs, at most `most` buffers. Returns how
	 * many were given back, in whichever ring, or -errno where a ring's buffers make
	 * no sense; *broken is then that ring.
	 */
	int (*work)(struct vdev *d, struct vdev_client *c, size_t ring, size_t most,
		    size_t *broken);
	/* Whether the driver may write these bytes of the config; NULL: none. */
	bool (*may_write)(const struct vdev *d, size_t offset, size_t n);
};

/* Shared by all front-ends. */
struct vdev {
	const struct vdev_ops *ops;
	uint64_t features; /* of its kind */
	uint32_t queues;   /* as GET_QUEUE_NUM says it: of a network card in pairs */
	uint32_t rings;    /* virtqueues in all */
	uint8_t config[CONFIG_MAX];
	size_t config_size;
	bool can_resume; /* requests that were begun can be done again */

	int fd; /* blk: -1 for a disk of zeros */
	bool read_only;
	uint64_t sectors;
	char serial[20];
};

struct vdev_options {
	const char *blk;    /* file of a disk */
	uint64_t null_size; /* else bytes of a disk of zeros */
	bool read_only;
	const char *serial;
	uint64_t block_size; /* bytes */
	uint64_t queues;     /* pairs of a network card */
};

/* Each makes a device. Returns a status, after saying what is wrong. */
MUST_CHECK int vdev_blk(struct vdev *d, const struct diag *diag,
			const struct vdev_options *o) NONNULL(1, 2, 3);
void vdev_net(struct vdev *d, const struct vdev_options *o) NONNULL(1, 2);
void vdev_none(struct vdev *d, const struct vdev_options *o) NONNULL(1, 2);
void vdev_close(struct vdev *d) NONNULL(1);

/* Looks whether a disk's file has another size. Whether the config has changed. */
bool vdev_resized(struct vdev *d) NONNULL(1);

#endif

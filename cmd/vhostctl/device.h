/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.h - the front-end's side of a device: negotiation, memory, rings. */
#ifndef VHOSTCTL_DEVICE_H
#define VHOSTCTL_DEVICE_H

#include "peer.h"
#include "ring.h"

enum { DEVICE_RINGS = 64, DEVICE_MEMORY_MAX = 1 << 30 };

/* A device that we drive. Guest addresses are offsets into its one memory region. */
struct device {
	struct peer *peer;
	uint64_t offered, features; /* virtio features: of the back-end, switched on */
	uint64_t protocol;          /* protocol features that are on */
	uint64_t queues;            /* that the back-end says it has; 1 if it can't say */
	uint8_t config[CONFIG_MAX];
	size_t config_size;
	uint8_t *memory; /* shared with the back-end */
	size_t memory_size, memory_used;
	struct ring rings[DEVICE_RINGS];
	size_t nrings;
};

/* How long an answer of a device, or a completion, may take where nobody says. */
#define DEVICE_ANSWER_NS UINT64_C(10000000000)

/*
 * Connects, or waits until it does (d is zeroed before), and negotiates:
 * `wanted` virtio features as far as they are offered, of the protocol what this needs.
 * Reads the config with one of sizes (descending, ends with 0). Returns 0 or a status,
 * after saying why. End with device_close in both cases.
 */
MUST_CHECK int device_open(struct device *d, const struct diag *diag, const char *path,
			   const struct meeting *m, uint64_t wanted, const uint8_t *sizes)
	NONNULL(1, 2, 3, 4, 6);

/* Makes n bytes of memory and shares them: DEVICE_MEMORY_MAX at the most. Once. Returns
 * a status. */
MUST_CHECK int device_share(struct device *d, size_t n) NONNULL(1);

/* A part of it, zeros, aligned to `align` (a power of two). NULL when it is used up. */
void *device_alloc(struct device *d, size_t n, size_t align) NONNULL(1);

/* The guest address of what device_alloc gave. */
static inline uint64_t device_addr(const struct device *d, const void *p)
{
	return (uint64_t)((const uint8_t *)p - d->memory);
}

/* What a ring shall hold. */
struct ring_shape {
	uint16_t entries, chains; /* a power of two; ids that may be in flight */
	uint16_t parts;           /* of a chain, at the most */
	bool indirect;            /* chains as tables, an entry each */
};

/* Bytes that such a ring takes, with what its alignment may cost. */
size_t device_ring_size(const struct ring_shape *s) NONNULL(1);

/* Sets up the next ring, packed if that is switched on, and starts it. A status. */
MUST_CHECK int device_ring(struct device *d, const struct ring_shape *s) NONNULL(1, 2);

/* Refuses a back-end whose features are those of another kind of device for sure. Returns
 * a status. */
MUST_CHECK int device_check_kind(const struct device *d, const char *kind) NONNULL(1, 2);

/* Says that what was asked for by `option` is not offered. Returns a status. */
int device_lacks(const struct device *d, const char *option, const char *feature)
	NONNULL(1, 2, 3);

/* Stops all rings, closes everything. */
void device_close(struct device *d) NONNULL(1);

/*
 * Sleeps until a completion may have come in some ring. Returns 0, -ETIMEDOUT, -EPIPE
 * where the back-end has closed the connection, or -errno.
 */
MUST_CHECK int device_sleep(struct device *d, uint64_t timeout_ns) NONNULL(1);

#endif

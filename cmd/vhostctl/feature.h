/* SPDX-License-Identifier: GPL-2.0-or-later */
/* feature.h - what feature bits say: names, kinds, and words that ask for them. Pure. */
#ifndef VHOSTCTL_FEATURE_H
#define VHOSTCTL_FEATURE_H

#include "spec.h"

/* The names of all virtio feature bits of a device of this kind (NULL: of any). */
struct feature_names {
	struct name v[64];
	struct names names;
};
void feature_names_of(struct feature_names *f, const struct kind *kind) NONNULL(1);

/*
 * Whether what is offered may be of that kind: its device bits are all the kind's own,
 * and the config struct of that size (0: not known) is one that the kind has had and
 * reaches to all members that the features promise.
 */
bool feature_may_be(const struct kind *k, uint64_t features, size_t config_size)
	NONNULL(1);

/*
 * Guesses the kind of device from what it offers: the only one that it may be, or one
 * that is matched by three bits or more, and twice as fully as any other. NULL: nothing
 * tells.
 */
const struct kind *feature_guess_kind(uint64_t features, size_t config_size);

/* The kind called so, or NULL. */
const struct kind *feature_kind(const char *name) NONNULL(1);

/* What a word asks for. */
struct feature_wanted {
	uint64_t virtio,
		protocol; /* bits; both 0: nothing that this kind of device has */
	bool known;       /* at least some kind of device has it */
};

/*
 * Looks up a feature by name, n bytes: short (RING_PACKED, MQ) or as the headers call it
 * (VIRTIO_BLK_F_MQ, VHOST_USER_PROTOCOL_F_MQ), in any case, with - for _. A short name
 * that is a virtio and a protocol feature asks for both.
 */
struct feature_wanted feature_find(const char *word, size_t n, const struct kind *kind)
	NONNULL(1);

/* The known name nearest to a word, or NULL. */
const char *feature_nearest(const char *word, size_t n) NONNULL(1);

#endif

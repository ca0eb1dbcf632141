/* SPDX-License-Identifier: GPL-2.0-or-later */
/* feature.c - what feature bits say: names, kinds, and words that ask for them. Pure. */
#include "feature.h"

#include "diag.h"

#include <ctype.h>
#include <strings.h>

static void add_names(struct feature_names *f, const struct names *from)
{
	for (size_t i = 0; i < from->n && f->names.n < COUNT(f->v); i++)
		f->v[f->names.n++] = from->v[i];
}

void feature_names_of(struct feature_names *f, const struct kind *kind)
{
	f->names = (struct names){ .v = f->v };
	if (kind)
		add_names(f, kind->features);
	add_names(f, &spec_transport_features);
}

static bool has_size(const struct kind *k, size_t size)
{
	for (const uint8_t *s = k->sizes; *s; s++)
		if (*s == size)
			return true;
	return false;
}

/* Whether so much of the struct holds what the features promise, and something at all. */
static bool holds(const struct kind *k, uint64_t features, size_t size)
{
	size_t live = 0;

	for (size_t i = 0; i < k->nconfig; i++) {
		const struct config_field *f = &k->config[i];

		if (f->gate && !(f->gate & features))
			continue;
		if (f->off + (size_t)f->size > size)
			return false;
		live++;
	}
	return live;
}

bool feature_may_be(const struct kind *k, uint64_t features, size_t config_size)
{
	uint64_t own = features & DEVICE_BITS;

	if (own && k->usual && !(own & k->usual))
		return false;
	for (size_t i = 0; i < k->features->n; i++)
		own &= ~BIT(k->features->v[i].number);
	return !own && (!config_size ||
			(has_size(k, config_size) && holds(k, features, config_size)));
}

const struct kind *feature_guess_kind(uint64_t features, size_t config_size)
{
	unsigned int bits = (unsigned int)__builtin_popcountll(features & DEVICE_BITS);
	double most = 0, second = 0;
	const struct kind *best = NULL;
	size_t n = 0;

	for (const struct kind *const *k = spec_kinds; *k; k++) {
		double part = bits ? (double)bits / (double)(*k)->features->n : 0;

		if (!feature_may_be(*k, features, config_size))
			continue;
		n++;
		second = MAX(second, MIN(most, part));
		if (n == 1 || part > most) {
			most = part;
			best = *k;
		}
	}
	return n == 1 || (bits >= 3 && most >= 2 * second) ? best : NULL;
}

const struct kind *feature_kind(const char *name)
{
	for (const struct kind *const *k = spec_kinds; *k; k++)
		if (!strcmp((*k)->name, name))
			return *k;
	return NULL;
}

/* Words as they are typed: case does not matter, nor whether it is - or _. */
static bool same(const char *word, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		char c = word[i] == '-' ? '_' : (char)toupper((unsigned char)word[i]);

		if (!name[i] || c != name[i])
			return false;
	}
	return !name[n];
}

static uint64_t bit_in(const struct names *names, const char *word, size_t n)
{
	for (size_t i = 0; i < names->n; i++)
		if (same(word, n, names->v[i].name))
			return BIT(names->v[i].number);
	return 0;
}

/* A word taken apart: VIRTIO_BLK_F_MQ is MQ of BLK. */
struct parts {
	const char *name;
	size_t n;
	bool transport, protocol; /* where it may be looked for */
	const char *device;       /* the part of the prefix that names the kind */
	size_t device_n;          /* 0 with device: any kind; device NULL: none */
};

static struct parts take_apart(const char *word, size_t n)
{
	struct parts p = { word, n, true, true, word, 0 };
	size_t at = 0;

	while (at + 3 <= n && !same(word + at, 3, "_F_"))
		at++;
	if (at + 3 > n)
		return p;
	p = (struct parts){ .name = word + at + 3, .n = n - at - 3 };
	if (same(word, at, "VHOST_USER_PROTOCOL")) {
		p.protocol = true;
	} else if (same(word, at, "VIRTIO") || same(word, at, "VIRTIO_RING") ||
		   same(word, at, "VHOST") || same(word, at, "VHOST_USER")) {
		p.transport = true;
	} else if (at > 7 && same(word, 7, "VIRTIO_")) {
		p.device = word + 7;
		p.device_n = at - 7;
	}
	return p;
}

static uint64_t bit_of_kind(const struct parts *p, const struct kind *k)
{
	if (!p->device || (p->device_n && !same(p->device, p->device_n, k->macro)))
		return 0;
	return bit_in(k->features, p->name, p->n);
}

struct feature_wanted feature_find(const char *word, size_t n, const struct kind *kind)
{
	struct parts p = take_apart(word, n);
	struct feature_wanted w = { 0 };

	if (p.protocol)
		w.protocol = bit_in(&spec_protocol_features, p.name, p.n);
	if (p.transport)
		w.virtio = bit_in(&spec_transport_features, p.name, p.n);
	if (kind)
		w.virtio |= bit_of_kind(&p, kind);
	w.known = w.virtio || w.protocol;
	for (const struct kind *const *k = spec_kinds; *k && !w.known; k++)
		w.known = bit_of_kind(&p, *k);
	return w;
}

enum { WORDS = 160, WORD_MAX = 32 };

/* All short names there are. Returns their number. */
static size_t all_names(const char **all)
{
	size_t n = 0;

	for (size_t i = 0; i < spec_protocol_features.n; i++)
		all[n++] = spec_protocol_features.v[i].name;
	for (size_t i = 0; i < spec_transport_features.n; i++)
		all[n++] = spec_transport_features.v[i].name;
	for (const struct kind *const *k = spec_kinds; *k; k++)
		for (size_t i = 0; i < (*k)->features->n && n < WORDS; i++)
			all[n++] = (*k)->features->v[i].name;
	return n;
}

static void lower(char *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i] == '-' ? '_' : (char)tolower((unsigned char)from[i]);
	to[n] = 0;
}

const char *feature_nearest(const char *word, size_t n)
{
	const char *all[WORDS], *list[WORDS + 1], *hit;
	char text[WORDS][WORD_MAX], typed[WORD_MAX];
	size_t count = all_names(all);

	if (n >= WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		lower(text[i], all[i], MIN(strlen(all[i]), (size_t)WORD_MAX - 1));
		list[i] = text[i];
	}
	list[count] = NULL;
	lower(typed, word, n);
	hit = nearest(typed, n, list);
	for (size_t i = 0; i < count; i++)
		if (hit == list[i])
			return all[i];
	return NULL;
}

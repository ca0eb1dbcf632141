/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sum.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct sum, irq_delay_max_ns) ==
		       offsetof(struct sum, delay[DELAY_IRQ].max_ns),
	       "the delays' names lie over their array");

/* Members that both structs have and that are added up. */
#define PAIR(m)                                                   \
	{                                                         \
		offsetof(struct sum, m), offsetof(struct task, m) \
	}
static const struct {
	uint16_t to, from;
} added[] = {
	PAIR(user_ns),       PAIR(system_ns),      PAIR(cpu_ns),
	PAIR(minflt),        PAIR(majflt),         PAIR(nvcsw),
	PAIR(nivcsw),        PAIR(read_bytes),     PAIR(write_bytes),
	PAIR(read_chars),    PAIR(write_chars),    PAIR(cancelled_write_bytes),
	PAIR(read_syscalls), PAIR(write_syscalls),
};

static void plus(struct opt_u64 *to, struct opt_u64 v)
{
	if (v.has)
		*to = some_u64(to->v + v.v);
}

static void most(struct opt_u64 *to, struct opt_u64 v)
{
	if (v.has && v.v >= to->v)
		*to = v;
}

static void add_delays(struct sum *s, const struct task *t)
{
	for (unsigned int d = 0; d < DELAYS; d++) {
		plus(&s->delay[d].count, t->delay[d].count);
		plus(&s->delay[d].ns, t->delay[d].ns);
		most(&s->delay[d].max_ns, t->delay[d].max_ns);
	}
}

static struct opt_u64 *member(void *p, uint16_t off)
{
	return (void *)((char *)p + off);
}

static const struct opt_u64 *const_member(const void *p, uint16_t off)
{
	return (const void *)((const char *)p + off);
}

void sum_add(struct sum *s, const struct task *t)
{
	bool incomplete = !t->delay[DELAY_BLKIO].ns.has;

	s->tasks++;
	s->failed += t->exit_signal.has || (t->exit_code.has && t->exit_code.v);
	s->repaired |= t->repaired;
	for (size_t i = 0; i < COUNT(added); i++) {
		const struct opt_u64 *v = const_member(t, added[i].from);

		incomplete |= !v->has;
		plus(member(s, added[i].to), *v);
	}
	add_delays(s, t);
	most(&s->elapsed_max_ns, t->elapsed_ns);
	most(&s->rss_peak_bytes, t->rss_peak_bytes);
	most(&s->vm_peak_bytes, t->vm_peak_bytes);
	s->incomplete += incomplete;
}

void sum_merge(struct sum *s, const struct sum *other)
{
	s->tasks += other->tasks;
	s->failed += other->failed;
	s->incomplete += other->incomplete;
	s->repaired |= other->repaired;
	for (size_t i = 0; i < COUNT(added); i++)
		plus(member(s, added[i].to), *const_member(other, added[i].to));
	for (unsigned int d = 0; d < DELAYS; d++) {
		plus(&s->delay[d].count, other->delay[d].count);
		plus(&s->delay[d].ns, other->delay[d].ns);
		most(&s->delay[d].max_ns, other->delay[d].max_ns);
	}
	most(&s->elapsed_max_ns, other->elapsed_max_ns);
	most(&s->rss_peak_bytes, other->rss_peak_bytes);
	most(&s->vm_peak_bytes, other->vm_peak_bytes);
}

struct key {
	char name[KSTAT_COMM];
	struct opt_u64 a, b;
};

static struct key key_of(enum sum_by by, const struct task *t)
{
	struct key k = { 0 };

	if (by == BY_COMM)
		memcpy(k.name, t->comm, strnlen(t->comm, sizeof(k.name)));
	else if (by == BY_UID)
		k.a = t->uid;
	else if (by == BY_PPID)
		k.a = t->ppid;
	else if (by == BY_EXE) {
		k.a = t->exe_dev;
		k.b = t->exe_inode;
	}
	return k;
}

static bool same(struct opt_u64 a, struct opt_u64 b)
{
	return a.has == b.has && (!a.has || a.v == b.v);
}

static bool has_key(const struct sum *s, enum sum_by by, const struct key *k)
{
	if (by == BY_UID)
		return same(s->uid, k->a);
	if (by == BY_PPID)
		return same(s->ppid, k->a);
	if (by == BY_EXE)
		return same(s->exe_dev, k->a) && same(s->exe_inode, k->b);
	return !memcmp(s->name, k->name, sizeof(k->name));
}

static void set_key(struct sum *s, enum sum_by by, const struct key *k)
{
	if (by == BY_COMM)
		memcpy(s->name, k->name, sizeof(k->name));
	else if (by == BY_UID)
		s->uid = k->a;
	else if (by == BY_PPID)
		s->ppid = k->a;
	else if (by == BY_EXE) {
		s->exe_dev = k->a;
		s->exe_inode = k->b;
	}
}

static struct key key_in(const struct sum *s, enum sum_by by)
{
	struct key k = { 0 };

	if (by == BY_COMM)
		memcpy(k.name, s->name, sizeof(k.name));
	else if (by == BY_UID)
		k.a = s->uid;
	else if (by == BY_PPID)
		k.a = s->ppid;
	else if (by == BY_EXE) {
		k.a = s->exe_dev;
		k.b = s->exe_inode;
	}
	return k;
}

static uint64_t hash_of(const struct key *k)
{
	uint64_t h = 1469598103934665603u, part;

	for (size_t i = 0; i < sizeof(k->name); i += sizeof(part)) {
		memcpy(&part, k->name + i, sizeof(part));
		h = (h ^ part) * 1099511628211u;
	}
	h = (h ^ k->a.v) * 1099511628211u;
	h = (h ^ k->b.v) * 1099511628211u;
	return h ^ h >> 32;
}

/* The slot of the key: where it is, or where it would go. */
static uint32_t *slot_of(struct sums *s, const struct key *k)
{
	size_t at = hash_of(k) & (s->slots - 1);

	while (s->index[at] && !has_key(&s->v[s->index[at] - 1], s->by, k))
		at = (at + 1) & (s->slots - 1);
	return &s->index[at];
}

static int grow(struct sums *s)
{
	size_t cap = s->cap ? 2 * s->cap : 16;
	struct sum *v = reallocarray(s->v, cap, sizeof(*v));

	if (!v)
		return -ENOMEM;
	s->v = v;
	s->cap = cap;
	free(s->index);
	s->slots = 4 * cap;
	s->index = calloc(s->slots, sizeof(*s->index));
	if (!s->index)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		struct key k = key_in(&s->v[i], s->by);

		*slot_of(s, &k) = (uint32_t)i + 1;
	}
	return 0;
}

static struct sum *sums_at(struct sums *s, const struct key *k)
{
	uint32_t *slot;

	if (s->n == s->cap && grow(s))
		return NULL;
	slot = slot_of(s, k);
	if (!*slot) {
		if (s->n >= SUMS_MOST) {
			static const struct key none;

			if (s->n > SUMS_MOST)
				return &s->v[SUMS_MOST];
			k = &none;
		}
		s->v[s->n] = (struct sum){ 0 };
		set_key(&s->v[s->n], s->by, k);
		*slot = (uint32_t)++s->n;
	}
	return &s->v[*slot - 1];
}

struct sum *sums_of(struct sums *s, const struct task *t)
{
	struct key k = key_of(s->by, t);

	return sums_at(s, &k);
}

int sums_merge(struct sums *s, const struct sums *other)
{
	for (size_t i = 0; i < other->n; i++) {
		struct key k = key_in(&other->v[i], s->by);
		struct sum *to = sums_at(s, &k);

		if (!to)
			return -ENOMEM;
		sum_merge(to, &other->v[i]);
	}
	return 0;
}

void sums_free(struct sums *s)
{
	free(s->v);
	free(s->index);
	*s = (struct sums){ .by = s->by };
}

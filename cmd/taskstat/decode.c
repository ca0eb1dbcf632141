/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"

#include "genl.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <string.h>

/* Versions after this one are read up to where NEWEST_SAFE ends. */
#define NEWEST_SAFE 16

/* The number at p in the machine's own byte order; p has no alignment. */
static uint64_t number(const unsigned char *p, uint8_t size)
{
	uint64_t u64 = 0;
	uint32_t u32;

	switch (size) {
	case 1:
		return *p;
	case 4:
		memcpy(&u32, p, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, p, sizeof(u64));
		return u64;
	}
}

static bool within(const struct slot *s, uint16_t version, size_t n)
{
	return s->size && version >= s->least && (size_t)s->off + s->size <= n;
}

int kstats_decode(const void *p, size_t n, struct kstats *k)
{
	const struct layout *l;
	uint16_t version;

	memset(k, 0, sizeof(*k));
	if (n < sizeof(version))
		return -EBADMSG;
	memcpy(&version, p, sizeof(version));
	k->version = version;
	if (version < KSTATS_OLDEST)
		return -EPROTONOSUPPORT;
	if (version > KSTATS_NEWEST)
		version = NEWEST_SAFE;
	l = layout_of(version);
	for (size_t i = 0; i < KSTATS; i++) {
		const struct slot *s = &l->slots[i];

		if (within(s, version, n))
			k->v[i] = some_u64(
				number((const unsigned char *)p + s->off, s->size));
	}
	if (within(&l->comm, version, n))
		memcpy(k->comm, (const char *)p + l->comm.off, KSTAT_COMM);
	return 0;
}

/* One nest: the id of the given type, and the payload beside it. */
static int aggregate(const struct nlattr *nest, int type, uint32_t *id,
		     struct bytes *stats)
{
	struct nlattr *a[TASKSTATS_TYPE_MAX + 1];

	if (nla_len(nest) < 0 ||
	    nl_attrs(nla_data(nest), (size_t)nla_len(nest), a, TASKSTATS_TYPE_MAX))
		return -EBADMSG;
	*stats = nla_read_bytes(a[TASKSTATS_TYPE_STATS]);
	return nla_read_u32(a[type], id) && stats->p ? 0 : -EBADMSG;
}

int reply_decode(const struct nlmsghdr *h, struct reply *r)
{
	struct nlattr *a[TASKSTATS_TYPE_MAX + 1], *task, *group;
	const struct genlmsghdr *g;
	int err = -EBADMSG;

	memset(r, 0, sizeof(*r));
	if (genl_attrs(h, 0, a, TASKSTATS_TYPE_MAX))
		return -EBADMSG;
	g = (const void *)((const char *)h + NLMSG_HDRLEN);
	task = a[TASKSTATS_TYPE_AGGR_PID];
	group = a[TASKSTATS_TYPE_AGGR_TGID];
	if (g->cmd != TASKSTATS_CMD_NEW)
		return -EBADMSG;
	if (task)
		err = aggregate(task, TASKSTATS_TYPE_PID, &r->pid, &r->task);
	if (group && (!task || !err))
		err = aggregate(group, TASKSTATS_TYPE_TGID, &r->tgid, &r->group);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"

#include "genl.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <string.h>

/* Versions after this one are read up to where NEWEST_SAFE ends. */
#define NEWEST_SAFE 16

/* The number at p in the machine's own byte order; p has no alignment. */
static uint64_t number(const unsigned char *p, size_t size)
{
	uint64_t u64 = 0;
	uint32_t u32;

	if (size == sizeof(u64)) { /* most are */
		memcpy(&u64, p, sizeof(u64));
		return u64;
	}
	if (size == 1)
		return *p;
	memcpy(&u32, p, sizeof(u32));
	return u32;
}

int kstats_decode(const void *p, size_t n, struct kstats *k)
{
	struct layout l;
	uint16_t version;

	memset(k, 0, sizeof(*k));
	if (n < sizeof(version))
		return -EBADMSG;
	memcpy(&version, p, sizeof(version));
	k->version = version;
	if (version < KSTATS_OLDEST)
		return -EPROTONOSUPPORT;
	l = layout_of(version > KSTATS_NEWEST ? NEWEST_SAFE : version);
	n = MIN(n, l.length);
	for (size_t i = 0; i < KSTATS; i++) {
		struct slot s = l.slots[i];

		if (!s.size || (size_t)s.off + s.size > n)
			continue;
		k->v[i].v = number((const unsigned char *)p + s.off, s.size);
		k->v[i].has = true;
	}
	if ((size_t)l.comm.off + l.comm.size <= n)
		memcpy(k->comm, (const char *)p + l.comm.off, KSTAT_COMM);
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

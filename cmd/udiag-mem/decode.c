/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode.c - a unix_diag message becomes a record: bytes in, no I/O. */
#include "sock.h"

#include "nl.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

static struct opt_u64 u32_of(const struct nlattr *a)
{
	uint32_t v;

	return nla_read_u32(a, &v) ? some_u64(v) : (struct opt_u64){ 0 };
}

/* The struct at the start of a's payload, if all size bytes of it are there. */
static bool copy(const struct nlattr *a, void *to, size_t size)
{
	struct bytes b = nla_read_bytes(a);

	if (!b.p || b.n < size)
		return false;
	memcpy(to, b.p, size);
	return true;
}

/* A path carries the NUL that ended it; an abstract name begins with one and may hold
 * more. */
static struct bytes name_of_socket(const struct nlattr *a)
{
	struct bytes b = nla_read_bytes(a);

	if (b.p && b.n && b.p[0] && !b.p[b.n - 1])
		b.n--;
	return b;
}

static void decode_meminfo(struct sock *s, const struct nlattr *a)
{
	struct bytes b = nla_read_bytes(a);
	uint32_t v[SK_MEMINFO_VARS];

	/* grows with the kernel; what is read here was in its first version */
	if (!b.p || b.n < (SK_MEMINFO_SNDBUF + 1) * sizeof(*v))
		return;
	memcpy(v, b.p, MIN(b.n, sizeof(v)));
	s->alloc_bytes = some_u64(v[SK_MEMINFO_WMEM_ALLOC]);
	s->rcvbuf = some_u64(v[SK_MEMINFO_RCVBUF]);
	s->sndbuf = some_u64(v[SK_MEMINFO_SNDBUF]);
}

static void decode_attributes(struct sock *s, struct nlattr *const *a)
{
	struct unix_diag_rqlen queue;
	struct unix_diag_vfs vfs;
	uint8_t shutdown;

	s->name = name_of_socket(a[UNIX_DIAG_NAME]);
	s->peer_inode = u32_of(a[UNIX_DIAG_PEER]);
	s->uid = u32_of(a[UNIX_DIAG_UID]);
	decode_meminfo(s, a[UNIX_DIAG_MEMINFO]);
	if (copy(a[UNIX_DIAG_RQLEN], &queue, sizeof(queue))) {
		s->rqueue = some_u64(queue.udiag_rqueue);
		s->wqueue = some_u64(queue.udiag_wqueue);
	}
	if (copy(a[UNIX_DIAG_VFS], &vfs, sizeof(vfs))) {
		s->vfs_inode = some_u64(vfs.udiag_vfs_ino);
		s->vfs_dev_raw = vfs.udiag_vfs_dev;
	}
	if (nla_read_u8(a[UNIX_DIAG_SHUTDOWN], &shutdown))
		s->shutdown = some_u64(shutdown);
}

int sock_decode(const struct nlmsghdr *h, struct sock *s)
{
	struct nlattr *attrs[UNIX_DIAG_MAX + 1];
	struct unix_diag_msg msg;

	if (nl_msg_attrs(h, sizeof(msg), attrs, UNIX_DIAG_MAX))
		return -EBADMSG;
	memcpy(&msg, NLMSG_DATA(h), sizeof(msg));
	*s = (struct sock){
		.inode = msg.udiag_ino,
		.cookie = some_u64((uint64_t)msg.udiag_cookie[1] << 32 |
				   msg.udiag_cookie[0]),
		.type = msg.udiag_type,
		.state = msg.udiag_state,
	};
	decode_attributes(s, attrs);
	return 0;
}

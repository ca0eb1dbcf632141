/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c - packed sockets, found by inode. */
#include "table.h"

#include "grow.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A name as it lies in the table's names. */
struct stored_name {
	uint32_t vfs_inode, vfs_dev;
	uint32_t size;
};

void table_free(struct table *t)
{
	free(t->v);
	free(t->bucket);
	free(t->extra);
	free(t->profile);
	free(t->process);
	buf_free(&t->names);
	*t = (struct table){ 0 };
}

static uint32_t *bucket_of(const struct table *t, uint32_t inode)
{
	/* the kernel counts inodes up: neighbours, as two ends mostly are, lie side by
	 * side */
	return &t->bucket[inode & ((1U << t->bits) - 1)];
}

void table_index(struct table *t)
{
	memset(t->bucket, 0, sizeof(*t->bucket) << t->bits);
	for (size_t i = 0; i < t->n; i++) {
		uint32_t *b = bucket_of(t, t->v[i].inode);

		t->v[i].next = *b;
		*b = (uint32_t)i + 1;
	}
}

static int rehash(struct table *t)
{
	unsigned int bits = t->bits ? t->bits + 1 : 10;
	uint32_t *v = reallocarray(t->bucket, (size_t)1 << bits, sizeof(*v));

	if (!v)
		return -ENOMEM;
	t->bucket = v;
	t->bits = bits;
	table_index(t);
	return 0;
}

struct entry *table_find(const struct table *t, uint32_t inode)
{
	uint32_t i = inode && t->bucket ? *bucket_of(t, inode) : 0;

	while (i && (t->v[i - 1].inode != inode || t->v[i - 1].has & GONE))
		i = t->v[i - 1].next;
	return i ? &t->v[i - 1] : NULL;
}

static struct entry *find_exact(const struct table *t, uint32_t inode, uint64_t cookie)
{
	uint32_t i = inode && t->bucket ? *bucket_of(t, inode) : 0;

	while (i && (t->v[i - 1].inode != inode || t->v[i - 1].cookie != cookie))
		i = t->v[i - 1].next;
	return i ? &t->v[i - 1] : NULL;
}

static uint32_t hash_bytes(const char *p, size_t n)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	while (n--)
		h = (h ^ (unsigned char)*p++) * 16777619U;
	return h ^ h >> 15;
}

static bool is_stored(const struct buf *names, size_t at, const struct stored_name *head,
		      struct bytes name)
{
	if (at >= names->n || memcmp(names->p + at, head, sizeof(*head)) != 0)
		return false;
	return !name.n || !memcmp(names->p + at + sizeof(*head), name.p, name.n);
}

/* Keeps a name, or finds it among those seen lately. Returns where it lies. */
static uint32_t store_name(struct table *t, const struct sock *s)
{
	struct stored_name head = { .vfs_inode = (uint32_t)s->vfs_inode.v,
				    .vfs_dev = s->vfs_dev_raw,
				    .size = (uint32_t)s->name.n };
	uint32_t *recent = &t->recent[hash_bytes(s->name.p, s->name.n) % 1024];
	size_t at = (t->names.n + 3) & ~(size_t)3;

	if (is_stored(&t->names, *recent, &head, s->name))
		return *recent;
	buf_fill(&t->names, 0, at - t->names.n);
	buf_add(&t->names, &head, sizeof(head));
	buf_add(&t->names, s->name.p, s->name.n);
	*recent = (uint32_t)at;
	return (uint32_t)at;
}

static uint32_t clamp(uint64_t v)
{
	return (uint32_t)MIN(v, (uint64_t)UINT32_MAX);
}

static uint16_t what_has(const struct sock *s)
{
	return (s->name.p || s->vfs_inode.has ? HAS_NAME : 0) |
	       (s->uid.has ? HAS_UID : 0) | (s->alloc_bytes.has ? HAS_MEMORY : 0) |
	       (s->rqueue.has ? HAS_RQLEN : 0) | (s->peer_inode.has ? HAS_PEER : 0) |
	       (s->vfs_inode.has ? HAS_VFS : 0) | (s->shutdown.has ? HAS_SHUTDOWN : 0);
}

/* One that was seen lately, or a new one. Returns its index or -ENOMEM. */
static int64_t store_profile(struct table *t, const struct profile *p)
{
	uint32_t h = hash_bytes((const char *)p, sizeof(*p)) % COUNT(t->recent_profile);
	struct profile *v;

	if (t->recent_profile[h] < t->nprofile &&
	    !memcmp(&t->profile[t->recent_profile[h]], p, sizeof(*p)))
		return t->recent_profile[h];
	v = grow(t->profile, &t->profile_cap, t->nprofile, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->profile = v;
	v[t->nprofile] = *p;
	t->recent_profile[h] = (uint32_t)t->nprofile;
	return (int64_t)t->nprofile++;
}

int table_limit(struct table *t, struct entry *e, uint32_t limit)
{
	struct profile p = t->profile[e->profile];
	int64_t at;

	p.limit = limit;
	at = store_profile(t, &p);
	if (at < 0)
		return (int)at;
	e->profile = (uint32_t)at;
	e->has |= HAS_LIMIT;
	return 0;
}

static int fill(struct table *t, struct entry *e, const struct sock *s)
{
	/* what BPF told stays */
	uint16_t limit = e->has & HAS_LIMIT;
	const struct profile p = { .limit = limit ? t->profile[e->profile].limit : 0,
				   .uid = clamp(s->uid.v),
				   .sndbuf = clamp(s->sndbuf.v),
				   .rcvbuf = clamp(s->rcvbuf.v) };
	int64_t profile = store_profile(t, &p);

	if (profile < 0)
		return (int)profile;
	e->profile = (uint32_t)profile;
	e->peer_inode = clamp(s->peer_inode.v);
	e->alloc = clamp(s->alloc_bytes.v);
	e->rqueue = clamp(s->rqueue.v);
	e->wqueue = clamp(s->wqueue.v);
	e->type = s->type;
	e->state = s->state;
	e->shutdown = (uint8_t)s->shutdown.v;
	e->round = t->round;
	e->has = what_has(s) | limit;
	if (e->has & HAS_NAME)
		e->name = store_name(t, s);
	return t->names.err;
}

int64_t table_put(struct table *t, const struct sock *s, uint16_t place)
{
	struct entry *e = find_exact(t, s->inode, s->cookie.v), *v;
	uint32_t *b;
	int r;

	if (!e) {
		v = grow(t->v, &t->cap, t->n, sizeof(*v));
		if (!v)
			return -ENOMEM;
		t->v = v;
		if ((!t->bucket || t->n >> t->bits) && rehash(t))
			return -ENOMEM;
		e = &t->v[t->n++];
		*e = (struct entry){ .inode = s->inode, .cookie = s->cookie.v };
		e->place = place;
		b = bucket_of(t, e->inode);
		e->next = *b;
		*b = (uint32_t)t->n;
	}
	r = fill(t, e, s);
	return r ? r : e - t->v;
}

struct extra *table_extra(struct table *t, struct entry *e)
{
	struct extra *v;

	if (e->extra)
		return &t->extra[e->extra - 1];
	v = grow(t->extra, &t->extra_cap, t->nextra, sizeof(*v));
	if (!v)
		return NULL;
	t->extra = v;
	v = &t->extra[t->nextra++];
	*v = (struct extra){ .size = { UNREAD_UNKNOWN, UNREAD_UNKNOWN, 0 } };
	e->extra = (uint32_t)t->nextra;
	return v;
}

int64_t table_process(struct table *t, uint32_t pid, const char comm[16])
{
	const struct preference *like = &t->preference;
	struct process *v;

	if (!t->nprocess)
		t->nprocess = 1;
	v = grow(t->process, &t->process_cap, t->nprocess, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->process = v;
	v = &t->process[t->nprocess];
	*v = (struct process){ .pid = pid };
	memcpy(v->comm, comm, sizeof(v->comm));
	if (like->prefers)
		v->preferred = like->prefers(like->arg, pid, process_comm(v));
	return (int64_t)t->nprocess++;
}

/* Whether a process with its fd is shown rather than another one. */
static bool is_before(const struct process *p, uint32_t p_fd, const struct process *q,
		      uint32_t q_fd)
{
	if (p->preferred != q->preferred)
		return p->preferred;
	return p->pid < q->pid || (p->pid == q->pid && p_fd < q_fd);
}

bool table_claim(struct table *t, uint32_t inode, uint32_t process, uint32_t fd)
{
	struct entry *e = table_find(t, inode);

	if (!e)
		return false;
	if (e->process) {
		e->others++;
		if (!is_before(&t->process[process], fd, &t->process[e->process], e->fd))
			return true;
	}
	e->process = process;
	e->fd = fd;
	return true;
}

const struct entry *table_peer(const struct table *t, const struct entry *e)
{
	const struct extra *x = entry_extra(t, e);

	if (x && x->link)
		return &t->v[x->link - 1];
	return e->has & HAS_PEER ? table_find(t, e->peer_inode) : NULL;
}

int table_link(struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct entry *e = &t->v[i];
		struct entry *p = e->alloc && e->has & HAS_PEER && !(e->has & GONE)
					  ? table_find(t, e->peer_inode)
					  : NULL;
		struct extra *x;

		/* a stream's two ends have no others */
		if (!p || p->type != SOCK_DGRAM)
			continue;
		x = table_extra(t, p);
		if (!x)
			return -ENOMEM;
		x->sent += e->alloc;
	}
	return 0;
}

static struct stored_name stored(const struct table *t, const struct entry *e)
{
	struct stored_name head;

	memcpy(&head, t->names.p + e->name, sizeof(head));
	return head;
}

struct bytes table_name(const struct table *t, const struct entry *e)
{
	uint32_t size = e->has & HAS_NAME ? stored(t, e).size : 0;

	if (!size)
		return (struct bytes){ 0 };
	return (struct bytes){ t->names.p + e->name + sizeof(struct stored_name), size };
}

static void put_file(const struct table *t, const struct entry *e, struct sock *s)
{
	if (e->has & HAS_VFS) {
		struct stored_name head = stored(t, e);

		s->vfs_inode = some_u64(head.vfs_inode);
		s->vfs_dev_raw = head.vfs_dev;
	}
}

static struct opt_u64 given(const struct entry *e, uint16_t bit, uint32_t v)
{
	return (struct opt_u64){ .v = v, .has = (e->has & bit) != 0 };
}

void table_unpack(const struct table *t, const struct entry *e, struct sock *s)
{
	const struct profile *p = &t->profile[e->profile];

	*s = (struct sock){
		.inode = e->inode,
		.cookie = { .v = e->cookie, .has = e->cookie != 0 },
		.type = e->type,
		.state = e->state,
		.uid = given(e, HAS_UID, p->uid),
		.alloc_bytes = given(e, HAS_MEMORY, e->alloc),
		.sndbuf = given(e, HAS_MEMORY, p->sndbuf),
		.rcvbuf = given(e, HAS_MEMORY, p->rcvbuf),
		.rqueue = given(e, HAS_RQLEN, e->rqueue),
		.wqueue = given(e, HAS_RQLEN, e->wqueue),
		.peer_inode = given(e, HAS_PEER, e->peer_inode),
		.shutdown = given(e, HAS_SHUTDOWN, e->shutdown),
	};
	s->name = table_name(t, e);
	put_file(t, e, s);
}

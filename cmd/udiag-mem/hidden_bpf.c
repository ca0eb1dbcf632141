/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hidden_bpf.c - embryos and sockets in flight by a BPF iterator over unix sockets. */
#include "owners.h"

#include "bpf_items.h"
#include "bpf_map.h"

#include <errno.h>

/* uses what errno.h declares */
#include "sockets.skel.h"

enum { TRIES = 4 };

static int take_queue(struct table *t, struct entry *e, const struct hidden_item *item)
{
	struct extra *x = table_extra(t, e);

	if (!x)
		return -ENOMEM;
	x->has_queue = true;
	x->depth = item->depth;
	x->waiters = item->waiters;
	x->size = item->size;
	x->inflight = item->inflight;
	return table_limit(t, e, item->limit);
}

/* Lets the embryo at `at` and the client that it is to be the other end of find each
 * other. */
static int link_client(struct table *t, uint32_t client_inode, size_t at)
{
	struct entry *client = table_find(t, client_inode);
	struct extra *x = client ? table_extra(t, client) : NULL;

	if (!x)
		return client ? -ENOMEM : 0;
	x->link = (uint32_t)at + 1;
	t->extra[t->v[at].extra - 1].link = (uint32_t)(client - t->v) + 1;
	return 0;
}

/* An embryo bears its listener's name; whoever has the listener open is to accept it. */
static int put_embryo(struct table *t, const struct hidden_item *item, uint16_t place)
{
	/* sk_wmem_alloc counts one more than it holds */
	const struct opt_u64 alloc = some_u64(item->alloc ? item->alloc - 1 : 0);
	const struct entry *found = table_find(t, item->listener);
	const struct entry listener = found ? *found : (struct entry){ 0 };
	struct sock s = {
		.type = (uint8_t)item->type,
		.state = item->state,
		.alloc_bytes = alloc,
		.sndbuf = some_u64(item->sndbuf),
		.rcvbuf = some_u64(item->rcvbuf),
		.rqueue = some_u64(item->size.unread),
		.wqueue = alloc,
		.peer_inode = some_u64(item->client),
		.shutdown = some_u64(item->shutdown),
	};
	int64_t at = table_put(t, &s, place);
	struct entry *e = at < 0 ? NULL : &t->v[at];
	struct extra *x;
	int r = e ? take_queue(t, e, item) : (int)at;

	if (r)
		return r;
	e->process = listener.process;
	e->name = listener.name;
	e->has |= listener.has & (HAS_NAME | HAS_VFS);
	x = table_extra(t, e);
	if (!x)
		return -ENOMEM;
	x->embryo = true;
	x->lost = !found;
	return link_client(t, item->client, (size_t)at);
}

static int take_all(struct table *t, const struct hidden_item *items, size_t n,
		    uint16_t place)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		struct entry *e = table_find(t, items[i].inode);

		if (!items[i].inode)
			r = put_embryo(t, &items[i], place);
		else if (e)
			r = take_queue(t, e, &items[i]);
	}
	return r;
}

static int take(int map_fd, size_t n, struct table *t, uint16_t place)
{
	const struct hidden_item *items = bpf_map_items(map_fd, n, sizeof(*items));
	int r = items ? take_all(t, items, n, place) : -errno;

	if (items)
		bpf_unmap_items(items, n, sizeof(*items));
	return r;
}

/* Those of the place that no fd table has shown, if they have been read. */
static void mark_ownerless(const struct table *t, uint16_t place, __u64 *bits)
{
	for (size_t i = 0; t->queues_known && i < t->n; i++) {
		const struct entry *e = &t->v[i];
		uint32_t bit = e->inode % HIDDEN_BITS;

		if (e->place == place && entry_ownerless(e))
			bits[bit / 64] |= 1ULL << bit % 64;
	}
}

/* Runs the program with room for n items. Returns how many it had, or -errno. */
static int64_t run(uint32_t n, struct table *t, struct places *places, uint16_t place)
{
	struct sockets *skel = sockets__open();
	int64_t r;
	int back;

	if (!skel)
		return -ENOMEM;
	skel->maps.items.max_entries = n;
	mark_ownerless(t, place, skel->bss->ownerless);
	r = sockets__load(skel);
	if (!r)
		r = sockets__attach(skel);
	if (r >= 0)
		r = place_enter(places, &places->v[place]);
	if (!r) {
		r = bpf_run_iterator(skel->links.sockets_fd);
		back = place_leave(places, &places->v[place]);
		r = back ? back : r;
	}
	if (!r)
		r = (int64_t)skel->bss->used;
	if (r > 0 && r <= n) {
		back = take(skel->maps.items.map_fd, (size_t)r, t, place);
		r = back ? back : r;
	}
	sockets__destroy(skel);
	return r;
}

int owners_hidden(struct table *t, struct places *places, uint16_t place)
{
	uint32_t n = 1024;
	int64_t r = -EAGAIN;

	for (int i = 0; i < TRIES; i++) {
		r = run(n, t, places, place);
		if (r <= n)
			break;
		n = (uint32_t)MIN((uint64_t)r + (uint64_t)r / 4, 1ULL << 25);
	}
	if (r > n)
		return -E2BIG;
	return (int)MIN(r, 0);
}

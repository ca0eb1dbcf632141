/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the BPF program writes becomes owners and queues, each descriptor once. */
#include "claims.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct file_item items[64];
static size_t n;
static int failures;

static void check(const char *what, bool ok)
{
	if (!ok) {
		printf("%s\n", what);
		failures++;
	}
}

static void task(uint32_t pid, bool thread, const char *comm)
{
	union task_more more = { 0 };

	memcpy(more.comm, comm, strnlen(comm, sizeof(more.comm)));
	items[n++] = (struct file_item){
		.pid = pid, .thread = thread, .kind = ITEM_TASK, .more = 1
	};
	items[n++] = more.item;
}

static void file(uint32_t inode, uint32_t fd)
{
	items[n++] = (struct file_item){
		.inode = inode, .fd = fd, .kind = ITEM_FILE, .netns = 1
	};
}

static void queue(uint32_t inode, uint32_t depth, uint32_t limit, uint32_t waiters)
{
	struct queue_more more = { .unread = 10ULL * depth, .truesize = 768ULL * depth };
	struct queue_others others = { .sender = inode, .waiters = waiters };

	items[n++] = (struct file_item){ .inode = inode,
					 .depth = depth,
					 .kind = ITEM_QUEUE,
					 .more = depth || waiters ? 2 : 0,
					 .limit = limit };
	if (!depth && !waiters)
		return;
	memcpy(&items[n++], &more, sizeof(more));
	memcpy(&items[n++], &others, sizeof(others));
}

static void add_socket(struct table *t, uint32_t inode, uint8_t type)
{
	struct sock s = { .inode = inode,
			  .cookie = some_u64(inode),
			  .type = type,
			  .state = TCP_ESTABLISHED };

	check("table_put", table_put(t, &s, 0) >= 0);
}

static void check_owner(const struct table *t, uint32_t inode, uint32_t pid, uint32_t fd,
			uint32_t others)
{
	const struct entry *e = table_find(t, inode);
	const struct process *p = e && e->process ? &t->process[e->process] : NULL;

	if (!p || p->pid != pid || e->fd != fd || e->others != others) {
		printf("%u: pid %u fd %u others %u\n", inode, p ? p->pid : 0,
		       e ? e->fd : 0, e ? e->others : 0);
		failures++;
	}
}

int main(void)
{
	struct owners_report report = { .netns = 1 };
	struct table t = { 0 };
	struct sock s;

	add_socket(&t, 10, SOCK_STREAM);
	add_socket(&t, 11, SOCK_DGRAM);
	add_socket(&t, 12, SOCK_DGRAM);
	add_socket(&t, 13, SOCK_STREAM);

	task(200, false, "later");
	file(10, 3);
	file(11, 9);
	queue(11, 4, 10, 2);
	task(100, false, "sixteen-letters!");
	file(10, 7);
	file(10, 5);
	task(100, true, "sixteen-letters!"); /* a table of its own, partly the same */
	file(10, 7);
	file(13, 7);
	task(100, true, "sixteen-letters!");
	file(13, 7);
	file(12, 8);
	queue(12, 0, 10, 0);
	file(99, 1); /* not in the dump */
	check("claims_take", !claims_take(&t, items, n, &report));

	check_owner(&t, 10, 100, 5, 2);
	check_owner(&t, 11, 200, 9, 0);
	check_owner(&t, 12, 100, 8, 0);
	check_owner(&t, 13, 100, 7, 0);
	check("missed", report.nmissed == 1 && report.missed[0] == 99);

	t.owners_known = t.queues_known = true;
	table_sock(&t, 0, WITH_PEER, &s);
	check("comm of 16 bytes", s.comm.n == 16);
	table_sock(&t, 1, WITH_PEER, &s);
	check("queue", s.queue_depth.v == 4 && s.queue_limit.v == 10 &&
			       s.unread_bytes.v == 40 && s.waiters.v == 2 &&
			       sock_is(&s, FLAG_WAITING) && !sock_is(&s, FLAG_FULL));
	table_sock(&t, 2, WITH_PEER, &s);
	check("empty queue", s.queue_depth.has && !s.queue_depth.v &&
				     s.queue_limit.v == 10 && s.unread_bytes.has);
	/* cut anywhere, nothing beyond the end is read */
	for (size_t i = 0; i < n; i++)
		check("cut", !claims_take(&t, items, i, &report));
	table_free(&t);
	return failures != 0;
}

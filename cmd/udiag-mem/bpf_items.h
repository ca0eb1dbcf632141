/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bpf_items.h - what the BPF programs write into their maps, and the tool reads. */
#ifndef UDIAG_MEM_BPF_ITEMS_H
#define UDIAG_MEM_BPF_ITEMS_H

#include <linux/types.h>

/* files.l.bpf.c: a stream of items; ITEM_TASK is before the files of its task. */
enum item_kind { ITEM_NONE, ITEM_TASK, ITEM_FILE, ITEM_QUEUE };

struct file_item {
	union {
		__u32 inode;
		__u32 pid; /* ITEM_TASK: of the process, in the reader's pid namespace */
	};
	union {
		__u32 fd;     /* ITEM_FILE */
		__u32 thread; /* ITEM_TASK: whether it is not the main thread */
		__u32 depth;  /* ITEM_QUEUE: datagrams waiting */
	};
	__u16 kind;
	__u16 more; /* items that follow and belong to this one */
	union {
		__u32 netns; /* ITEM_FILE: inode number of the socket's namespace */
		__u32 limit; /* ITEM_QUEUE: depth beyond which senders wait */
	};
};

/* The item that follows an ITEM_TASK. */
union task_more {
	char comm[16];
	struct file_item item;
};

/* What waits in a receive queue. */
struct queue_size {
	__u64 unread;   /* bytes */
	__u64 truesize; /* what they cost their senders */
	__u32 sender;   /* inode of the one that sent it all; 0: closed, or several */
};

#define UNREAD_UNKNOWN (~0ULL) /* of both counts: too long to be walked */

/* The two items that follow an ITEM_QUEUE with more: the size of the queue, and others.
 */
struct queue_more {
	__u64 unread, truesize;
};
struct queue_others {
	__u32 sender;
	__u32 waiters;  /* entries of the peer_wq */
	__u32 inflight; /* references to the socket in messages under way */
	__u32 reserved;
};

/* sockets.l.bpf.c: sockets that no fd table shows. inode 0: in an accept queue. Which of
 * the others are to be told of, a bit for each inode modulo HIDDEN_BITS, is told to it.
 */
enum { HIDDEN_BITS = 1 << 14 };

struct hidden_item {
	__u32 inode;
	__u32 listener; /* inode of the listener it waits in */
	__u32 client;   /* inode of its peer */
	__u32 inflight;
	struct queue_size size;
	__u32 alloc, sndbuf, rcvbuf;
	__u32 depth, limit, waiters;
	__u16 type;
	__u8 state, shutdown;
};

#endif

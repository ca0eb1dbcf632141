/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_types.h - the few kernel types that BPF programs here look into, members by name
 * only: where they lie is taken from the running kernel's BTF at load time, so that no
 * BTF is needed to build and one object fits many kernels. Names and nesting are those
 * of include/linux and include/net.
 */
#ifndef LIB_BPF_TYPES_H
#define LIB_BPF_TYPES_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

struct upid {
	int nr;
	void *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct task_struct {
	int pid, tgid;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	char comm[16];
};

struct inode {
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
};

struct sk_buff {
	struct sk_buff *next;
	struct sock *sk;
	unsigned int len, truesize;
};

struct sk_buff_head {
	struct sk_buff *next;
	__u32 qlen;
};

typedef struct refcount_struct {
	struct {
		int counter;
	} refs;
} refcount_t;

struct socket;

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	struct socket *sk_socket;
	refcount_t sk_wmem_alloc;
	int sk_sndbuf, sk_rcvbuf;
	__u16 sk_type;
	__u8 sk_shutdown;
	__u32 sk_max_ack_backlog;
};

struct socket {
	short type;
	struct sock *sk;
};

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct wait_queue_head {
	struct list_head head;
};

struct socket_wq {
	struct wait_queue_head wait;
};

struct unix_vertex { /* since 6.10 */
	unsigned long out_degree;
};

struct unix_sock {
	struct sock sk;
	struct sock *peer;
	struct sock *listener; /* since 6.10 */
	struct unix_vertex *vertex;
	struct socket_wq peer_wq;
};

struct unix_sock___before_6_10 {
	long inflight;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__unix {
	struct bpf_iter_meta *meta;
	struct unix_sock *unix_sk;
	unsigned int uid;
};

#pragma clang attribute pop

#endif

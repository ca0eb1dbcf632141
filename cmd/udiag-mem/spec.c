/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec.c - the columns, and the names of types, states and flags. */
#include "sock.h"

#include <linux/net.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static const struct name type_table[] = {
	{ SOCK_STREAM, "stream" },
	{ SOCK_DGRAM, "dgram" },
	{ SOCK_SEQPACKET, "seqpacket" },
};
const struct names sock_types = NAMES(type_table);

/* af_unix borrows TCP's states; a connected datagram socket is ESTAB too. */
static const struct name state_table[] = {
	{ TCP_ESTABLISHED, "ESTAB" },
	{ TCP_CLOSE, "UNCONN" },
	{ TCP_LISTEN, "LISTEN" },
};
const struct names sock_states = NAMES(state_table);

/* Bit positions of RCV_SHUTDOWN 1 and SEND_SHUTDOWN 2 (include/net/sock.h). */
static const struct name shutdown_table[] = {
	{ 0, "recv" },
	{ 1, "send" },
};
static const struct names shutdowns = NAMES(shutdown_table);

static const struct name flag_table[] = {
	{ FLAG_STALLED, "stalled" },       { FLAG_FULL, "full" },
	{ FLAG_PEER_GONE, "peer-gone" },   { FLAG_HALF_SHUT, "half-shut" },
	{ FLAG_NO_PROCESS, "no-process" }, { FLAG_IN_FLIGHT, "in-flight" },
	{ FLAG_WAITING, "waiting" },       { FLAG_EMBRYO, "embryo" },
};
const struct names sock_flags = NAMES(flag_table);

static const struct field sock_fields[] = {
	FIELD(sock, alloc_bytes, SHOW | SIZE,
	      "memory of what this socket sent and nobody has read, with overhead",
	      .head = "MEM"),
	FIELD(sock, use_pct, SHOW | PCT, "alloc_bytes as a share of sndbuf",
	      .head = "USE%"),
	FIELD(sock, unread_bytes, SHOW | SIZE,
	      "bytes this socket has not read, of all datagrams too", .head = "UNREAD"),
	FIELD(sock, queue, SHOW,
	      "queue_depth/queue_limit, and waiters where there are some"),
	FIELD(sock, state, SHOW, "LISTEN, ESTAB (connected) or UNCONN",
	      .names = &sock_states),
	FIELD(sock, type, SHOW, "stream, dgram or seqpacket", .names = &sock_types),
	FIELD(sock, owner, SHOW, "comm[pid]+other_owners, ? where it can't be known"),
	FIELD(sock, peer, SHOW, "owner of the other end, #INODE where that is not known"),
	FIELD(sock, name, SHOW, "name it is bound to; an abstract one begins with \\x00"),
	FIELD(sock, flags, BITS,
	      "stalled, full, peer-gone, half-shut, no-process, in-flight, waiting, "
	      "embryo",
	      .names = &sock_flags),
	FIELD(sock, inode, KEY, "inode number, as in /proc/PID/fd; 0 in an accept queue"),
	FIELD(sock, cookie, HEX, "the kernel's unique id of the socket"),
	FIELD(sock, uid, 0, "user id that owns the socket's inode"),
	FIELD(sock, pid, 0,
	      "process that has it open: of several one that is asked for, or the "
	      "lowest"),
	FIELD(sock, comm, 0, "name of that process"),
	FIELD(sock, fd, 0, "file descriptor in that process, the lowest of several"),
	FIELD(sock, other_owners, 0,
	      "further file descriptors of it, in any process: its memory counts once",
	      .head = "OTHERS"),
	FIELD(sock, owner_source, 0,
	      "how owners were found: bpf, proc (slower, no queues) or none"),
	FIELD(sock, peer_inode, 0,
	      "inode of the other end; 0: closed, or a connection not yet accepted"),
	FIELD(sock, peer_pid, 0, "process that has the other end"),
	FIELD(sock, peer_comm, 0, "name of that process"),
	FIELD(sock, peer_name, 0, "name the other end is bound to"),
	FIELD(sock, held_bytes, SIZE,
	      "memory others hold because it does not read, of closed senders too",
	      .head = "HELD"),
	FIELD(sock, overhead, 0,
	      "alloc_bytes for each byte that the other end has not read"),
	FIELD(sock, sndbuf, SIZE, "limit of alloc_bytes in bytes (SO_SNDBUF)"),
	FIELD(sock, rcvbuf, SIZE,
	      "receive buffer in bytes (SO_RCVBUF); unix sockets ignore it"),
	FIELD(sock, max_datagram_size, SIZE,
	      "longest datagram or packet it can send: sndbuf less 32",
	      .head = "MAX_DGRAM"),
	FIELD(sock, queue_depth, 0,
	      "listener: pending connections; dgram: datagrams waiting (by BPF)",
	      .head = "DEPTH"),
	FIELD(sock, queue_limit, 0,
	      "depth that the queue may reach, one more and it is full", .head = "LIMIT"),
	FIELD(sock, queue_pct, PCT, "queue_depth as a share of queue_limit",
	      .head = "QUEUE%"),
	FIELD(sock, waiters, 0,
	      "senders or clients waiting for room in its queue (by BPF)"),
	FIELD(sock, rqueue, 0,
	      "raw: pending connections, unread bytes, or bytes of the first datagram",
	      .head = "RQ"),
	FIELD(sock, wqueue, 0, "raw: backlog limit of a listener, else as alloc_bytes",
	      .head = "WQ"),
	FIELD(sock, shutdown, BITS, "directions that were shut down",
	      .names = &shutdowns),
	FIELD(sock, vfs_inode, 0, "inode of the file that the socket is bound to"),
	FIELD(sock, vfs_dev, 0, "device of that file, MAJOR:MINOR"),
	FIELD(sock, name_hex, HEX, "the name's bytes in hex, where they are not UTF-8"),
	FIELD(sock, netns, 0, "inode number of its network namespace, as lsns(8) has it"),
	FIELD(sock, netns_name, 0, "name of that namespace, where ip-netns(8) gave one"),
	FIELD(sock, change_bytes, SIZE, "with --watch: alloc_bytes since the last sample",
	      .head = "CHANGE"),
	FIELD(sock, time, TIME, "with --watch: when the sample was taken"),
	FIELD(sock, sample, 0, "with --watch: number of the sample"),
};

const struct record sock_record = RECORD("udiag_mem", sock_fields);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec.c - the columns, and the names of types and states. */
#include "sock.h"

#include <linux/net.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static const struct name type_table[] = {
	{ SOCK_STREAM, "stream" },
	{ SOCK_DGRAM, "dgram" },
	{ SOCK_SEQPACKET, "seqpacket" },
};
static const struct names types = NAMES(type_table);

/* af_unix borrows TCP's states; a connected datagram socket is ESTAB too. */
static const struct name state_table[] = {
	{ TCP_ESTABLISHED, "ESTAB" },
	{ TCP_CLOSE, "UNCONN" },
	{ TCP_LISTEN, "LISTEN" },
};
static const struct names states = NAMES(state_table);

/* Bit positions of RCV_SHUTDOWN 1 and SEND_SHUTDOWN 2 (include/net/sock.h). */
static const struct name shutdown_table[] = {
	{ 0, "recv" },
	{ 1, "send" },
};
static const struct names shutdowns = NAMES(shutdown_table);

static const struct field sock_fields[] = {
	FIELD(sock, type, SHOW, "stream, dgram or seqpacket", .names = &types),
	FIELD(sock, state, SHOW, "LISTEN, ESTAB (connected) or UNCONN", .names = &states),
	FIELD(sock, alloc_bytes, SHOW | SIZE,
	      "memory of what this socket sent and nobody has read, with overhead",
	      .head = "ALLOC"),
	FIELD(sock, sndbuf, SHOW | SIZE, "limit of alloc_bytes in bytes (SO_SNDBUF)"),
	FIELD(sock, rcvbuf, SHOW | SIZE,
	      "receive buffer in bytes (SO_RCVBUF); unix sockets ignore it"),
	FIELD(sock, rqueue, SHOW,
	      "listener: pending connections; stream: unread bytes; dgram: bytes of the "
	      "first "
	      "datagram",
	      .head = "RQ"),
	FIELD(sock, wqueue, SHOW, "listener: backlog limit; others: as alloc_bytes",
	      .head = "WQ"),
	FIELD(sock, uid, SHOW, "user id that owns the socket's inode"),
	FIELD(sock, inode, SHOW | KEY, "inode number, as in /proc/PID/fd"),
	FIELD(sock, peer_inode, SHOW,
	      "inode of the other end; 0: closed, or a connection not yet accepted",
	      .head = "PEER"),
	FIELD(sock, cookie, HEX, "the kernel's unique id of the socket"),
	FIELD(sock, shutdown, BITS, "directions that were shut down",
	      .names = &shutdowns),
	FIELD(sock, vfs_inode, 0, "inode of the file that the socket is bound to"),
	FIELD(sock, vfs_dev, HEX, "device of that file, as the kernel numbers it"),
	FIELD(sock, name_hex, HEX, "the name's bytes in hex, where they are not UTF-8"),
	FIELD(sock, name, SHOW, "name it is bound to; an abstract one begins with \\x00"),
};

const struct record sock_record = RECORD("udiag_mem", sock_fields);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unix_diag message laid out by hand, decoded whole and cut at every length. */
#include "sock.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static unsigned char message[512];
static size_t length;
static int failures;

static void check(const char *what, bool ok)
{
	if (!ok) {
		printf("%s\n", what);
		failures++;
	}
}

static void put(uint16_t type, const void *p, size_t n)
{
	struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + n), .nla_type = type };

	memcpy(message + length, &a, sizeof(a));
	memcpy(message + length + NLA_HDRLEN, p, n);
	length += NLA_ALIGN(NLA_HDRLEN + n);
}

static void build(void)
{
	const struct unix_diag_msg msg = { .udiag_family = AF_UNIX,
					   .udiag_type = SOCK_DGRAM,
					   .udiag_state = TCP_ESTABLISHED,
					   .udiag_ino = 4242,
					   .udiag_cookie = { 7, 1 } };
	const uint32_t memory[SK_MEMINFO_VARS] = { [SK_MEMINFO_RCVBUF] = 5,
						   [SK_MEMINFO_WMEM_ALLOC] = 50000,
						   [SK_MEMINFO_SNDBUF] = 40000 };
	const uint32_t peer = 0, uid = 1000;
	const struct unix_diag_vfs vfs = { .udiag_vfs_ino = 99,
					   .udiag_vfs_dev = 8u << 20 | 1 };
	const struct unix_diag_rqlen queue = { 10, 20 };
	const uint8_t shutdown = 1;
	struct nlmsghdr h = { .nlmsg_type = SOCK_DIAG_BY_FAMILY };

	length = NLMSG_HDRLEN;
	memcpy(message + length, &msg, sizeof(msg));
	length += NLMSG_ALIGN(sizeof(msg));
	put(UNIX_DIAG_NAME, "/s\xff", 4);
	put(UNIX_DIAG_VFS, &vfs, sizeof(vfs));
	put(UNIX_DIAG_PEER, &peer, sizeof(peer));
	put(UNIX_DIAG_RQLEN, &queue, sizeof(queue));
	put(UNIX_DIAG_MEMINFO, memory, sizeof(memory));
	put(UNIX_DIAG_SHUTDOWN, &shutdown, sizeof(shutdown));
	put(UNIX_DIAG_UID, &uid, sizeof(uid));
	put(500, "later kernels say more", 23);
	h.nlmsg_len = (uint32_t)length;
	memcpy(message, &h, sizeof(h));
}

static void check_decoded(void)
{
	struct sock s;

	check("decode", !sock_decode((void *)message, &s));
	check("inode", s.inode == 4242 && s.cookie.v == (1ULL << 32 | 7));
	check("name", s.name.n == 3 && !memcmp(s.name.p, "/s\xff", 3));
	check("memory", s.alloc_bytes.v == 50000 && s.sndbuf.v == 40000);
	check("queue", s.rqueue.v == 10 && s.wqueue.v == 20);
	check("peer", s.peer_inode.has && !s.peer_inode.v && s.uid.v == 1000);
	sock_derive(&s);
	check("device", s.vfs_dev.n == 3 && !memcmp(s.vfs_dev.p, "8:1", 3));
	check("hex", s.name_hex.p == s.name.p);
	check("flags", sock_is(&s, FLAG_PEER_GONE) && sock_is(&s, FLAG_HALF_SHUT) &&
			       sock_is(&s, FLAG_STALLED) && sock_is(&s, FLAG_FULL));
	check("unknown without BPF", s.unread_bytes.unknown && s.queue_depth.unknown);
}

/* A copy of its own for each length, so that a sanitizer sees what lies beyond it. */
static void check_cut(void)
{
	for (size_t n = NLMSG_HDRLEN; n < length; n++) {
		struct nlmsghdr *h = malloc(n);
		struct sock s;

		memcpy(h, message, n);
		h->nlmsg_len = (uint32_t)n;
		if (!sock_decode(h, &s))
			sock_derive(&s);
		else
			check("error", n < length);
		free(h);
	}
}

/* The kernel stops poll at a quarter, counting one byte more, and send at all of it. */
static void check_limits(void)
{
	static const struct {
		uint64_t alloc, sndbuf;
		bool stalled, full;
	} cases[] = {
		{ 0, 4096, false, false },    { 1022, 4096, false, false },
		{ 1023, 4096, false, false }, { 1024, 4096, true, false },
		{ 4095, 4096, true, false },  { 4096, 4096, true, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sock s = { .type = SOCK_STREAM,
				  .state = TCP_ESTABLISHED,
				  .alloc_bytes = some_u64(cases[i].alloc),
				  .sndbuf = some_u64(cases[i].sndbuf) };

		sock_derive(&s);
		check("stalled", sock_is(&s, FLAG_STALLED) == cases[i].stalled);
		check("full", sock_is(&s, FLAG_FULL) == cases[i].full);
		check("no datagram", !s.max_datagram_size.has && isnan(s.overhead));
	}
}

int main(void)
{
	build();
	check_decoded();
	check_cut();
	check_limits();
	return failures != 0;
}

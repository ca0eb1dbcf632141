/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RCVBUF = 4 << 20 };

int settings_enter(struct ctx *c, const struct settings *s)
{
	int fd, err;

	if (!s->netns)
		return 0;
	fd = netns_open(s->netns);
	err = fd < 0 ? fd : netns_enter(fd);
	if (fd >= 0)
		close(fd);
	if (!err)
		return 0;
	return diag_fail(&c->diag, err,
			 err == -EPERM    ? "it needs CAP_SYS_ADMIN"
			 : err == -EACCES ? "it needs CAP_SYS_ADMIN and CAP_SYS_PTRACE"
			 : err == -ENOENT ? "ip netns shows the names there are"
			 : err == -EINVAL ? "it is none"
					  : NULL,
			 "network namespace %s", s->netns);
}

/* The port is chosen by bind alone: the socket gives up the one it has. */
static int bind_port(struct nl_conn *conn, int protocol, uint32_t port)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_pid = port };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    dup3(fd, conn->fd, O_CLOEXEC) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	close(fd);
	conn->portid = port;
	return 0;
}

int settings_connect(struct ctx *c, const struct settings *s, int protocol,
		     struct nl_conn *conn)
{
	int err = nl_open(conn, protocol);

	if (err)
		return diag_fail(&c->diag, err,
				 err == -EPROTONOSUPPORT
					 ? "nlsock list shows what there is"
					 : NULL,
				 "netlink protocol %d", protocol);
	if (s->bind) {
		err = bind_port(conn, protocol, s->bind);
		if (err) {
			nl_done(conn);
			return diag_fail(&c->diag, err,
					 err == -EADDRINUSE ? "another socket has it"
							    : NULL,
					 "port %u", s->bind);
		}
	}
	/* Kernels that are too old for one don't know how to do otherwise. */
	(void)nl_option(conn, NETLINK_EXT_ACK, s->ext_ack || !s->no_ext_ack);
	(void)nl_option(conn, NETLINK_CAP_ACK, s->cap_ack || !s->no_cap_ack);
	(void)nl_option(conn, NETLINK_GET_STRICT_CHK, s->strict || !s->no_strict);
	(void)nl_set_rcvbuf(conn, s->rcvbuf.bytes ? s->rcvbuf.bytes : RCVBUF);
	conn->peer = s->connect;
	return 0;
}

int settings_record(struct ctx *c, const char *path, struct pcap *p)
{
	int err = pcap_open(p, path);

	return err ? diag_fail(&c->diag, err, NULL, "%s", path) : 0;
}

int settings_recorded(struct ctx *c, struct pcap *p, int status)
{
	int err = pcap_close(p);

	return err ? diag_fail(&c->diag, err, NULL, "the file of --pcap") : status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.c - the one command: every unix socket of this network namespace. */
#include "list.h"

#include "nl.h"
#include "sock.h"

#include <errno.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

static int print_socket(const struct nlmsghdr *h, void *arg)
{
	struct ctx *c = arg;
	struct sock s;
	int r = sock_decode(h, &s);

	return r ? r : sink_row(c->sink, &s);
}

/* Never UDIAG_SHOW_ICONS: a long accept queue doesn't fit one message and ends the dump.
 */
static int dump(struct nl_conn *conn, struct ctx *c)
{
	const struct unix_diag_req req = {
		.sdiag_family = AF_UNIX,
		.udiag_states = UINT32_MAX,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER |
			      UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO | UDIAG_SHOW_UID,
	};

	return sockdiag_dump(conn, &req, sizeof(req), print_socket, NULL, c);
}

static int list(struct ctx *c)
{
	struct nl_conn conn;
	int r = nl_open(&conn, NETLINK_SOCK_DIAG);

	if (r)
		return diag_fail(&c->diag, r, "the kernel needs CONFIG_UNIX_DIAG",
				 "opening a sock_diag socket");
	r = dump(&conn, c);
	nl_done(&conn);
	if (r == -EINTR) {
		diag_warn(&c->diag, "the dump was interrupted: sockets may be missing");
		return STATUS_INCOMPLETE;
	}
	if (r && c->out.err)
		return STATUS_FAILED; /* main says why */
	return r ? diag_fail(&c->diag, r,
			     r == -ENOENT ? "the kernel needs CONFIG_UNIX_DIAG" : NULL,
			     "dumping unix sockets")
		 : STATUS_DONE;
}

const struct command list_command = {
	.brief = "List unix sockets and the memory they hold",
	.rec = &sock_record,
	.run = list,
};

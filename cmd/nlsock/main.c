/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock - netcat for netlink sockets */
#include "nlsock.h"

static const struct command *const commands[] = { &list_command,  &describe_command,
						  &do_command,    &dump_command,
						  &multi_command, &listen_command,
						  &send_command,  &decode_command,
						  &encode_command };

const struct tool tool = {
	.name = "nlsock",
	.brief = "Talk with the kernel over netlink sockets",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples =
		"  nlsock                          # protocols and generic families\n"
		"  nlsock list --json | jq .ops    # every operation of every family\n"
		"  nlsock dump rt-link             # all links, by names\n"
		"  nlsock do rt-link newlink --create ifname=b0 linkinfo.kind=bridge\n"
		"  nlsock multi rt-link newlink ifname=b0 linkinfo.kind=bridge --create "
		", \\\n"
		"      newlink ifname=b1 linkinfo.kind=bridge  # two at once\n"
		"  nlsock listen rt-link rt-route --with-dump -j\n"
		"                                  # what there is, then what happens\n"
		"  echo 1400000012000103fdfe385c0000000000000000 | nlsock send route\n"
		"                                  # all links: RTM_GETLINK by hand\n"
		"  nlsock send --json nlctrl <request.bin | jq .attrs\n"
		"                                  # a binary request, replies as JSON\n",
};

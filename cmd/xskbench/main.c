/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xskbench - how fast AF_XDP sockets are here, and where packets are lost. */
#include "fwd.h"
#include "pair.h"
#include "rx.h"
#include "tx.h"

static const struct command *const commands[] = {
	&pair_command,
	&tx_command,
	&rx_command,
	&fwd_command,
};

const struct tool tool = {
	.name = "xskbench",
	.brief = "Measure AF_XDP sockets in a private network that it builds itself",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples = "  xskbench                          # a second of 64-byte packets\n"
		    "  xskbench -n 1000000 -s 1500       # a million of full size\n"
		    "  xskbench --mode skb --json | jq .result.pps.median   # generic "
		    "XDP, the rate "
		    "alone\n",
};

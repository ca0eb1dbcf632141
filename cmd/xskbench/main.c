/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xskbench - how fast AF_XDP sockets are here, and where packets are lost. */
#include "ndr.h"
#include "probe.h"
#include "rings.h"
#include "suite.h"
#include "tests.h"
#include "umem.h"

static const struct command *const commands[] = {
	&suite_command, &pair_command, &tx_command,    &rx_command,   &fwd_command,
	&rtt_command,   &ndr_command,  &rings_command, &umem_command, &probe_command,
};

const struct tool tool = {
	.name = "xskbench",
	.brief = "Measure AF_XDP sockets in a private network that it builds itself",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples = "  xskbench                          # all tests, ten seconds\n"
		    "  xskbench pair                     # from socket to socket\n"
		    "  xskbench tx -b 1,16,64            # what batches do to sending\n"
		    "  xskbench rtt                      # how long there and back\n"
		    "  xskbench rx -j | jq .result.pps.median\n",
};

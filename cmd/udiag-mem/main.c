/* SPDX-License-Identifier: GPL-2.0-or-later */
/* udiag-mem - who holds memory in unix sockets. */
#include "list.h"

static const struct command *const commands[] = { &list_command };

const struct tool tool = {
	.name = "udiag-mem",
	.brief = "Show who holds memory in unix sockets, and who does not read",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples =
		"  udiag-mem                                # what holds the most "
		"memory\n"
		"  udiag-mem -g process -n 10               # sums by process\n"
		"  udiag-mem state=LISTEN 'queue>80%'       # backlogs nearly used up\n"
		"  udiag-mem stalled --json                 # senders that a reader "
		"stops\n"
		"  udiag-mem --fail-if 'use>50%' -n 1       # status 4 if there is one\n"
		"\nFilters: COLUMN=WORD[,WORD...] COLUMN>NUMBER FLAG !FLAG, all must "
		"hold.\n"
		"The manual lists the flags.\n",
};

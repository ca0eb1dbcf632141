/* SPDX-License-Identifier: GPL-2.0-or-later */
/* udiag-mem - who holds memory in unix sockets. */
#include "list.h"

static const struct command *const commands[] = { &list_command };

const struct tool tool = {
	.name = "udiag-mem",
	.brief = "List unix sockets and the memory they hold",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples = "  udiag-mem --sort -alloc_bytes -n 10        # the ten that hold "
		    "the most\n"
		    "  udiag-mem -o all --json | jq -s 'map(.alloc_bytes) | add'   # the "
		    "sum\n",
};

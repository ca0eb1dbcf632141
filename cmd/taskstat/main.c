/* SPDX-License-Identifier: GPL-2.0-or-later */
/* taskstat - where tasks waited, and what they used */
#include "cgroup.h"
#include "get.h"
#include "info.h"
#include "listen.h"
#include "run.h"
#include "top.h"

static const struct command *const commands[] = {
	&get_command, &top_command,    &listen_command,
	&run_command, &cgroup_command, &info_command,
};

const struct tool tool = {
	.name = "taskstat",
	.brief = "Show where processes waited and what they used, as the kernel accounts "
		 "it",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples =
		"  taskstat --sort -cpu_delay_ns     # who waited longest for a CPU\n"
		"  taskstat get -j 1                 # all that is known of process 1\n"
		"  taskstat get --tid 4711 4712      # single threads\n"
		"  taskstat listen --failed          # who ends badly, as it happens\n"
		"  taskstat run --by comm -- make    # what a build used, by command\n"
		"  taskstat top -d 5s                # who waits now, and what died "
		"meanwhile\n"
		"  taskstat -o pid,comm,rss_peak_bytes,majflt $$\n",
};

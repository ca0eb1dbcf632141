/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhostctl - talk to vhost-user devices. */

#include "blk_command.h"
#include "check.h"
#include "decode.h"
#include "diff.h"
#include "net_command.h"
#include "probe.h"
#include "send.h"
#include "serve.h"
#include "trace.h"

static const struct command *const commands[] = {
	&probe_command, &send_command,  &trace_command,  &blk_command, &net_command,
	&check_command, &serve_command, &decode_command, &diff_command
};

const struct tool tool = {
	.name = "vhostctl",
	.brief = "Talk to vhost-user devices over their sockets",
	.commands = commands,
	.ncommands = COUNT(commands),
	.examples =
		"  vhostctl probe /run/vm0.sock              # what the back-end "
		"offers, by name\n"
		"  vhostctl probe -j /run/vm0.sock | jq .config.capacity_bytes\n"
		"  vhostctl probe -q -r REPLY_ACK,BLK_SIZE /run/vm0.sock   # exit 4 "
		"if one is missing\n"
		"  vhostctl probe --type fs /run/fs.sock     # a kind that can't be "
		"guessed\n"
		"  vhostctl send /run/vm0.sock GET_FEATURES GET_VRING_BASE=0  # any "
		"requests\n"
		"  vhostctl trace /run/traced.sock /run/vm0.sock   # what a VM and its "
		"device say\n"
		"  vhostctl blk read /run/vm0.sock | sha256sum     # a disk without a "
		"VM\n"
		"  vhostctl blk copy /run/vm0.sock disk.img        # sparse, with a "
		"progress bar\n"
		"  vhostctl blk bench --qd 1 /run/vm0.sock         # its latency\n"
		"  vhostctl net loop /run/port0.sock               # every frame "
		"back?\n",
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fwd.c - what forwarding costs: packets go back from the frames that they came in. */
#include "fwd.h"

#include "bench.h"
#include "flow.h"

static int shoot(const struct shooting *s, struct shot *shot)
{
	return flow_shoot(s, FLOW_FORWARD, shot);
}

const struct test fwd_test = {
	.name = "fwd",
	.traits = { .source = SOURCE_KERNEL,
		    .any_source = true,
		    .paced = true,
		    .waits = true,
		    .real = true,
		    .by_wire = true },
	.shoot = shoot,
};

static int run(struct ctx *c)
{
	return bench_run(c, &fwd_test);
}

const struct command fwd_command =
	BENCH_COMMAND("fwd", "Send back on the same AF_XDP socket what the kernel sends",
		      run, .args = "[IF]", .max_args = 1);

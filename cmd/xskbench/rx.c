/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rx.c - what receiving costs: the kernel itself is the source. */
#include "rx.h"

#include "bench.h"
#include "flow.h"

static int shoot(const struct shooting *s, struct shot *shot)
{
	return flow_shoot(s, FLOW_RECEIVE, shot);
}

const struct test rx_test = {
	.name = "rx",
	.traits = { .source = SOURCE_KERNEL,
		    .any_source = true,
		    .any_queue = true,
		    .paced = true,
		    .waits = true,
		    .real = true,
		    .by_wire = true },
	.shoot = shoot,
};

static int run(struct ctx *c)
{
	return bench_run(c, &rx_test);
}

const struct command rx_command =
	BENCH_COMMAND("rx", "Receive on an AF_XDP socket what the kernel makes and sends",
		      run, .args = "[IF]", .max_args = 1);

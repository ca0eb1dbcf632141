/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtt.c - how long a packet takes to another AF_XDP socket and back. */
#include "rtt.h"

#include "bench.h"
#include "flow.h"

static int shoot(const struct shooting *s, struct shot *shot)
{
	return flow_shoot(s, FLOW_ECHO, shot);
}

const struct test rtt_test = {
	.name = "rtt",
	.traits = { .source = SOURCE_XSK,
		    .any_queue = true,
		    .paced = true,
		    .shareable = true,
		    .real = true,
		    .sleepless = true },
	.shoot = shoot,
};

static int run(struct ctx *c)
{
	return bench_run(c, &rtt_test);
}

const struct command rtt_command =
	BENCH_COMMAND("rtt", "Time packets to another AF_XDP socket and back, one by one",
		      run, .args = "[IF]", .max_args = 1);

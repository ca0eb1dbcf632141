/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tx.c - what sending costs: into a program that counts and drops, or an ifb. */
#include "tx.h"

#include "bench.h"
#include "flow.h"

static int shoot(const struct shooting *s, struct shot *shot)
{
	return flow_shoot(s, FLOW_COUNT, shot);
}

const struct test tx_test = {
	.name = "tx",
	.traits = { .source = SOURCE_XSK,
		    .any_source = true,
		    .any_sink = true,
		    .any_queue = true,
		    .paced = true,
		    .real = true },
	.shoot = shoot,
};

static int run(struct ctx *c)
{
	return bench_run(c, &tx_test);
}

const struct command tx_command = BENCH_COMMAND(
	"tx", "Send from an AF_XDP socket to a counting XDP program or an ifb", run,
	.args = "[IF]", .max_args = 1);

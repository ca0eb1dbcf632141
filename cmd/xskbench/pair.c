/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pair.c - from one AF_XDP socket to another: what both cost, and where packets are lost.
 */
#include "pair.h"

#include "bench.h"
#include "flow.h"

static int shoot(const struct shooting *s, struct shot *shot)
{
	return flow_shoot(s, FLOW_RECEIVE, shot);
}

const struct test pair_test = {
	.name = "pair",
	.traits = { .source = SOURCE_XSK,
		    .any_queue = true,
		    .paced = true,
		    .waits = true,
		    .shareable = true },
	.shoot = shoot,
};

static int run(struct ctx *c)
{
	return bench_run(c, &pair_test);
}

const struct command pair_command = BENCH_COMMAND(
	"pair", "Send from one AF_XDP socket to another over a private veth pair", run);

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests.h"

#include "bench.h"

#include <string.h>

/* From one AF_XDP socket to another: what both cost, and where packets are lost. */
const struct test pair_test = {
	.name = "pair",
	.end = FLOW_RECEIVE,
	.traits = { .source = SOURCE_XSK,
		    .any_queue = true,
		    .paced = true,
		    .waits = true,
		    .shareable = true },
};

/* What sending costs: into a program that counts and drops, or an ifb. */
const struct test tx_test = {
	.name = "tx",
	.end = FLOW_COUNT,
	.traits = { .source = SOURCE_XSK,
		    .any_source = true,
		    .any_sink = true,
		    .any_queue = true,
		    .paced = true,
		    .real = true },
};

/* What receiving costs: the kernel itself is the source. */
const struct test rx_test = {
	.name = "rx",
	.end = FLOW_RECEIVE,
	.traits = { .source = SOURCE_KERNEL,
		    .any_source = true,
		    .any_queue = true,
		    .paced = true,
		    .waits = true,
		    .real = true,
		    .by_wire = true },
};

/* What forwarding costs: packets go back from the frames that they came in. */
const struct test fwd_test = {
	.name = "fwd",
	.end = FLOW_FORWARD,
	.traits = { .source = SOURCE_KERNEL,
		    .any_source = true,
		    .paced = true,
		    .waits = true,
		    .real = true,
		    .by_wire = true },
};

/* How long a packet takes to another AF_XDP socket and back. */
const struct test rtt_test = {
	.name = "rtt",
	.end = FLOW_ECHO,
	.traits = { .source = SOURCE_XSK,
		    .any_queue = true,
		    .paced = true,
		    .shareable = true,
		    .real = true,
		    .sleepless = true },
};

/* The command has the name of its test. */
static int run(struct ctx *c)
{
	static const struct test *const tests[] = { &pair_test, &tx_test, &rx_test,
						    &fwd_test, &rtt_test };
	size_t i = 0;

	while (i < COUNT(tests) - 1 && strcmp(tests[i]->name, c->cmd->name) != 0)
		i++;
	return bench_run(c, tests[i]);
}

const struct command pair_command = BENCH_COMMAND(
	"pair", "Send from one AF_XDP socket to another over a private veth pair", run);
const struct command tx_command = BENCH_COMMAND(
	"tx", "Send from an AF_XDP socket to a counting XDP program or an ifb", run,
	.args = "[IF]", .max_args = 1);
const struct command rx_command =
	BENCH_COMMAND("rx", "Receive on an AF_XDP socket what the kernel makes and sends",
		      run, .args = "[IF]", .max_args = 1);
const struct command fwd_command = BENCH_COMMAND(
	"fwd", "Send back what the kernel sends, from the frames that it came in", run,
	.args = "[IF]", .max_args = 1);
const struct command rtt_command =
	BENCH_COMMAND("rtt", "Time packets to another AF_XDP socket and back, one by one",
		      run, .args = "[IF]", .max_args = 1);

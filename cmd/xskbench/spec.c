/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec - the columns of a result. */
#include "result.h"

#define F(m, flags, help, ...) FIELD(result, m, flags, help, ##__VA_ARGS__)

static const struct field fields[] = {
	F(test, SHOW | KEY, "what was measured"),
	F(env, 0, "kernel, driver, CPU, and the share of it that others had"),
	F(config, SHOW, "how: mode, NAPI, batch, size and all the other options"),
	F(result, SHOW,
	  "packets a second (median, least, most, spread), time and system calls for "
	  "each, CPU use, rate over time",
	  .head = "RATE"),
	F(latency_ns, SHOW, "round trips: quantiles and histogram", .head = "LATENCY"),
	F(loss, SHOW, "sent, received, and lost by layer; the interfaces' counters"),
	F(verify, SHOW, "packets not as they were sent, out of order, never seen"),
	F(warnings, 0, "why the figures are to be taken with care"),
};

const struct record result_record = RECORD("xskbench", fields);

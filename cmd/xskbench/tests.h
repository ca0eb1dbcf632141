/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests.h - the tests that are a command each. */
#ifndef XSKBENCH_TESTS_H
#define XSKBENCH_TESTS_H

#include "shot.h"
#include "tool.h"

extern const struct test pair_test, tx_test, rx_test, fwd_test, rtt_test;
extern const struct command pair_command, tx_command, rx_command, fwd_command,
	rtt_command;

#endif

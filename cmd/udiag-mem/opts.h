/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opts.h - what the command line asks for. */
#ifndef UDIAG_MEM_OPTS_H
#define UDIAG_MEM_OPTS_H

#include "tool.h"

enum owners_choice { OWNERS_AUTO, OWNERS_BPF, OWNERS_PROC, OWNERS_NONE };

struct options {
	const char *group; /* a word of group.h, NULL for none */
	struct time_arg watch;
	struct list_arg netns;
	bool all_netns;
	int owners; /* enum owners_choice */
	struct list_arg fail_if;
	bool summary;
};

static inline const struct options *options_of(const struct ctx *c)
{
	return c->config;
}

#endif

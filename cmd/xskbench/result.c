/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result.h"

#include "tree.h"

#include <stdarg.h>
#include <stdio.h>

int64_t result_unexplained(const struct result *r)
{
	return (int64_t)(r->sent - r->received - r->tx_failed - r->rx_dropped -
			 r->rx_ring_full);
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

void result_rates(struct result *r, uint64_t tx_cpu_ns, uint64_t rx_cpu_ns,
		  uint64_t syscalls)
{
	r->pps = (uint64_t)(share(r->received, r->duration_ns) * 1e9 + 0.5);
	r->ns_per_pkt = share(r->duration_ns, r->received);
	r->syscalls_per_pkt = share(syscalls, r->received);
	r->tx_cpu_pct = 100 * share(tx_cpu_ns, r->duration_ns);
	r->rx_cpu_pct = 100 * share(rx_cpu_ns, r->duration_ns);
}

const char *warning_add(struct warnings *w, const char *fmt, ...)
{
	va_list ap;

	if (w->n == WARNINGS)
		return "";
	va_start(ap, fmt);
	vsnprintf(w->text[w->n], sizeof(w->text[0]), fmt, ap);
	va_end(ap);
	return w->text[w->n++];
}

static void warnings_emit(struct tree *t, const void *arg)
{
	const struct warnings *w = arg;

	tree_array(t, NULL);
	for (size_t i = 0; i < w->n; i++)
		tree_value(t, NULL, value_str(w->text[i]));
	tree_end(t);
}

struct nest warnings_nest(const struct warnings *w)
{
	return (struct nest){ .emit = warnings_emit, .arg = w };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double share(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static void sum(struct shot *to, const struct shot *s)
{
	to->duration_ns += s->duration_ns;
	to->sent += s->sent;
	to->received += s->received;
	to->tx_cpu_ns += s->tx_cpu_ns;
	to->rx_cpu_ns += s->rx_cpu_ns;
	to->tx_living_ns += s->tx_living_ns;
	to->rx_living_ns += s->rx_living_ns;
	to->syscalls += s->syscalls;
	to->tx_ring_overflow += s->tx_ring_overflow;
	to->rx_dropped += s->rx_dropped;
	to->rx_ring_full += s->rx_ring_full;
	to->fill_ring_empty += s->fill_ring_empty;
	to->tx_ring_empty += s->tx_ring_empty;
	to->tx_link_packets += s->tx_link_packets;
	to->tx_link_dropped += s->tx_link_dropped;
	to->rx_link_packets += s->rx_link_packets;
	to->rx_link_dropped += s->rx_link_dropped;
	to->bad += s->bad;
	to->reordered += s->reordered;
	to->lost += s->lost;
	to->ended |= s->ended;
	to->missing += s->missing;
	to->dried_up |= s->dried_up;
	to->elsewhere += s->elsewhere;
	to->other_queue = s->elsewhere ? s->other_queue : to->other_queue;
}

void result_add(struct result *r, const struct shot *s, double steal_pct)
{
	if (r->shots == SHOTS)
		return;
	r->pps[r->shots++] = share((double)s->received * 1e9, (double)s->duration_ns);
	r->steal_pct = MAX(r->steal_pct, steal_pct);
	r->last = *s;
	sum(&r->sum, s);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *v, size_t n)
{
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

struct spread spread_of(double *v, size_t n)
{
	struct spread s = { 0 };
	double off[SHOTS];

	n = MIN(n, (size_t)SHOTS);
	if (!n)
		return s;
	qsort(v, n, sizeof(*v), by_value);
	s = (struct spread){ .median = middle(v, n), .min = v[0], .max = v[n - 1] };
	for (size_t i = 0; i < n; i++)
		off[i] = fabs(v[i] - s.median);
	qsort(off, n, sizeof(*off), by_value);
	s.mad_pct = 100 * share(middle(off, n), s.median);
	return s;
}

void result_finish(struct result *r)
{
	double v[SHOTS];

	memcpy(v, r->pps, sizeof(v));
	r->rate = spread_of(v, r->shots);
	result_nests(r);
}

double result_tx_cpu_pct(const struct result *r)
{
	return 100 * share((double)r->sum.tx_cpu_ns, (double)r->sum.tx_living_ns);
}

double result_rx_cpu_pct(const struct result *r)
{
	return 100 * share((double)r->sum.rx_cpu_ns, (double)r->sum.rx_living_ns);
}

double result_syscalls(const struct result *r)
{
	return share((double)r->sum.syscalls, (double)r->sum.received);
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

void warn_shots(const struct diag *d, uint32_t shots, uint32_t asked)
{
	if (shots < asked)
		diag_warn(d, "a signal ended it: measured %u times, not %u", shots,
			  asked);
	else if (shots == 1)
		diag_warn(d, "a single shot: use --repeat before comparing");
}

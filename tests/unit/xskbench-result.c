/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Median, ends and spread; sums of several shots; what makes a result doubtful. */
#include "diag.h"
#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static bool same(double a, double b)
{
	return fabs(a - b) < 1e-9 * fmax(1, fabs(b));
}

static void test_spread(void)
{
	double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };
	struct spread s = spread_of(odd, 3);

	expect(same(s.median, 5) && same(s.min, 1) && same(s.max, 9), "of three");
	expect(same(s.mad_pct, 80), "the median distance of three is 4 of 5");
	s = spread_of(even, 4);
	expect(same(s.median, 2.5) && same(s.mad_pct, 40), "of four");
	s = spread_of(one, 1);
	expect(same(s.median, 7) && same(s.mad_pct, 0), "of one");
	s = spread_of(one, 0);
	expect(same(s.median, 0) && same(s.mad_pct, 0), "of none");
}

static bool said(const struct result *r, const char *word)
{
	for (size_t i = 0; i < r->said.n; i++)
		if (strstr(r->said.text[i], word))
			return true;
	return false;
}

static void test_result(void)
{
	static struct result r, lost;
	struct plan plan = { .tx_cpu = 0, .rx_cpu = 1, .duration_ns = 1000000000 };
	struct machine machine = { .cpus = 2 };
	struct shot shot = { .duration_ns = 1000000000,
			     .sent = 1000,
			     .received = 990,
			     .rx_dropped = 10,
			     .tx_cpu_ns = 990000000 };

	r.plan = lost.plan = &plan;
	r.machine = lost.machine = &machine;
	result_add(&r, &shot, 0);
	shot.received = 980;
	shot.rx_ring_full = 10;
	result_add(&r, &shot, 7.5);
	result_finish(&r);
	expect(same(r.rate.median, 985) && r.sum.sent == 2000, "rate and sum");
	expect(shot_unexplained(&r.sum) == 0, "all is explained");
	expect(judge(&r) == STATUS_DONE, "a good result");
	expect(said(&r, "hypervisor gave 8 %"), "stolen time is said");
	expect(!said(&r, "single shot"), "two shots are not single");
	shot.rx_ring_full = 0;
	result_add(&lost, &shot, 0);
	result_finish(&lost);
	expect(judge(&lost) == STATUS_TRUE && said(&lost, "no counter"), "a lost one");
	expect(said(&lost, "single shot"), "a single shot says so");
}

static void test_cpu_time(void)
{
	struct cpu_time a, b;

	expect(!cpu_time_decode("cpu  10 0 10 70 5 0 0 5 3 0", &a), "/proc/stat");
	expect(a.all == 100 && a.steal == 5, "guest time is in user time already");
	expect(!cpu_time_decode("cpu  60 0 10 100 5 0 0 25", &b), "/proc/stat later");
	expect(same(steal_pct(a, b), 20) && same(steal_pct(b, a), 0), "share stolen");
	expect(!cpu_time_decode("cpu  1 2 3 4", &a) && a.all == 10, "an old kernel");
	expect(cpu_time_decode("cpu0 1 2 3", &a) && cpu_time_decode("", &a), "no such");
}

int main(void)
{
	test_spread();
	test_result();
	test_cpu_time();
	return 0;
}

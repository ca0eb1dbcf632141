/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plot.h"

#include <math.h>
#include <string.h>

/* Colours that the colour-blind can tell apart (Okabe and Ito, 2008). */
static const char *const colours[] = { "#0072B2", "#D55E00", "#009E73",
				       "#CC79A7", "#E69F00", "#56B4E9" };

/* What a sweep may vary, and its axis. */
enum axis { BY_BATCH, BY_SIZE, BY_QUEUE, AXES };

static const struct {
	const char *label;
	bool log;
} axes[AXES] = {
	[BY_BATCH] = { "batch (descriptors at a time)", true },
	[BY_SIZE] = { "size of a packet (bytes)", true },
	[BY_QUEUE] = { "queue", false },
};

static uint32_t along(const struct entry *e, enum axis a)
{
	return a == BY_BATCH  ? e->plan.batch
	       : a == BY_SIZE ? e->plan.size
			      : e->plan.queue;
}

/* gnuplot's quotes: nothing within is special but the quote itself. */
static void put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_putc(b, '\'');
		buf_putc(b, *s == '\n' ? ' ' : *s);
	}
	buf_putc(b, '\'');
}

static bool varies(const struct entry *v, size_t n, enum axis a)
{
	for (size_t i = 1; i < n; i++)
		if (along(&v[i], a) != along(v, a))
			return true;
	return false;
}

static void put_value(struct buf *b, const struct entry *e, enum axis a)
{
	buf_printf(b,
		   a == BY_BATCH  ? "batch %u"
		   : a == BY_SIZE ? "%u bytes"
				  : "queue %u",
		   along(e, a));
}

/* A picture is looked at without its command: what all of it have in common. */
static void put_common(struct buf *b, const struct entry *v, size_t n)
{
	buf_printf(b, ": %s", mode_names[v->plan.mode]);
	for (enum axis a = BY_BATCH; a < AXES; a++) {
		if (varies(v, n, a) || (a == BY_BATCH && v->r->latency.n) ||
		    (a == BY_QUEUE && !along(v, a)))
			continue;
		buf_puts(b, ", ");
		put_value(b, v, a);
	}
}

static void put_frame(struct buf *b, const struct entry *v, size_t n, const char *title)
{
	const struct result *r = v->r;

	buf_puts(b, "set terminal svg size 960,560 dynamic background rgb 'white' "
		    "font 'sans-serif,15'\n"
		    "set encoding utf8\nset grid lc rgb '#dddddd'\nset border 3\n"
		    "set tics nomirror out\n"
		    "set key bmargin center horizontal Left reverse noenhanced\n"
		    "set lmargin 13\nset rmargin 5\n");
	for (size_t i = 0; i < 2 * COUNT(colours); i++)
		buf_printf(b, "set linetype %zu lc rgb '%s' lw 2 dt %d pt %d ps 0.7\n",
			   i + 1, colours[i % COUNT(colours)], i < COUNT(colours) ? 1 : 2,
			   i < COUNT(colours) ? 7 : 5);
	buf_puts(b, "set title 'xskbench ");
	buf_puts(b, title);
	put_common(b, v, n);
	buf_puts(b, "'.\"\\n\".");
	put_quoted(b, r->machine->cpu);
	buf_puts(b, ".', Linux '.");
	put_quoted(b, r->machine->kernel);
	if (v->plan.ifname) {
		buf_puts(b, ".', '.");
		put_quoted(b, v->plan.ifname);
	}
	buf_puts(b, " noenhanced\n");
}

/* --- round trips ------------------------------------------------------------------- */

enum { COLUMNS = 72 };

/* A logarithmic axis has no 0: below all that is drawn. */
#define NONE 0.01

/* As many columns of equal ratio as the buckets' width makes sense of. */
static void put_histogram(struct buf *b, const struct hist *h, size_t number)
{
	uint32_t first = 0, last = hist_bucket(h->max), i;
	double column[COLUMNS] = { 0 }, least, span;
	int n;

	while (first < last && !h->count[first])
		first++;
	least = (double)MAX(hist_least(first), 1u);
	span = log((double)(hist_greatest(last) + 1) / least);
	n = MIN(MAX((int)(span / .05), 1), COLUMNS);
	for (i = first; i <= last; i++) {
		double middle = (double)(hist_least(i) + hist_greatest(i)) / 2;
		int at = (int)(log(MAX(middle, least) / least) / span * n);

		column[MIN(MAX(at, 0), n - 1)] += (double)h->count[i];
	}
	buf_printf(b, "$h%zu << EOD\n", number);
	for (int k = 0; k <= n; k++)
		buf_printf(b, "%.4f %.6g\n", least * exp(span * k / n) / 1e3,
			   k < n && column[k] > 0 ? column[k] : NONE);
	buf_puts(b, "EOD\n");
}

/* Lines for the quantiles, each label a step lower than the one before. */
static void put_quantiles(struct buf *b, const struct hist *h)
{
	static const struct {
		const char *name;
		double q;
	} marks[] = { { "p50", .5 }, { "p90", .9 }, { "p99", .99 }, { "p99.9", .999 } };

	for (size_t i = 0; i < COUNT(marks); i++) {
		double us = (double)hist_quantile(h, marks[i].q) / 1e3;

		buf_printf(
			b,
			"set arrow from %.4f, graph 0 to %.4f, graph 1 nohead dt 2 lc "
			"rgb '#555555' front\n"
			"set label '%s %.*f %s' at %.4f, graph %.2f offset 0.6,0 front\n",
			us, us, marks[i].name, us < 1e3 ? 1 : 2, us < 1e3 ? us : us / 1e3,
			us < 1e3 ? "µs" : "ms", us, .97 - .06 * (double)i);
	}
}

static void put_latency(struct buf *b, const struct entry *v, size_t n)
{
	size_t drawn = 0;

	put_frame(b, v, n, "round trips");
	buf_puts(b, "set xlabel 'round trip (µs)'\nset ylabel 'round trips (count)'\n"
		    "set logscale xy\nset yrange [0.7:*]\nset format '%.0f'\n"
		    "set xtics add (2,3,5,20,50)\n");
	for (size_t i = 0; i < n; i++)
		if (v[i].r->latency.n)
			put_histogram(b, &v[i].r->latency, i);
	if (n == 1)
		put_quantiles(b, &v->r->latency);
	buf_puts(b, n == 1 ? "unset key\nplot " : "plot ");
	for (size_t i = 0; i < n; i++) {
		if (!v[i].r->latency.n)
			continue;
		buf_printf(b,
			   "%s$h%zu using 1:2 with fillsteps fs transparent solid 0.25 "
			   "noborder lt %zu notitle, $h%zu using 1:2 with steps lt %zu "
			   "title '%u bytes'",
			   drawn ? ", " : "", i, drawn % COUNT(colours) + 1, i,
			   drawn % COUNT(colours) + 1, v[i].plan.size);
		drawn++;
	}
	buf_putc(b, '\n');
}

/* --- sweeps ------------------------------------------------------------------------ */

static bool same_but(const struct entry *x, const struct entry *y, enum axis but)
{
	for (int a = 0; a < AXES; a++)
		if (a != (int)but && along(x, (enum axis)a) != along(y, (enum axis)a))
			return false;
	return true;
}

/* The first entry of each line that differs in something else than the axis. */
static bool begins_line(const struct entry *v, size_t i, enum axis a)
{
	for (size_t k = 0; k < i; k++)
		if (same_but(&v[k], &v[i], a))
			return false;
	return true;
}

static void put_line_data(struct buf *b, const struct entry *v, size_t n, size_t first,
			  enum axis a)
{
	buf_printf(b, "$h%zu << EOD\n", first);
	for (size_t i = first; i < n; i++)
		if (same_but(&v[i], &v[first], a))
			buf_printf(b, "%u %.6f %.6f %.6f\n", along(&v[i], a),
				   v[i].r->rate.median / 1e6, v[i].r->rate.min / 1e6,
				   v[i].r->rate.max / 1e6);
	buf_puts(b, "EOD\n");
}

/* What tells the line from the others. */
static void put_line_title(struct buf *b, const struct entry *v, size_t n,
			   const struct entry *e, enum axis but)
{
	const char *between = "";

	buf_putc(b, '\'');
	for (int a = 0; a < AXES; a++) {
		if (a == (int)but || !varies(v, n, (enum axis)a))
			continue;
		buf_puts(b, between);
		put_value(b, e, (enum axis)a);
		between = ", ";
	}
	buf_putc(b, '\'');
}

static void put_rate_axis(struct buf *b, const struct entry *v)
{
	buf_printf(b,
		   "set ylabel 'million packets a second (median of %zu; bars: least, "
		   "most)' noenhanced\nset yrange [0:*]\n",
		   v->r->shots);
}

static void put_sweep(struct buf *b, const struct entry *v, size_t n, enum axis a)
{
	const char *between = "plot ";

	put_frame(b, v, n, v->r->test);
	put_rate_axis(b, v);
	buf_printf(b, "set xlabel '%s'\n%s", axes[a].label,
		   axes[a].log ? "set logscale x 2\n" : "");
	buf_puts(b, "set autoscale xfix\nset offsets graph 0.04, graph 0.04, graph 0.08, "
		    "0\nset xtics (");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%u", i ? "," : "", along(&v[i], a));
	buf_puts(b, ")\n");
	for (size_t i = 0; i < n; i++)
		if (begins_line(v, i, a))
			put_line_data(b, v, n, i, a);
	for (size_t i = 0; i < n; i++) {
		if (!begins_line(v, i, a))
			continue;
		buf_printf(b, "%s$h%zu using 1:2:3:4 with yerrorlines title ", between,
			   i);
		put_line_title(b, v, n, &v[i], a);
		between = ", ";
	}
	buf_putc(b, '\n');
}

/* --- different tests, and one alone ------------------------------------------------ */

static void put_bar_name(struct buf *b, const struct entry *e)
{
	const struct plan *p = &e->plan;

	buf_printf(b, "\"%s\\n%s", e->r->test,
		   p->source == SOURCE_KERNEL ? "from kernel"
		   : p->sink == SINK_IFB      ? "into ifb"
					      : napi_names[e->r->last.napi]);
	if (p->batch != 64)
		buf_printf(b, "\\nbatch %u", p->batch);
	if (p->xsk.tx_budget)
		buf_printf(b, "\\nbudget %u", p->xsk.tx_budget);
	buf_putc(b, '"');
}

static void put_bars(struct buf *b, const struct entry *v, size_t n)
{
	put_frame(b, v, n, n > 1 ? "suite" : v->r->test);
	put_rate_axis(b, v);
	buf_puts(b,
		 "set bmargin 5\nset boxwidth 0.6\nset style fill solid 0.8\nunset key\n"
		 "set xtics scale 0\nset offsets 0, 0, graph 0.08, 0\n$h << EOD\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "%zu ", i);
		put_bar_name(b, &v[i]);
		buf_printf(b, " %.6f %.6f %.6f\n", v[i].r->rate.median / 1e6,
			   v[i].r->rate.min / 1e6, v[i].r->rate.max / 1e6);
	}
	buf_printf(b,
		   "EOD\nset xrange [-0.5:%zu.5]\n"
		   "plot $h using 1:3:xtic(2) with boxes lt 1, "
		   "$h using 1:4:(0):($5-$4) with vectors nohead lc rgb '#333333', "
		   "$h using 1:5:(sprintf('%%.3g', $3)) with labels offset 0,0.8\n",
		   n - 1);
}

static bool has_time(const struct entry *e)
{
	return e->plan.duration_ns && e->plan.duration_ns != UINT64_MAX;
}

static void put_time(struct buf *b, const struct entry *e)
{
	double step = (double)e->plan.duration_ns / TICKS;

	put_frame(b, e, 1, e->r->test);
	buf_puts(b, "set xlabel 'time (ms)'\n"
		    "set ylabel 'rate (million packets a second)'\nset yrange [0:*]\n"
		    "set offsets 0, 0, graph 0.1, 0\n$h << EOD\n");
	for (int i = 0; i < TICKS; i++)
		buf_printf(b, "%.3f %.6f\n", step * (i + .5) / 1e6,
			   (double)e->r->last.tick[i] * 1e3 / step);
	buf_printf(b,
		   "EOD\nplot $h using 1:2 with linespoints lt 1 title 'the last run', "
		   "%.6f lt 2 dt 2 title 'median of %zu'\n",
		   e->r->rate.median / 1e6, e->r->shots);
}

/* --- */

static bool one_test(const struct entry *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (v[i].test != v->test || v[i].plan.napi != v->plan.napi ||
		    v[i].plan.sink != v->plan.sink ||
		    v[i].plan.source != v->plan.source ||
		    v[i].plan.xsk.tx_budget != v->plan.xsk.tx_budget)
			return false;
	return true;
}

void plot_script(struct buf *out, const struct entry *v, size_t n)
{
	enum axis a = BY_BATCH;

	/* A signal may have left the last ones without a shot. */
	while (n && !v[n - 1].r->shots)
		n--;
	if (!n)
		return;
	while (a < BY_QUEUE && !varies(v, n, a))
		a++;
	if (!one_test(v, n))
		put_bars(out, v, n);
	else if (v->r->latency.n)
		put_latency(out, v, n);
	else if (n > 1)
		put_sweep(out, v, n, a);
	else if (has_time(v))
		put_time(out, v);
	else /* a count of packets: there is but one rate */
		put_bars(out, v, 1);
}

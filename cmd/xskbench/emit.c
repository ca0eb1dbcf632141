/* SPDX-License-Identifier: GPL-2.0-or-later */
/* emit.c - the parts of a result: objects in JSON, a few words in a table's cell. */
#include "result.h"
#include "tree.h"

#include <math.h>
#include <stdio.h>

static void put_u64(struct tree *t, const char *key, uint64_t v)
{
	tree_value(t, key, value_u64(v));
}

/* Two digits behind the point: more would be noise. */
static void put_f64(struct tree *t, const char *key, double v)
{
	tree_value(t, key, value_f64(round(v * 100) / 100));
}

static void put_some(struct tree *t, const char *key, bool has, uint64_t v)
{
	tree_value(t, key, has ? value_u64(v) : value_none(false));
}

static void put_text(struct tree *t, const char *key, const char *s)
{
	tree_value(t, key, *s ? value_str(s) : value_none(false));
}

/* In a cell: the whole part is one text. Takes b, which it frees. */
static void put_cell(struct tree *t, struct buf *b)
{
	if (b->err)
		t->out->err = b->err;
	else
		tree_value(t, NULL, value_bytes(b->p, b->n));
	buf_free(b);
}

static bool in_cell(const struct tree *t)
{
	return t->form != TREE_JSON;
}

static void put_bar(struct buf *b, double v, double most)
{
	int level = most > 0 ? (int)(v / most * 7.999) : 0;

	/* U+2581 to U+2588: blocks from one eighth to full. */
	buf_puts(b, "\xe2\x96");
	buf_putc(b, (char)(0x81 + MIN(MAX(level, 0), 7)));
}

static void put_rate(struct buf *b, double pps)
{
	if (pps >= 1e6)
		buf_printf(b, "%.3f Mpps", pps / 1e6);
	else if (pps >= 1e3)
		buf_printf(b, "%.1f kpps", pps / 1e3);
	else
		buf_printf(b, "%.0f pps", pps);
}

static void emit_env(struct tree *t, const void *arg)
{
	const struct result *r = arg;
	const struct machine *m = r->machine;
	struct buf b = { 0 };

	if (in_cell(t)) {
		buf_printf(&b, "Linux %s, %s", m->kernel, r->last.driver);
		put_cell(t, &b);
		return;
	}
	tree_object(t, NULL);
	put_text(t, "kernel", m->kernel);
	put_text(t, "driver", r->last.driver);
	put_text(t, "cpu", m->cpu);
	put_u64(t, "cpus", m->cpus);
	put_text(t, "governor", m->governor);
	put_f64(t, "steal_pct", r->steal_pct);
	tree_end(t);
}

static void config_cell(struct tree *t, const struct result *r)
{
	const struct plan *p = r->plan;
	struct buf b = { 0 };

	buf_printf(&b, "%s %s ", mode_names[p->mode], napi_names[r->last.napi]);
	if (p->source == SOURCE_WIRE)
		buf_printf(&b, "batch %u%s", p->batch, p->any ? " any" : "");
	else
		buf_printf(&b, "%ux%uB", p->batch, p->size);
	if (p->source == SOURCE_KERNEL)
		buf_puts(&b, " from kernel");
	if (p->ifname)
		buf_printf(&b, " %s", p->ifname);
	if (p->sink == SINK_IFB)
		buf_puts(&b, " to ifb");
	if (p->queue)
		buf_printf(&b, " queue %u", p->queue);
	if (p->xsk.pages != PAGES_4K)
		buf_printf(&b, " %s", page_names[p->xsk.pages]);
	if (p->xsk.tx_budget)
		buf_printf(&b, " budget %u", p->xsk.tx_budget);
	if (p->xsk.busy_poll)
		buf_printf(&b, " busy-poll %u", p->xsk.busy_poll);
	put_cell(t, &b);
}

static void emit_config(struct tree *t, const void *arg)
{
	const struct result *r = arg;
	const struct plan *p = r->plan;

	if (in_cell(t)) {
		config_cell(t, r);
		return;
	}
	tree_object(t, NULL);
	put_text(t, "interface", p->ifname ? p->ifname : "");
	tree_value(t, "mode", value_str(mode_names[p->mode]));
	tree_value(t, "zerocopy", value_bool(p->xsk.zerocopy));
	put_u64(t, "batch", p->batch);
	/* Of others' packets each may have its own. */
	put_some(t, "size_bytes", p->source != SOURCE_WIRE, p->size);
	tree_value(t, "napi", value_str(napi_names[r->last.napi]));
	tree_value(t, "source", value_str(source_names[p->source]));
	tree_value(t, "sink", value_str(sink_names[p->sink]));
	tree_value(t, "wait", value_str(wait_names[p->wait]));
	tree_value(t, "attached", value_str(attached_names[r->last.attached]));
	put_u64(t, "queue", p->queue);
	tree_value(t, "pages", value_str(page_names[p->xsk.pages]));
	put_u64(t, "ring", p->xsk.ring);
	put_u64(t, "frames", p->xsk.frames);
	put_u64(t, "frame_size_bytes", p->xsk.frame_size);
	put_u64(t, "headroom_bytes", p->xsk.headroom);
	tree_value(t, "unaligned", value_bool(p->xsk.unaligned));
	tree_value(t, "frags", value_bool(p->xsk.frags));
	tree_value(t, "shared_umem", value_bool(p->shared_umem));
	tree_value(t, "need_wakeup", value_bool(!p->xsk.no_wakeup));
	put_some(t, "busy_poll", p->xsk.busy_poll != 0, p->xsk.busy_poll);
	put_some(t, "tx_budget", p->xsk.tx_budget != 0, p->xsk.tx_budget);
	put_some(t, "rate_pps", p->rate != 0, p->rate);
	put_some(t, "packets", p->packets != 0, p->packets);
	put_some(t, "duration_ns", p->duration_ns != UINT64_MAX, p->duration_ns);
	put_some(t, "tx_cpu", p->tx_cpu >= 0, (uint64_t)p->tx_cpu);
	put_some(t, "rx_cpu", p->rx_cpu >= 0, (uint64_t)p->rx_cpu);
	tree_value(t, "any", value_bool(p->any));
	tree_value(t, "verify", value_bool(p->verify));
	tree_value(t, "canary", value_bool(p->canary));
	tree_end(t);
}

static bool has_ticks(const struct result *r)
{
	return r->plan->duration_ns != UINT64_MAX && r->plan->duration_ns;
}

static void result_cell(struct tree *t, const struct result *r)
{
	uint64_t most = 0;
	struct buf b = { 0 };

	put_rate(&b, r->rate.median);
	if (r->shots > 1)
		buf_printf(&b, " \xc2\xb1%.1f%%", r->rate.mad_pct);
	if (r->rate.median > 0)
		buf_printf(&b, " %.0f ns", 1e9 / r->rate.median);
	for (int i = 0; i < TICKS; i++)
		most = MAX(most, r->last.tick[i]);
	for (int i = 0; most && i < TICKS; i++) {
		if (!i)
			buf_putc(&b, ' ');
		put_bar(&b, (double)r->last.tick[i], (double)most);
	}
	put_cell(t, &b);
}

static void emit_result(struct tree *t, const void *arg)
{
	const struct result *r = arg;

	if (in_cell(t)) {
		result_cell(t, r);
		return;
	}
	tree_object(t, NULL);
	tree_object(t, "pps");
	tree_value(t, "median", value_f64(round(r->rate.median)));
	tree_value(t, "min", value_f64(round(r->rate.min)));
	tree_value(t, "max", value_f64(round(r->rate.max)));
	put_f64(t, "mad_pct", r->rate.mad_pct);
	tree_end(t);
	put_u64(t, "shots", r->shots);
	tree_value(t, "ns_per_pkt",
		   r->rate.median > 0 ? value_f64(round(1e11 / r->rate.median) / 100)
				      : value_none(false));
	tree_value(t, "syscalls_per_pkt",
		   value_f64(round(result_syscalls(r) * 1e6) / 1e6));
	tree_object(t, "cpu_pct");
	put_f64(t, "tx", result_tx_cpu_pct(r));
	put_f64(t, "rx", result_rx_cpu_pct(r));
	tree_end(t);
	put_u64(t, "duration_ns", r->sum.duration_ns);
	tree_array(t, "pps_over_time");
	for (int i = 0; i < TICKS && has_ticks(r); i++)
		tree_value(t, NULL,
			   value_f64(round((double)r->last.tick[i] * TICKS * 1e9 /
					   (double)r->plan->duration_ns)));
	tree_end(t);
	tree_end(t);
}

static void loss_cell(struct tree *t, const struct shot *s)
{
	struct buf b = { 0 };

	if (s->tx_ring_overflow)
		buf_printf(&b, "tx overflow %lu ", (unsigned long)s->tx_ring_overflow);
	if (s->rx_dropped)
		buf_printf(&b, "rx dropped %lu ", (unsigned long)s->rx_dropped);
	if (s->rx_ring_full)
		buf_printf(&b, "rx ring full %lu ", (unsigned long)s->rx_ring_full);
	if (shot_unexplained(s))
		buf_printf(&b, "unexplained %ld ", (long)shot_unexplained(s));
	if (b.n)
		buf_printf(&b, "of %lu", (unsigned long)s->sent);
	else
		buf_printf(&b, "none of %lu", (unsigned long)s->sent);
	put_cell(t, &b);
}

static void emit_loss(struct tree *t, const void *arg)
{
	const struct shot *s = &((const struct result *)arg)->sum;

	if (in_cell(t)) {
		loss_cell(t, s);
		return;
	}
	tree_object(t, NULL);
	put_u64(t, "sent", s->sent);
	put_u64(t, "received", s->received);
	put_u64(t, "rx_dropped", s->rx_dropped);
	put_u64(t, "rx_ring_full", s->rx_ring_full);
	put_u64(t, "tx_ring_overflow", s->tx_ring_overflow);
	tree_value(t, "unexplained", value_i64(shot_unexplained(s)));
	put_u64(t, "fill_ring_empty", s->fill_ring_empty);
	put_u64(t, "tx_ring_empty", s->tx_ring_empty);
	put_u64(t, "tx_link_packets", s->tx_link_packets);
	put_u64(t, "tx_link_dropped", s->tx_link_dropped);
	put_u64(t, "rx_link_packets", s->rx_link_packets);
	put_u64(t, "rx_link_dropped", s->rx_link_dropped);
	tree_end(t);
}

static const struct {
	const char *key;
	double q;
} quantiles[] = { { "p50", .5 }, { "p90", .9 }, { "p99", .99 }, { "p999", .999 } };

/* From the fastest to p99, in so many steps of equal ratio. */
enum { DRAWN = 24 };

static void draw(struct buf *b, const struct hist *h)
{
	double least = 0, most = 0, step, column[DRAWN] = { 0 };
	uint32_t i, last = hist_bucket(hist_quantile(h, .99)), first = 0;

	while (first < last && !h->count[first])
		first++;
	least = (double)hist_least(first) + 1;
	step = log((double)(hist_greatest(last) + 1) / least) / DRAWN;
	for (i = first; i <= last; i++) {
		double at = log(((double)hist_least(i) + 1) / least) / step;

		column[MIN(MAX((int)at, 0), DRAWN - 1)] += (double)h->count[i];
	}
	for (i = 0; i < DRAWN; i++)
		most = MAX(most, column[i]);
	for (i = 0; i < DRAWN; i++)
		put_bar(b, column[i], most);
}

static void latency_cell(struct tree *t, const struct hist *h)
{
	struct buf b = { 0 };

	if (!h->n) {
		tree_value(t, NULL, value_none(false));
		return;
	}
	for (size_t i = 0; i < COUNT(quantiles); i++)
		buf_printf(&b, "%s %.1fus ", quantiles[i].key,
			   (double)hist_quantile(h, quantiles[i].q) / 1e3);
	buf_printf(&b, "max %.1fus ", (double)h->max / 1e3);
	draw(&b, h);
	put_cell(t, &b);
}

static void emit_latency(struct tree *t, const void *arg)
{
	const struct hist *h = &((const struct result *)arg)->latency;

	if (in_cell(t)) {
		latency_cell(t, h);
		return;
	}
	tree_object(t, NULL);
	for (size_t i = 0; i < COUNT(quantiles); i++)
		put_some(t, quantiles[i].key, h->n != 0,
			 hist_quantile(h, quantiles[i].q));
	put_some(t, "max", h->n != 0, h->max);
	tree_array(t, "histogram");
	for (uint32_t i = 0; i < HIST_BUCKETS && h->n; i++) {
		if (!h->count[i])
			continue;
		tree_object(t, NULL);
		put_u64(t, "from", hist_least(i));
		put_u64(t, "to", hist_greatest(i));
		put_u64(t, "count", h->count[i]);
		tree_end(t);
	}
	tree_end(t);
	tree_end(t);
}

static void emit_verify(struct tree *t, const void *arg)
{
	const struct result *r = arg;
	const struct shot *s = &r->sum;
	bool has = r->last.verified;
	struct buf b = { 0 };

	if (!in_cell(t)) {
		tree_object(t, NULL);
		put_some(t, "bad", has, s->bad);
		put_some(t, "reordered", has, s->reordered);
		put_some(t, "lost", has, s->lost);
		tree_end(t);
	} else if (!has || !s->received) {
		tree_value(t, NULL, value_none(false));
	} else if (!s->bad && !s->reordered) {
		tree_value(t, NULL, value_str("ok"));
	} else {
		buf_printf(&b, "bad %lu reordered %lu", (unsigned long)s->bad,
			   (unsigned long)s->reordered);
		put_cell(t, &b);
	}
}

static void emit_warnings(struct tree *t, const void *arg)
{
	const struct warnings *w = &((const struct result *)arg)->said;
	struct buf b = { 0 };

	if (in_cell(t)) {
		buf_printf(&b, "%zu", w->n);
		put_cell(t, &b);
		return;
	}
	tree_array(t, NULL);
	for (size_t i = 0; i < w->n; i++)
		tree_value(t, NULL, value_str(w->text[i]));
	tree_end(t);
}

void result_nests(struct result *r)
{
	r->env = (struct nest){ emit_env, r };
	r->config = (struct nest){ emit_config, r };
	r->result = (struct nest){ emit_result, r };
	r->loss = (struct nest){ emit_loss, r };
	r->latency_ns = (struct nest){ emit_latency, r };
	r->verify = (struct nest){ emit_verify, r };
	r->warnings = (struct nest){ emit_warnings, r };
}

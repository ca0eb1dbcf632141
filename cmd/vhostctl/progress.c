/* SPDX-License-Identifier: GPL-2.0-or-later */
/* progress.c - a bar on a terminal while long work goes on. */
#include "progress.h"

#include "clock.h"
#include "ending.h"
#include "units.h"

#include <signal.h>
#include <unistd.h>

enum { WIDTH = 30, EVERY_NS = 100000000 };

static const char clear[] = "\r\033[K";
static volatile sig_atomic_t on_screen; /* a line that a deadly signal would leave */

static void draw(const char *text, size_t n)
{
	/* A terminal that is gone shows nothing, and nothing depends on it. */
	if (write(STDERR_FILENO, text, n) < 0)
		return;
}

static void clear_line(void)
{
	if (on_screen)
		draw(clear, sizeof(clear) - 1);
}

void progress_begin(struct progress *p, bool quiet, uint64_t total)
{
	*p = (struct progress){ .shown = !quiet && is_screen(STDERR_FILENO),
				.total = total,
				.start_ns = clock_mono_ns() };
	if (p->shown)
		ending_first(clear_line);
}

void progress_line(struct buf *b, uint64_t done, uint64_t total, uint64_t elapsed_ns)
{
	double share = total ? (double)MIN(done, total) / (double)total : 1;
	double rate = elapsed_ns ? (double)done * 1e9 / (double)elapsed_ns : 0;
	int filled = (int)(share * WIDTH);

	buf_printf(b, "%3d%% [", (int)(share * 100));
	for (int i = 0; i < WIDTH; i++)
		buf_putc(b, i < filled ? '#' : '.');
	buf_puts(b, "] ");
	put_size(b, done);
	buf_puts(b, " of ");
	put_size(b, total);
	buf_puts(b, ", ");
	put_size(b, (uint64_t)rate);
	buf_puts(b, "/s");
	if (rate >= 1 && done < total) {
		double left = (double)(total - done) / rate;

		buf_puts(b, ", ");
		put_duration(b, (uint64_t)MIN(left, 1e9) * 1000000000);
		buf_puts(b, " left");
	}
}

void progress_at(struct progress *p, uint64_t done, uint64_t now_ns)
{
	struct buf b = { 0 };

	if (!p->shown || now_ns < p->next_ns)
		return;
	p->next_ns = now_ns + EVERY_NS;
	on_screen = 1;
	buf_putc(&b, '\r');
	progress_line(&b, done, p->total, now_ns - p->start_ns);
	buf_puts(&b, "\033[K");
	if (!b.err)
		draw(b.p, b.n);
	buf_free(&b);
}

void progress_end(struct progress *p)
{
	if (!p->shown)
		return;
	clear_line();
	on_screen = 0;
	ending_first(NULL);
}

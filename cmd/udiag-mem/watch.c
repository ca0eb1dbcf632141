/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.c - sample after sample: in place on a terminal, JSON Lines otherwise. */
#include "clock.h"
#include "follow.h"
#include "run.h"

#include <sys/ioctl.h>
#include <unistd.h>

/* Lines for rows: the terminal's less totals, headings and the cursor's own. */
static uint64_t lines(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 4)
		return 20;
	return size.ws_row - 3U;
}

static int one_sample(struct rows *r, bool in_place)
{
	int status;

	r->time = some_u64(clock_wall_ns());
	r->sample = some_u64(r->sample.v + 1);
	if (in_place)
		buf_puts(&r->c->out.b, "\033[H\033[2J");
	status = list_sample(r);
	past_turn(r->past);
	if (status == STATUS_DONE || status >= STATUS_INCOMPLETE)
		if (sink_flush(r->c->sink))
			return STATUS_FAILED;
	return status;
}

int watch(struct rows *r)
{
	bool in_place = !r->c->common.json && !r->c->common.prometheus;
	bool fit = in_place && !r->c->common.top;
	struct past past = { 0 };
	int end = follow_begin(), status = STATUS_DONE, one, waited = 0;

	if (end < 0)
		return diag_fail(&r->c->diag, end, NULL, "signals");
	r->past = &past;
	do {
		if (fit)
			r->c->common.top = lines();
		one = r->sample.v ? ctx_reopen(r->c) : STATUS_DONE;
		if (one == STATUS_DONE)
			one = one_sample(r, in_place);
		status = MAX(status, one);
		if (one == STATUS_FAILED || one == STATUS_USAGE)
			break;
		waited = follow_wait(end, -1, options_of(r->c)->watch.ns);
	} while (waited == FOLLOW_TIMEOUT);
	past_free(&past);
	follow_end(end);
	if (one == STATUS_FAILED || one == STATUS_USAGE)
		return one;
	return waited < 0 ? diag_fail(&r->c->diag, waited, NULL, "waiting") : status;
}

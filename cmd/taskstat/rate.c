/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rate.h"

#include <math.h>
#include <string.h>

#define F(m, flags, help, ...) FIELD(rate, m, flags, help, ##__VA_ARGS__)
#define WAIT(d, show, what, ...)                                                    \
	F(d##_delay_pct, PCT | (show), "part of the interval that it waited " what, \
	  ##__VA_ARGS__)

static const struct field rate_fields[] = {
	F(time, TIME, "end of the interval"),
	F(interval_ns, NANO, "its length"),
	F(pid, SHOW | KEY, "process id"),
	F(ppid, 0, "process id of the parent"),
	F(uid, 0, "user id"),
	F(comm, SHOW | KEY, "command name, escaped"),
	F(state, SHOW, "state as in proc(5), X where it has ended"),
	F(born, 0, "whether it was started in the interval"),
	F(ended, 0, "whether it ended in the interval"),
	F(exit_code, 0, "exit status, once it has exited"),
	F(exit_signal, 0, "signal that ended it"),
	F(cpu_pct, SHOW | PCT, "CPU time in parts of the interval", .head = "CPU"),
	WAIT(cpu, SHOW, "for a CPU while runnable", .head = "CPU-DELAY"),
	WAIT(blkio, SHOW, "for block I/O", .head = "BLKIO-DELAY"),
	WAIT(swapin, SHOW, "for pages to be swapped in", .head = "SWAPIN-DELAY"),
	WAIT(freepages, 0, "for memory to be reclaimed"),
	WAIT(thrashing, 0, "for pages that were evicted too early"),
	WAIT(compact, 0, "for memory to be compacted"),
	WAIT(wpcopy, 0, "for write-protected pages to be copied"),
	WAIT(irq, 0, "for interrupts to be served"),
	F(minflt_per_s, 0, "page faults without I/O a second"),
	F(majflt_per_s, 0, "page faults with I/O a second"),
	F(nvcsw_per_s, 0, "voluntary context switches a second"),
	F(nivcsw_per_s, 0, "involuntary context switches a second"),
	F(read_bytes_per_s, SHOW | SIZE, "bytes read from storage a second",
	  .head = "READ/S"),
	F(write_bytes_per_s, SHOW | SIZE,
	  "bytes that went or will go to storage a second", .head = "WRITE/S"),
	F(read_chars_per_s, SIZE, "bytes that read calls returned a second"),
	F(write_chars_per_s, SIZE, "bytes given to write calls a second"),
	F(read_syscalls_per_s, 0, "read calls a second"),
	F(write_syscalls_per_s, 0, "write calls a second"),
	F(rss_peak_bytes, SHOW | SIZE, "most memory that was ever resident",
	  .head = "RSS-PEAK"),
	F(threads, 0, "threads alive"),
};
const struct record rate_record = RECORD("taskstat_top", rate_fields);

/* NaN where either is not known; what is cut to 1,024 at the end can't go back. */
static double growth(struct opt_u64 before, struct opt_u64 after, bool born)
{
	if (!after.has || !(born || before.has))
		return NAN;
	if (born)
		return (double)after.v;
	return after.v > before.v ? (double)(after.v - before.v) : 0;
}

/* To the next whole one: nobody counts parts of bytes. */
static struct opt_u64 whole(double v)
{
	return isnan(v) ? (struct opt_u64){ 0 } : some_u64((uint64_t)(v + 0.5));
}

/* The kernel cuts lifetimes to microseconds. */
#define SLACK_NS 1000

void seen_between(struct seen *s, uint64_t from_ns, uint64_t until_ns)
{
	uint64_t age = s->t.elapsed_ns.v;

	s->born_from = from_ns > age + SLACK_NS ? from_ns - age - SLACK_NS : 0;
	s->born_until = s->t.elapsed_ns.has ? until_ns - MIN(age, until_ns) : UINT64_MAX;
	if (!s->t.elapsed_ns.has)
		s->born_from = 0;
}

bool is_same(const struct seen *before, const struct seen *after)
{
	return before->born_from <= after->born_until &&
	       after->born_from <= before->born_until;
}

void rate_of(struct rate *r, const struct task *before, const struct task *after,
	     uint64_t interval_ns)
{
	static const struct task nothing;
	const struct task *b = before ? before : &nothing, *a = after;
	double s = (double)interval_ns / 1e9, part = 100 / (double)interval_ns;
	double *delay[DELAYS] = { &r->cpu_delay_pct,       &r->blkio_delay_pct,
				  &r->swapin_delay_pct,    &r->freepages_delay_pct,
				  &r->thrashing_delay_pct, &r->compact_delay_pct,
				  &r->wpcopy_delay_pct,    &r->irq_delay_pct };

	*r = (struct rate){ .interval_ns = interval_ns,
			    .pid = a->pid,
			    .ppid = a->ppid,
			    .uid = a->uid,
			    .state = a->state,
			    .born = !before,
			    .exit_code = a->exit_code,
			    .exit_signal = a->exit_signal,
			    .rss_peak_bytes = a->rss_peak_bytes,
			    .threads = a->threads };
	memcpy(r->comm, a->comm, sizeof(r->comm));
	for (unsigned int d = 0; d < DELAYS; d++)
		*delay[d] = growth(b->delay[d].ns, a->delay[d].ns, !before) * part;
#define PART(m, to) r->to = growth(b->m, a->m, !before) * part
#define PER_S(m)    r->m##_per_s = growth(b->m, a->m, !before) / s
#define BYTES_S(m)  r->m##_per_s = whole(growth(b->m, a->m, !before) / s)
	PART(cpu_ns, cpu_pct);
	PER_S(minflt);
	PER_S(majflt);
	PER_S(nvcsw);
	PER_S(nivcsw);
	BYTES_S(read_bytes);
	BYTES_S(write_bytes);
	BYTES_S(read_chars);
	BYTES_S(write_chars);
	PER_S(read_syscalls);
	PER_S(write_syscalls);
#undef PART
#undef PER_S
#undef BYTES_S
}

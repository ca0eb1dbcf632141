/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exits: single tasks, processes put together from their threads, and whose child is
 * whose. */
#include "ended.h"

#include "check.h"
#include "genl.h"
#include "lineage.h"

#include <linux/taskstats.h>
#include <string.h>

/* Version 16: offsets as linux/taskstats.h of Linux 6.18 has them. */
struct made {
	uint32_t pid, tgid, exitcode;
	uint8_t flag;
	uint16_t version; /* 0: 16 */
	uint64_t cpu_count, cpu_total, cpu_max, cpu_min, minflt, write_syscalls, group_us;
	const char *comm;
};

static void fill(char *p, const struct made *m)
{
	uint16_t version = m->version ? m->version : 16;

	memset(p, 0, 560);
	memcpy(p, &version, 2);
	memcpy(p + 4, &m->exitcode, 4);
	memcpy(p + 8, &m->flag, 1);
	memcpy(p + 16, &m->cpu_count, 8);
	memcpy(p + 24, &m->cpu_total, 8);
	strcpy(p + 80, m->comm);
	memcpy(p + 168, &m->minflt, 8);
	memcpy(p + 240, &m->write_syscalls, 8);
	memcpy(p + 368, &m->tgid, 4);
	memcpy(p + 376, &m->group_us, 8);
	memcpy(p + 432, &m->cpu_max, 8);
	memcpy(p + 440, &m->cpu_min, 8);
}

static void put(struct nl_msg *msg, int outer, int inner, const struct made *m)
{
	struct nlattr *nest = nla_nest_start(msg, outer);
	char p[560];

	fill(p, m);
	nla_put_u32(msg, inner, inner == TASKSTATS_TYPE_PID ? m->pid : m->tgid);
	nla_put(msg, TASKSTATS_TYPE_STATS, sizeof(p), p);
	nla_nest_end(msg, nest);
}

/* One message. */
static int tell(struct ended *e, const struct made *task, const struct made *group,
		struct task *t)
{
	static const struct genl_family family = { .id = 0x20, .version = 1 };
	struct nl_msg *msg = genl_new(&family, TASKSTATS_CMD_NEW, 0);
	int r;

	put(msg, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, task);
	if (group)
		put(msg, TASKSTATS_TYPE_AGGR_TGID, TASKSTATS_TYPE_TGID, group);
	r = ended_take(e, nlmsg_hdr(msg), t);
	nlmsg_free(msg);
	return r;
}

static bool gone(uint32_t tgid)
{
	CHECK(tgid >= 70 && tgid < 70 + ENDED_HELD + 2);
	return true;
}

static bool not_gone(uint32_t tgid)
{
	(void)tgid;
	return false;
}

/* And the record of a process that is gone at once. */
static int end(struct ended *e, const struct made *task, const struct made *group,
	       struct task *t)
{
	int r = tell(e, task, group, t);
	uint64_t drained_ns;

	if (r || !ended_look(e, gone))
		return r;
	CHECK(ended_next(e, t, &drained_ns) && drained_ns == e->drained_ns);
	CHECK(!ended_next(e, t, &drained_ns) && !e->held);
	return 1;
}

static bool is(struct opt_u64 v, uint64_t want)
{
	return v.has && v.v == want;
}

static const struct made leader = { .pid = 70,
				    .tgid = 70,
				    .cpu_count = 3,
				    .cpu_total = 30,
				    .cpu_max = 25,
				    .cpu_min = 2,
				    .minflt = 100,
				    .write_syscalls = 1024,
				    .comm = "leader" };
static const struct made worker = { .pid = 71,
				    .tgid = 70,
				    .cpu_count = 4,
				    .cpu_total = 90,
				    .cpu_max = 80,
				    .cpu_min = 1,
				    .minflt = 11,
				    .write_syscalls = 2048,
				    .exitcode = 3 << 8,
				    .flag = 32,
				    .comm = "worker" };
static const struct made whole = {
	.tgid = 70, .cpu_count = 7, .cpu_total = 120, .comm = ""
};

static void test_single(void)
{
	struct made m = leader;
	struct ended e = { 0 };
	struct task t;

	m.flag = 32;
	m.exitcode = 9;
	CHECK(end(&e, &m, NULL, &t) == 1);
	CHECK(t.pid == 70 && is(t.exit_signal, 9) && !t.exit_code.has && *t.state == 'X');
	/* It ended before the kernel looked at the clock. */
	CHECK(!t.cpu_ns.has && !t.cpu_run_virtual_ns.has);
	ended_free(&e);
}

/* Before version 11, a thread's 0 is none; before 12, whose thread it is is not told. */
static void test_old(void)
{
	struct made m = leader, last = worker, sums = whole;
	struct ended e = { 0 };
	struct task t;

	m.version = 10;
	CHECK(end(&e, &m, NULL, &t) == 1);
	CHECK(is(t.exit_code, 0) && t.repaired == 1 << REPAIRED_EXIT && !t.tgid.has);
	m.flag = 1;
	CHECK(end(&e, &m, NULL, &t) == 1 && is(t.exit_code, 0) && !t.repaired);
	m.flag = 0;
	m.exitcode = 3 << 8;
	CHECK(end(&e, &m, NULL, &t) == 1 && is(t.exit_code, 3) && !t.repaired);
	m.exitcode = 0;
	m.version = 11;
	CHECK(end(&e, &m, NULL, &t) == 1 && is(t.exit_code, 0) && !t.repaired);

	last.version = sums.version = 10;
	last.exitcode = last.flag = 0;
	CHECK(end(&e, &last, &sums, &t) == 1);
	CHECK(t.pid == 70 && !t.exit_code.has && !t.exit_signal.has);
	last.pid = 70;
	CHECK(end(&e, &last, &sums, &t) == 1 && is(t.exit_code, 0) && !t.repaired);
	ended_free(&e);
}

static void test_group(void)
{
	struct ended e = { 0 };
	struct task t;

	CHECK(end(&e, &leader, NULL, &t) == 0);
	CHECK(end(&e, &worker, &whole, &t) == 1);
	CHECK(t.pid == 70 && is(t.tgid, 70) && !strcmp(t.comm, "leader"));
	CHECK(is(t.exit_code, 3) && is(t.threads, 2) && is(t.minflt, 111));
	CHECK(is(t.write_syscalls, 3072) && is(t.cpu_count, 7) &&
	      is(t.cpu_delay_ns, 120));
	CHECK(is(t.cpu_delay_max_ns, 80) && is(t.cpu_delay_min_ns, 1));
	CHECK(e.n == 0);
	ended_free(&e);
}

/* By its main thread, whoever ends last. */
static void test_flags(void)
{
	enum { FORK = 1, SU = 2, KILLED = 16, GROUP = 32 };
	static const struct {
		uint8_t main, last, whole;
		uint32_t code;
	} cases[] = {
		{ FORK, KILLED | GROUP, FORK | GROUP, 3 << 8 },
		{ FORK, KILLED | GROUP, FORK | KILLED | GROUP, 9 },
		{ SU | KILLED, GROUP, SU | GROUP, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made first = leader, last = worker;
		struct ended e = { 0 };
		struct task t;

		first.flag = cases[i].main;
		last.flag = cases[i].last;
		first.exitcode = last.exitcode = cases[i].code;
		CHECK(end(&e, &first, NULL, &t) == 0 && end(&e, &last, &whole, &t) == 1);
		CHECK(is(t.flags, cases[i].whole));
		ended_free(&e);
	}
}

/* A worker that ended by itself has 0, whatever its process was given meanwhile. */
static void test_exitcode(void)
{
	enum { KILLED = 16 };
	static const struct {
		uint32_t earlier, last;
		uint64_t after_us, code;
		uint8_t earlier_flag, last_flag;
		bool inferred;
	} cases[] = {
		{ 7 << 8, 0, 100, 7, 0, 32, true },
		{ 0, 0, 100, 0, 0, 32, false },
		{ 7 << 8, 3 << 8, 100, 3, 0, 32, true },
		{ 7 << 8, 7 << 8, 100, 7, 0, 32, false },
		{ 0, 3 << 8, 1000000, 3, 0, 32, false },
		{ 7 << 8, 0, 1000000, 0, 0, 32, false },
		/* Who is killed has the process's code. */
		{ 7 << 8, 0, 100, 7, KILLED, 32, false },
		{ 7 << 8, 3 << 8, 100, 3, 0, 32 | KILLED, false },
		{ 7 << 8, 0, 100, 0, 0, 32 | KILLED, false },
		/* An exec before. */
		{ 0, 3 << 8, 100, 3, KILLED, 32, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made first = leader, last = worker;
		struct ended e = { 0 };
		struct task t;

		first.exitcode = cases[i].earlier;
		first.flag = cases[i].earlier_flag;
		last.flag = cases[i].last_flag;
		first.group_us = 5000000;
		last.exitcode = cases[i].last;
		last.group_us = 5000000 + cases[i].after_us;
		CHECK(end(&e, &first, NULL, &t) == 0);
		e.now_ns = cases[i].after_us * 1000;
		CHECK(end(&e, &last, &whole, &t) == 1);
		CHECK(is(t.exit_code, cases[i].code) && !t.exit_signal.has);
		CHECK(t.repaired >> REPAIRED_EXIT == cases[i].inferred);
		ended_free(&e);
	}
}

/* A thread told of after its process's end is none of the next that has its number. */
static void test_late(void)
{
	struct made late = leader, last = worker;
	struct ended e = { .now_ns = 9000000000 };
	struct task t;

	late.exitcode = 7 << 8;
	late.group_us = 10;
	last.exitcode = 0;
	CHECK(end(&e, &late, NULL, &t) == 0);
	e.now_ns += 400000000;
	CHECK(end(&e, &leader, NULL, &t) == 0);
	CHECK(end(&e, &last, &whole, &t) == 1);
	CHECK(is(t.exit_code, 0) && is(t.threads, 2) && is(t.minflt, 111));
	ended_free(&e);
}

/* One whose message the last thread's overtakes may be in the sums already, or not. */
static void test_overtaken(void)
{
	for (int in_sums = 0; in_sums < 2; in_sums++) {
		struct made third = worker, sums = whole;
		struct ended e = { .now_ns = 9000000000, .drained_ns = 8000000000 };
		uint64_t drained_ns;
		struct task t;

		third.pid = 72;
		third.flag = 0;
		sums.cpu_count = in_sums ? 11 : 7;
		sums.cpu_total = in_sums ? 210 : 120;
		CHECK(tell(&e, &leader, NULL, &t) == 0);
		CHECK(tell(&e, &worker, &sums, &t) == 0 && e.held == 1);
		CHECK(!ended_look(&e, not_gone) && !ended_next(&e, &t, &drained_ns));
		e.drained_ns = e.now_ns;
		e.now_ns += 20000000;
		CHECK(tell(&e, &third, NULL, &t) == 0);
		CHECK(ended_look(&e, gone) == 1 && ended_next(&e, &t, &drained_ns));
		CHECK(drained_ns == 8000000000 && !e.held && !e.n);
		CHECK(t.pid == 70 && is(t.threads, 3) && is(t.minflt, 122));
		CHECK(is(t.cpu_count, 11) && is(t.cpu_delay_ns, 210));
		ended_free(&e);
	}
}

/* None is held for ever, for want of room, or after the end. */
static void test_held(void)
{
	struct made last = worker, sums = whole, next = leader;
	struct ended e = { .now_ns = 9000000000 };
	uint64_t drained_ns;
	struct task t;

	for (uint32_t i = 0; i < ENDED_HELD + 2; i++) {
		last.tgid = sums.tgid = 70 + i;
		CHECK(tell(&e, &last, &sums, &t) == (i >= ENDED_HELD));
	}
	CHECK(t.pid == 70 + ENDED_HELD + 1 && e.held == ENDED_HELD);
	e.now_ns += 400000000;
	/* 71 is another by now: of it, nothing is the next one's, nor the other way. */
	next.tgid = next.pid = 71;
	CHECK(tell(&e, &next, NULL, &t) == 0 && e.n == ENDED_HELD);
	CHECK(ended_look(&e, not_gone) == ENDED_HELD);
	for (uint32_t i = 0; i < ENDED_HELD; i++)
		CHECK(ended_next(&e, &t, &drained_ns) && !t.threads.has);
	CHECK(!ended_next(&e, &t, &drained_ns) && !e.held && e.n == 1);
	last.tgid = sums.tgid = 71;
	CHECK(tell(&e, &last, &sums, &t) == 0);
	CHECK(ended_look(&e, NULL) == 1 && ended_next(&e, &t, &drained_ns));
	CHECK(t.pid == 71 && is(t.threads, 2));
	CHECK(tell(&e, &last, &sums, &t) == 0);
	ended_free(&e);
}

/* The last one to end is a thread of io_uring's, which always ends with 0. */
static void test_kernels_thread(void)
{
	static const struct {
		uint32_t code, want_code, want_signal;
		uint8_t flag;
		const char *comm;
	} cases[] = {
		{ 21 << 8, 21, 0, 0, "iou-sqp-70" },
		{ 9, 0, 9, 16, "iou-wrk-70" },
		{ 0, 0, 0, 0, "vhost-70" },
		{ 21 << 8, 0, 0, 0, "named" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made main = leader, last = worker;
		struct ended e = { .now_ns = 9000000000 };
		struct task t;

		main.exitcode = cases[i].code;
		main.flag = cases[i].flag;
		main.group_us = 10;
		last.exitcode = 0;
		last.flag = 32 | 16;
		last.comm = cases[i].comm;
		last.group_us = 1000000;
		CHECK(end(&e, &main, NULL, &t) == 0);
		e.now_ns += 1000000000;
		CHECK(end(&e, &last, &whole, &t) == 1);
		CHECK(cases[i].want_signal ? is(t.exit_signal, cases[i].want_signal) &&
						     !t.exit_code.has
					   : is(t.exit_code, cases[i].want_code));
		CHECK(!t.repaired && is(t.threads, 2));
		ended_free(&e);
	}
}

static void test_not_all_seen(void)
{
	struct made short_of_one = whole;
	struct ended e = { 0 };
	struct task t;

	short_of_one.cpu_count = worker.cpu_count;
	CHECK(end(&e, &worker, &short_of_one, &t) == 1);
	CHECK(is(t.cpu_count, 4) && !t.minflt.has && !t.threads.has);

	CHECK(end(&e, &worker, &whole, &t) == 1);
	CHECK(t.pid == 70 && is(t.cpu_count, 7) && is(t.cpu_delay_ns, 120));
	CHECK(!t.cpu_delay_max_ns.has && !t.minflt.has && !t.write_syscalls.has);
	CHECK(!t.threads.has && !t.rss_peak_bytes.has);
	ended_free(&e);
}

static void test_threads(void)
{
	struct ended e = { .threads = true };
	struct task t;

	CHECK(end(&e, &leader, NULL, &t) == 1 && t.pid == 70);
	CHECK(end(&e, &worker, &whole, &t) == 1 && t.pid == 71 && is(t.cpu_count, 4));
	ended_free(&e);
}

static void die(struct lineage *l, uint32_t pid, uint32_t ppid, uint64_t born_ns,
		uint64_t now_ns)
{
	struct task t = { .pid = pid,
			  .ppid = some_u64(ppid),
			  .elapsed_ns = some_u64(now_ns - born_ns) };

	CHECK(!lineage_take(l, &t, now_ns, now_ns));
}

static uint64_t tasks_of(struct lineage *l)
{
	const struct sums *s = lineage_sums(l);

	return s && s->n ? s->v[0].tasks : 0;
}

static uint32_t parent(uint32_t pid)
{
	return pid == 500 ? 10 : 0;
}

/* The root is 10; 1 and 5 are strangers that live already. */
static void test_lineage(void)
{
	struct task t = { .pid = 19, .ppid = some_u64(12) };
	struct ids others = { 0 };
	struct lineage l;

	CHECK(!ids_add(&others, 1) && !ids_add(&others, 5));
	CHECK(!lineage_begin(&l, BY_NOTHING, 10, &others));
	die(&l, 13, 12, 100, 200);
	die(&l, 12, 11, 90, 210);
	CHECK(tasks_of(&l) == 0);
	die(&l, 11, 10, 80, 220);
	CHECK(tasks_of(&l) == 3);
	/* A message that came after its parent's. */
	die(&l, 14, 12, 150, 230);
	CHECK(tasks_of(&l) == 4);
	/* Both ended while nobody looked, the child told of later; born before 210. */
	t.elapsed_ns = some_u64(1);
	CHECK(!lineage_take(&l, &t, 205, 240));
	CHECK(tasks_of(&l) == 5);
	/* 12 is another process by now, and a stranger's child. */
	die(&l, 15, 12, 300, 310);
	die(&l, 12, 5, 290, 320);
	CHECK(tasks_of(&l) == 5);
	/* 5 ends; what has its number then may be ours. */
	die(&l, 5, 1, 1, 330);
	die(&l, 16, 5, 340, 350);
	die(&l, 5, 10, 335, 360);
	CHECK(tasks_of(&l) == 7);
	/* 500 is alive, and so is the stranger 600. */
	die(&l, 17, 500, 340, 370);
	die(&l, 18, 600, 340, 370);
	CHECK(tasks_of(&l) == 7);
	CHECK(!lineage_settle(&l, parent));
	CHECK(tasks_of(&l) == 8);
	/* More than are remembered. */
	for (uint32_t i = 0; i < 20000; i++)
		die(&l, 1000 + i, 10, 400, 410);
	CHECK(tasks_of(&l) == 20008);
	lineage_end(&l);
}

static void test_sums(void)
{
	struct sums s = { .by = BY_UID };
	struct task t = { .cpu_ns = some_u64(5), .exit_code = some_u64(1) };

	for (uint32_t i = 0; i < SUMS_MOST + 10; i++) {
		t.uid = some_u64(i);
		sum_add(sums_of(&s, &t), &t);
	}
	CHECK(s.n == SUMS_MOST + 1 && s.v[SUMS_MOST].tasks == 10);
	CHECK(!s.v[SUMS_MOST].uid.has && is(s.v[0].cpu_ns, 5) && s.v[0].failed == 1);
	CHECK(s.v[0].incomplete == 1 && !s.v[0].minflt.has);
	sums_free(&s);
}

int main(void)
{
	test_single();
	test_group();
	test_exitcode();
	test_flags();
	test_late();
	test_overtaken();
	test_kernels_thread();
	test_old();
	test_held();
	test_not_all_seen();
	test_threads();
	test_lineage();
	test_sums();
	return failures > 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record says of given answers: units, absences, repairs, and whole processes. */
#include "compose.h"

#include "check.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

static bool is(struct opt_u64 v, uint64_t want)
{
	return v.has && v.v == want;
}

#define MS 1000000ull
#define S  1000000000ull

/* An answer of version 16: everything is there, as 0 but for what a living task has. */
static struct kstats answer(void)
{
	struct kstats k = { .version = 16, .comm = "worker" };

	for (int id = 0; id < KSTATS; id++)
		k.v[id] = some_u64(0);
	for (int d = 0; d < DELAYS; d++)
		k.v[K_OF(d, PART_MAX_SEC)].has = k.v[K_OF(d, PART_MAX_NSEC)].has = false;
	k.v[K_PID] = k.v[K_TGID] = some_u64(70);
	k.v[K_ETIME] = some_u64(2000000);
	k.v[K_UTIME] = some_u64(4000);
	k.v[K_STIME] = some_u64(8000);
	k.v[K_RUN_REAL] = some_u64(12000000);
	k.v[K_RUN_VIRTUAL] = some_u64(12345678);
	k.v[K_OF(DELAY_CPU, PART_COUNT)] = some_u64(3);
	k.v[K_OF(DELAY_CPU, PART_TOTAL)] = some_u64(900);
	k.v[K_OF(DELAY_CPU, PART_MAX)] = some_u64(500);
	k.v[K_OF(DELAY_CPU, PART_MIN)] = some_u64(100);
	return k;
}

static void put_delay(struct kstats *k, enum delay d, uint64_t count, uint64_t total,
		      uint64_t max, uint64_t min)
{
	k->v[K_OF(d, PART_COUNT)] = some_u64(count);
	k->v[K_OF(d, PART_TOTAL)] = some_u64(total);
	k->v[K_OF(d, PART_MAX)] = some_u64(max);
	k->v[K_OF(d, PART_MIN)] = some_u64(min);
}

static void test_units(void)
{
	struct kstats k = answer();
	struct task t;

	k.v[K_BTIME] = some_u64(1700000000);
	k.v[K_BTIME64] = some_u64(5000000000);
	k.v[K_TGETIME] = some_u64(3000000);
	k.v[K_HIWATER_RSS] = some_u64(7);
	k.v[K_HIWATER_VM] = some_u64(9);
	k.v[K_NICE] = some_u64((uint8_t)-20);
	k.v[K_SCHED] = some_u64(SCHED_BATCH);
	k.v[K_UTIME_SCALED] = some_u64(5);
	k.v[K_COREMEM] = some_u64(11);
	task_of(&t, 70, &k, true, 'R');
	CHECK(is(t.elapsed_ns, 2 * S));
	CHECK(is(t.group_elapsed_ns, 3 * S));
	CHECK(is(t.start_time, 5000000000 * S));
	CHECK(is(t.user_ns, 4 * MS) && is(t.system_ns, 8 * MS));
	CHECK(is(t.cpu_ns, 12345678) && is(t.cpu_run_real_ns, 12 * MS));
	CHECK(is(t.rss_peak_bytes, 7168) && is(t.vm_peak_bytes, 9216));
	CHECK(is(t.user_scaled_ns, 5000) && is(t.rss_mib_us, 11));
	CHECK(t.nice.has && t.nice.v == -20);
	CHECK(is(t.sched, SCHED_BATCH));
	CHECK(!strcmp(t.comm, "worker") && !strcmp(t.state, "R") && t.version == 16);
	CHECK(is(t.cpu_count, 3) && is(t.cpu_delay_ns, 900));
	CHECK(is(t.cpu_delay_max_ns, 500) && is(t.cpu_delay_min_ns, 100));
	k.v[K_BTIME64].has = false;
	k.v[K_ETIME] = some_u64(UINT64_MAX / 2);
	task_of(&t, 70, &k, true, 'R');
	CHECK(is(t.start_time, 1700000000 * S));
	CHECK(!t.elapsed_ns.has);
}

static void test_absences(void)
{
	struct kstats k = answer();
	struct task t;

	task_of(&t, 70, &k, true, 'S');
	CHECK(is(t.blkio_count, 0) && is(t.blkio_delay_ns, 0));
	CHECK(!t.blkio_delay_max_ns.has && !t.blkio_delay_min_ns.has);
	CHECK(!t.rss_peak_bytes.has && !t.vm_peak_bytes.has);
	CHECK(!t.exe_dev.has && !t.exe_inode.has);
	CHECK(!t.exit_code.has && !t.exit_signal.has && !t.threads.has);
	CHECK(!t.repaired);
	/* The sysctl is off. */
	task_of(&t, 70, &k, false, 'S');
	CHECK(is(t.cpu_count, 3) && is(t.cpu_delay_ns, 900));
	for (int d = DELAY_CPU + 1; d < DELAYS; d++)
		CHECK(!t.delay[d].count.has && !t.delay[d].ns.has &&
		      !t.delay[d].max_ns.has);
	/* A kernel that fills no delays at all; CPU time is then by ticks. */
	k.v[K_OF(DELAY_CPU, PART_COUNT)] = k.v[K_RUN_REAL] = k.v[K_RUN_VIRTUAL] =
		some_u64(0);
	task_of(&t, 70, &k, true, 'S');
	CHECK(!t.cpu_count.has && !t.blkio_count.has && !t.cpu_run_real_ns.has);
	CHECK(is(t.cpu_ns, 12 * MS));
	/* What the kernel does not send. */
	memset(k.v, 0, sizeof(k.v));
	task_of(&t, 70, &k, true, 0);
	for (const struct field *f = task_record.fields;
	     f < task_record.fields + task_record.nfields; f++) {
		struct value v = field_value(f, &t);
		bool known = !strcmp(f->name, "pid") || !strcmp(f->name, "comm") ||
			     !strcmp(f->name, "version") || !strcmp(f->name, "repaired");

		if (value_absent(&v) == known)
			fprintf(stderr, "%s\n", f->name);
		CHECK(value_absent(&v) != known);
	}
}

static void test_exit(void)
{
	struct kstats k = answer();
	struct task t;

	k.v[K_EXITCODE] = some_u64(7 << 8);
	task_of(&t, 70, &k, true, 'Z');
	CHECK(is(t.exit_code, 7) && !t.exit_signal.has);
	k.v[K_EXITCODE] = some_u64(11 | 0x80);
	task_of(&t, 70, &k, true, 'Z');
	CHECK(!t.exit_code.has && is(t.exit_signal, 11));
	k.v[K_EXITCODE] = some_u64(0);
	task_of(&t, 70, &k, true, 'X');
	CHECK(is(t.exit_code, 0));
	task_of(&t, 70, &k, true, 'D');
	CHECK(!t.exit_code.has);
}

static void test_repair(void)
{
	struct kstats k = answer();
	struct task t;

	/* A first wait that lasted since the machine's start, and two true ones. */
	put_delay(&k, DELAY_BLKIO, 3, 90 * S + 30 * MS, 90 * S, 10 * MS);
	task_of(&t, 70, &k, true, 'S');
	CHECK(is(t.blkio_delay_ns, 30 * MS) && !t.blkio_delay_max_ns.has);
	CHECK(is(t.blkio_delay_min_ns, 10 * MS));
	CHECK(t.repaired == 1 << DELAY_BLKIO);
	/* The only wait is the wrong one. */
	put_delay(&k, DELAY_BLKIO, 1, 90 * S, 90 * S, 90 * S);
	task_of(&t, 70, &k, true, 'S');
	CHECK(is(t.blkio_delay_ns, 0) && !t.blkio_delay_min_ns.has);
	/* A wait as long as life is possible. */
	put_delay(&k, DELAY_BLKIO, 1, 2 * S, 2 * S, 2 * S);
	task_of(&t, 70, &k, true, 'S');
	CHECK(is(t.blkio_delay_ns, 2 * S) && is(t.blkio_delay_max_ns, 2 * S) &&
	      !t.repaired);
	/* Without a maximum there is nothing to take out. */
	put_delay(&k, DELAY_BLKIO, 3, 90 * S, 0, 0);
	k.v[K_OF(DELAY_BLKIO, PART_MAX)].has = k.v[K_OF(DELAY_BLKIO, PART_MIN)].has =
		false;
	task_of(&t, 70, &k, true, 'S');
	CHECK(!t.blkio_delay_ns.has && is(t.blkio_count, 3));
	CHECK(t.repaired == 1 << DELAY_BLKIO);
}

static void test_moments(void)
{
	struct kstats k = answer();
	struct task t;

	put_delay(&k, DELAY_IRQ, 2, 50, 40, 10);
	k.v[K_OF(DELAY_IRQ, PART_MAX_SEC)] = some_u64(1700000000);
	k.v[K_OF(DELAY_IRQ, PART_MAX_NSEC)] = some_u64(123456789);
	task_of(&t, 70, &k, true, 'S');
	CHECK(is(t.irq_delay_max_time, 1700000000 * S + 123456789));
	CHECK(!t.cpu_delay_max_time.has);
}

/* The group's answer as the kernel fills it: sums only, extremes of whichever was last.
 */
static struct kstats group_answer(void)
{
	struct kstats k = answer();

	memset(k.comm, 0, sizeof(k.comm));
	k.v[K_PID] = k.v[K_TGID] = some_u64(0);
	k.v[K_ETIME] = some_u64(9000000);
	k.v[K_UTIME] = some_u64(40000);
	k.v[K_STIME] = some_u64(80000);
	k.v[K_RUN_VIRTUAL] = some_u64(99 * MS);
	k.v[K_NVCSW] = some_u64(1000);
	put_delay(&k, DELAY_CPU, 30, 9000, 50, 5);
	put_delay(&k, DELAY_BLKIO, 5, 50 * MS, 1, 1);
	return k;
}

static void test_process(void)
{
	struct kstats leader = answer(), group = group_answer(), thread = answer();
	struct proc_stat stat = { .state = 'S', .minflt = 5, .majflt = 6, .threads = 2 };
	struct proc_io io = { 1, 2, 3, 4, 5, 6, 7 };
	struct extremes alive = { 0 };
	struct sources s = { .leader = &leader,
			     .group = &group,
			     .alive = &alive,
			     .stat = &stat,
			     .io = &io,
			     .delays = true };
	struct task t;

	leader.v[K_HIWATER_RSS] = some_u64(0); /* it has exited, the others go on */
	thread.v[K_HIWATER_RSS] = some_u64(12);
	leader.v[K_COREMEM] = some_u64(1);
	put_delay(&thread, DELAY_CPU, 9, 800, 700, 40);
	put_delay(&thread, DELAY_BLKIO, 4, 40 * MS, 20 * MS, 5 * MS);
	extremes_add(&alive, &leader);
	extremes_add(&alive, &thread);
	process_of(&t, 70, &s);
	CHECK(!strcmp(t.comm, "worker") && is(t.tgid, 70) && t.pid == 70);
	CHECK(is(t.elapsed_ns, 2 * S)); /* not the sum of its threads' lives */
	CHECK(is(t.user_ns, 40 * MS) && is(t.system_ns, 80 * MS));
	CHECK(is(t.cpu_ns, 99 * MS) && is(t.nvcsw, 1000));
	CHECK(is(t.cpu_count, 30) && is(t.cpu_delay_ns, 9000));
	CHECK(is(t.cpu_delay_max_ns, 700) && is(t.cpu_delay_min_ns, 40));
	CHECK(is(t.blkio_delay_max_ns, 20 * MS) && is(t.blkio_delay_ns, 50 * MS));
	CHECK(is(t.rss_peak_bytes, 12288));
	CHECK(!t.rss_mib_us.has && is(t.threads, 2));
	CHECK(is(t.minflt, 5) && is(t.majflt, 6));
	CHECK(is(t.read_chars, 1) && is(t.write_chars, 2) && is(t.read_syscalls, 3));
	CHECK(is(t.write_syscalls, 4) && is(t.read_bytes, 5) && is(t.write_bytes, 6));
	CHECK(is(t.cancelled_write_bytes, 7) && !t.repaired);
	/* A leader that is a zombie while its threads live: the process has not exited.
	 */
	stat.state = 'Z';
	process_of(&t, 70, &s);
	CHECK(!t.exit_code.has && !t.exit_signal.has);
	/* /proc is closed: the leader's own I/O and faults are not the process's. */
	s.io = NULL;
	s.stat = NULL;
	process_of(&t, 70, &s);
	CHECK(!t.read_bytes.has && !t.minflt.has && !t.threads.has && !t.state);
	CHECK(!t.read_bytes.unknown);
	/* There is I/O, but it takes a privilege to see it; the CPU clock takes none. */
	s.io_denied = true;
	s.cpu_ns = some_u64(100 * MS);
	process_of(&t, 70, &s);
	CHECK(t.read_bytes.unknown && t.write_syscalls.unknown && is(t.cpu_ns, 100 * MS));
}

static void test_process_repair(void)
{
	struct kstats leader = answer(), group = group_answer(), thread = answer();
	struct proc_stat stat = { .state = 'S', .threads = 2 };
	struct extremes alive = { 0 };
	struct sources s = { .leader = &leader,
			     .group = &group,
			     .alive = &alive,
			     .stat = &stat,
			     .io = NULL,
			     .delays = true };
	struct task t;

	put_delay(&thread, DELAY_BLKIO, 4, 90 * S + 40 * MS, 90 * S, 5 * MS);
	put_delay(&group, DELAY_BLKIO, 5, 90 * S + 50 * MS, 1, 1);
	extremes_add(&alive, &leader);
	extremes_add(&alive, &thread);
	process_of(&t, 70, &s);
	CHECK(is(t.blkio_delay_ns, 50 * MS) && !t.blkio_delay_max_ns.has);
	CHECK(t.repaired == 1 << DELAY_BLKIO);
	/* The wrong one was a thread that is dead: nothing tells how long it was. */
	put_delay(&group, DELAY_BLKIO, 5, 190 * S, 1, 1);
	process_of(&t, 70, &s);
	CHECK(!t.blkio_delay_ns.has && t.repaired == 1 << DELAY_BLKIO);
}

static void test_single(void)
{
	struct kstats leader = answer(), group = group_answer(), zeros = answer();
	struct proc_stat stat = { .state = 'Z', .threads = 1 };
	struct extremes alive = { 0 };
	struct sources s = { .leader = &leader,
			     .group = &zeros,
			     .alive = &alive,
			     .stat = &stat,
			     .io = NULL,
			     .delays = true };
	struct task t;

	/* The kernel answers about the group of a zombie with one thread: all zeros. */
	for (int id = 0; id < KSTATS; id++)
		zeros.v[id] = some_u64(0);
	leader.v[K_READ_BYTES] = some_u64(4096);
	leader.v[K_EXITCODE] = some_u64(3 << 8);
	extremes_add(&alive, &leader);
	process_of(&t, 70, &s);
	CHECK(is(t.exit_code, 3) && is(t.cpu_ns, 12345678) && is(t.cpu_delay_ns, 900));
	CHECK(is(t.read_bytes, 4096) && is(t.cpu_delay_max_ns, 500));
	/* Dead threads show in the group's count: what only the leader tells is a part.
	 */
	s.group = &group;
	process_of(&t, 70, &s);
	CHECK(!t.read_bytes.has && is(t.cpu_delay_ns, 9000));
	/* None ever ran: the leader's own is the process's, without any /proc. */
	group = leader;
	s.stat = NULL;
	leader.v[K_MINFLT] = some_u64(17);
	process_of(&t, 70, &s);
	CHECK(is(t.read_bytes, 4096) && is(t.minflt, 17));
	/* Old kernels don't sum CPU time in user and system mode. */
	group = group_answer();
	group.v[K_ETIME] = group.v[K_UTIME] = group.v[K_STIME] = some_u64(0);
	stat = (struct proc_stat){ .state = 'S', .threads = 3 };
	s.stat = &stat;
	process_of(&t, 70, &s);
	CHECK(!t.user_ns.has && !t.system_ns.has && is(t.cpu_ns, 99 * MS));
}

static int stat_of(const char *text, struct proc_stat *s)
{
	return proc_stat_parse(text, strlen(text), s);
}

static void test_proc(void)
{
	static const char io_text[] = "rchar: 1\nwchar: 22\nsyscr: 3\nsyscw: 4\n"
				      "read_bytes: 18446744073709551615\nwrite_bytes: 6\n"
				      "cancelled_write_bytes: 7\n";
	struct proc_stat s;
	struct proc_io io;

	CHECK(!stat_of(
		"7 (a) R 1) (b) S 1 7 7 0 -1 4194560 111 222 3 4 5 6 7 8 20 0 9 0 100",
		&s));
	CHECK(s.state == 'S' && s.minflt == 111 && s.majflt == 3 && s.threads == 9);
	CHECK(stat_of("7 (a) S 1 7 7 0 -1 4194560 111 222 3 4 5 6", &s));
	CHECK(stat_of("7 (a) S 1 7 7 0 -1 4194560 x 222 3 4 5 6 7 8 20 0 9", &s));
	CHECK(stat_of("", &s) && stat_of("7 (a)", &s) && stat_of("7 a S 1", &s));
	CHECK(!proc_io_parse(io_text, sizeof(io_text) - 1, &io));
	CHECK(io.rchar == 1 && io.wchar == 22 && io.syscw == 4);
	CHECK(io.read_bytes == UINT64_MAX && io.write_bytes == 6);
	CHECK(io.cancelled_write_bytes == 7);
	for (size_t n = 0; n < sizeof(io_text) - 4; n++)
		CHECK(proc_io_parse(io_text, n, &io));
}

int main(void)
{
	test_units();
	test_absences();
	test_exit();
	test_repair();
	test_moments();
	test_process();
	test_process_repair();
	test_single();
	test_proc();
	return failures > 0;
}

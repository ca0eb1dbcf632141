/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compose.h"

#include <string.h>
#include <sys/wait.h>

_Static_assert(offsetof(struct task, irq_delay_max_time) ==
		       offsetof(struct task, delay[DELAY_IRQ].max_time),
	       "the delays' names lie over their array");

#define US       1000ull
#define SECOND   1000000000ull
#define KIB      1024ull
#define SLACK_NS 1000000ull /* elapsed time is cut to microseconds, clocks differ */

static struct opt_u64 scaled(const struct kstats *k, enum kstat id, uint64_t by)
{
	struct opt_u64 v = k->v[id];

	v.has = v.has && !__builtin_mul_overflow(v.v, by, &v.v);
	return v;
}

/* For numbers that are never 0 where the kernel knows them. */
static struct opt_u64 nonzero(struct opt_u64 v)
{
	v.has = v.has && v.v;
	return v;
}

static struct opt_u64 when(const struct kstats *k, enum kstat sec, enum kstat nsec)
{
	struct opt_u64 t = nonzero(scaled(k, sec, SECOND));

	t.v += t.has ? k->v[nsec].v : 0;
	return t;
}

/* Whether the kernel filled the delay part at all: none runs without being counted. */
static bool has_delays(const struct kstats *k)
{
	return k->v[K_OF(DELAY_CPU, PART_COUNT)].v || k->v[K_RUN_REAL].v ||
	       k->v[K_RUN_VIRTUAL].v;
}

/* Whether delays other than for a CPU can be read as zeros where they are zeros. */
static bool measured(const struct kstats *k, enum delay d, bool delays)
{
	return has_delays(k) && (d == DELAY_CPU || delays);
}

static struct delay_sum delay_of(const struct kstats *k, enum delay d)
{
	struct delay_sum s = { .count = k->v[K_OF(d, PART_COUNT)],
			       .ns = k->v[K_OF(d, PART_TOTAL)] };

	/* The longest of no waits is none. */
	if (!s.count.has || !s.count.v)
		return s;
	s.max_ns = k->v[K_OF(d, PART_MAX)];
	s.min_ns = k->v[K_OF(d, PART_MIN)];
	s.max_time = when(k, K_OF(d, PART_MAX_SEC), K_OF(d, PART_MAX_NSEC));
	return s;
}

static struct opt_u64 lifetime(const struct kstats *k)
{
	struct opt_u64 ns = nonzero(scaled(k, K_ETIME, US));

	ns.v += SLACK_NS;
	return ns;
}

static bool exceeds(struct opt_u64 v, struct opt_u64 limit)
{
	return v.has && limit.has && v.v > limit.v;
}

/*
 * A wait that had begun before the accounting was switched on is counted from the
 * machine's start, so nothing tells it but that it is longer than the task's life.
 * Takes it out of s. Returns its length, 0 where there is none.
 */
static uint64_t take_out(struct delay_sum *s, struct opt_u64 limit)
{
	uint64_t wrong = exceeds(s->max_ns, limit) ? s->max_ns.v : 0;

	if (!wrong)
		return 0;
	s->ns.has = s->ns.v >= wrong;
	s->ns.v -= wrong;
	s->min_ns.has = s->min_ns.has && !exceeds(s->min_ns, limit);
	s->max_ns.has = s->max_time.has = false;
	return wrong;
}

/* A sum that is longer than all the time there was is no sum. */
static bool drop_impossible(struct delay_sum *s, struct opt_u64 limit)
{
	if (!exceeds(s->ns, limit))
		return false;
	s->ns.has = false;
	return true;
}

static void put_delays(struct task *t, const struct kstats *k, bool delays)
{
	struct opt_u64 limit = lifetime(k);

	for (unsigned int d = 0; d < DELAYS; d++) {
		struct delay_sum *s = &t->delay[d];
		bool wrong;

		if (!measured(k, d, delays))
			continue;
		*s = delay_of(k, d);
		wrong = take_out(s, limit);
		wrong |= drop_impossible(s, limit);
		t->repaired |= (uint64_t)wrong << d;
	}
}

static void put_identity(struct task *t, const struct kstats *k)
{
	memcpy(t->comm, k->comm, sizeof(t->comm));
	t->tgid = nonzero(k->v[K_TGID]);
	t->ppid = k->v[K_PPID];
	t->uid = k->v[K_UID];
	t->gid = k->v[K_GID];
	t->sched = k->v[K_SCHED];
	if (k->v[K_NICE].has)
		t->nice = some_i64((int8_t)k->v[K_NICE].v);
	t->flags = k->v[K_FLAG];
	t->start_time = nonzero(scaled(k, K_BTIME64, SECOND));
	if (!t->start_time.has)
		t->start_time = nonzero(scaled(k, K_BTIME, SECOND));
	t->elapsed_ns = scaled(k, K_ETIME, US);
	t->group_elapsed_ns = scaled(k, K_TGETIME, US);
	/* Kernel threads have no executable; the kernel says 0. */
	t->exe_dev = k->v[K_EXE_DEV];
	t->exe_inode = nonzero(k->v[K_EXE_INODE]);
	t->exe_dev.has = t->exe_inode.has;
	t->version = k->version;
}

static void put_exit(struct task *t, const struct kstats *k)
{
	int status = (int)k->v[K_EXITCODE].v;

	if (!k->v[K_EXITCODE].has)
		return;
	if (WIFSIGNALED(status))
		t->exit_signal = some_u64((uint64_t)WTERMSIG(status));
	else
		t->exit_code = some_u64((uint64_t)WEXITSTATUS(status));
}

static void put_cpu(struct task *t, const struct kstats *k)
{
	t->user_ns = scaled(k, K_UTIME, US);
	t->system_ns = scaled(k, K_STIME, US);
	if (has_delays(k)) {
		t->cpu_run_real_ns = k->v[K_RUN_REAL];
		t->cpu_run_virtual_ns = k->v[K_RUN_VIRTUAL];
		t->cpu_scaled_run_real_ns = k->v[K_RUN_SCALED];
	}
	t->cpu_ns = nonzero(t->cpu_run_virtual_ns);
	if (!t->cpu_ns.has && t->user_ns.has && t->system_ns.has)
		t->cpu_ns = some_u64(t->user_ns.v + t->system_ns.v);
	t->nvcsw = k->v[K_NVCSW];
	t->nivcsw = k->v[K_NIVCSW];
}

/* Numbers that the kernel keeps for each task alone. */
static void put_own(struct task *t, const struct kstats *k)
{
	t->user_scaled_ns = scaled(k, K_UTIME_SCALED, US);
	t->system_scaled_ns = scaled(k, K_STIME_SCALED, US);
	t->rss_mib_us = k->v[K_COREMEM];
	t->vm_mib_us = k->v[K_VIRTMEM];
}

static void put_io(struct task *t, const struct kstats *k)
{
	t->minflt = k->v[K_MINFLT];
	t->majflt = k->v[K_MAJFLT];
	t->read_bytes = k->v[K_READ_BYTES];
	t->write_bytes = k->v[K_WRITE_BYTES];
	t->cancelled_write_bytes = k->v[K_CANCELLED_WRITE_BYTES];
	t->read_chars = k->v[K_READ_CHAR];
	t->write_chars = k->v[K_WRITE_CHAR];
	t->read_syscalls = k->v[K_READ_SYSCALLS];
	t->write_syscalls = k->v[K_WRITE_SYSCALLS];
}

/* proc(5)'s letter as a string that lives as long as the program. */
static const char *state_name(char state)
{
	static const char letters[] = "R\0S\0D\0T\0t\0Z\0X\0I\0P";
	const char *p = state ? memchr(letters, state, sizeof(letters)) : NULL;

	return p;
}

static bool is_dead(char state)
{
	return state == 'Z' || state == 'X';
}

void task_of(struct task *t, uint32_t id, const struct kstats *k, bool delays, char state)
{
	*t = (struct task){ .pid = id, .state = state_name(state) };
	put_identity(t, k);
	if (is_dead(state))
		put_exit(t, k);
	put_cpu(t, k);
	put_delays(t, k, delays);
	/* A task that has left its memory, or never had any, has no peak. */
	t->rss_peak_bytes = nonzero(scaled(k, K_HIWATER_RSS, KIB));
	t->vm_peak_bytes = nonzero(scaled(k, K_HIWATER_VM, KIB));
	put_own(t, k);
	put_io(t, k);
}

/* The group's answer about a process with one thread that is a zombie is all zeros. */
static bool is_filled(const struct kstats *k)
{
	return has_delays(k) || k->v[K_ETIME].v || k->v[K_NVCSW].v;
}

static void widen(struct opt_u64 *most, struct opt_u64 v)
{
	if (v.has && (!most->has || v.v > most->v))
		*most = v;
}

static void widen_delay(struct delay_sum *most, const struct delay_sum *s)
{
	if (s->max_ns.has && (!most->max_ns.has || s->max_ns.v > most->max_ns.v)) {
		most->max_ns = s->max_ns;
		most->max_time = s->max_time;
	}
	if (s->min_ns.has && (!most->min_ns.has || s->min_ns.v < most->min_ns.v))
		most->min_ns = s->min_ns;
}

void extremes_add(struct extremes *e, const struct kstats *k)
{
	for (unsigned int d = 0; d < DELAYS; d++) {
		struct delay_sum one = delay_of(k, d);

		e->wrong_ns[d] += take_out(&one, lifetime(k));
		widen_delay(&e->delay[d], &one);
	}
	e->cpu_count += k->v[K_OF(DELAY_CPU, PART_COUNT)].v;
	e->minflt += k->v[K_MINFLT].v;
	e->majflt += k->v[K_MAJFLT].v;
	widen(&e->rss_peak_bytes, nonzero(scaled(k, K_HIWATER_RSS, KIB)));
	widen(&e->vm_peak_bytes, nonzero(scaled(k, K_HIWATER_VM, KIB)));
}

/* One delay of a process: the group's sums, the extremes of the threads alive. */
static bool compose_delay(struct delay_sum *sum, enum delay d, const struct kstats *group,
			  const struct extremes *e)
{
	uint64_t wrong = e->wrong_ns[d];

	*sum = e->delay[d];
	sum->count = group->v[K_OF(d, PART_COUNT)];
	sum->ns = group->v[K_OF(d, PART_TOTAL)];
	sum->ns.has = sum->ns.has && sum->ns.v >= wrong;
	sum->ns.v -= wrong;
	return drop_impossible(sum, lifetime(group)) || wrong;
}

static void compose_delays(struct task *t, const struct kstats *group,
			   const struct sources *s)
{
	t->repaired = 0;
	memset(t->delay, 0, sizeof(t->delay));
	for (unsigned int d = 0; d < DELAYS; d++) {
		bool wrong = measured(group, d, s->delays) &&
			     compose_delay(&t->delay[d], d, group, s->alive);

		t->repaired |= (uint64_t)wrong << d;
	}
}

static void compose_cpu(struct task *t, const struct kstats *group, bool single)
{
	struct opt_u64 user = t->user_ns, system = t->system_ns;

	put_cpu(t, group);
	/* Kernels that don't sum the lifetimes don't sum these either. */
	if (!group->v[K_ETIME].v) {
		t->user_ns = user;
		t->system_ns = system;
		t->user_ns.has = user.has && single;
		t->system_ns.has = system.has && single;
	}
}

static void compose_io(struct task *t, const struct proc_io *io)
{
	t->read_bytes = some_u64(io->read_bytes);
	t->write_bytes = some_u64(io->write_bytes);
	t->cancelled_write_bytes = some_u64(io->cancelled_write_bytes);
	t->read_chars = some_u64(io->rchar);
	t->write_chars = some_u64(io->wchar);
	t->read_syscalls = some_u64(io->syscr);
	t->write_syscalls = some_u64(io->syscw);
}

/* There is I/O, but not for us to see. */
static void hide_io(struct task *t)
{
	t->read_bytes.unknown = t->write_bytes.unknown = true;
	t->cancelled_write_bytes.unknown = true;
	t->read_chars.unknown = t->write_chars.unknown = true;
	t->read_syscalls.unknown = t->write_syscalls.unknown = true;
}

bool is_alone(const struct kstats *leader, const struct kstats *group)
{
	uint64_t count = group->v[K_OF(DELAY_CPU, PART_COUNT)].v;

	return leader == group ||
	       (count && count == leader->v[K_OF(DELAY_CPU, PART_COUNT)].v);
}

/* What only its leader's answer tells is true of a process where that is all it had. */
static void drop_own(struct task *t)
{
	static const struct kstats nothing;

	put_own(t, &nothing);
	put_io(t, &nothing);
}

void process_of(struct task *t, uint32_t pid, const struct sources *s)
{
	bool single = s->stat && s->stat->threads == 1;
	const struct kstats *group = s->group;

	task_of(t, pid, s->leader, s->delays, s->stat ? s->stat->state : 0);
	if (!is_filled(group) && single)
		group = s->leader;
	compose_cpu(t, group, single);
	if (s->cpu_ns.has)
		t->cpu_ns = s->cpu_ns;
	compose_delays(t, group, s);
	widen(&t->rss_peak_bytes, s->alive->rss_peak_bytes);
	widen(&t->vm_peak_bytes, s->alive->vm_peak_bytes);
	if (!is_alone(s->leader, group))
		drop_own(t);
	if (!single)
		t->exit_code.has = t->exit_signal.has = false;
	if (s->stat) {
		t->minflt = some_u64(s->stat->minflt);
		t->majflt = some_u64(s->stat->majflt);
		t->threads = some_u64(s->stat->threads);
	}
	if (s->io)
		compose_io(t, s->io);
	else if (s->io_denied && !t->read_bytes.has)
		hide_io(t);
}

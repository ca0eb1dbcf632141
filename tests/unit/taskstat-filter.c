/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which messages of exits the filter in the kernel lets in, of any version. */
#include "match_exits.h"

#include "ended.h"
#include "genl.h"
#include "task.h"

#include <linux/taskstats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int failures;

/* Offsets of exit code, flag and user as linux/taskstats.h has them; 15 has its own. */
struct made {
	uint16_t version;
	uint32_t exitcode, uid;
	uint8_t flag;
	bool group; /* with an answer about the group */
};

struct more {
	uint32_t gid, pid, ppid;
	const char *comm;
};

static void put(struct nl_msg *msg, int outer, int inner, const struct made *m,
		const struct more *more)
{
	struct nlattr *nest = nla_nest_start(msg, outer);
	char p[560] = { 0 };

	/* The kernel does not say that it is a nest. */
	nest->nla_type = (uint16_t)outer;
	memcpy(p, &m->version, 2);
	memcpy(p + 4, &m->exitcode, 4);
	memcpy(p + 8, &m->flag, 1);
	memcpy(p + (m->version == 15 ? 168 : 120), &m->uid, 4);
	memcpy(p + (m->version == 15 ? 172 : 124), &more->gid, 4);
	memcpy(p + (m->version == 15 ? 176 : 128), &more->pid, 4);
	memcpy(p + (m->version == 15 ? 180 : 132), &more->ppid, 4);
	if (more->comm)
		strncpy(p + (m->version == 15 ? 128 : 80), more->comm, 16);
	nla_put_u32(msg, inner, 70);
	nla_put(msg, TASKSTATS_TYPE_STATS, m->version < 9 ? 328 : sizeof(p), p);
	nla_nest_end(msg, nest);
}

static const struct more nothing;

/* Whether a socket with the filter gets the message. */
static bool message_comes_in(const struct exits_filter *f, struct nl_msg *msg)
{
	char in[4096];
	bool came;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s))
		return false;
	if (filter_attach(s[0], f))
		failures++;
	(void)!write(s[1], nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	came = read(s[0], in, sizeof(in)) == (ssize_t)nlmsg_hdr(msg)->nlmsg_len;
	close(s[0]);
	close(s[1]);
	return came;
}

static bool comes_in(const struct exits_filter *f, const struct made *m,
		     const struct more *more)
{
	static const struct genl_family family = { .id = 0x20, .version = 1 };
	struct nl_msg *msg = genl_new(&family, TASKSTATS_CMD_NEW, 0);
	bool came;

	if (!msg)
		return false;
	put(msg, TASKSTATS_TYPE_AGGR_PID, TASKSTATS_TYPE_PID, m, more);
	if (m->group)
		put(msg, TASKSTATS_TYPE_AGGR_TGID, TASKSTATS_TYPE_TGID, m, more);
	came = message_comes_in(f, msg);
	nlmsg_free(msg);
	return came;
}

static const uint64_t uids[] = { 5, 70000 };
static const struct exits_filter failed = { .failed = true },
				 failed_tasks = { .failed = true, .tasks = true },
				 users = { .uids = uids, .nuids = 2 },
				 both = { .failed = true, .uids = uids, .nuids = 2 };

static const struct {
	const struct exits_filter *f;
	struct made m;
	bool in;
} cases[] = {
	{ &failed, { 16, 0, 0, 32, false }, false },
	{ &failed, { 16, 256, 0, 32, false }, true },
	{ &failed, { 8, 0, 0, 32, false }, false },
	/* Threads of a process, and its last one. */
	{ &failed, { 16, 0, 0, 0, false }, true },
	{ &failed, { 16, 0, 0, 32, true }, true },
	{ &failed_tasks, { 16, 0, 0, 0, false }, false },
	{ &failed_tasks, { 16, 0, 0, 32, true }, false },
	{ &failed_tasks, { 16, 9, 0, 0, false }, true },
	{ &users, { 16, 0, 5, 32, false }, true },
	{ &users, { 16, 0, 70000, 32, false }, true },
	{ &users, { 16, 0, 6, 32, false }, false },
	{ &users, { 15, 0, 70000, 32, false }, true },
	{ &users, { 15, 0, 6, 32, false }, false },
	{ &users, { 18, 0, 6, 32, false }, false },
	{ &users, { 16, 0, 6, 32, true }, true },
	{ &both, { 16, 0, 5, 32, false }, false },
	{ &both, { 16, 256, 6, 32, false }, false },
	{ &both, { 16, 256, 5, 32, false }, true },
	/* What nobody can read is for the decoder to refuse. */
	{ &both, { 7, 0, 6, 32, false }, true },
};

/* What conditions make of it, against what they mean. */
static const struct {
	const char *where[3];
	size_t tests; /* so many of them are the kernel's */
	struct made m;
	struct more more;
	bool in;
} conditions[] = {
#define MADE(version, code, uid, ...)      \
	{ version, code, uid, 32, false }, \
	{                                  \
		__VA_ARGS__                \
	}
#define M(...)   MADE(16, __VA_ARGS__)
#define M15(...) MADE(15, __VA_ARGS__)
	{ { "exit_code=3,7" }, 1, M(7 << 8, 0, 0, 0, 0, ""), true },
	{ { "exit_code=3,7" }, 1, M(8 << 8, 0, 0, 0, 0, ""), false },
	{ { "exit_code!=3,7" }, 1, M(8 << 8, 0, 0, 0, 0, ""), true },
	{ { "exit_code!=3,7" }, 1, M(3 << 8, 0, 0, 0, 0, ""), false },
	{ { "exit_code!=0" }, 1, M(9, 0, 0, 0, 0, ""), true },
	{ { "exit_signal=9,11" }, 1, M(11 | 128, 0, 0, 0, 0, ""), true },
	{ { "exit_signal=9,11" }, 1, M(11 << 8, 0, 0, 0, 0, ""), false },
	{ { "exit_signal!=9" }, 1, M(0, 0, 0, 0, 0, ""), true },
	{ { "exit_signal!=9" }, 1, M(9, 0, 0, 0, 0, ""), false },
	{ { "gid=70000" }, 1, M(0, 0, 70000, 0, 0, ""), true },
	{ { "gid=70000" }, 1, M(0, 70000, 0, 0, 0, ""), false },
	{ { "gid=70000" }, 1, M15(0, 0, 70000, 0, 0, ""), true },
	{ { "uid!=0", "ppid=5" }, 2, M(0, 1, 0, 0, 5, ""), true },
	{ { "uid!=0", "ppid=5" }, 2, M(0, 0, 0, 0, 5, ""), false },
	{ { "uid!=0", "ppid=5" }, 2, M(0, 1, 0, 0, 6, ""), false },
	{ { "pid=4,5" }, 1, M15(0, 1, 0, 5, 6, ""), true },
	{ { "pid=4,5" }, 1, M15(0, 1, 0, 6, 5, ""), false },
	{ { "comm=sh,bash" }, 1, M(0, 0, 0, 0, 0, "bash"), true },
	{ { "comm=sh,bash" }, 1, M(0, 0, 0, 0, 0, "sh"), true },
	{ { "comm=sh,bash" }, 1, M(0, 0, 0, 0, 0, "shx"), false },
	{ { "comm=sh,bash" }, 1, M(0, 0, 0, 0, 0, "bas"), false },
	{ { "comm=sh,bash" }, 1, M15(0, 0, 0, 0, 0, "bash"), true },
	{ { "comm=sh,bash", "exit_code=0" }, 2, M(256, 0, 0, 0, 0, "sh"), false },
	{ { "exit_code=256" }, 1, M(0, 0, 0, 0, 0, ""), false },
	{ { "exit_code>3" }, 1, M(4 << 8, 0, 0, 0, 0, ""), true },
	{ { "exit_code>3" }, 1, M(3 << 8, 0, 0, 0, 0, ""), false },
	{ { "exit_code<3" }, 1, M(9, 0, 0, 0, 0, ""), false },
	{ { "exit_signal>=9" }, 1, M(11 | 128, 0, 0, 0, 0, ""), true },
	{ { "uid<=70000" }, 1, M(0, 70000, 0, 0, 0, ""), true },
	{ { "uid<70000" }, 1, M15(0, 70000, 0, 0, 0, ""), false },
	{ { "threads>1", "uid=0" }, 2, M(0, 0, 0, 0, 0, ""), false },
	{ { "comm!=bash,sh" }, 1, M(0, 0, 0, 0, 0, "bash"), false },
	{ { "comm!=bash,sh" }, 1, M15(0, 0, 0, 0, 0, "bas"), true },
	{ { "fork" }, 1, M(0, 0, 0, 0, 0, ""), false },
	{ { "!fork" }, 1, M(0, 0, 0, 0, 0, ""), true },
	{ { "nvcsw=0", "cpu_ns>0", "elapsed_ns<1us" }, 3, M(0, 0, 0, 0, 0, ""), false },
	{ { "comm=fifteen-letters" }, 1, M(0, 0, 0, 0, 0, "fifteen-letters"), true },
	/* Left to who reads them. */
	{ { "comm=ba*" }, 0, M(0, 0, 0, 0, 0, "x"), true },
	{ { "comm!=bash*" }, 0, M(0, 0, 0, 0, 0, "bash"), true },
	{ { "comm=sixteen-letters-" }, 0, M(0, 0, 0, 0, 0, "x"), true },
	{ { "uid=1*", "start_time=2*", "repaired!=irq_delay_ns" },
	  0,
	  M(0, 0, 0, 0, 0, ""),
	  true },

	/* More than there is room for. */
	{ { "comm=aaaaaaaaaaaaaaa,bbbbbbbbbbbbbbb,ccccccccccccccc,ddddddddddddddd,"
	    "eeeeeeeeeeeeeee,fffffffffffffff,ggggggggggggggg,hhhhhhhhhhhhhhh",
	    "exit_code=3" },
	  2,
	  M(3 << 8, 0, 0, 0, 0, "x"),
	  true },
	{ { "comm=aaaaaaaaaaaaaaa,bbbbbbbbbbbbbbb,ccccccccccccccc,ddddddddddddddd,"
	    "eeeeeeeeeeeeeee,fffffffffffffff,ggggggggggggggg,hhhhhhhhhhhhhhh",
	    "exit_code=3" },
	  2,
	  M(4 << 8, 0, 0, 0, 0, "aaaaaaaaaaaaaaa"),
	  false },
};

static void test_conditions(void)
{
	for (size_t i = 0; i < COUNT(conditions); i++) {
		struct match_options o = { 0 };
		struct match m = { .o = &o };
		struct exits_filter f = { 0 };
		struct buf why = { 0 };

		for (size_t k = 0; k < 3 && conditions[i].where[k]; k++)
			if (filter_add(&m.filter, &exit_record, conditions[i].where[k],
				       &why))
				failures++;
		match_exits(&m, &f);
		if (f.ntests != conditions[i].tests ||
		    comes_in(&f, &conditions[i].m, &conditions[i].more) !=
			    conditions[i].in) {
			fprintf(stderr, "condition %zu: %zu tests\n", i, f.ntests);
			failures++;
		}
		filter_free(&m.filter);
		buf_free(&why);
	}
}

/* The same numbers each time. */
static uint64_t chance(uint64_t below)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Of any size, often a small one, or one where a byte ends. */
static uint64_t any_number(void)
{
	static const uint64_t edges[] = { 0,          1,          255,
					  256,        65535,      65536,
					  UINT32_MAX, 1ull << 32, (1ull << 53) + 1,
					  UINT64_MAX };

	if (!chance(3))
		return edges[chance(COUNT(edges))];
	return chance(UINT64_MAX) >> chance(64);
}

static void put_number(char *p, struct slot s, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;

	if (s.size == 1)
		*p = (char)v;
	else if (s.size)
		memcpy(p, s.size == 8 ? (void *)&v : &v32, s.size);
}

/* A message about a task, of any version, with any numbers. */
static struct nl_msg *any_message(void)
{
	static const struct genl_family family = { .id = 0x20, .version = 1 };
	static const char *const comms[] = { "sh", "bash", "a b", "fifteen-letters", "" };
	static const uint32_t codes[] = {
		0, 256, 3 << 8, 255 << 8, 9, 11 | 128, 127 << 8
	};
	struct nl_msg *msg = genl_new(&family, TASKSTATS_CMD_NEW, 0);
	uint16_t version = (uint16_t)(8 + chance(11));
	struct layout l = layout_of(version > 17 ? 16 : version);
	size_t length = version > 17 ? 720 : l.length;
	char p[720] = { 0 };
	struct nlattr *nest;
	uint32_t pid;

	for (size_t i = 0; i < KSTATS; i++)
		if (chance(3) && l.slots[i].size && l.slots[i].off < length)
			put_number(p + l.slots[i].off, l.slots[i], any_number());
	memcpy(p, &version, 2);
	put_number(p + 4, l.slots[K_EXITCODE], codes[chance(COUNT(codes))]);
	put_number(p + 8, l.slots[K_FLAG], 32 | chance(256));
	strcpy(p + l.comm.off, comms[chance(COUNT(comms))]);
	nest = nla_nest_start(msg, TASKSTATS_TYPE_AGGR_PID);
	nest->nla_type = TASKSTATS_TYPE_AGGR_PID;
	memcpy(&pid, p + l.slots[K_PID].off, sizeof(pid));
	nla_put_u32(msg, TASKSTATS_TYPE_PID, pid);
	nla_put(msg, TASKSTATS_TYPE_STATS, (int)length, p);
	nla_nest_end(msg, nest);
	return msg;
}

/* Its own value, or one beside it, or any, of any column, compared in any way. */
static void any_condition(char *s, size_t n, const struct task *t)
{
	static const char *const ops[] = { "=", "!=", "<", "<=", ">", ">=" };
	static const char *const words[] = {
		"comm=sh",         "comm!=bash,sh", "su",           "!fork",
		"flags=core,xsig", "flags!=su",     "sched=fifo,2", "sched!=other",
		"nice=-5,5",       "nice!=0"
	};
	const struct field *f = &exit_record.fields[chance(exit_record.nfields)];
	struct value v = field_value(f, t);
	uint64_t number = v.kind == VALUE_U64 ? v.u : any_number();

	if (!chance(8)) {
		snprintf(s, n, "%s", words[chance(COUNT(words))]);
		return;
	}
	if (v.kind == VALUE_I64)
		snprintf(s, n, "%s%s%d", f->name, ops[chance(COUNT(ops))],
			 (int)(v.i + (int64_t)chance(3) - 1));
	else
		snprintf(s, n, "%s%s%llu", f->name, ops[chance(COUNT(ops))],
			 (unsigned long long)(chance(4) ? number + chance(3) - 1
							: any_number()));
}

/*
 * Whether a message may be let in that is no match: what was sent of a number that the
 * record lacks, or that it has mended, is not looked at so closely.
 */
static bool is_loose(const char *where, const struct task *t)
{
	const struct field *f = field_find(&exit_record, where, strcspn(where, "!=<>"));
	struct value v;

	if (!f || !strncmp(f->name, "exit_", 5) || !strcmp(f->name, "threads"))
		return false;
	v = field_value(f, t);
	return value_absent(&v) || (t->repaired && strstr(f->name, "_delay_ns")) ||
	       (!strcmp(f->name, "cpu_ns") && !t->cpu_run_virtual_ns.has);
}

/* One random condition on one random message: what is wanted comes in, and nothing else.
 */
static void test_any(size_t i, size_t *tight)
{
	struct nl_msg *msg = any_message();
	struct exits_filter f = { .tasks = chance(2) };
	struct ended e = { .delays = chance(2), .threads = f.tasks };
	struct match_options o = { 0 };
	struct match m = { .o = &o };
	struct buf why = { 0 };
	bool wanted, came;
	char where[96];
	struct task t;

	if (ended_take(&e, nlmsg_hdr(msg), &t) == 1) {
		any_condition(where, sizeof(where), &t);
		if (!filter_add(&m.filter, &exit_record, where, &why)) {
			match_exits(&m, &f);
			wanted = filter_match(&m.filter, &t);
			came = message_comes_in(&f, msg);
			if ((wanted && !came) ||
			    (came && !wanted && f.ntests && !is_loose(where, &t))) {
				fprintf(stderr,
					"%zu: version %u, %s: wanted %d, came %d\n", i,
					t.version, where, wanted, came);
				failures++;
			}
			*tight += !came;
		}
	}
	ended_free(&e);
	filter_free(&m.filter);
	buf_free(&why);
	nlmsg_free(msg);
}

int main(void)
{
	size_t tight = 0;

	for (size_t i = 0; i < COUNT(cases); i++)
		if (comes_in(cases[i].f, &cases[i].m, &nothing) != cases[i].in) {
			fprintf(stderr, "case %zu: wanted %d\n", i, cases[i].in);
			failures++;
		}
	test_conditions();
	for (size_t i = 0; i < 20000; i++)
		test_any(i, &tight);
	if (tight < 4000) {
		fprintf(stderr, "only %zu were kept out\n", tight);
		failures++;
	}
	return failures > 0;
}

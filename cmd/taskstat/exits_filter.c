/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exits_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>

/* Where the low byte of a number of two bytes is. */
enum { LOW = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, HIGH = !LOW };

/* Where mk_reply() of kernel/taskstats.c puts things in a message about a task. */
enum {
	AT_AGGREGATE = NLMSG_HDRLEN + GENL_HDRLEN,
	AT_ID = AT_AGGREGATE + NLA_HDRLEN,
	AT_STATS = AT_ID + NLA_HDRLEN + 4,
	AT_TYPE = offsetof(struct nlattr, nla_type),
	AT_STRUCT = AT_STATS + NLA_HDRLEN,
	AT_EXITCODE = AT_STRUCT + 4,
	AT_FLAG = AT_STRUCT + 8,
	AT_END = AT_STRUCT + 328, /* of version 8 */
	GROUP = 1 << 5,           /* AGROUP of linux/acct.h since Linux 5.19 */
};

/* Jumps that are not to the next instructions: to the next test, to the two at the end.
 */
enum { NEXT = 253, DROP = 254, PASS = 255 };

/* Jumps reach no further than 255 instructions; and what one test takes at most. */
enum { ROOM = 250, LONGEST = FILTER_VALUES * 2 * (FILTER_COMM + 1) + 64 };

struct program {
	struct sock_filter code[ROOM + LONGEST];
	unsigned short n;
	int shift; /* what X is for version 15, -1 where that is not set */
};

#define LOAD8(at)       BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (at))
#define LOAD16(at)      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (at))
#define LOAD32(at)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define LOAD8_X(at)     BPF_STMT(BPF_LD | BPF_B | BPF_IND, (at))
#define LOAD32_X(at)    BPF_STMT(BPF_LD | BPF_W | BPF_IND, (at))
#define SET_X(v)        BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, (v))
#define LOAD_LENGTH     BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)
#define TO_X            BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define IF(op, k, y, n) BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (y), (n))
#define RETURN(v)       BPF_STMT(BPF_RET | BPF_K, (v))

static void append(struct program *p, const struct sock_filter *code, size_t n)
{
	memcpy(p->code + p->n, code, n * sizeof(*code));
	p->n += (unsigned short)n;
}

#define APPEND(p, ...)                                             \
	do {                                                       \
		const struct sock_filter some[] = { __VA_ARGS__ }; \
		append((p), some, COUNT(some));                    \
	} while (0)

/* Whatever looks otherwise, acks too, comes in. Loads are big-endian. */
static void pass_others(struct program *p)
{
	APPEND(p, LOAD_LENGTH, IF(BPF_JGE, AT_END, 0, PASS),
	       LOAD16(AT_AGGREGATE + AT_TYPE),
	       IF(BPF_JEQ, htons(TASKSTATS_TYPE_AGGR_PID), 0, PASS),
	       LOAD16(AT_STATS + AT_TYPE),
	       IF(BPF_JEQ, htons(TASKSTATS_TYPE_STATS), 0, PASS), LOAD8(AT_STRUCT + LOW),
	       IF(BPF_JGE, KSTATS_OLDEST, 0, PASS));
}

/* A process that never had a second thread has the flag, and no answer about the group.
 */
static void pass_threads(struct program *p)
{
	APPEND(p, LOAD8(AT_FLAG), IF(BPF_JSET, GROUP, 0, PASS),
	       LOAD8(AT_AGGREGATE + HIGH), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8), TO_X,
	       LOAD8(AT_AGGREGATE + LOW), BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
	       BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, AT_AGGREGATE), TO_X, LOAD_LENGTH,
	       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, PASS));
}

static struct slot slot_of(enum kstat id)
{
	return layout_of(16).slots[id];
}

/* X becomes how much further version 15 has it; loads with X find it in all versions. */
static void find(struct program *p, int shift)
{
	if (p->shift == shift)
		return;
	p->shift = shift;
	APPEND(p, SET_X(0));
	if (shift)
		APPEND(p, LOAD8(AT_STRUCT + LOW), IF(BPF_JEQ, 15, 0, 1),
		       SET_X((uint32_t)shift));
}

static void find_number(struct program *p, enum kstat id)
{
	struct slot s = slot_of(id);
	uint16_t version = KSTATS_OLDEST;

	find(p, layout_of(15).slots[id].off - s.off);
	for (; version < KSTATS_NEWEST; version++) {
		struct layout l = layout_of(version);

		if (l.slots[id].size && l.slots[id].off + l.slots[id].size <= l.length)
			break;
	}
	if (version > KSTATS_OLDEST)
		APPEND(p, LOAD8(AT_STRUCT + LOW), IF(BPF_JGE, version, 0, DROP));
}

/* Where the number's byte of that significance is, 0 the lowest. */
static uint32_t byte_at(struct slot s, int i)
{
	return AT_STRUCT + s.off + (uint32_t)(LOW ? s.size - 1 - i : i);
}

/* Where its half of 32 bits is, 0 the lower one. */
static uint32_t half_at(struct slot s, int i)
{
	return AT_STRUCT + s.off + (s.size < 8 ? 0u : 4u * (uint32_t)(LOW ? 1 - i : i));
}

/* A load of several bytes has them in the order that the kernel sent them in. */
static void one_of(struct program *p, struct slot s, const uint64_t *v, size_t n,
		   bool none)
{
	unsigned char hit = none ? DROP : NEXT;

	for (size_t i = 0; i < n; i++) {
		if (s.size == 8)
			APPEND(p, LOAD32_X(half_at(s, 1)),
			       IF(BPF_JEQ, htonl((uint32_t)(v[i] >> 32)), 0, 2));
		if (s.size == 8 || !i)
			APPEND(p, LOAD32_X(half_at(s, 0)));
		APPEND(p, IF(BPF_JEQ, htonl((uint32_t)v[i]), hit, 0));
	}
	if (!none)
		APPEND(p, RETURN(0));
}

/* Byte by byte, the highest first; the first one that differs tells. */
static void compare(struct program *p, struct slot s, enum exits_op op, uint64_t v)
{
	unsigned char more = op == AT_LEAST ? NEXT : DROP,
		      less = op == AT_LEAST ? DROP : NEXT;
	int i = s.size;

	if (s.size == 8 && v <= UINT32_MAX) {
		APPEND(p, LOAD32_X(half_at(s, 1)), IF(BPF_JEQ, 0, 0, more));
		i = 4;
	}
	while (i-- > 0) {
		unsigned char byte = (unsigned char)(v >> 8 * i);

		APPEND(p, LOAD8_X(byte_at(s, i)), IF(BPF_JGT, byte, more, 0),
		       IF(BPF_JEQ, byte, 0, less));
	}
}

/* What has been loaded, a number in the machine's order. */
static void compare_loaded(struct program *p, const struct exits_test *t)
{
	unsigned char hit = t->op == NONE_OF ? DROP : NEXT;

	if (t->op == AT_LEAST)
		APPEND(p, IF(BPF_JGE, (uint32_t)t->v[0], 0, DROP));
	else if (t->op == AT_MOST)
		APPEND(p, IF(BPF_JGT, (uint32_t)t->v[0], DROP, 0));
	else
		for (size_t i = 0; i < t->n; i++)
			APPEND(p, IF(BPF_JEQ, (uint32_t)t->v[i], hit, 0));
	if (t->op == ONE_OF)
		APPEND(p, RETURN(0));
}

static void test_number(struct program *p, const struct exits_test *t, enum kstat id)
{
	struct slot s = slot_of(id);

	if (s.size == 1) {
		APPEND(p, LOAD8_X(byte_at(s, 0)));
		compare_loaded(p, t);
	} else if (t->op == ONE_OF || t->op == NONE_OF) {
		one_of(p, s, t->v, t->n, t->op == NONE_OF);
	} else {
		compare(p, s, t->op, t->v[0]);
	}
}

/* Of wait(2)'s status: a signal in 7 bits, a bit for the core, 8 bits of a code. */
static void test_exit(struct program *p, const struct exits_test *t)
{
	struct slot s = slot_of(K_EXITCODE);
	bool code = t->key == BY_EXIT_CODE;
	unsigned char other = t->op == NONE_OF ? NEXT : DROP;

	APPEND(p, LOAD8_X(byte_at(s, 0)), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7f),
	       IF(BPF_JEQ, 0, code ? 0 : other, code ? other : 0));
	if (code)
		APPEND(p, LOAD8_X(byte_at(s, 1)));
	compare_loaded(p, t);
}

static void test_flags(struct program *p, const struct exits_test *t)
{
	bool none = t->op == NONE_OF;

	APPEND(p, LOAD8_X(AT_FLAG),
	       IF(BPF_JSET, (uint32_t)t->v[0], none ? DROP : 0, none ? 0 : DROP));
}

static void test_nice(struct program *p, const struct exits_test *t)
{
	APPEND(p, LOAD8_X(byte_at(slot_of(K_NICE), 0)),
	       BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 0x80));
	compare_loaded(p, t);
}

/* Where the clock tells nothing, ticks may: that is left to who reads. */
static void test_cpu(struct program *p, const struct exits_test *t)
{
	struct slot s = slot_of(K_RUN_VIRTUAL),
		    ticks[] = { slot_of(K_UTIME), slot_of(K_STIME) };

	APPEND(p, LOAD32_X(half_at(s, 0)), IF(BPF_JEQ, 0, 0, 11), LOAD32_X(half_at(s, 1)),
	       IF(BPF_JEQ, 0, 0, 9));
	for (size_t i = 0; i < COUNT(ticks); i++)
		APPEND(p, LOAD32_X(half_at(ticks[i], 0)), IF(BPF_JEQ, 0, 0, NEXT),
		       LOAD32_X(half_at(ticks[i], 1)), IF(BPF_JEQ, 0, 0, NEXT));
	APPEND(p, RETURN(0));
	test_number(p, t, K_RUN_VIRTUAL);
}

/* Byte by byte, with the one that ends it; the first other one leads to the next name. */
static void test_name(struct program *p, const struct exits_test *t)
{
	struct layout l = layout_of(16);
	unsigned char hit = t->op == NONE_OF ? DROP : NEXT;

	find(p, layout_of(15).comm.off - l.comm.off);
	for (size_t i = 0; i < t->n; i++) {
		size_t n = strlen(t->comm[i]) + 1;

		for (size_t k = 0; k < n; k++)
			APPEND(p, LOAD8_X(AT_STRUCT + l.comm.off + (uint32_t)k),
			       IF(BPF_JEQ, (unsigned char)t->comm[i][k],
				  k + 1 < n ? 0 : hit, (unsigned char)(2 * (n - k - 1))));
	}
	if (t->op == ONE_OF)
		APPEND(p, RETURN(0));
}

static enum kstat number_of(const struct exits_test *t)
{
	switch (t->key) {
	case BY_EXIT_CODE:
	case BY_EXIT_SIGNAL:
		return K_EXITCODE;
	case BY_FLAGS:
		return K_FLAG;
	case BY_NICE:
		return K_NICE;
	case BY_CPU:
		return K_RUN_VIRTUAL;
	default:
		return t->number;
	}
}

static void put_code(struct program *p, const struct exits_test *t)
{
	enum kstat id = number_of(t);

	if (t->key == BY_NAME) {
		test_name(p, t);
		return;
	}
	if (t->key == BY_NOTHING_KNOWN) {
		APPEND(p, RETURN(0));
		return;
	}
	find_number(p, id);
	switch (t->key) {
	case BY_EXIT_CODE:
	case BY_EXIT_SIGNAL:
		test_exit(p, t);
		break;
	case BY_FLAGS:
		test_flags(p, t);
		break;
	case BY_NICE:
		test_nice(p, t);
		break;
	case BY_CPU:
		test_cpu(p, t);
		break;
	default:
		test_number(p, t, id);
	}
}

static void go_to(struct program *p, unsigned short from, unsigned char mark, size_t at)
{
	for (unsigned short i = from; i < p->n; i++) {
		struct sock_filter *s = &p->code[i];
		unsigned char *to[] = { &s->jt, &s->jf };

		for (size_t k = 0; BPF_CLASS(s->code) == BPF_JMP && k < COUNT(to); k++)
			if (*to[k] == mark)
				*to[k] = (unsigned char)(at - i - 1);
	}
}

/* One that finds no room is left out. */
static void put_test(struct program *p, const struct exits_test *t)
{
	unsigned short from = p->n;
	int shift = p->shift;

	put_code(p, t);
	if (p->n > ROOM) {
		p->n = from;
		p->shift = shift;
	}
	go_to(p, from, NEXT, p->n);
}

static void put_users(struct program *p, const uint64_t *uids, size_t n)
{
	unsigned short from = p->n;

	if (!n)
		return;
	find_number(p, K_UID);
	one_of(p, slot_of(K_UID), uids, n, false);
	go_to(p, from, NEXT, p->n);
}

int filter_attach(int fd, const struct exits_filter *f)
{
	size_t users = f->nuids <= FILTER_USERS ? f->nuids : 0;
	struct program p = { .shift = -1 };
	struct sock_fprog program = { .filter = p.code };

	if (!f->failed && !users && !f->ntests)
		return 0;
	pass_others(&p);
	if (!f->tasks)
		pass_threads(&p);
	if (f->failed)
		APPEND(&p, LOAD32(AT_EXITCODE), IF(BPF_JEQ, 0, DROP, 0));
	put_users(&p, f->uids, users);
	for (size_t i = 0; i < f->ntests; i++)
		put_test(&p, &f->tests[i]);
	go_to(&p, 0, PASS, p.n);
	go_to(&p, 0, DROP, p.n + 1u);
	APPEND(&p, RETURN(UINT32_MAX), RETURN(0));
	program.len = p.n;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
		       ? -errno
		       : 0;
}

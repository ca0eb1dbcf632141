/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exits_filter.h"

#include "decode.h"

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
	AT_COMM = AT_STRUCT + 80,
	AT_UID = AT_STRUCT + 120,
	AT_GID = AT_STRUCT + 124,
	AT_PID = AT_STRUCT + 128,
	AT_PPID = AT_STRUCT + 132,
	LATER_15 = 48, /* of version 15, from AT_COMM to AT_PPID: see spec_layout.c */
	AT_END = AT_PPID + LATER_15 + 4,
	GROUP = 1 << 5, /* AGROUP of linux/acct.h since Linux 5.19 */
};

/* Jumps that are not to the next instructions but to the two at the end. */
enum { DROP = 254, PASS = 255 };

/* Jumps reach no further than 255 instructions. */
enum { ROOM = 250 };

struct program {
	struct sock_filter code[ROOM + 2];
	unsigned short n;
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

/* How much further version 15 has what is loaded with X. */
static void find_version(struct program *p)
{
	APPEND(p, SET_X(0), LOAD8(AT_STRUCT + LOW), IF(BPF_JEQ, 15, 0, 1),
	       SET_X(LATER_15));
}

/* What has been loaded is one of n. Where it is, the next instruction is the one after.
 */
static void compare(struct program *p, uint32_t v, size_t left, bool none)
{
	APPEND(p, IF(BPF_JEQ, htonl(v), none ? DROP : (unsigned char)left, 0));
}

static void test_number(struct program *p, const struct exits_test *t)
{
	static const uint32_t at[] = { [BY_EXITCODE] = AT_EXITCODE,
				       [BY_UID_OF] = AT_UID,
				       [BY_GID_OF] = AT_GID,
				       [BY_PID_OF] = AT_PID,
				       [BY_PPID_OF] = AT_PPID };

	if (p->n + t->n + 2 > ROOM)
		return;
	if (t->key == BY_EXITCODE)
		APPEND(p, LOAD32(AT_EXITCODE));
	else
		APPEND(p, LOAD32_X(at[t->key]));
	for (size_t i = 0; i < t->n; i++)
		compare(p, t->v[i], t->n - i, t->none);
	if (!t->none)
		APPEND(p, RETURN(0));
}

/* Byte by byte, with the one that ends it; the first other one leads to the next name. */
static void test_comm(struct program *p, const struct exits_test *t)
{
	size_t count = 1, end;

	for (size_t i = 0; i < t->n; i++)
		count += 2 * (strlen(t->comm[i]) + 1);
	end = p->n + count;
	if (end > ROOM)
		return;
	for (size_t i = 0; i < t->n; i++) {
		size_t n = strlen(t->comm[i]) + 1;

		for (size_t k = 0; k < n; k++) {
			size_t next = 2 * (n - k - 1), out = end - p->n - 2;

			APPEND(p, LOAD8_X(AT_COMM + (uint32_t)k),
			       IF(BPF_JEQ, (unsigned char)t->comm[i][k],
				  k + 1 < n ? 0 : (unsigned char)out,
				  (unsigned char)next));
		}
	}
	APPEND(p, RETURN(0));
}

static void pass_users(struct program *p, const uint64_t *uids, size_t n)
{
	if (n)
		APPEND(p, LOAD32_X(AT_UID));
	for (size_t i = 0; i < n; i++)
		compare(p, (uint32_t)uids[i], n - i, false);
	if (n)
		APPEND(p, RETURN(0));
}

static void resolve(struct program *p)
{
	unsigned short drop = p->n + 1u, pass = p->n;

	for (unsigned short i = 0; i < p->n; i++) {
		struct sock_filter *s = &p->code[i];
		unsigned char *to[] = { &s->jt, &s->jf };

		for (size_t k = 0; BPF_CLASS(s->code) == BPF_JMP && k < COUNT(to); k++)
			if (*to[k] >= DROP)
				*to[k] = (unsigned char)((*to[k] == DROP ? drop : pass) -
							 i - 1);
	}
	APPEND(p, RETURN(UINT32_MAX), RETURN(0));
}

int filter_attach(int fd, const struct exits_filter *f)
{
	size_t users = f->nuids <= FILTER_USERS ? f->nuids : 0;
	struct program p = { .n = 0 };
	struct sock_fprog program = { .filter = p.code };

	if (!f->failed && !users && !f->ntests)
		return 0;
	pass_others(&p);
	if (!f->tasks)
		pass_threads(&p);
	if (f->failed)
		APPEND(&p, LOAD32(AT_EXITCODE), IF(BPF_JEQ, 0, DROP, 0));
	find_version(&p);
	pass_users(&p, f->uids, users);
	for (size_t i = 0; i < f->ntests; i++)
		if (f->tests[i].key == BY_COMM_OF)
			test_comm(&p, &f->tests[i]);
		else
			test_number(&p, &f->tests[i]);
	resolve(&p);
	program.len = p.n;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
		       ? -errno
		       : 0;
}

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
	AT_UID = AT_STRUCT + 120,
	AT_UID_15 = AT_STRUCT + 168, /* of version 15, as spec_layout.c has it */
	AT_END = AT_UID_15 + 4,
	GROUP = 1 << 5, /* AGROUP of linux/acct.h since Linux 5.19 */
};

/* Jumps that are not to the next instructions but to the two at the end. */
enum { DROP = 254, PASS = 255 };

struct program {
	struct sock_filter code[32 + FILTER_USERS];
	unsigned short n;
};

#define LOAD8(at)       BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (at))
#define LOAD16(at)      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (at))
#define LOAD32(at)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
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

static void pass_users(struct program *p, const uint64_t *uids, size_t n)
{
	APPEND(p, LOAD8(AT_STRUCT + LOW), IF(BPF_JEQ, 15, 0, 2), LOAD32(AT_UID_15),
	       BPF_STMT(BPF_JMP | BPF_JA, 1), LOAD32(AT_UID));
	for (size_t i = 0; i < n; i++)
		APPEND(p, IF(BPF_JEQ, htonl((uint32_t)uids[i]), PASS, 0));
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

	if (!f->failed && !users)
		return 0;
	pass_others(&p);
	if (!f->tasks)
		pass_threads(&p);
	if (f->failed)
		APPEND(&p, LOAD32(AT_EXITCODE), IF(BPF_JEQ, 0, DROP, 0));
	if (users)
		pass_users(&p, f->uids, users);
	resolve(&p);
	program.len = p.n;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
		       ? -errno
		       : 0;
}

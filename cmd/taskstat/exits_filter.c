/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exits_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <sys/socket.h>

/* Where mk_reply() of kernel/taskstats.c puts things in a message about a task. */
enum {
	AT_AGGREGATE = NLMSG_HDRLEN + GENL_HDRLEN,
	AT_ID = AT_AGGREGATE + NLA_HDRLEN,
	AT_STATS = AT_ID + NLA_HDRLEN + 4,
	AT_TYPE = offsetof(struct nlattr, nla_type),
	AT_EXITCODE = AT_STATS + NLA_HDRLEN + 4,
};

#define LOAD16(at)       BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (at))
#define LOAD32(at)       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (at))
#define IF(v, yes, no)   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (v), (yes), (no))
#define RETURN(v)        BPF_STMT(BPF_RET | BPF_K, (v))
#define LOAD_LENGTH      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)
#define IF_LESS(v, y, n) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (v), (n), (y))

int filter_failed(int fd)
{
	/* Loads are big-endian. Whatever looks otherwise, acks too, comes in. */
	struct sock_filter code[] = {
		LOAD_LENGTH,
		IF_LESS(AT_EXITCODE + 4, 7, 0),
		LOAD16(AT_AGGREGATE + AT_TYPE),
		IF(htons(TASKSTATS_TYPE_AGGR_PID), 0, 5),
		LOAD16(AT_STATS + AT_TYPE),
		IF(htons(TASKSTATS_TYPE_STATS), 0, 3),
		LOAD32(AT_EXITCODE),
		IF(0, 0, 1),
		RETURN(0),
		RETURN(UINT32_MAX),
	};
	struct sock_fprog program = { .len = COUNT(code), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
		       ? -errno
		       : 0;
}

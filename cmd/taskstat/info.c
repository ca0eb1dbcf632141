/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "info.h"

#include "exits.h"
#include "gather.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first version that has the process of a task. */
enum { TELLS_GROUPS = 12 };

struct info {
	const char *kernel;
	struct opt_u64 family;          /* id of the generic netlink family */
	struct opt_u64 version, length; /* of the struct that the kernel sends */
	uint64_t known_version, header_version, header_length;
	const char *layout;
	const char *queries, *exits;
	bool initial_userns, initial_pidns, proc;
	const char *delays;
	struct opt_u64 rcvbuf_default, rcvbuf_max, rcvbuf_got;
	const char *listing;
	const char *repairs;
};

#define F(m, flags, help) FIELD(info, m, flags, help)

static const struct field info_fields[] = {
	F(kernel, SHOW, "release of the running kernel"),
	F(family, SHOW,
	  "number of the TASKSTATS family; absent: CONFIG_TASKSTATS is not set"),
	F(version, SHOW, "version of struct taskstats that the kernel sends"),
	F(length, SHOW, "its length in bytes"),
	F(known_version, SHOW, "newest version that is known here"),
	F(header_version, SHOW, "version of the headers that this was built with"),
	F(header_length, SHOW, "length of the struct in those headers"),
	F(layout, SHOW, "how what the kernel sends is read"),
	F(queries, SHOW, "whether the kernel answers, or why not"),
	F(exits, SHOW, "whether the kernel tells of exits, or why not"),
	F(initial_userns, SHOW, "whether this is the initial user namespace"),
	F(initial_pidns, SHOW, "whether this is the initial pid namespace"),
	F(proc, SHOW, "whether /proc is of this pid namespace"),
	F(delays, SHOW, "kernel.task_delayacct: which delays are measured"),
	F(rcvbuf_default, SHOW | SIZE, "net.core.rmem_default"),
	F(rcvbuf_max, SHOW | SIZE, "net.core.rmem_max"),
	F(rcvbuf_got, SHOW | SIZE, "receive buffer that listening gets here"),
	F(listing, SHOW, "how all tasks are listed"),
	F(repairs, SHOW, "which defects of the kernel's numbers are repaired"),
};
static const struct record info_record =
	RECORD("taskstat_info", info_fields, .vertical = true);

static struct opt_u64 number_in(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned long v = 0;
	bool ok = f && fscanf(f, "%lu", &v) == 1;

	if (f)
		fclose(f);
	return (struct opt_u64){ .v = v, .has = ok };
}

static int measure(const struct nlmsghdr *h, void *arg)
{
	struct info *i = arg;
	struct kstats k;
	struct reply r;

	if (reply_decode(h, &r) || !r.task.p)
		return -EBADMSG;
	i->length = some_u64(r.task.n);
	if (!kstats_decode(r.task.p, r.task.n, &k) || k.version)
		i->version = some_u64(k.version);
	return 0;
}

static void look_at_queries(struct info *i)
{
	struct query q;
	struct nl_msg *m;
	int err = query_open(&q);

	if (err) {
		i->queries = err == -ENOENT ? "no: the kernel has no such family"
					    : strerrordesc_np(-err);
		query_close(&q);
		return;
	}
	i->family = some_u64(q.family.id);
	m = genl_new(&q.family, TASKSTATS_CMD_GET, 0);
	err = -ENOMEM;
	if (m && !nla_put_u32(m, TASKSTATS_CMD_ATTR_PID, (uint32_t)getpid()))
		err = nl_request(&q.nl, nlmsg_hdr(m), measure, i, NULL);
	nlmsg_free(m);
	query_close(&q);
	if (!err)
		i->queries = "yes";
	else if (err == -EPERM)
		i->queries = i->initial_userns
				     ? "no: it takes CAP_NET_ADMIN"
				     : "no: it takes CAP_NET_ADMIN in the initial user "
				       "namespace";
	else
		i->queries = strerrordesc_np(-err);
}

static void look_at_exits(struct info *i)
{
	struct exits_options o = { 0 };
	struct exits x;
	int err;

	if (strcmp(i->queries, "yes") != 0) {
		i->exits = "no: the kernel does not even answer";
		return;
	}
	err = exits_try(&x, &o);
	i->rcvbuf_got = some_u64(x.rcvbuf);
	exits_close(&x);
	if (!err)
		i->exits = i->version.v < TELLS_GROUPS
				   ? "yes, but threads like processes: before Linux 5.19 "
				     "nothing tells them apart"
				   : "yes";
	else if (err == -EINVAL)
		i->exits = "no: not the initial pid namespace";
	else if (err == -ENETUNREACH)
		i->exits = "no: not the initial network namespace";
	else
		i->exits = strerrordesc_np(-err);
}

static const char *layout_name(const struct info *i)
{
	if (!i->version.has)
		return NULL;
	if (i->version.v < KSTATS_OLDEST)
		return "not: older than any that is known";
	if (i->version.v == 15)
		return "by its own order, which only version 15 has";
	if (i->version.v > KSTATS_NEWEST)
		return "as version 16: newer than what is known";
	return "as that version and that length have it";
}

static const char *delays_name(void)
{
	switch (proc_delayacct()) {
	case 0:
		return "0: only delays for a CPU, see --delays";
	case 1:
		return "1: all delays, of tasks that were started since";
	case -ENOENT:
		return "no such sysctl: all delays, unless booted with nodelayacct";
	default:
		return "unknown: it can't be read";
	}
}

static const char *listing_name(const struct info *i)
{
	struct subjects s = { 0 };
	int err = i->proc ? subjects_bpf(&s, false) : -ENOENT;

	subjects_free(&s);
	if (!i->proc)
		return "not: /proc is of another pid namespace";
	return err ? "by /proc alone, for BPF is refused" : "by BPF, and /proc";
}

static const char *repairs_name(const struct info *i)
{
	if (!i->version.has)
		return NULL;
	if (i->version.v < TELLS_GROUPS)
		return "sums longer than life are left out";
	if (i->version.v < 15)
		return "sums longer than life are left out; exit codes of processes with "
		       "threads are put together";
	return "waits longer than life are taken out of sums and maxima; exit codes of "
	       "processes with threads are put together";
}

/* The inode number of the initial pid namespace: PROC_PID_INIT_INO of linux/proc_ns.h. */
static bool in_initial_pidns(void)
{
	char link[32];
	ssize_t n = readlink("/proc/self/ns/pid", link, sizeof(link) - 1);

	link[n > 0 ? n : 0] = 0;
	return !strcmp(link, "pid:[4026531836]");
}

static int info_run(struct ctx *c)
{
	struct utsname u;
	struct info i = { .known_version = KSTATS_NEWEST,
			  .header_version = TASKSTATS_VERSION,
			  .header_length = sizeof(struct taskstats),
			  .initial_userns = proc_initial_userns(),
			  .initial_pidns = in_initial_pidns(),
			  .proc = proc_is_ours() };

	uname(&u);
	i.kernel = u.release;
	look_at_queries(&i);
	look_at_exits(&i);
	i.layout = layout_name(&i);
	i.delays = delays_name();
	i.rcvbuf_default = number_in("/proc/sys/net/core/rmem_default");
	i.rcvbuf_max = number_in("/proc/sys/net/core/rmem_max");
	i.listing = listing_name(&i);
	i.repairs = repairs_name(&i);
	return sink_row(c->sink, &i) ? STATUS_FAILED : STATUS_DONE;
}

const struct command info_command = {
	.name = "info",
	.brief = "Print what this kernel can tell here, and what not and why",
	.rec = &info_record,
	.run = info_run,
};

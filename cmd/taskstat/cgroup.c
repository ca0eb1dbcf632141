/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup.h"

#include "cgroup_dir.h"
#include "clock.h"
#include "gather.h"
#include "sum.h"
#include "switch.h"

#include <errno.h>
#include <linux/cgroupstats.h>
#include <linux/taskstats.h>
#include <unistd.h>

struct cgroup_options {
	bool delays;
};

static const struct opt cgroup_opts[] = {
	OPT(cgroup_options, delays, 0, "delays", NULL,
	    "have all delays measured while this runs"),
};

struct cgroup_run {
	struct ctx *c;
	struct gather g;
	struct sums sums;
	size_t printed, failed;
	size_t states[5]; /* by the letters below */
};

/* Of the sum of one cgroup. */
static void put_states(struct sum *s, const size_t *n)
{
	s->running = some_u64(n[0]);
	s->sleeping = some_u64(n[1]);
	s->uninterruptible = some_u64(n[2]);
	s->stopped = some_u64(n[3]);
}

static size_t place_of(const char *state)
{
	static const char letters[] = "RSDT";
	const char *p = state ? strchr(letters, *state) : NULL;

	if (state && *state == 't')
		return 3;
	if (state && *state == 'I')
		return 1;
	return p ? (size_t)(p - letters) : 4;
}

static int take(const struct found *f, void *arg)
{
	struct cgroup_run *r = arg;
	struct sum *s;

	if (f->proc_err)
		return diag_fail(&r->c->diag, f->err, NULL, "reading /proc/%u", f->id);
	if (f->err == -ESRCH || f->err == -EXDEV)
		return STATUS_DONE;
	if (f->err)
		return gather_refused(&r->c->diag, f->err);
	s = sums_of(&r->sums, &f->t);
	if (!s)
		return diag_fail(&r->c->diag, ENOMEM, NULL, "sums");
	sum_add(s, &f->t);
	r->states[place_of(f->t.state)]++;
	return STATUS_DONE;
}

/* The members of a cgroup of version 2, and of all below it, one by one. */
static int add_members(struct cgroup_run *r, int fd)
{
	struct subjects s = { 0 };
	struct ids ids = { 0 };
	int err = cgroup_pids(fd, &ids), status;

	for (size_t i = 0; !err && i < ids.n; i++)
		err = subjects_add_id(&s, ids.v[i]);
	status = err ? diag_fail(&r->c->diag, err, NULL, "listing a cgroup's processes")
		     : gather_run(&r->g, &s, true, take, r);
	subjects_free(&s);
	ids_free(&ids);
	return status;
}

static int take_stats(const struct nlmsghdr *h, void *arg)
{
	struct nlattr *a[CGROUPSTATS_TYPE_MAX + 1];
	struct cgroupstats stats = { 0 };
	struct sum *s = arg;
	struct bytes b;

	if (genl_attrs(h, 0, a, CGROUPSTATS_TYPE_MAX))
		return -EBADMSG;
	b = nla_read_bytes(a[CGROUPSTATS_TYPE_CGROUP_STATS]);
	if (!b.p || b.n < sizeof(stats))
		return -EBADMSG;
	memcpy(&stats, b.p, sizeof(stats));
	s->sleeping = some_u64(stats.nr_sleeping);
	s->running = some_u64(stats.nr_running);
	s->stopped = some_u64(stats.nr_stopped);
	s->uninterruptible = some_u64(stats.nr_uninterruptible);
	s->io_wait = some_u64(stats.nr_io_wait);
	return 0;
}

/* Of version 1 the kernel counts the tasks of that one cgroup itself. */
static int ask_kernel(struct cgroup_run *r, int fd, struct sum *s)
{
	struct nl_msg *m = genl_new(&r->g.q.family, CGROUPSTATS_CMD_GET, 0);
	int err = -ENOMEM;

	if (m && !nla_put_u32(m, CGROUPSTATS_CMD_ATTR_FD, (uint32_t)fd))
		err = nl_request(&r->g.q.nl, nlmsg_hdr(m), take_stats, s, NULL);
	nlmsg_free(m);
	return err ? diag_fail(&r->c->diag, err, NULL, "asking about a cgroup")
		   : STATUS_DONE;
}

static int print(struct cgroup_run *r, struct sum *s, const char *path)
{
	s->cgroup = path;
	r->printed++;
	return sink_row(r->c->sink, s) ? STATUS_FAILED : STATUS_DONE;
}

static int one_v2(struct cgroup_run *r, int fd, const char *path)
{
	struct sum empty = { 0 }, *s = &empty;
	int status;

	sums_free(&r->sums);
	memset(r->states, 0, sizeof(r->states));
	status = add_members(r, fd);
	if (status)
		return status;
	if (r->sums.n)
		s = r->sums.v;
	s->cgroup_version = 2;
	put_states(s, r->states);
	return print(r, s, path);
}

static int one_v1(struct cgroup_run *r, int fd, const char *path)
{
	struct sum s = { .cgroup_version = 1 };
	struct ids ids = { 0 };
	int status = ask_kernel(r, fd, &s), err = cgroup_tasks(fd, &ids);

	/* Since Linux 6.1 the kernel counts none that sleeps and may be frozen meanwhile.
	 */
	s.tasks = ids.n;
	ids_free(&ids);
	if (err)
		return diag_fail(&r->c->diag, err, NULL, "listing a cgroup's tasks");
	return status ? status : print(r, &s, path);
}

static int one(struct cgroup_run *r, const char *path)
{
	int fd = cgroup_open(path), status;

	if (fd < 0) {
		r->failed++;
		if (fd == -EINVAL)
			diag_fail(&r->c->diag, 0, "name a directory below /sys/fs/cgroup",
				  "%s: not a cgroup", path);
		else
			diag_fail(&r->c->diag, fd, NULL, "cgroup %s", path);
		return STATUS_DONE;
	}
	status = cgroup_is_v2(fd) ? one_v2(r, fd, path) : one_v1(r, fd, path);
	close(fd);
	return status;
}

static int cgroup_run(struct ctx *c)
{
	const struct cgroup_options *o = c->config;
	struct cgroup_run r = { .c = c, .sums.by = BY_NOTHING };
	struct delay_switch delays = { 0 };
	int status = o->delays ? switch_on(&delays, &c->diag) : STATUS_DONE;

	if (!status)
		status = gather_open(&r.g, &c->diag);
	else
		r.g.q.nl.fd = -1;
	if (delays.on)
		r.g.since_ns = clock_mono_ns();
	for (size_t i = 0; !status && i < c->nargs; i++)
		status = one(&r, c->args[i]);
	gather_close(&r.g);
	switch_off(&delays);
	sums_free(&r.sums);
	if (status || !r.failed)
		return status;
	return r.printed ? STATUS_INCOMPLETE : STATUS_FAILED;
}

const struct command cgroup_command = {
	.name = "cgroup",
	.brief = "Add up what the tasks of control groups do and wait for",
	.args = "CGROUP...",
	.min_args = 1,
	.opts = cgroup_opts,
	.nopts = COUNT(cgroup_opts),
	.rec = &cgroup_record,
	.config_size = sizeof(struct cgroup_options),
	.metrics = true,
	.run = cgroup_run,
};

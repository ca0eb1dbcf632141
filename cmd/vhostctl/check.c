/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.c - vhostctl check: does a back-end keep to the specification, and survive? */
#include "check.h"

#include "check_front.h"
#include "peer.h"
#include "spec.h"

#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

struct check_options {
	int level;
	const char *only, *spawn;
	uint64_t pid;
	struct time_arg timeout;
	bool listen, front_end, tap;
};

static const struct check_options defaults = { .level = LEVEL_SPEC };

static const char *const level_words[] = { "spec", "robust", "destructive", NULL };

static const struct opt options[] = {
	OPT(check_options, level, 0, "level", "spec|robust|destructive",
	    "spec: what is right; robust: and what is wrong; destructive: and what may "
	    "take the machine's memory",
	    .choices = level_words),
	OPT(check_options, only, 0, "only", "GLOB", "only cases whose names match"),
	OPT(check_options, spawn, 0, "spawn", "COMMAND",
	    "start the back-end by this shell command, again after each death"),
	OPT(check_options, pid, 'p', "pid", "PID",
	    "the back-end's process, whose file descriptors are counted", .min = 1,
	    .max = INT32_MAX),
	OPT(check_options, tap, 0, "tap", NULL,
	    "print lines of the Test Anything Protocol instead of records"),
	OPT(check_options, front_end, 0, "front-end", NULL,
	    "check the front-ends that connect to SOCKET, where we are the back-end"),
	OPT(check_options, listen, 'l', "listen", NULL,
	    "listen at SOCKET: the back-end connects to us, again after each case"),
	OPT(check_options, timeout, 0, "timeout", "TIME",
	    "how long an answer may take, 500ms by default, and with --listen how long "
	    "to "
	    "wait for the back-end to come first, 30s by default",
	    .min = 1000000, .max = UINT64_C(3600000000000)),
};

static uint64_t answer_ns(const struct check_options *o)
{
	return o->timeout.ns ? o->timeout.ns : 500000000;
}

/* How long it may take until the back-end is there at first. */
static uint64_t arrival_ns(const struct check_options *o)
{
	return o->listen && !o->timeout.ns ? PEER_ARRIVAL_NS : answer_ns(o);
}

struct checked {
	const char *name, *level;
	uint8_t result;
	const char *detail, *stands_on;
};

static const struct name results[] = { { CHECK_PASS, "pass" },
				       { CHECK_FAIL, "fail" },
				       { CHECK_SKIP, "skip" } };
static const struct names result_names = NAMES(results);

static const struct field fields[] = {
	{ .name = "case",
	  .help = "what was tried",
	  .off = offsetof(struct checked, name),
	  .size = sizeof(const char *),
	  .flags = SHOW | KEY,
	  .kind = MEMBER_STR },
	FIELD(checked, level, SHOW, "spec, robust or destructive"),
	FIELD(checked, result, SHOW, "pass, fail, or skip: it could not be tried",
	      .names = &result_names),
	FIELD(checked, detail, SHOW, "what was found"),
	FIELD(checked, stands_on, 0, "the part of the specification that it stands on"),
};
static const struct record record = RECORD("vhostctl_check", fields);

static bool wanted(const struct check_options *o, uint8_t level, const char *name)
{
	return level <= o->level && (!o->only || !fnmatch(o->only, name, 0));
}

/* Cases are numbered as they come; the plan stands at the end. */
static int print_tap(struct ctx *c, const struct checked *row)
{
	struct buf *b = &c->out.b;

	buf_printf(b, "%s - %s", row->result == CHECK_FAIL ? "not ok" : "ok", row->name);
	if (row->result == CHECK_SKIP)
		buf_printf(b, " # SKIP %s", row->detail ? row->detail : "");
	else if (row->detail)
		buf_printf(b, " # %s", row->detail);
	buf_putc(b, '\n');
	return out_flush(&c->out) ? STATUS_FAILED : 0;
}

/* Rows that are put in an order, or counted, come at the end. */
static bool keeps(const struct ctx *c)
{
	return c->common.sort || c->common.top;
}

static int conclude(struct ctx *c, struct checked *row, const struct check_outcome *out,
		    bool *failed)
{
	const struct check_options *o = c->config;

	row->result = (uint8_t)out->result;
	row->detail = *out->detail ? out->detail : NULL;
	*failed |= out->result == CHECK_FAIL;
	if (o->tap)
		return print_tap(c, row);
	if (sink_row(c->sink, row) || (!keeps(c) && sink_flush(c->sink)))
		return STATUS_FAILED;
	return 0;
}

static struct checked row_of(const struct check_case *k)
{
	return (struct checked){ .name = k->name,
				 .level = level_words[k->level],
				 .stands_on = k->stands_on };
}

/* The names of all cases make the table's widths: it is printed case by case. */
static int measure(struct ctx *c)
{
	const struct check_options *o = c->config;
	int err = 0;

	for (size_t i = 0; i < check_ncases && !err && !o->tap && !keeps(c); i++) {
		struct checked row = row_of(&check_cases[i]);

		if (wanted(o, check_cases[i].level, check_cases[i].name))
			err = sink_measure(c->sink, &row);
	}
	if (!err && !o->tap && !keeps(c))
		err = sink_flush(c->sink);
	return err ? STATUS_FAILED : 0;
}

/* What became of all cases. */
struct verdict {
	bool failed, gone; /* gone: the back-end was, at one of them */
};

static int one(struct ctx *c, struct target *t, const struct check_case *k,
	       struct verdict *v)
{
	const struct check_options *o = c->config;
	struct check_outcome out = { .result = CHECK_SKIP };
	struct checked row = row_of(k);
	int status = 0;

	if (t->spawn &&
	    (t->single || target_ended(t) || !check_answers(t->dial, answer_ns(o)))) {
		target_stop(t);
		status = target_start(t, &c->diag);
		if (status)
			return status;
	}
	if (!t->spawn && !check_answers(t->dial, answer_ns(o))) {
		memcpy(out.detail, "the back-end is gone", 21);
		v->gone = true;
	} else {
		check_run(k, t, answer_ns(o), &out);
	}
	return conclude(c, &row, &out, &v->failed);
}

static int ended(struct ctx *c, int status, size_t n, struct verdict v)
{
	const struct check_options *o = c->config;

	if (!status && o->tap)
		buf_printf(&c->out.b, "1..%zu\n", n);
	if (!status && !n)
		return diag_usage(&c->diag, "--only: no case of this level matches '%s'",
				  o->only);
	return status     ? status
	       : v.failed ? STATUS_TRUE
	       : v.gone   ? STATUS_INCOMPLETE
			  : STATUS_DONE;
}

static int check_all(struct ctx *c, struct target *t)
{
	const struct check_options *o = c->config;
	struct verdict v = { 0 };
	size_t n = 0;
	int status = measure(c);

	for (size_t i = 0; i < check_ncases && !status; i++)
		if (wanted(o, check_cases[i].level, check_cases[i].name)) {
			status = one(c, t, &check_cases[i], &v);
			n++;
		}
	return ended(c, status, n, v);
}

static int check_fronts(struct ctx *c, struct target *t)
{
	const struct check_options *o = c->config;
	struct check_outcome out;
	struct front_case k;
	struct verdict v = { 0 };
	size_t n = 0, came = 0;
	int status = 0;

	for (size_t i = 0; !status && front_case(i, &k); i++) {
		struct checked row = { .name = k.name,
				       .level = level_words[k.level],
				       .stands_on = k.stands_on };

		if (!wanted(o, k.level, k.name))
			continue;
		front_run(&k, t, answer_ns(o), &out);
		status = conclude(c, &row, &out, &v.failed);
		came += out.result != CHECK_SKIP;
		n++;
	}
	if (!status && n && !came && !v.failed)
		return diag_fail(&c->diag, ETIMEDOUT,
				 "start it while this runs, give it more --timeout, or "
				 "name it by --spawn",
				 "%s: no front-end has come", t->socket);
	return ended(c, status, n, v);
}

/* Whether what we have started is gone because a front-end came and left. */
static bool is_single(struct target *t, uint64_t ns)
{
	if (!t->spawn || t->dial->listens || check_answers(t->dial, ns))
		return false;
	for (int i = 0; i < 50 && !target_ended(t); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	return target_ended(t) && WIFEXITED(t->status) && WEXITSTATUS(t->status) < 128;
}

/* The back-end must be there, and its process one that we may look at. */
static int meet(struct ctx *c, const struct target *t)
{
	const struct check_options *o = c->config;
	struct peer *p = calloc(1, sizeof(*p));
	enum conn_end end;
	uint64_t v;
	bool zero;
	int n = 0, status;

	if (!p)
		return diag_fail(&c->diag, ENOMEM, NULL, "connection");
	status = peer_dial(p, &c->diag, t->dial, answer_ns(o), arrival_ns(o));
	if (!status) {
		end = peer_ask_u64(p, VU_GET_FEATURES, &v);
		status = end ? peer_fail(p, VU_GET_FEATURES, end) : 0;
	}
	peer_close(p);
	free(p);
	if (!status && t->pid)
		n = target_fds(t, &zero);
	if (n < 0)
		status = diag_fail(&c->diag, n,
				   "it takes a process that runs, and its owner or root",
				   "--pid %d: its file descriptors can't be counted",
				   (int)t->pid);
	return status;
}

static int check_run_all(struct ctx *c)
{
	const struct check_options *o = c->config;
	struct dial dial;
	struct target t = { .spawn = o->spawn,
			    .socket = c->args[0],
			    .dial = &dial,
			    .pid = o->spawn ? 0 : (pid_t)o->pid };
	int status = dial_open(&dial, &c->diag, c->args[0], o->listen || o->front_end);

	if (!status && o->front_end) {
		status = check_fronts(c, &t);
		goto out;
	}
	if (!status && o->spawn)
		status = target_claim(&t, &c->diag);
	if (!status && o->spawn)
		status = target_start(&t, &c->diag);
	if (!status)
		t.single = is_single(&t, answer_ns(o));
	if (!status && !o->spawn)
		status = meet(c, &t);
	if (!status)
		status = check_all(c, &t);
out:
	target_stop(&t);
	dial_close(&dial);
	return status;
}

static int check_prepare(struct ctx *c)
{
	const struct check_options *o = c->config;

	if (o->tap)
		c->rec = NULL;
	return 0;
}

const struct command check_command = {
	.name = "check",
	.brief = "Check what a back-end does with right and with wrong messages",
	.args = "SOCKET",
	.min_args = 1,
	.max_args = 1,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &record,
	.defaults = &defaults,
	.config_size = sizeof(struct check_options),
	.prepare = check_prepare,
	.run = check_run_all,
};

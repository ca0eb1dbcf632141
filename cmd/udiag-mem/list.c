/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.c - the one command: what is asked, of which namespaces, and its exit status. */
#include "list.h"

#include "group.h"
#include "run.h"

#include <errno.h>
#include <unistd.h>

enum { BARE_TOP = 20 };

static const char *const owners_words[] = { "auto", "bpf", "proc", "none", NULL };

static const struct opt list_opts[] = {
	OPT(options, group, 'g', "group", "process|comm|name|uid|peer|netns",
	    "print sums by what sockets have in common", .choices = group_words),
	OPT(options, watch, 'w', "watch", "SEC",
	    "sample again and again: in place on a terminal, else JSON Lines",
	    .min = 1000000),
	OPT(options, netns, 0, "netns", "NAME|PATH|PID",
	    "look into this network namespace instead, several times for several"),
	OPT(options, all_netns, 0, "all-netns", NULL,
	    "look into all network namespaces of processes and of ip-netns(8)"),
	OPT(options, owners, 0, "owners", "auto|bpf|proc|none",
	    "how to find out who has a socket; auto tries bpf first",
	    .choices = owners_words),
	OPT(options, fail_if, 0, "fail-if", "EXPR",
	    "exit with 4 if a socket meets all filters in EXPR; may be repeated"),
	OPT(options, summary, 0, "summary", NULL,
	    "after the records print one with the totals and what is incomplete"),
};

int list_failed(const struct rows *r, int err)
{
	if (r->c->out.err || r->c->out.b.err)
		return STATUS_FAILED; /* main says why */
	return diag_fail(&r->c->diag, err,
			 err == -ENOENT ? "the kernel needs CONFIG_UNIX_DIAG" : NULL,
			 "dumping unix sockets");
}

int list_summary(struct rows *r)
{
	struct sink *s = NULL;
	int err, end;

	if (!options_of(r->c)->summary || r->c->common.prometheus)
		return 0;
	r->sum.time = r->time;
	r->sum.sample = r->sample;
	err = sink_flush(r->c->sink);
	if (!err)
		err = ctx_sink(r->c, &summary_record, &s);
	if (!err)
		err = sink_row(s, &r->sum);
	end = sink_close(s);
	return err ? err : end;
}

static const char *how_to_see(const struct gathered *g)
{
	return g->owners_refused ? "CAP_SYS_PTRACE is needed, and what the processes have"
				 : "processes outside this pid namespace are not seen";
}

/* What stayed unknown is said once, and counts where it was asked for. */
static int judge(const struct rows *r)
{
	const struct gathered *g = r->got;
	const struct diag *d = &r->c->diag;
	int choice = options_of(r->c)->owners, status = STATUS_DONE;
	bool owners = r->view->need & NEED_OWNERS && choice != OWNERS_NONE;
	bool asked = r->view->asked & NEED_OWNERS || choice == OWNERS_BPF ||
		     choice == OWNERS_PROC;
	bool first = !r->sample.has || r->sample.v == 1;

	if (g->bpf_error && first)
		diag_info(d, "owners by BPF: %s: trying /proc",
			  strerrordesc_np(-g->bpf_error));
	if (g->bpf_error && choice == OWNERS_BPF) {
		if (first)
			diag_warn(d, "BPF is not to be had: CAP_BPF and CAP_PERFMON are "
				     "needed, and a kernel with BTF");
		status = STATUS_INCOMPLETE;
	}
	if (owners && r->sum.unknown_owners) {
		if (first)
			diag_warn(d, "some owners are unknown: %s", how_to_see(g));
		status = asked ? STATUS_INCOMPLETE : status;
	}
	if (!gathered_complete(g)) {
		diag_warn(d, "incomplete: %llu other ends are missing%s",
			  (unsigned long long)g->missing_peers,
			  g->interrupted ? ", the dump was interrupted" : "");
		status = STATUS_INCOMPLETE;
	}
	return r->fails ? STATUS_TRUE : status;
}

int list_sample(struct rows *r)
{
	int choice = options_of(r->c)->owners, err, status;
	struct gather g = {
		.places = (struct places *)r->places,
		.preference = { view_prefers, r->view },
		.show = r->view->show,
		.want_owners = r->view->need & NEED_OWNERS && choice != OWNERS_NONE,
		.want_queues = r->view->need & NEED_QUEUES,
		.may_bpf = choice == OWNERS_AUTO || choice == OWNERS_BPF,
		.may_proc = choice != OWNERS_NONE,
	};
	struct gathered got;

	err = gather(&g, &got);
	if (err) {
		table_free(&got.table);
		return list_failed(r, err);
	}
	r->got = &got;
	r->sum = (struct summary){ 0 };
	r->fails = false;
	if (r->c->common.prometheus)
		err = metrics_print(r);
	else
		err = options_of(r->c)->group ? groups_print(r) : rows_print(r);
	if (!err)
		err = list_summary(r);
	status = err ? list_failed(r, err) : judge(r);
	table_free(&got.table);
	r->got = NULL;
	return status;
}

static int choose_places(const struct ctx *c, struct places *p)
{
	const struct options *o = options_of(c);
	const char *hint = "CAP_SYS_ADMIN and CAP_SYS_PTRACE are needed";
	size_t bad = 0;
	int r = 0;

	for (size_t i = 0; i < o->netns.n; i++) {
		r = places_add(p, o->netns.v[i]);
		if (r)
			return diag_fail(&c->diag, r,
					 r == -EACCES
						 ? hint
						 : "ip netns and lsns -t net list them",
					 "network namespace '%s'", o->netns.v[i]);
	}
	if (o->all_netns)
		r = places_add_all(p);
	else if (!o->netns.n)
		r = places_add_own(p);
	if (r)
		return diag_fail(&c->diag, r, r == -ENOENT ? "is /proc mounted?" : NULL,
				 "network namespaces");
	r = places_open(p, &bad);
	if (r == -EPERM)
		return diag_fail(&c->diag, r, hint, "entering network namespace %u",
				 p->v[bad].inum);
	if (r)
		return diag_fail(&c->diag, r,
				 r == -EPROTONOSUPPORT
					 ? "the kernel needs CONFIG_UNIX_DIAG"
					 : NULL,
				 "opening a sock_diag socket");
	return STATUS_DONE;
}

static int list(struct ctx *c)
{
	struct places places = { 0 };
	struct view view;
	struct rows rows = { .c = c, .view = &view, .places = &places };
	int status = view_open(&view, c);

	if (!status)
		status = choose_places(c, &places);
	if (!status && options_of(c)->watch.ns)
		status = watch(&rows);
	else if (!status)
		status = stream_can(&rows) ? stream(&rows) : list_sample(&rows);
	if (!status && places.refused) {
		diag_warn(&c->diag, "%zu threads do not show their network namespace: %s",
			  places.refused, "CAP_SYS_PTRACE is needed, and what they have");
		status = STATUS_INCOMPLETE;
	}
	places_free(&places);
	view_close(&view);
	return status;
}

/* People see what holds the most memory; programs get all, as it comes. */
static int prepare(struct ctx *c)
{
	const struct options *o = options_of(c);
	struct common *common = &c->common;

	if (o->all_netns && o->netns.n)
		return diag_usage(&c->diag, "--netns and --all-netns exclude each other");
	if (common->prometheus && (o->group || o->watch.ns))
		return diag_usage(&c->diag,
				  "--prometheus takes no --group and no --watch");
	if (o->watch.ns && !is_screen(STDOUT_FILENO))
		common->json = true;
	if (common->prometheus)
		c->rec = &comm_record;
	else if (o->group)
		c->rec = &group_record;
	if (common->json || common->prometheus)
		return STATUS_DONE;
	if (!common->sort) {
		if (!c->nargs && !common->columns && !common->top && !o->group &&
		    !o->watch.ns && !o->fail_if.n)
			common->top = BARE_TOP;
		common->sort = "-alloc_bytes";
	}
	if (o->watch.ns && !common->columns)
		common->columns = "+change_bytes";
	return STATUS_DONE;
}

static const struct variant variants[] = {
	{ "With --group, instead", &group_record },
	{ "With --summary, at the end", &summary_record },
	{ "With --prometheus, by process name", &comm_record },
	{ "With --prometheus, by listener", &listener_record },
};

const struct command list_command = {
	.brief = "Show unix sockets, the memory they hold, and whose they are",
	.args = "[FILTER...]",
	.opts = list_opts,
	.nopts = COUNT(list_opts),
	.rec = &sock_record,
	.variants = variants,
	.nvariants = COUNT(variants),
	.config_size = sizeof(struct options),
	.metrics = true,
	.prepare = prepare,
	.run = list,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pipeline.h"

#include "stream.h"

#include <errno.h>
#include <stdlib.h>

/* So few that a thread is not worth its start. */
#define FEW (2 * (size_t)QUERY_BATCH)

struct pipeline {
	struct gather *g;
	struct subjects *s;
	bool processes;
	bool listing;  /* the ids are of /proc, and s holds what BPF told, both ascending
			*/
	bool mute;     /* nothing is streamed but the ids: BPF told nothing */
	uint32_t *ids; /* of s */
	struct stream *stream;
	size_t at;       /* of s, taken */
	struct found *f; /* QUERY_BATCH */
	gather_take *take;
	void *arg;
};

static int hand_over(const struct pipeline *p, size_t n)
{
	int status = STATUS_DONE;

	for (size_t i = 0; !status && i < n; i++)
		status = p->take(&p->f[i], p->arg);
	return status;
}

/* Asks about n subjects now. */
static int ask(const struct pipeline *p, const struct subject *v, size_t n)
{
	int err = gather_batch(p->g, v, n, p->processes, p->f);

	return err ? gather_refused(p->g->diag, err) : hand_over(p, n);
}

static int ask_all(const struct pipeline *p)
{
	int status = STATUS_DONE;

	for (size_t at = 0; !status && at < p->s->n; at += QUERY_BATCH)
		status = ask(p, p->s->v + at, MIN(p->s->n - at, (size_t)QUERY_BATCH));
	return status;
}

static int ask_ids(const struct pipeline *p, const uint32_t *ids, size_t n)
{
	struct subject v[QUERY_BATCH];

	for (size_t i = 0; i < n; i++)
		v[i] = (struct subject){ .id = ids[i] };
	return ask(p, v, n);
}

/* What is known by BPF of the id that comes next. */
static int find(struct pipeline *p, uint32_t id, const struct subject **known)
{
	const struct subjects *s = p->s;
	int status = STATUS_DONE;

	/* /proc may hide some that BPF shows, and BPF others. */
	for (; !status && p->listing && p->at < s->n && s->v[p->at].id < id; p->at++)
		status = ask(p, &s->v[p->at], 1);
	*known = p->at < s->n && s->v[p->at].id == id ? &s->v[p->at++] : NULL;
	return status;
}

static int take_one(struct pipeline *p, size_t i, uint32_t id)
{
	const struct subject *known;
	struct ask a;
	int status = find(p, id, &known);

	if (status)
		return status;
	if (!stream_answer(p->stream, i, &a) || !gather_answers(known, p->processes))
		return known ? ask(p, known, 1) : ask_ids(p, &id, 1);
	gather_found(p->g, known, &a, p->processes, p->f);
	return hand_over(p, 1);
}

static int take_batch(struct pipeline *p, const uint32_t *ids, size_t n)
{
	int status = STATUS_DONE;

	if (p->mute)
		return ask_ids(p, ids, n);
	for (size_t i = 0; !status && i < n; i++)
		status = take_one(p, i, ids[i]);
	return status;
}

static int stream_failed(const struct pipeline *p)
{
	bool proc;
	int err = stream_error(p->stream, &proc);

	if (!err)
		return STATUS_DONE;
	return proc ? gather_unlisted(p->g->diag, err) : gather_refused(p->g->diag, err);
}

static int take_all(struct pipeline *p)
{
	const struct subject *known;
	int status = STATUS_DONE;
	const uint32_t *ids;
	size_t n;

	while (!status && (n = stream_next(p->stream, &ids)))
		status = take_batch(p, ids, n);
	if (!status)
		status = stream_failed(p);
	return status ? status : find(p, UINT32_MAX, &known);
}

static int open_stream(struct pipeline *p, const uint32_t *ids, size_t n)
{
	int err = stream_open(&p->stream, &p->g->q, ids, n);

	return err ? diag_fail(p->g->diag, err, NULL, "asking by a thread") : STATUS_DONE;
}

static uint32_t *ids_of(const struct subjects *s)
{
	uint32_t *ids = calloc(s->n, sizeof(*ids));

	for (size_t i = 0; ids && i < s->n; i++)
		ids[i] = s->v[i].id;
	return ids;
}

static int run_many(struct pipeline *p)
{
	int status;

	p->ids = ids_of(p->s);
	if (!p->ids)
		return diag_fail(p->g->diag, ENOMEM, NULL, "process ids");
	status = open_stream(p, p->ids, p->s->n);
	if (!status)
		status = take_all(p);
	stream_close(p->stream);
	free(p->ids);
	return status;
}

static int begin(struct pipeline *p, size_t n)
{
	p->f = calloc(n, sizeof(*p->f));
	return p->f ? STATUS_DONE : diag_fail(p->g->diag, ENOMEM, NULL, "answers");
}

int gather_run(struct gather *g, struct subjects *s, bool processes, gather_take *take,
	       void *arg)
{
	struct pipeline p = {
		.g = g, .s = s, .processes = processes, .take = take, .arg = arg
	};
	/* Few get no more room than they fill: to clear it takes longer than to ask. */
	int status = begin(&p, MIN(s->n, (size_t)QUERY_BATCH) + 1);

	if (!status)
		status = s->n <= FEW ? ask_all(&p) : run_many(&p);
	free(p.f);
	return status;
}

/* Until BPF has told of all, /proc is listed and asked about. */
static int all_processes(struct gather *g, gather_take *take, void *arg)
{
	struct subjects s = { 0 };
	struct pipeline p = { .g = g,
			      .s = &s,
			      .processes = true,
			      .listing = true,
			      .take = take,
			      .arg = arg };
	int status = begin(&p, QUERY_BATCH), err;

	if (!status)
		status = open_stream(&p, NULL, 0);
	if (!status) {
		err = subjects_bpf(&s, false);
		p.mute = err < 0;
		if (p.mute) {
			gather_without_bpf(g->diag, err);
			stream_mute(p.stream);
		} else {
			p.ids = ids_of(&s);
			if (p.ids)
				stream_known(p.stream, p.ids, s.n);
		}
		status = take_all(&p);
	}
	stream_close(p.stream);
	free(p.ids);
	subjects_free(&s);
	free(p.f);
	return status;
}

static int all_threads(struct gather *g, gather_take *take, void *arg)
{
	struct subjects s = { 0 };
	int bpf, err = subjects_all(&s, true, &bpf), status;

	if (bpf)
		gather_without_bpf(g->diag, bpf);
	status =
		err ? gather_unlisted(g->diag, err) : gather_run(g, &s, false, take, arg);
	subjects_free(&s);
	return status;
}

int gather_all(struct gather *g, bool threads, gather_take *take, void *arg)
{
	if (!g->proc)
		return gather_unlisted(g->diag, -ENOENT);
	return threads ? all_threads(g, take, arg) : all_processes(g, take, arg);
}

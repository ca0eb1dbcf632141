/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.c - a queue of a front-end that we serve: its ring, fds and state. */
#include "queue.h"

#include "fd.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void push(struct queue *r, const struct vq_chain *c, uint32_t id, uint32_t written)
{
	if (r->q.packed)
		vq_packed_push(&r->q, (uint16_t)id, c->count, written);
	else
		vq_split_push(&r->q, id, written);
}

static void complete_wrongly(struct queue *r, const struct vq_chain *c, uint32_t written,
			     const struct queue_faults *f)
{
	const struct fault *id = fault_in_ring(f->list, f->seen, FAULT_WRONG_ID);
	const struct fault *n = fault_in_ring(f->list, f->seen, FAULT_WRONG_WRITTEN);
	const struct fault *far = fault_in_ring(f->list, f->seen, FAULT_USED_AHEAD);

	r->no_call = fault_in_ring(f->list, f->seen, FAULT_NO_CALL);
	if (fault_in_ring(f->list, f->seen, FAULT_NO_USED))
		return;
	if (n)
		written = (uint32_t)(n->arg.has ? n->arg.v : written + 4096);
	push(r, c, id ? id->arg.has ? (uint32_t)id->arg.v : c->id ^ 0x4000U : c->id,
	     written);
	if (fault_in_ring(f->list, f->seen, FAULT_USED_TWICE))
		push(r, c, c->id, written);
	if (far && !r->q.packed)
		r->q.unpublished =
			(uint16_t)(r->q.unpublished + (far->arg.has ? far->arg.v : 1000));
}

void queue_complete(struct queue *r, const struct vq_chain *c, uint32_t written,
		    const struct queue_faults *f)
{
	if (f->any)
		complete_wrongly(r, c, written, f);
	else
		vq_push(&r->q, c, written);
}

bool queue_publish(struct queue *r)
{
	vq_publish(&r->q);
	return vq_needs_call(&r->q) && !r->no_call;
}

static int resume_split(struct queue *r)
{
	struct vq *q = &r->q;
	int err;

	vq_sync(q);
	if (!q->inflight)
		return 0;
	err = inflight_resume(q->inflight, q->size, q->done);
	if (!err && q->inflight->nagain)
		q->next = (uint16_t)(q->done + q->inflight->nagain);
	return err;
}

static int resume_packed(struct queue *r)
{
	struct vq *q = &r->q;

	if (q->next >= q->size || q->done >= q->size)
		return -EINVAL;
	vq_mend_base(q);
	if (q->inflight &&
	    inflight_packed_resume(q->inflight, q->size, &q->done, &q->done_wrap)) {
		q->next = q->done;
		q->next_wrap = q->done_wrap;
	}
	return 0;
}

int queue_start(struct queue *r, bool polled)
{
	struct vq *q = &r->q;
	uint32_t base = vq_base(q);
	int err;

	if (!q->size || (!q->packed && q->size & (q->size - 1)))
		return -EINVAL;
	q->inflight = r->inflight.at && q->size <= r->inflight.size ? &r->inflight : NULL;
	err = vq_map(q);
	if (!err)
		err = q->packed ? resume_packed(r) : resume_split(r);
	if (err) {
		vq_unmap(q);
		return err;
	}
	r->started = true;
	r->failed = 0;
	r->quiet = false;
	r->polled = polled;
	/* A ring with a past may hold buffers whose kick somebody else has read. */
	r->kicked = polled || base || q->inflight;
	return 0;
}

void queue_stop(struct queue *r)
{
	r->started = r->kicked = r->polled = r->quiet = false;
	r->failed = 0;
	vq_unmap(&r->q);
	fd_close(&r->kick);
}

void queue_reset(struct queue *r)
{
	queue_stop(r);
	fd_close(&r->call);
	fd_close(&r->err);
	free(r->inflight.again);
	*r = (struct queue){ .q = { .guest = r->q.guest, .dirty = r->q.dirty },
			     .kick = -1,
			     .call = -1,
			     .err = -1 };
}

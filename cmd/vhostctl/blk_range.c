/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_range.c - vhostctl blk flush, discard, zero: requests about ranges, not data. */
#include "blk.h"

#include "clock.h"
#include "progress.h"
#include "spec.h"

#include <errno.h>

struct ranges {
	struct blk_job job; /* first: the job is the ranges */
	struct blk *b;
	uint32_t type;
	uint64_t start, at, end;
	uint64_t chunk; /* the most that one of them goes over */
	uint64_t requests;
	struct progress progress;
};

void blk_range_request(const struct blk *b, struct blk_request *r, uint32_t type,
		       uint64_t at, uint64_t n, bool unmap)
{
	const struct virtio_blk_discard_write_zeroes range = {
		.sector = at / SECTOR,
		.num_sectors = (uint32_t)(n / SECTOR),
		.flags = type == VIRTIO_BLK_T_WRITE_ZEROES && unmap && b->may_unmap,
	};

	r->type = type;
	r->offset = 0;
	r->length = sizeof(range);
	memcpy(r->data, &range, sizeof(range));
}

static bool next_range(struct blk_job *job, struct blk_request *r)
{
	struct ranges *t = (struct ranges *)job;
	uint64_t n = MIN(t->chunk, t->end - t->at);

	if (!n)
		return false;
	blk_range_request(t->b, r, t->type, t->at, n, t->b->o->unmap);
	t->at += n;
	t->requests++;
	return true;
}

static bool next_flush(struct blk_job *job, struct blk_request *r)
{
	struct ranges *t = (struct ranges *)job;

	r->type = VIRTIO_BLK_T_FLUSH;
	r->offset = 0;
	r->length = 0;
	return !t->requests++;
}

static int range_done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct ranges *t = (struct ranges *)job;

	(void)r; /* what is in flight is not much beside the whole */
	progress_at(&t->progress, t->at - t->start, now_ns);
	return 0;
}

int blk_flush(struct blk *b)
{
	struct ranges f = { .job = { .next = next_flush, .done = range_done } };

	if (!(b->dev.features & BIT(VIRTIO_BLK_F_FLUSH)))
		return 0;
	return blk_run(b, &f.job);
}

uint64_t blk_range_max(const struct blk *b, uint32_t type)
{
	struct virtio_blk_config config = { 0 };
	uint32_t sectors;

	memcpy(&config, b->dev.config, MIN(sizeof(config), b->dev.config_size));
	sectors = type == VIRTIO_BLK_T_DISCARD ? config.max_discard_sectors
					       : config.max_write_zeroes_sectors;
	sectors -= sectors % (b->block / SECTOR);
	return (uint64_t)(sectors ? sectors : b->block / SECTOR) * SECTOR;
}

int blk_range_action(struct ctx *c, struct blk *b, uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
		unsigned int feature;
	} rows[] = { { VIRTIO_BLK_T_FLUSH, "flush", VIRTIO_BLK_F_FLUSH },
		     { VIRTIO_BLK_T_DISCARD, "discard", VIRTIO_BLK_F_DISCARD },
		     { VIRTIO_BLK_T_WRITE_ZEROES, "zero", VIRTIO_BLK_F_WRITE_ZEROES } };
	bool flush = type == VIRTIO_BLK_T_FLUSH;
	struct ranges t = { .job = { .next = flush ? next_flush : next_range,
				     .done = range_done },
			    .b = b,
			    .type = type };
	size_t i = flush ? 0 : type == VIRTIO_BLK_T_DISCARD ? 1 : 2;
	struct blk_moved m = { .action = rows[i].name };
	int status = blk_range(b, &t.start, &t.end), err;

	if (!status && !(b->dev.features & BIT(rows[i].feature)))
		status = diag_fail(&c->diag, EOPNOTSUPP, "see vhostctl blk info",
				   "%s: the back-end does not offer %s",
				   b->dev.peer->path, rows[i].name);
	if (!status)
		status = blk_start(b, 4096);
	if (status)
		return status;
	t.at = m.offset = t.start;
	t.chunk = blk_range_max(b, type);
	m.start_ns = clock_mono_ns();
	progress_begin(&t.progress, c->common.quiet || flush, t.end - t.start);
	err = blk_run(b, &t.job);
	progress_end(&t.progress);
	m.bytes = t.at - t.start;
	m.requests = flush ? 1 : t.requests;
	return blk_report(c, b, &m, err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_io.c - vhostctl blk read, write, flush, discard, zero. */
#include "blk.h"

#include "clock.h"
#include "progress.h"
#include "spec.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct field fields[] = {
	FIELD(blk_moved, action, SHOW, "what was done"),
	FIELD(blk_moved, offset, SHOW, "where it began"),
	FIELD(blk_moved, bytes, SHOW | SIZE, "bytes of the device that it went over"),
	FIELD(blk_moved, requests, SHOW, "requests that it took"),
	FIELD(blk_moved, elapsed_ns, SHOW | NANO, "time that it took", .head = "ELAPSED"),
	FIELD(blk_moved, zero_bytes, SHOW | SIZE,
	      "copy: bytes of them that were zeros, and left out or only zeroed",
	      .head = "ZEROS"),
	FIELD(blk_moved, bytes_per_s, SHOW | SIZE, "bytes a second"),
};
const struct record blk_transfer_record = RECORD("vhostctl_blk", fields);

/* Between a file and the device, block by block. */
struct transfer {
	struct blk_job job; /* first: the job is the transfer */
	struct ctx *c;
	struct blk *b;
	int fd;
	bool writing, stream; /* not seekable */
	uint32_t type;        /* of requests without a file */
	uint64_t start, at, end;
	uint64_t requests, moved;
	uint64_t chunk; /* the most that one range goes over */
	struct progress progress;
	int err;
	const char *what;
};

static void fail(struct transfer *t, int err, const char *what)
{
	if (!t->err) {
		t->err = err;
		t->what = what;
	}
}

/* Reads until n bytes are there or the input ends. */
static ssize_t read_whole(struct transfer *t, uint8_t *to, size_t n)
{
	size_t done = 0;

	while (done < n) {
		off_t at = (off_t)(t->at - t->start + done);
		ssize_t r = t->stream ? read(t->fd, to + done, n - done)
				      : pread(t->fd, to + done, n - done, at);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (!r)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int blk_write_file(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	while (n) {
		ssize_t r = pwrite(fd, p, n, (off_t)at);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		p += r;
		n -= (size_t)r;
		at += (uint64_t)r;
	}
	return 0;
}

static bool next_block(struct blk_job *job, struct blk_request *r)
{
	struct transfer *t = (struct transfer *)job;
	uint64_t n = MIN(t->b->block_size, t->end - t->at);
	ssize_t got;

	if (!n || t->err)
		return false;
	if (t->writing) {
		got = read_whole(t, r->data, n);
		if (got < 0)
			fail(t, (int)got, "reading the input");
		else if ((size_t)got % t->b->block)
			fail(t, EINVAL,
			     "the input is not a multiple of the device's blocks");
		if (got <= 0 || t->err)
			return false;
		n = (uint64_t)got;
	}
	r->type = t->writing ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN;
	r->offset = t->at;
	r->length = (uint32_t)n;
	t->at += n;
	t->requests++;
	return true;
}

static int block_done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct transfer *t = (struct transfer *)job;

	t->moved += r->length;
	progress_at(&t->progress, t->moved, now_ns);
	if (!t->writing) {
		int err = blk_write_file(t->fd, r->data, r->length, r->offset - t->start);

		if (err)
			fail(t, err, "writing the output");
	}
	return 0;
}

/* The request of this batch that was about an offset. */
static const struct blk_request *request_at(const struct blk *b, uint64_t offset)
{
	for (size_t i = 0; i < b->nqueues; i++)
		for (size_t k = 0; k < b->qd; k++) {
			const struct blk_request *r = &b->queues[i].requests[k];

			if (r->length && r->offset == offset)
				return r;
		}
	return NULL;
}

/* To standard output in order: as many at a time as can be in flight. */
static int read_to_stdout(struct transfer *t)
{
	struct blk *b = t->b;
	uint64_t end = t->end, batch = b->nqueues * b->qd * b->block_size;
	int err = 0;

	while (t->at < end && !err) {
		uint64_t from = t->at;

		t->end = MIN(end, from + batch);
		err = blk_run(b, &t->job);
		while (!err && from < t->end) {
			const struct blk_request *r = request_at(b, from);

			if (!r)
				return -EPROTO;
			buf_add(&t->c->out.b, (const char *)r->data, r->length);
			from += r->length;
		}
		if (out_mark(&t->c->out))
			return 0; /* main says it */
	}
	return err;
}

static int stdout_done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct transfer *t = (struct transfer *)job;

	t->moved += r->length;
	progress_at(&t->progress, t->moved, now_ns);
	return 0;
}

int blk_report(struct ctx *c, const struct blk *b, struct blk_moved *m, int err)
{
	if (err)
		return blk_fail(b, err, m->action);
	m->elapsed_ns = clock_mono_ns() - m->start_ns;
	if (m->elapsed_ns)
		m->bytes_per_s =
			(uint64_t)((double)m->bytes * 1e9 / (double)m->elapsed_ns);
	return c->sink && sink_row(c->sink, m) ? STATUS_FAILED : STATUS_DONE;
}

static int finish(struct transfer *t, const char *action, uint64_t start_ns, int err)
{
	struct blk_moved m = { .action = action,
			       .offset = t->start,
			       .bytes = t->moved,
			       .requests = t->requests,
			       .start_ns = start_ns };

	if (!err && t->err)
		return diag_fail(&t->c->diag, t->err, NULL, "%s: %s",
				 t->b->dev.peer->path, t->what);
	return blk_report(t->c, t->b, &m, err);
}

static int open_end(struct transfer *t, const char *path)
{
	bool std = !path || !strcmp(path, "-");
	int flags = t->writing ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
	struct stat st;

	t->fd = std ? t->writing ? STDIN_FILENO : -1
		    : open(path, flags | O_CLOEXEC, 0666);
	if (t->fd < 0 && !(std && !t->writing))
		return diag_fail(&t->c->diag, errno, NULL, "open %s", path);
	t->stream = t->fd >= 0 && (std || fstat(t->fd, &st) ||
				   !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)));
	if (!t->writing && t->stream)
		return diag_fail(&t->c->diag, ESPIPE,
				 "without --file it goes to standard output, in order",
				 "%s can't be written in any order", path);
	return 0;
}

/* How much there will be; 0 where that shows only in the end, as of a pipe. */
static uint64_t size_of(const struct transfer *t)
{
	uint64_t room = t->end - t->start;
	struct stat st;

	if (!t->writing || t->b->o->length.bytes)
		return room;
	if (fstat(t->fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	return MIN(room, (uint64_t)st.st_size);
}

/* The input decides how much is written, unless --length does. */
static int check_input(struct transfer *t)
{
	struct stat st;

	if (!t->writing || t->stream || t->b->o->length.bytes || fstat(t->fd, &st) ||
	    !S_ISREG(st.st_mode) || (uint64_t)st.st_size <= t->end - t->start)
		return 0;
	return diag_fail(&t->c->diag, EFBIG, "--length writes a part of it",
			 "the input has %llu bytes, the device has room for %llu",
			 (unsigned long long)st.st_size,
			 (unsigned long long)(t->end - t->start));
}

int blk_transfer(struct ctx *c, struct blk *b, bool writing)
{
	struct transfer t = {
		.job = { .next = next_block, .done = block_done },
		.c = c,
		.b = b,
		.fd = -1,
		.writing = writing,
	};
	uint64_t start_ns;
	int status = blk_range(b, &t.start, &t.end), err;

	if (!status && writing && b->dev.offered & BIT(VIRTIO_BLK_F_RO))
		status = diag_fail(&c->diag, EROFS, NULL, "%s", b->dev.peer->path);
	if (!status)
		status = open_end(&t, b->o->file);
	if (!status)
		status = check_input(&t);
	if (!status)
		status = blk_start(b, 128 << 10);
	if (status)
		goto out;
	t.at = t.start;
	start_ns = clock_mono_ns();
	progress_begin(&t.progress, c->common.quiet || !size_of(&t), size_of(&t));
	if (t.fd < 0) {
		t.job.done = stdout_done;
		err = read_to_stdout(&t);
	} else {
		err = blk_run(b, &t.job);
	}
	if (!err && !t.err && writing)
		err = blk_flush(b); /* what is written shall stay */
	progress_end(&t.progress);
	status = finish(&t, writing ? "write" : "read", start_ns, err);
out:
	if (t.fd > STDERR_FILENO)
		close(t.fd);
	return status;
}

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
	struct transfer *t = (struct transfer *)job;
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
	struct transfer *t = (struct transfer *)job;

	r->type = VIRTIO_BLK_T_FLUSH;
	r->offset = 0;
	r->length = 0;
	return !t->requests++;
}

static int range_done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct transfer *t = (struct transfer *)job;

	(void)r; /* what is in flight is not much beside the whole */
	progress_at(&t->progress, t->at - t->start, now_ns);
	return 0;
}

int blk_flush(struct blk *b)
{
	struct transfer f = { .job = { .next = next_flush, .done = range_done } };

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
	struct transfer t = { .job = { .next = flush ? next_flush : next_range,
				       .done = range_done },
			      .c = c,
			      .b = b,
			      .fd = -1,
			      .type = type };
	size_t i = flush ? 0 : type == VIRTIO_BLK_T_DISCARD ? 1 : 2;
	uint64_t start_ns;
	int status = blk_range(b, &t.start, &t.end), err;

	if (!status && !(b->dev.features & BIT(rows[i].feature)))
		status = diag_fail(&c->diag, EOPNOTSUPP, "see vhostctl blk info",
				   "%s: the back-end does not offer %s",
				   b->dev.peer->path, rows[i].name);
	if (!status)
		status = blk_start(b, 4096);
	if (status)
		return status;
	t.at = t.start;
	t.chunk = blk_range_max(b, type);
	start_ns = clock_mono_ns();
	progress_begin(&t.progress, c->common.quiet || flush, t.end - t.start);
	err = blk_run(b, &t.job);
	progress_end(&t.progress);
	t.moved = t.at - t.start;
	t.requests = flush ? 1 : t.requests;
	return finish(&t, rows[i].name, start_ns, err);
}

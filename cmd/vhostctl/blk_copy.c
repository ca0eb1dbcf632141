/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_copy.c - vhostctl blk copy: a whole device to a file, or a file to a device. */
#include "blk.h"

#include "clock.h"
#include "progress.h"
#include "spec.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 4096 }; /* zeros are left out in such pieces: a file system's blocks */

struct copy {
	struct blk_job job; /* first: the job is the copy */
	struct blk *b;
	int fd;
	bool holes;              /* what is not written to the file reads as zeros */
	bool zeroing;            /* the device has WRITE_ZEROES */
	uint64_t start, at, end; /* on the device */
	uint64_t part_end;       /* to there the file is either data or a hole */
	bool in_hole;            /* which of both */
	uint64_t done, zeros, requests;
	uint64_t zeroes_chunk;
	struct progress progress;
	int err;
	const char *what;
};

static void fail(struct copy *t, int err, const char *what)
{
	if (!t->err) {
		t->err = err;
		t->what = what;
	}
}

/* --- device to file --- */

static bool next_read(struct blk_job *job, struct blk_request *r)
{
	struct copy *t = (struct copy *)job;
	uint64_t n = MIN(t->b->block_size, t->end - t->at);

	if (!n || t->err)
		return false;
	r->type = VIRTIO_BLK_T_IN;
	r->offset = t->at;
	r->length = (uint32_t)n;
	t->at += n;
	t->requests++;
	return true;
}

static bool all_zeros(const uint8_t *p, size_t n)
{
	return !n || (!*p && !memcmp(p, p + 1, n - 1));
}

/* Bytes up to where pieces of zeros end, or begin. */
static size_t run_of(const uint8_t *p, size_t n, bool *zeros)
{
	size_t at = MIN(n, PIECE);

	*zeros = all_zeros(p, at);
	while (at < n && all_zeros(p + at, MIN(PIECE, n - at)) == *zeros)
		at += MIN(PIECE, n - at);
	return at;
}

static int write_sparse(struct copy *t, const uint8_t *p, size_t n, uint64_t at)
{
	bool zeros = false;
	int err = 0;

	while (n && !err) {
		size_t run = t->holes ? run_of(p, n, &zeros) : n;

		if (zeros)
			t->zeros += run;
		else
			err = blk_write_file(t->fd, p, run, at);
		p += run;
		n -= run;
		at += run;
	}
	return err;
}

static int read_done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct copy *t = (struct copy *)job;
	int err = write_sparse(t, r->data, r->length, r->offset - t->start);

	if (err)
		fail(t, err, "writing the file");
	t->done += r->length;
	progress_at(&t->progress, t->done, now_ns);
	return 0;
}

/* --- file to device --- */

/* Finds out whether the file is data or a hole at t->at, and up to where, in whole
 * blocks: a block that is part of both is data. */
static void next_part(struct copy *t)
{
	uint64_t mask = t->b->block - 1, at = t->at - t->start;
	off_t data = lseek(t->fd, (off_t)at, SEEK_DATA), hole;
	uint64_t end = t->end - t->start;

	t->in_hole = data < 0 ? errno == ENXIO : ((uint64_t)data & ~mask) > at;
	if (t->in_hole && data >= 0)
		end = (uint64_t)data & ~mask;
	if (!t->in_hole && data >= 0) {
		hole = lseek(t->fd, data, SEEK_HOLE);
		if (hole > 0)
			end = ((uint64_t)hole + mask) & ~mask;
	}
	t->part_end = MIN(t->start + end, t->end);
}

static bool write_hole(struct copy *t, struct blk_request *r)
{
	uint64_t n;

	if (!t->zeroing) { /* what is there must be overwritten */
		n = MIN(t->b->block_size, t->part_end - t->at);
		r->type = VIRTIO_BLK_T_OUT;
		r->offset = t->at;
		r->length = (uint32_t)n;
		memset(r->data, 0, n);
	} else {
		n = MIN(t->zeroes_chunk, t->part_end - t->at);
		blk_range_request(t->b, r, VIRTIO_BLK_T_WRITE_ZEROES, t->at, n, true);
	}
	t->zeros += n;
	t->at += n;
	return true;
}

static bool write_data(struct copy *t, struct blk_request *r)
{
	size_t n = MIN(t->b->block_size, t->part_end - t->at), got = 0;

	while (got < n) {
		ssize_t m = pread(t->fd, r->data + got, n - got,
				  (off_t)(t->at - t->start + got));

		if (m < 0 && errno == EINTR)
			continue;
		if (m <= 0) {
			fail(t, m ? errno : EIO,
			     m ? "reading the file" : "the file became shorter");
			return false;
		}
		got += (size_t)m;
	}
	r->type = VIRTIO_BLK_T_OUT;
	r->offset = t->at;
	r->length = (uint32_t)n;
	t->at += n;
	return true;
}

static bool next_write(struct blk_job *job, struct blk_request *r)
{
	struct copy *t = (struct copy *)job;

	if (t->at == t->end || t->err)
		return false;
	if (t->at >= t->part_end)
		next_part(t);
	t->requests++;
	return t->in_hole ? write_hole(t, r) : write_data(t, r);
}

static int write_done(struct blk_job *job, struct blk_request *r, uint64_t now_ns)
{
	struct copy *t = (struct copy *)job;

	(void)r; /* what is in flight is not much beside the whole */
	progress_at(&t->progress, t->at - t->start, now_ns);
	return 0;
}

/* --- both --- */

static int open_target(struct copy *t, const char *path)
{
	const struct diag *diag = t->b->dev.peer->diag;
	struct stat st;

	t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (t->fd < 0 || fstat(t->fd, &st))
		return diag_fail(diag, errno, NULL, "open %s", path);
	t->holes = S_ISREG(st.st_mode);
	return 0;
}

/* The file says how much is copied, unless --length does. */
static int open_source(struct copy *t, const char *path)
{
	const struct blk *b = t->b;
	const struct diag *diag = b->dev.peer->diag;
	off_t size;

	if (b->dev.offered & BIT(VIRTIO_BLK_F_RO))
		return diag_fail(diag, EROFS, NULL, "%s", b->dev.peer->path);
	t->fd = open(path, O_RDONLY | O_CLOEXEC);
	size = t->fd < 0 ? -1 : lseek(t->fd, 0, SEEK_END);
	if (size < 0)
		return diag_fail(diag, errno, NULL, "open %s", path);
	if (b->o->length.bytes && b->o->length.bytes <= (uint64_t)size)
		size = (off_t)b->o->length.bytes;
	if ((uint64_t)size > t->end - t->start)
		return diag_fail(diag, EFBIG, "--length copies a part of it",
				 "the file has %llu bytes, the device has room for %llu",
				 (unsigned long long)size,
				 (unsigned long long)(t->end - t->start));
	if ((uint64_t)size % b->block)
		return diag_fail(diag, EINVAL, "truncate -s %%512 would fill it up",
				 "the file is not a multiple of the device's %u bytes",
				 b->block);
	t->end = t->start + (uint64_t)size;
	t->part_end = t->start;
	t->zeroing = b->dev.features & BIT(VIRTIO_BLK_F_WRITE_ZEROES);
	t->zeroes_chunk = blk_range_max(b, VIRTIO_BLK_T_WRITE_ZEROES);
	return 0;
}

static int end_copy(struct copy *t, bool to_device)
{
	int err = 0;

	if (to_device)
		err = blk_flush(t->b);
	else if (t->holes && ftruncate(t->fd, (off_t)(t->end - t->start)))
		fail(t, errno, "writing the file");
	return err;
}

int blk_copy(struct ctx *c, struct blk *b, const char *file, bool to_device)
{
	struct copy t = { .job = { .next = to_device ? next_write : next_read,
				   .done = to_device ? write_done : read_done },
			  .b = b,
			  .fd = -1 };
	struct blk_moved m = { .action = "copy", .start_ns = clock_mono_ns() };
	int status = blk_range(b, &t.start, &t.end), err;

	if (!status && blk_is_stream(file))
		return blk_transfer(c, b, file, to_device);
	if (!status)
		status = to_device ? open_source(&t, file) : open_target(&t, file);
	if (!status)
		status = blk_start(b, 128 << 10);
	if (status)
		goto out;
	t.at = m.offset = t.start;
	progress_begin(&t.progress, c->common.quiet, t.end - t.start);
	err = blk_run(b, &t.job);
	if (!err && !t.err)
		err = end_copy(&t, to_device);
	progress_end(&t.progress);
	m.bytes = t.end - t.start;
	m.requests = t.requests;
	m.zero_bytes = some_u64(t.zeros);
	if (t.err)
		status = diag_fail(&c->diag, t.err, NULL, "%s: %s", file, t.what);
	else
		status = blk_report(c, b, &m, err);
out:
	if (t.fd >= 0)
		close(t.fd);
	return status;
}

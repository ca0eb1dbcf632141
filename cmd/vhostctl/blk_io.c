/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk_io.c - vhostctl blk read and write, and what of copy has no places: streams. */
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
	bool writing, stream; /* the input has no places */
	bool full;            /* nothing more fits, whatever the input has */
	struct out *out; /* what is read goes there in order; NULL: to its place in fd */
	struct out own;  /* of fd, where that is no standard output */
	uint64_t start, at, end;
	uint64_t requests, moved;
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

bool blk_is_stdout(const char *path)
{
	struct stat a, b;

	if (!path || !strcmp(path, "-"))
		return true;
	return !stat(path, &a) && !fstat(STDOUT_FILENO, &b) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Whether it can only be read or written from its beginning to its end. */
static bool is_stream(mode_t mode)
{
	return S_ISFIFO(mode) || S_ISCHR(mode) || S_ISSOCK(mode);
}

bool blk_is_stream(const char *path)
{
	struct stat st;

	return !strcmp(path, "-") || (!stat(path, &st) && is_stream(st.st_mode));
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

/* Nothing is left out silently: without --length the input must end where the device
 * does. */
static void check_end(struct transfer *t)
{
	uint8_t more;

	if (t->full || !t->writing || !t->stream || t->b->o->length.bytes)
		return;
	t->full = true;
	if (read_whole(t, &more, 1) > 0)
		fail(t, EFBIG, "the input goes on where the device ends");
}

static bool next_block(struct blk_job *job, struct blk_request *r)
{
	struct transfer *t = (struct transfer *)job;
	uint64_t n = MIN(t->b->block_size, t->end - t->at);
	ssize_t got;

	if (!n)
		check_end(t);
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
	if (!t->writing && !t->out) {
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

/* In order: as many at a time as can be in flight. */
static int read_in_order(struct transfer *t)
{
	struct blk *b = t->b;
	uint64_t end = t->end, batch = b->nqueues * b->qd * b->block_size;
	int err = 0, full;

	while (t->at < end && !err) {
		uint64_t from = t->at;

		t->end = MIN(end, from + batch);
		err = blk_run(b, &t->job);
		while (!err && from < t->end) {
			const struct blk_request *r = request_at(b, from);

			if (!r)
				return -EPROTO;
			buf_add(&t->out->b, (const char *)r->data, r->length);
			from += r->length;
		}
		full = t->at < end ? out_mark(t->out) : out_flush(t->out);
		if (full && t->out == &t->own)
			fail(t, full, "writing the output");
		if (full)
			return 0; /* main says it of standard output */
	}
	return err;
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

static int finish(struct transfer *t, uint64_t start_ns, int err)
{
	struct blk_moved m = { .action = t->c->args[0],
			       .offset = t->start,
			       .bytes = t->moved,
			       .requests = t->requests,
			       .start_ns = start_ns };

	if (!err && t->err)
		return diag_fail(&t->c->diag, t->err,
				 t->full ? "--length writes a part of it" : NULL,
				 "%s: %s", t->b->dev.peer->path, t->what);
	return blk_report(t->c, t->b, &m, err);
}

static int open_input(struct transfer *t, const char *path)
{
	struct stat st;

	if (t->b->dev.offered & BIT(VIRTIO_BLK_F_RO))
		return diag_fail(&t->c->diag, EROFS, NULL, "%s", t->b->dev.peer->path);
	if (!path || !strcmp(path, "-")) {
		t->fd = STDIN_FILENO;
		t->stream = true;
		return 0;
	}
	t->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0 || fstat(t->fd, &st))
		return diag_fail(&t->c->diag, errno, NULL, "open %s", path);
	t->stream = is_stream(st.st_mode);
	return 0;
}

static int open_output(struct transfer *t, const char *path)
{
	struct stat st;

	if (blk_is_stdout(path)) {
		t->out = &t->c->out;
		return 0;
	}
	t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (t->fd < 0 || fstat(t->fd, &st))
		return diag_fail(&t->c->diag, errno, NULL, "open %s", path);
	t->own.fd = t->fd;
	if (is_stream(st.st_mode))
		t->out = &t->own;
	return 0;
}

/* What is left of an input that is a file; absent where that shows only in the end. */
static struct opt_u64 input_size(const struct transfer *t)
{
	struct stat st;
	off_t at = t->stream ? lseek(t->fd, 0, SEEK_CUR) : 0;

	if (fstat(t->fd, &st) || !S_ISREG(st.st_mode) || at < 0)
		return (struct opt_u64){ 0 };
	return some_u64(at < st.st_size ? (uint64_t)(st.st_size - at) : 0);
}

/* How much there will be; 0: not known. */
static uint64_t size_of(const struct transfer *t)
{
	uint64_t room = t->end - t->start;

	if (!t->writing || t->b->o->length.bytes)
		return room;
	return MIN(room, input_size(t).v);
}

/* The input decides how much is written, unless --length does. */
static int check_input(const struct transfer *t)
{
	struct opt_u64 size = input_size(t);

	if (t->b->o->length.bytes || size.v <= t->end - t->start)
		return 0;
	return diag_fail(&t->c->diag, EFBIG, "--length writes a part of it",
			 "the input has %llu bytes, the device has room for %llu",
			 (unsigned long long)size.v,
			 (unsigned long long)(t->end - t->start));
}

static int open_end(struct transfer *t, const char *file)
{
	int status = t->writing ? open_input(t, file) : open_output(t, file);

	return status || !t->writing ? status : check_input(t);
}

int blk_transfer(struct ctx *c, struct blk *b, const char *file, bool writing)
{
	struct transfer t = {
		.job = { .next = next_block, .done = block_done },
		.c = c,
		.b = b,
		.fd = -1,
		.writing = writing,
	};
	uint64_t start_ns, size;
	int status = blk_range(b, &t.start, &t.end), err;

	if (!status)
		status = open_end(&t, file);
	if (!status)
		status = blk_start(b, 128 << 10);
	if (status)
		goto out;
	t.at = t.start;
	start_ns = clock_mono_ns();
	size = size_of(&t);
	progress_begin(&t.progress, c->common.quiet || !size, size);
	err = t.out ? read_in_order(&t) : blk_run(b, &t.job);
	if (!err && writing)
		err = blk_flush(b); /* what is written shall stay */
	progress_end(&t.progress);
	status = finish(&t, start_ns, err);
out:
	buf_free(&t.own.b);
	if (t.fd > STDERR_FILENO)
		close(t.fd);
	return status;
}

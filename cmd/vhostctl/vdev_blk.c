/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vdev_blk.c - a disk: a file or zeros (virtio 1.3, 5.2). */
#include "spec.h"
#include "vdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/virtio_blk.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SECTOR = 512,
	SEGMENTS = 32,             /* of a discard or of a write of zeros */
	SEGMENT_SECTORS = 1 << 22, /* 2 GiB */
	CONFIG_BLK = 60,           /* up to the members of write-zeroes */
	PUBLISH_EACH = 16,         /* requests, so that the driver need not wait */
};

/* One request, taken apart. */
struct request {
	struct virtio_blk_outhdr head;
	struct iovec *v; /* its data */
	size_t n;
	uint64_t bytes;
	uint8_t *status;
};

/* Takes n bytes from the front of pieces, to `to` where that is not NULL. */
static void take(struct iovec **v, size_t *count, void *to, size_t n)
{
	while (n && *count) {
		size_t part = MIN(n, (*v)->iov_len);

		if (to) {
			memcpy(to, (*v)->iov_base, part);
			to = (char *)to + part;
		}
		(*v)->iov_base = (char *)(*v)->iov_base + part;
		(*v)->iov_len -= part;
		n -= part;
		if (!(*v)->iov_len) {
			++*v;
			--*count;
		}
	}
}

/* Header, data, and a status byte at the end, however they are cut into pieces. */
static bool take_apart(struct vq_chain *c, struct request *r)
{
	struct iovec *out = c->v, *in = c->v + c->nout, *last;
	size_t nout = c->nout, nin = c->nin;

	if (c->out_bytes < sizeof(r->head) || !c->in_bytes)
		return false;
	take(&out, &nout, &r->head, sizeof(r->head));
	last = &in[nin - 1];
	r->status = (uint8_t *)last->iov_base + --last->iov_len;
	nin -= !last->iov_len;
	*r = (struct request){ .head = r->head,
			       .status = r->status,
			       .v = nout ? out : in,
			       .n = nout ? nout : nin,
			       .bytes = nout ? c->out_bytes - sizeof(r->head)
					     : c->in_bytes - 1 };
	return true;
}

static void clear(const struct request *r)
{
	for (size_t i = 0; i < r->n; i++)
		memset(r->v[i].iov_base, 0, r->v[i].iov_len);
}

/* All of it, however often the kernel has to be asked. */
static uint8_t transfer(const struct vdev *d, struct request *r, bool writing)
{
	off_t at = (off_t)(r->head.sector * SECTOR);
	struct iovec *v = r->v;
	size_t n = r->n;

	while (n) {
		int count = (int)MIN(n, 1024);
		ssize_t did = writing ? pwritev(d->fd, v, count, at)
				      : preadv(d->fd, v, count, at);

		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0)
			return VIRTIO_BLK_S_IOERR;
		take(&v, &n, NULL, (size_t)did);
		at += did;
	}
	return VIRTIO_BLK_S_OK;
}

static bool in_range(const struct vdev *d, uint64_t sector, uint64_t sectors)
{
	return sector <= d->sectors && sectors <= d->sectors - sector;
}

static uint8_t move(struct vdev *d, struct vdev_client *c, struct request *r)
{
	bool writing = r->head.type == VIRTIO_BLK_T_OUT;
	uint8_t status = VIRTIO_BLK_S_OK;

	if (r->bytes % SECTOR || !in_range(d, r->head.sector, r->bytes / SECTOR) ||
	    (writing && d->read_only))
		return VIRTIO_BLK_S_IOERR;
	if (d->fd >= 0)
		status = transfer(d, r, writing);
	else if (!writing)
		clear(r);
	/* Without a way to flush, and where the driver has switched the cache off, a
	 * write lasts (virtio 1.3, 5.2.6.2). */
	if (writing && d->fd >= 0 && !status &&
	    (!(c->features & BIT(VIRTIO_BLK_F_FLUSH)) ||
	     !c->config[offsetof(struct virtio_blk_config, wce)]) &&
	    fdatasync(d->fd))
		status = VIRTIO_BLK_S_IOERR;
	if (!status)
		*(writing ? &c->stats.write_bytes : &c->stats.read_bytes) += r->bytes;
	return status;
}

/* Zeros that are really there, where the file system can't make them otherwise. */
static int write_zeros(int fd, off_t at, uint64_t n)
{
	static const char zeros[1 << 16];

	while (n) {
		ssize_t did = pwrite(fd, zeros, MIN(n, sizeof(zeros)), at);

		if (did < 0 && errno != EINTR)
			return -errno;
		if (did > 0) {
			at += did;
			n -= (uint64_t)did;
		}
	}
	return 0;
}

static int free_range(int fd, off_t at, off_t n, bool zeroes, bool unmap)
{
	int keep = FALLOC_FL_KEEP_SIZE;

	if ((!zeroes || unmap) && !fallocate(fd, FALLOC_FL_PUNCH_HOLE | keep, at, n))
		return 0;
	if (!zeroes)
		return errno == EOPNOTSUPP ? 0 : -errno; /* a discard is a hint */
	if (!fallocate(fd, FALLOC_FL_ZERO_RANGE | keep, at, n))
		return 0;
	return write_zeros(fd, at, (uint64_t)n);
}

static uint8_t check_segment(const struct vdev *d,
			     const struct virtio_blk_discard_write_zeroes *s, bool zeroes)
{
	if (s->flags & ~(zeroes ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0U))
		return VIRTIO_BLK_S_UNSUPP;
	if (s->num_sectors > SEGMENT_SECTORS || !in_range(d, s->sector, s->num_sectors))
		return VIRTIO_BLK_S_IOERR;
	return VIRTIO_BLK_S_OK;
}

static uint8_t discard(struct vdev *d, struct request *r, bool zeroes)
{
	struct virtio_blk_discard_write_zeroes s[SEGMENTS];
	size_t n = r->bytes / sizeof(*s);
	uint8_t status = VIRTIO_BLK_S_OK;

	if (d->read_only || !n || r->bytes % sizeof(*s) || n > SEGMENTS)
		return VIRTIO_BLK_S_IOERR;
	take(&r->v, &r->n, s, r->bytes);
	for (size_t i = 0; i < n && !status; i++)
		status = check_segment(d, &s[i], zeroes);
	for (size_t i = 0; i < n && !status && d->fd >= 0; i++)
		if (s[i].num_sectors &&
		    free_range(d->fd, (off_t)(s[i].sector * SECTOR),
			       (off_t)s[i].num_sectors * SECTOR, zeroes,
			       s[i].flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP))
			status = VIRTIO_BLK_S_IOERR;
	return status;
}

static uint8_t tell_id(const struct vdev *d, struct request *r)
{
	const char *from = d->serial;
	size_t left = sizeof(d->serial);

	clear(r);
	for (size_t i = 0; i < r->n && left; i++) {
		size_t part = MIN(left, r->v[i].iov_len);

		memcpy(r->v[i].iov_base, from, part);
		from += part;
		left -= part;
	}
	return VIRTIO_BLK_S_OK;
}

static uint8_t act(struct vdev *d, struct vdev_client *c, struct request *r, bool has_out,
		   bool has_in)
{
	switch (r->head.type) {
	case VIRTIO_BLK_T_IN:
		return has_out ? VIRTIO_BLK_S_IOERR : move(d, c, r);
	case VIRTIO_BLK_T_OUT:
		return has_in ? VIRTIO_BLK_S_IOERR : move(d, c, r);
	case VIRTIO_BLK_T_FLUSH:
		return d->fd >= 0 && fdatasync(d->fd) ? VIRTIO_BLK_S_IOERR
						      : VIRTIO_BLK_S_OK;
	case VIRTIO_BLK_T_GET_ID:
		return has_out ? VIRTIO_BLK_S_IOERR : tell_id(d, r);
	case VIRTIO_BLK_T_DISCARD:
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return discard(d, r, r->head.type == VIRTIO_BLK_T_WRITE_ZEROES);
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

static void serve_one(struct vdev *d, struct vdev_client *c, struct queue *q,
		      struct request *r)
{
	struct vq_chain *chain = c->chain;
	bool has_in = chain->in_bytes > 1;
	bool has_out = chain->out_bytes > sizeof(r->head);
	const struct request whole = *r;
	uint8_t *first = r->n ? r->v->iov_base : NULL;
	uint8_t status = queue_fault(&c->faults, FAULT_IO_ERROR)
				 ? VIRTIO_BLK_S_IOERR
				 : act(d, c, r, has_out, has_in);

	/* What is given back as written is written, also of a request that failed. */
	if (status && has_in && !has_out)
		clear(&whole);
	if (first && has_in && queue_fault(&c->faults, FAULT_WRONG_DATA))
		*first ^= 0xff;
	*whole.status = status;
	vq_mark(&q->q, chain, chain->in_bytes);
	c->stats.requests++;
	c->stats.errors += status != VIRTIO_BLK_S_OK;
	queue_complete(q, chain, (uint32_t)chain->in_bytes, &c->faults);
}

static int blk_work(struct vdev *d, struct vdev_client *c, size_t ring, size_t most,
		    size_t *broken)
{
	struct queue *q = &c->rings[ring];
	int done = 0;

	while ((size_t)done < most) {
		int r = vq_pop(&q->q, c->chain);
		struct request request;

		if (!r)
			break;
		if (r > 0 && !take_apart(c->chain, &request))
			r = -EPROTO;
		if (r < 0) {
			*broken = ring;
			return r;
		}
		serve_one(d, c, q, &request);
		if (!(++done % PUBLISH_EACH))
			vq_publish(&q->q);
	}
	return done;
}

static bool blk_may_write(const struct vdev *d, size_t offset, size_t n)
{
	(void)d;
	return offset == offsetof(struct virtio_blk_config, wce) && n == 1;
}

static const struct vdev_ops ops = { "blk", blk_work, blk_may_write };

static int size_of(int fd, uint64_t *bytes)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISBLK(st.st_mode))
		return ioctl(fd, BLKGETSIZE64, bytes) ? -errno : 0;
	if (!S_ISREG(st.st_mode))
		return -ENOTBLK;
	*bytes = (uint64_t)st.st_size;
	return 0;
}

static void describe(struct vdev *d, const struct vdev_options *o)
{
	struct virtio_blk_config config = {
		.capacity = d->sectors,
		.seg_max = 126,
		.blk_size = (uint32_t)o->block_size,
		.wce = 1,
		.num_queues = (uint16_t)o->queues,
		.max_discard_sectors = SEGMENT_SECTORS,
		.max_discard_seg = SEGMENTS,
		.discard_sector_alignment = (uint32_t)o->block_size / SECTOR,
		.max_write_zeroes_sectors = SEGMENT_SECTORS,
		.max_write_zeroes_seg = SEGMENTS,
		.write_zeroes_may_unmap = 1,
	};

	d->ops = &ops;
	d->can_resume = true;
	d->queues = d->rings = (uint32_t)o->queues;
	d->features = BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) |
		      BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_CONFIG_WCE) |
		      BIT(VIRTIO_BLK_F_MQ) | BIT(VIRTIO_BLK_F_DISCARD) |
		      BIT(VIRTIO_BLK_F_WRITE_ZEROES) |
		      (d->read_only ? BIT(VIRTIO_BLK_F_RO) : 0);
	d->config_size = CONFIG_BLK;
	memcpy(d->config, &config, CONFIG_BLK);
	snprintf(d->serial, sizeof(d->serial), "%s", o->serial ? o->serial : "vhostctl");
}

int vdev_blk(struct vdev *d, const struct diag *diag, const struct vdev_options *o)
{
	uint64_t bytes = o->null_size;
	int err = 0;

	*d = (struct vdev){ .fd = -1, .read_only = o->read_only };
	if (o->blk) {
		d->fd = open(o->blk, (o->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
		err = d->fd < 0 ? -errno : size_of(d->fd, &bytes);
	}
	d->sectors = bytes / SECTOR;
	describe(d, o);
	if (!err)
		return 0;
	return diag_fail(diag, err,
			 err == -EACCES || err == -EROFS
				 ? "--read-only needs less permission"
			 : err == -ENOTBLK ? "it is a file or a block device"
					   : NULL,
			 "disk %s", o->blk);
}

bool vdev_resized(struct vdev *d)
{
	uint64_t bytes;

	if (d->ops != &ops || d->fd < 0 || size_of(d->fd, &bytes) ||
	    bytes / SECTOR == d->sectors)
		return false;
	d->sectors = bytes / SECTOR;
	memcpy(d->config, &d->sectors, sizeof(d->sectors));
	return true;
}

void vdev_close(struct vdev *d)
{
	if (d->ops && d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

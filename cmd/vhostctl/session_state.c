/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_state.c - memory that outlives us, and the device's state on its way. */
#include "session.h"

#include "fd.h"
#include "spec.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHMEM_REGIONS = 256, STATE_MAX = 1 << 16 };

/* Payload of GET_INFLIGHT_FD and SET_INFLIGHT_FD, without the padding at its end. */
struct area {
	uint64_t size, offset;
	uint16_t queues, queue_size;
};

static void drop_pointers(struct session *s)
{
	for (size_t i = 0; i < s->client.nrings; i++) {
		struct queue *r = &s->client.rings[i];

		free(r->inflight.again);
		r->inflight = (struct inflight){ 0 };
		r->q.inflight = NULL;
	}
}

void session_drop_inflight(struct session *s)
{
	drop_pointers(s);
	if (s->inflight) {
		bus_release(s->inflight);
		munmap(s->inflight, s->inflight_size);
	}
	s->inflight = NULL;
}

static bool is_packed(const struct session *s)
{
	return s->client.features & BIT(VIRTIO_F_RING_PACKED);
}

static int read_area(const struct session *s, struct bytes body, struct area *a)
{
	memcpy(a, body.p, 20);
	if (!a->queues || a->queues > s->client.nrings || !a->queue_size ||
	    a->queue_size > VQ_SIZE_MAX)
		return -EINVAL;
	return 0;
}

int session_get_inflight(struct session *s, struct bytes body, struct buf *reply)
{
	struct area a;
	int fd, err = read_area(s, body, &a);

	if (err)
		return err;
	a.size = inflight_queue_size(a.queue_size, is_packed(s)) * a.queues;
	a.offset = 0;
	fd = memfd_create("vhostctl-inflight", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)a.size)) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	outbox_add_fd(&s->out, fd);
	buf_add(reply, &a, sizeof(a));
	return 0;
}

/* Splits the memory among the rings. */
static void hand_out(struct session *s, const struct area *a)
{
	size_t each = inflight_queue_size(a->queue_size, is_packed(s));

	for (size_t i = 0; i < a->queues; i++)
		s->client.rings[i].inflight =
			(struct inflight){ .at = (char *)s->inflight + i * each,
					   .size = a->queue_size };
}

int session_set_inflight(struct session *s, struct bytes body)
{
	int err, fd = session_take_fd(s);
	struct stat st;
	struct area a;
	void *map;

	err = read_area(s, body, &a);
	if (!err &&
	    (a.size < inflight_queue_size(a.queue_size, is_packed(s)) * a.queues ||
	     a.offset & 4095 || fstat(fd, &st) || (uint64_t)st.st_size < a.offset ||
	     (uint64_t)st.st_size - a.offset < a.size))
		err = -EINVAL;
	if (!err && !session_suspended(s))
		err = -EBUSY;
	if (err) {
		close(fd);
		return err;
	}
	a.size = (a.size + 4095) & ~UINT64_C(4095);
	map = mmap(NULL, a.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)a.offset);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	session_drop_inflight(s);
	s->inflight = map;
	s->inflight_size = a.size;
	hand_out(s, &a);
	return bus_guard(map, a.size, &s->guest.lost);
}

/* Our state is the part of the config that the driver can change. */
static int save(struct session *s, int fd)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "vhostctl %s 1 %02x\n",
			 s->backend->dev.ops->kind, s->client.config[32]);

	return write(fd, text, (size_t)n) == n ? 0 : -EIO;
}

static int parse_state(struct session *s)
{
	struct buf *b = &s->transfer.loaded;
	char kind[16];
	unsigned int wce;

	buf_putc(b, 0);
	if (b->err ||
	    sscanf(b->p, "vhostctl %15s 1 %02x", kind, &wce) != 2 || /* NOLINT */
	    strcmp(kind, s->backend->dev.ops->kind) != 0)
		return -EBADMSG;
	s->client.config[32] = (uint8_t)wce;
	return 0;
}

void session_load(struct session *s)
{
	struct transfer *t = &s->transfer;

	while (t->loading) {
		char *to = buf_room(&t->loaded, 4096);
		ssize_t n = to ? read(t->fd, to, 4096) : -1;

		if (n < 0 && to && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0)
			t->loaded.n += (size_t)n;
		if (n < 0 || t->loaded.n > STATE_MAX)
			t->err = n < 0 ? -EIO : -EFBIG;
		t->loading = n > 0 && !t->err;
	}
	if (t->err)
		fd_close(&t->fd); /* whoever writes shall not wait */
}

int session_set_state_fd(struct session *s, struct bytes body, struct buf *reply)
{
	struct transfer *t = &s->transfer;
	const uint64_t no_fd = BIT(8);
	uint32_t v[2]; /* direction, phase */
	int fd = session_take_fd(s), err = fd_nonblock(fd);
	uint64_t answer = no_fd;

	memcpy(v, body.p, sizeof(v));
	fd_close(&t->fd);
	t->fd = fd;
	t->loaded.n = 0;
	t->loading = false;
	t->err = 0;
	if (v[0] > 1 || v[1] || err || !session_suspended(s))
		t->err = -EINVAL;
	else if (v[0])
		t->loading = true;
	else
		t->err = save(s, fd);
	if (t->err)
		answer |= 1;
	if (!t->loading) { /* its end is how the front-end sees that it is whole */
		fd_close(&t->fd);
	}
	buf_add(reply, &answer, sizeof(answer));
	return 0;
}

int session_check_state(struct session *s, struct bytes body, struct buf *reply)
{
	struct transfer *t = &s->transfer;
	uint64_t failed;

	(void)body;
	if (t->fd >= 0) {
		session_load(s);
		if (t->loading)
			t->err = -EAGAIN; /* it says to be whole, and is still open */
		if (!t->err)
			t->err = parse_state(s);
		fd_close(&t->fd);
		t->loading = false;
	}
	failed = t->err != 0;
	buf_add(reply, &failed, sizeof(failed));
	return 0;
}

int session_shmem_config(struct session *s, struct bytes body, struct buf *reply)
{
	uint64_t sizes[SHMEM_REGIONS] = { s->backend->shmem_size };
	const uint32_t head[] = { s->backend->shmem_size != 0, 0 };

	(void)body;
	buf_add(reply, head, sizeof(head));
	buf_add(reply, sizes, sizeof(sizes));
	return 0;
}

/* Once there is a channel: a page of ours at the beginning of the region. */
void session_map_shmem(struct session *s)
{
	struct {
		uint8_t shmid, padding[7];
		uint64_t fd_offset, shm_offset, length, flags;
	} map = { .length = 4096, .flags = 1 };
	bool acks = s->protocol & BIT(VU_F_REPLY_ACK);

	if (!s->backend->shmem_size || s->shmem >= 0 || !(s->protocol & BIT(VU_F_SHMEM)))
		return;
	s->shmem = memfd_create("vhostctl-shmem", MFD_CLOEXEC);
	if (s->shmem < 0 || ftruncate(s->shmem, 4096) ||
	    write(s->shmem, "vhostctl\n", 9) != 9)
		return;
	channel_send(&s->channel, CHANNEL_SHMEM_MAP, acks, &map, sizeof(map), s->shmem);
}

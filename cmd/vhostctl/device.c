/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.c - the front-end's side of a device: negotiation, memory, rings. */
#include "device.h"

#include "clock.h"
#include "feature.h"
#include "spec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define OUR_PROTOCOL                                             \
	(BIT(VU_F_MQ) | BIT(VU_F_REPLY_ACK) | BIT(VU_F_CONFIG) | \
	 BIT(VU_F_CONFIGURE_MEM_SLOTS))

static int refused(struct device *d, uint32_t request, const char *hint)
{
	return diag_fail(d->peer->diag, 0, hint, "%s: the back-end refused %s",
			 d->peer->path, name_of(&spec_requests, request));
}

/* Tells with up to one fd, and waits for the acknowledgement where there are such. */
static int tell(struct device *d, uint32_t request, const void *body, size_t n, int fd)
{
	bool ack = d->protocol & BIT(VU_F_REPLY_ACK);
	struct msg_header h = { .request = request,
				.flags = MSG_VERSION | (ack ? MSG_NEED_REPLY : 0),
				.size = (uint32_t)n };
	uint8_t head[MSG_HEADER];
	struct iovec parts[] = { { head, MSG_HEADER }, { (void *)(uintptr_t)body, n } };
	size_t done = 0;
	enum conn_end end;
	struct bytes answer;
	uint64_t failed = 0;

	msg_encode(head, &h);
	message_begin(&d->peer->rx);
	end = conn_send(&d->peer->conn, parts, COUNT(parts), &fd, fd >= 0, &done,
			clock_mono_ns() + d->peer->timeout_ns);
	if (!end && ack)
		end = peer_answer(d->peer, request, &answer);
	if (end)
		return peer_fail(d->peer, request, end);
	if (ack && (msg_u64(answer, &failed) || failed))
		return refused(d, request, "its own log may say why");
	return 0;
}

static int tell_u64(struct device *d, uint32_t request, uint64_t v, int fd)
{
	return tell(d, request, &v, sizeof(v), fd);
}

static int ask(struct device *d, uint32_t request, uint64_t *v)
{
	enum conn_end end = peer_ask_u64(d->peer, request, v);

	return end ? peer_fail(d->peer, request, end) : 0;
}

static int read_config(struct device *d, const uint8_t *sizes)
{
	uint8_t request[CONFIG_HEADER + CONFIG_MAX];

	for (; *sizes && !d->config_size; sizes++) {
		size_t n = msg_config_encode(request, *sizes);
		struct bytes body, config;
		enum conn_end end = peer_ask(d->peer, VU_GET_CONFIG, request, n, &body);

		if (!end && msg_config_decode(body, *sizes, &config)) {
			d->peer->conn.fault = msg_fault_text(MSG_WRONG_SIZE);
			end = CONN_BROKEN;
		}
		if (end)
			return peer_fail(d->peer, VU_GET_CONFIG, end);
		memcpy(d->config, config.p, config.n);
		d->config_size = config.n;
	}
	return 0;
}

/* Protocol features, where there are any. */
static int negotiate_protocol(struct device *d)
{
	uint64_t offered = 0, ours;
	int status;

	if (!(d->offered & BIT(VU_F_PROTOCOL_FEATURES)))
		return 0;
	status = ask(d, VU_GET_PROTOCOL_FEATURES, &offered);
	ours = offered & OUR_PROTOCOL;
	if (!status)
		status = tell_u64(d, VU_SET_PROTOCOL_FEATURES, ours, -1);
	d->protocol = ours;
	return status;
}

int device_open(struct device *d, const struct diag *diag, const char *path,
		const struct meeting *m, uint64_t wanted, const uint8_t *sizes)
{
	int status;

	*d = (struct device){ .peer = calloc(1, sizeof(*d->peer)), .queues = 1 };
	if (!d->peer)
		return diag_fail(diag, ENOMEM, NULL, "connection");
	status = peer_open(d->peer, diag, path, m);
	if (!status)
		status = ask(d, VU_GET_FEATURES, &d->offered);
	if (!status && !(d->offered & BIT(VIRTIO_F_VERSION_1)))
		status = diag_fail(diag, 0, NULL,
				   "%s: the back-end does not offer VERSION_1: legacy "
				   "devices are not driven",
				   path);
	if (!status)
		status = negotiate_protocol(d);
	if (!status)
		status = tell(d, VU_SET_OWNER, NULL, 0, -1);
	if (!status && d->protocol & BIT(VU_F_MQ))
		status = ask(d, VU_GET_QUEUE_NUM, &d->queues);
	if (!status && d->protocol & BIT(VU_F_CONFIG))
		status = read_config(d, sizes);
	d->features = d->offered &
		      (wanted | BIT(VIRTIO_F_VERSION_1) | BIT(VU_F_PROTOCOL_FEATURES));
	return status ? status : tell_u64(d, VU_SET_FEATURES, d->features, -1);
}

/* As one region, by whichever request the back-end knows (vhost-user.rst). */
static int tell_memory(struct device *d, int fd)
{
	struct {
		uint32_t nregions, padding;
		uint64_t guest, size, user, offset;
	} table = { .nregions = 1,
		    .size = d->memory_size,
		    .user = (uint64_t)(uintptr_t)d->memory };

	if (!(d->protocol & BIT(VU_F_CONFIGURE_MEM_SLOTS)))
		return tell(d, VU_SET_MEM_TABLE, &table, sizeof(table), fd);
	table.nregions = 0; /* there it is padding */
	return tell(d, VU_ADD_MEM_REG, &table, sizeof(table), fd);
}

int device_share(struct device *d, size_t n)
{
	int fd, status;

	if (n > DEVICE_MEMORY_MAX)
		return diag_usage(d->peer->diag,
				  "%zu MiB of shared memory would be needed, %d MiB is "
				  "the most: less --qd, --queues or block size",
				  n >> 20, DEVICE_MEMORY_MAX >> 20);
	fd = memfd_create("vhostctl", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	n = (n + 4095) & ~(size_t)4095;
	/* Cut off by the back-end, it would kill us where we touch it. */
	if (fd >= 0 && !ftruncate(fd, (off_t)n) &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		d->memory = mmap(NULL, n, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_POPULATE, fd, 0);
	if (!d->memory || d->memory == MAP_FAILED) {
		status = diag_fail(d->peer->diag, errno, "less --qd or --block-size?",
				   "%zu bytes of shared memory", n);
		d->memory = NULL;
	} else {
		d->memory_size = n;
		status = tell_memory(d, fd);
	}
	if (fd >= 0)
		close(fd);
	return status;
}

void *device_alloc(struct device *d, size_t n, size_t align)
{
	size_t at = (d->memory_used + align - 1) & ~(align - 1);

	if (at > d->memory_size || n > d->memory_size - at)
		return NULL;
	d->memory_used = at + n;
	return d->memory + at;
}

size_t device_ring_size(const struct ring_shape *s)
{
	struct ring_areas a = ring_areas(false, s->entries);
	size_t tables =
		s->indirect ? sizeof(struct vring_desc) * s->chains * s->parts : 0;

	return 4 * 4096 + a.desc + a.driver + a.device + tables;
}

static int tell_ring(struct device *d, uint32_t index, const struct ring *r)
{
	const struct vhost_vring_addr {
		uint32_t index, flags;
		uint64_t desc, used, avail, log;
	} addr = { index, 0, (uintptr_t)r->desc, (uintptr_t)r->used, (uintptr_t)r->avail,
		   0 };
	/* Packed: positions with their wrap counters, of both sides (vhost-user.rst). */
	const uint32_t num[] = { index, r->size },
		       base[] = { index, r->packed ? 0x80008000 : 0 },
		       on[] = { index, 1 };
	int status = tell(d, VU_SET_VRING_NUM, num, sizeof(num), -1);

	if (!status)
		status = tell(d, VU_SET_VRING_BASE, base, sizeof(base), -1);
	if (!status)
		status = tell(d, VU_SET_VRING_ADDR, &addr, sizeof(addr), -1);
	if (!status)
		status = tell_u64(d, VU_SET_VRING_CALL, index, r->call);
	if (!status)
		status = tell_u64(d, VU_SET_VRING_KICK, index, r->kick);
	if (!status && d->features & BIT(VU_F_PROTOCOL_FEATURES))
		status = tell(d, VU_SET_VRING_ENABLE, on, sizeof(on), -1);
	return status;
}

/* Memory of a ring. Whether there was enough. */
static bool lay_ring(struct device *d, struct ring *r, const struct ring_shape *s)
{
	struct ring_areas a = ring_areas(r->packed, r->size);

	r->desc = device_alloc(d, a.desc, 4096);
	r->avail = device_alloc(d, a.driver, 4096);
	r->used = device_alloc(d, a.device, 4096);
	r->held = calloc(r->chains, sizeof(*r->held));
	if (s->indirect) {
		r->tables =
			device_alloc(d, sizeof(*r->desc) * r->chains * r->parts, 4096);
		if (!r->tables)
			return false;
		r->tables_addr = device_addr(d, r->tables);
	}
	return r->desc && r->avail && r->used && r->held;
}

int device_ring(struct device *d, const struct ring_shape *s)
{
	struct ring *r = &d->rings[d->nrings];

	if (d->nrings == DEVICE_RINGS)
		return diag_fail(d->peer->diag, E2BIG, NULL, "rings");
	*r = (struct ring){ .size = s->entries,
			    .chains = s->chains,
			    .parts = s->parts,
			    .packed = d->features & BIT(VIRTIO_F_RING_PACKED),
			    .event_idx = d->features & BIT(VIRTIO_RING_F_EVENT_IDX),
			    .next_wrap = true,
			    .seen_wrap = true,
			    .kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
			    .call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	d->nrings++;
	if (r->kick < 0 || r->call < 0)
		return diag_fail(d->peer->diag, errno, NULL, "eventfd");
	if (!lay_ring(d, r, s))
		return diag_fail(d->peer->diag, ENOMEM, NULL, "ring");
	return tell_ring(d, (uint32_t)d->nrings - 1, r);
}

int device_check_kind(const struct device *d, const char *kind)
{
	const struct kind *k = feature_kind(kind),
			  *guess = feature_guess_kind(d->offered, 0);

	if (!k || !guess || feature_may_be(k, d->offered, 0))
		return 0;
	return diag_fail(d->peer->diag, 0, "vhostctl probe shows its features",
			 "%s: that is a %s device, not %s", d->peer->path, guess->name,
			 kind);
}

int device_lacks(const struct device *d, const char *option, const char *feature)
{
	return diag_fail(d->peer->diag, EOPNOTSUPP, "see vhostctl probe",
			 "%s: the back-end does not offer %s, which %s takes",
			 d->peer->path, feature, option);
}

/* A ring that runs would go on with memory that is gone. Whether it stopped. */
static bool stop_ring(struct device *d, uint32_t index)
{
	const uint32_t state[] = { index, 0 };
	struct bytes body;

	return !peer_ask(d->peer, VU_GET_VRING_BASE, state, sizeof(state), &body);
}

void device_close(struct device *d)
{
	/* One that does not answer is not asked again for each ring. */
	bool answers = d->peer && !d->peer->conn.err;

	for (size_t i = 0; i < d->nrings; i++) {
		if (answers && d->rings[i].avail && d->rings[i].used)
			answers = stop_ring(d, (uint32_t)i);
		if (d->rings[i].kick >= 0)
			close(d->rings[i].kick);
		if (d->rings[i].call >= 0)
			close(d->rings[i].call);
		free(d->rings[i].held);
	}
	if (d->peer)
		peer_close(d->peer);
	free(d->peer);
	if (d->memory)
		munmap(d->memory, d->memory_size);
	*d = (struct device){ 0 };
}

int device_sleep(struct device *d, uint64_t timeout_ns)
{
	/* Its end wakes us, not what it says unasked. */
	struct pollfd p[DEVICE_RINGS + 1] = { { .fd = d->peer->conn.fd,
						.events = POLLRDHUP } };
	struct timespec t = { .tv_sec = (time_t)(timeout_ns / 1000000000),
			      .tv_nsec = (long)(timeout_ns % 1000000000) };
	uint64_t count;
	int n;

	for (size_t i = 0; i < d->nrings; i++)
		p[i + 1] = (struct pollfd){ .fd = d->rings[i].call, .events = POLLIN };
	n = ppoll(p, d->nrings + 1, &t, NULL);
	if (n <= 0)
		return n ? errno == EINTR ? 0 : -errno : -ETIMEDOUT;
	if (p[0].revents) {
		d->peer->conn.err = -EPIPE;
		return -EPIPE;
	}
	/* Spurious calls come too; the other side has made the eventfd non-blocking. */
	for (size_t i = 0; i < d->nrings; i++)
		if (p[i + 1].revents &&
		    read(d->rings[i].call, &count, sizeof(count)) < 0 && errno != EAGAIN)
			return -errno;
	return 0;
}

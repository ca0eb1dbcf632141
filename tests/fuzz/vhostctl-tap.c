/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queues of two others: any messages that set them up, any memory, any changes. */
#include "tap.h"

#include <sys/mman.h>
#include <unistd.h>

enum { MEMORY = 1 << 16, BODY = 48 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t *memory;
static int fd;

static void set_up(void)
{
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, MEMORY))
		_exit(1);
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		_exit(1);
}

/* A request that is likely to mean something, its numbers small. */
static void say(struct tap *t, const uint8_t *data, size_t n)
{
	static const uint8_t requests[] = {
		VU_SET_FEATURES,   VU_SET_MEM_TABLE,  VU_SET_VRING_NUM,
		VU_SET_VRING_ADDR, VU_SET_VRING_BASE, VU_SET_VRING_KICK,
		VU_SET_VRING_CALL, VU_GET_VRING_BASE, VU_SET_VRING_ENABLE,
		VU_ADD_MEM_REG,    VU_REM_MEM_REG,    VU_SET_STATUS,
		VU_RESET_DEVICE,   VU_VRING_KICK,
	};
	const int kept[] = { fd, fd };
	struct fd_info info[] = { { FD_MEMFD, MEMORY, "" }, { FD_EVENTFD, 0, "" } };
	struct msg_header h = { requests[data[0] % COUNT(requests)], MSG_VERSION,
				(uint32_t)MIN(n - 2, BODY) };
	uint8_t bytes[MSG_HEADER + BODY] = { 0 };
	struct sighting s = { .from_backend = data[1] & 1,
			      .bytes = { (const char *)bytes, MSG_HEADER + h.size },
			      .fds = { info, data[1] >> 1 & 3 },
			      .kept = kept };
	struct event e = { 0 };

	s.fds.n = MIN(s.fds.n, COUNT(kept));
	if (s.from_backend)
		h.flags |= MSG_REPLY;
	msg_encode(bytes, &h);
	memcpy(bytes + MSG_HEADER, data + 2, h.size);
	tap_message(t, &s, &e);
}

static void report(struct tap *t, uint64_t now)
{
	tap_look(t, now);
	for (size_t i = 0; i < t->nrings; i++) {
		struct event e = { 0 };
		struct tap_state st;
		struct buf b = { 0 };
		struct value v = { .kind = VALUE_NEST, .nest = { tap_emit, &st } };

		if (tap_report(t, i, NULL, now, &st, &e))
			value_put(&b, &v, STYLE_JSON);
		if (t->rings[i].ended)
			tap_stop(t, i);
		buf_free(&b);
	}
}

/* Pieces of data, as long as the first byte of each says: messages, and what is written
 * to the memory. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tap *t;

	if (!memory)
		set_up();
	memset(memory, 0, MEMORY);
	t = tap_new();
	for (uint64_t now = 1; t && n > 3; now += 1000000) {
		size_t len = MIN((size_t)data[0] & 63, n - 3) + 2;

		if (data[0] & 64)
			memcpy(memory + data[1] * 64 + data[2], data + 3, len - 2);
		else
			say(t, data + 1, len);
		if (data[0] & 128)
			report(t, now);
		data += len + 1;
		n -= len + 1;
	}
	tap_free(t);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the descriptors of a packed ring tell a third, against our driver and our device
 * that use it: where the driver stands is always right, what is in flight is within the
 * bounds that are told, and exact where all buffers are alike.
 */
#undef NDEBUG
#include "ring.h"
#include "tap.h"
#include "tap_packed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHAINS = 6, PARTS = 3, STEPS = 20000, PLACE = 1 << 16 };

static struct ring ring;
static struct vq device;
static struct guest guest;
static uint8_t *mem;
static uint16_t held[CHAINS];

/* What is known for sure: descriptors made available and given back. */
static uint64_t made, flying;
static struct vq_chain taken[CHAINS + 1];
static size_t ntaken;
static bool busy[CHAINS];

static void begin(uint16_t size)
{
	struct guest_area a = { 0, PLACE, 0, 0 };
	int fd = memfd_create("ring", MFD_CLOEXEC);

	assert(fd >= 0 && !ftruncate(fd, PLACE));
	guest_clear(&guest);
	assert(!guest_add(&guest, &a, fd));
	mem = mmap(NULL, PLACE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert(mem != MAP_FAILED);
	close(fd);
	ring = (struct ring){ .size = size,
			      .chains = CHAINS,
			      .parts = PARTS,
			      .packed = true,
			      .desc = (void *)mem,
			      .avail = (void *)(mem + 4096),
			      .used = (void *)(mem + 8192),
			      .held = held,
			      .next_wrap = true,
			      .seen_wrap = true };
	device = (struct vq){
		.guest = &guest, .size = size, .packed = true, .addr = { 0, 8192, 4096 }
	};
	assert(!vq_map(&device));
	vq_set_base(&device, 0x80008000);
	made = flying = ntaken = 0;
	for (size_t i = 0; i < CHAINS; i++)
		busy[i] = false;
	memset(held, 0, sizeof(held));
}

static void put(size_t parts)
{
	static const struct ring_part part[PARTS] = { { 16384, 8, false },
						      { 16384, 8, true },
						      { 16384, 8, true } };

	for (unsigned int id = 0; id < CHAINS; id++) {
		if (busy[id] || flying + parts > ring.size)
			continue;
		busy[id] = true;
		ring_put(&ring, (uint16_t)id, part, parts);
		(void)!ring_publish(&ring); /* nobody has to be kicked here */
		made += parts;
		flying += parts;
		return;
	}
}

static void give(bool in_order)
{
	uint32_t len;
	uint16_t id;
	size_t i;

	while (ntaken < CHAINS && vq_pop(&device, &taken[ntaken]) > 0)
		ntaken++;
	if (!ntaken)
		return;
	i = in_order ? 0 : (size_t)rand() % ntaken;
	vq_push(&device, &taken[i], 8);
	flying -= taken[i].count;
	memmove(&taken[i], &taken[i + 1], (--ntaken - i) * sizeof(*taken));
	while (ring_take(&ring, &id, &len) > 0)
		busy[id] = false;
}

/* Returns whether what is in flight could be told. */
static bool look(void)
{
	uint32_t next = packed_next(&device), low, high, since;

	since = (uint32_t)MIN(made, (uint64_t)ring.size);
	assert(next == made % (2U * ring.size));
	packed_flying(&device, next, since, &low, &high);
	assert(low <= high && high <= ring.size);
	assert(flying <= high);
	assert(low <= flying || low != high);
	if (low == high)
		assert(low == flying);
	return low == high;
}

/* Buffers of 1 to `parts` descriptors, all of so many where they are `alike`, which come
 * back in any order; else in their order. */
static void run(uint16_t size, size_t parts, bool alike)
{
	size_t told = 0;

	begin(size);
	for (int i = 0; i < STEPS; i++) {
		if (rand() & 1)
			put(alike ? parts : 1 + (size_t)rand() % parts);
		else
			give(!alike);
		told += look();
	}
	while (flying)
		give(!alike);
	/* A small ring shows too few of them. */
	if (alike && size > 64) {
		assert(look());
		assert(told > STEPS / 2);
	}
	munmap(mem, PLACE);
}

/* A message of the front-end, with an fd for each region. */
static void say(struct tap *t, uint32_t request, const void *body, size_t n, int fd)
{
	const int kept[] = { fd };
	const struct fd_info info[] = { { FD_MEMFD, PLACE, "" } };
	struct msg_header h = { request, MSG_VERSION, (uint32_t)n };
	uint8_t bytes[MSG_HEADER + 64];
	struct sighting m = { .bytes = { (const char *)bytes, MSG_HEADER + n },
			      .fds = { info, fd >= 0 },
			      .kept = kept };
	struct event e = { 0 };

	msg_encode(bytes, &h);
	memcpy(bytes + MSG_HEADER, body, n);
	assert(!tap_message(t, &m, &e) && !e.note);
}

/* The front-end's acknowledgement of a post-copy's memory takes none away. */
static void acknowledge(void)
{
	const uint64_t features = BIT(32), zero = 0;
	const struct {
		uint32_t n, padding;
		struct guest_area a;
	} table = { 1, 0, { 0, PLACE, 0, 0 } };
	const uint32_t num[] = { 0, 128 };
	const struct {
		uint32_t index, flags;
		uint64_t desc, used, avail, log;
	} addr = { 0, 0, 0, 8192, 4096, 0 };
	struct tap *t = tap_new();
	struct event e = { 0 };
	struct tap_state st;
	int fd = memfd_create("ring", MFD_CLOEXEC);

	assert(t && fd >= 0 && !ftruncate(fd, PLACE));
	say(t, VU_SET_FEATURES, &features, sizeof(features), -1);
	say(t, VU_SET_MEM_TABLE, &table, sizeof(table), fd);
	say(t, VU_SET_VRING_NUM, num, sizeof(num), -1);
	say(t, VU_SET_VRING_ADDR, &addr, sizeof(addr), -1);
	say(t, VU_SET_VRING_KICK, &zero, sizeof(zero), -1);
	say(t, VU_SET_MEM_TABLE, &zero, sizeof(zero), -1);
	tap_look(t, 1);
	assert(tap_report(t, 0, NULL, 2, &st, &e) && !e.note && st.in_flight.has);
	tap_free(t);
	close(fd);
}

int main(void)
{
	static const uint16_t sizes[] = { 8, 13, 32, 100 };

	srand(1);
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t parts = 1; parts <= PARTS; parts++) {
			run(sizes[i], parts, true);
			run(sizes[i], parts, false);
		}
	guest_clear(&guest);
	acknowledge();
	puts("ok");
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads of every version, laid out as a compiler would, decoded at every length. */
#include "decode.h"

#include <errno.h>
#include <linux/taskstats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A member of the kernel's struct in the order of its declaration. */
struct member {
	int id; /* enum kstat, or one of these */
	uint8_t size, align, since;
};
enum { STRUCT_VERSION = -1, PAD = -2, COMM = -3 };

#define U64(id, since)              \
	{                           \
		(id), 8, 8, (since) \
	}
#define U32(id, since)              \
	{                           \
		(id), 4, 4, (since) \
	}
#define U32A8(id, since)            \
	{                           \
		(id), 4, 8, (since) \
	}
#define PAIR(d, since) \
	U64(K_OF(DELAY_##d, PART_COUNT), since), U64(K_OF(DELAY_##d, PART_TOTAL), since)
#define PEAK(d, since) \
	U64(K_OF(DELAY_##d, PART_MAX), since), U64(K_OF(DELAY_##d, PART_MIN), since)
#define STAMP(d, since)                            \
	U64(K_OF(DELAY_##d, PART_MAX_SEC), since), \
		U64(K_OF(DELAY_##d, PART_MAX_NSEC), since)

static const struct member declared[] = {
	{ STRUCT_VERSION, 2, 2, 8 },
	U32(K_EXITCODE, 8),
	{ K_FLAG, 1, 1, 8 },
	{ K_NICE, 1, 1, 8 },
	PAIR(CPU, 8),
	PAIR(BLKIO, 8),
	PAIR(SWAPIN, 8),
	U64(K_RUN_REAL, 8),
	U64(K_RUN_VIRTUAL, 8),
	{ COMM, 32, 1, 8 },
	{ K_SCHED, 1, 8, 8 },
	{ PAD, 3, 1, 8 },
	U32A8(K_UID, 8),
	U32(K_GID, 8),
	U32(K_PID, 8),
	U32(K_PPID, 8),
	U32(K_BTIME, 8),
	U64(K_ETIME, 8),
	U64(K_UTIME, 8),
	U64(K_STIME, 8),
	U64(K_MINFLT, 8),
	U64(K_MAJFLT, 8),
	U64(K_COREMEM, 8),
	U64(K_VIRTMEM, 8),
	U64(K_HIWATER_RSS, 8),
	U64(K_HIWATER_VM, 8),
	U64(K_READ_CHAR, 8),
	U64(K_WRITE_CHAR, 8),
	U64(K_READ_SYSCALLS, 8),
	U64(K_WRITE_SYSCALLS, 8),
	U64(K_READ_BYTES, 8),
	U64(K_WRITE_BYTES, 8),
	U64(K_CANCELLED_WRITE_BYTES, 8),
	U64(K_NVCSW, 8),
	U64(K_NIVCSW, 8),
	U64(K_UTIME_SCALED, 8),
	U64(K_STIME_SCALED, 8),
	U64(K_RUN_SCALED, 8),
	PAIR(FREEPAGES, 8),
	PAIR(THRASHING, 9),
	U64(K_BTIME64, 10),
	PAIR(COMPACT, 11),
	U32(K_TGID, 12),
	U64(K_TGETIME, 12),
	U64(K_EXE_DEV, 12),
	U64(K_EXE_INODE, 12),
	PAIR(WPCOPY, 13),
	PAIR(IRQ, 14),
	PEAK(CPU, 16),
	PEAK(BLKIO, 16),
	PEAK(SWAPIN, 16),
	PEAK(FREEPAGES, 16),
	PEAK(THRASHING, 16),
	PEAK(COMPACT, 16),
	PEAK(WPCOPY, 16),
	PEAK(IRQ, 16),
	STAMP(CPU, 17),
	STAMP(BLKIO, 17),
	STAMP(SWAPIN, 17),
	STAMP(FREEPAGES, 17),
	STAMP(THRASHING, 17),
	STAMP(COMPACT, 17),
	STAMP(WPCOPY, 17),
	STAMP(IRQ, 17),
};

/* Lengths that kernels of each version were seen to send. */
static const size_t lengths[] = {
	[8] = 328,  [9] = 344,  [10] = 352, [11] = 368, [12] = 400,
	[13] = 416, [14] = 432, [15] = 560, [16] = 560, [17] = 688,
};

#define ROOM 1024
static const char comm[KSTAT_COMM] = "a)b\n\\\xff (c";

struct payload {
	unsigned char p[ROOM];
	size_t n;
	size_t end[KSTATS]; /* where each number ends, 0: not in it */
	size_t comm_end;
};

static int failures;

static void fail(const char *what, unsigned int version, size_t length, int id)
{
	fprintf(stderr, "%s: version %u, %zu bytes, number %d\n", what, version, length,
		id);
	failures++;
}

static uint64_t pattern(int id, uint8_t size)
{
	uint64_t v = 0x9e3779b97f4a7c15ull * (uint64_t)(id + 1);

	return size >= 8 ? v : v & ((1ull << 8 * size) - 1);
}

static void append(struct payload *b, const struct member *m, uint16_t version)
{
	uint64_t v = pattern(m->id, m->size);
	uint32_t v32 = (uint32_t)v;
	uint8_t v8 = (uint8_t)v;

	b->n = (b->n + m->align - 1) / m->align * m->align;
	if (m->id == STRUCT_VERSION)
		memcpy(b->p + b->n, &version, sizeof(version));
	else if (m->id == COMM)
		memcpy(b->p + b->n, comm, sizeof(comm));
	else if (m->id != PAD)
		memcpy(b->p + b->n,
		       m->size == 8   ? (void *)&v
		       : m->size == 4 ? (void *)&v32
				      : (void *)&v8,
		       m->size);
	b->n += m->size;
	if (m->id == COMM)
		b->comm_end = b->n;
	else if (m->id >= 0)
		b->end[m->id] = b->n;
}

static bool is_part(const struct member *m, int part)
{
	return m->id >= 0 && m->id < K_DELAY + DELAYS * PARTS &&
	       (m->id - K_DELAY) % PARTS == part;
}

/* Lays out the struct of one version; 15 has its extremes behind each total. */
static void build(struct payload *b, uint16_t version)
{
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < sizeof(declared) / sizeof(*declared); i++) {
		const struct member *m = &declared[i];

		if (m->since > version)
			continue;
		append(b, m, version);
		if (version == 15 && is_part(m, PART_TOTAL)) {
			struct member max = { m->id + 1, 8, 8, 15 };
			struct member min = { m->id + 2, 8, 8, 15 };

			append(b, &max, version);
			append(b, &min, version);
		}
	}
	b->n = (b->n + 7) / 8 * 8;
}

static uint8_t size_of(int id)
{
	for (size_t i = 0; i < sizeof(declared) / sizeof(*declared); i++)
		if (declared[i].id == id)
			return declared[i].size;
	return 8;
}

/* Decodes n bytes of b, copied to their own allocation at a misalignment. */
static int decode(const struct payload *b, size_t n, size_t shift, struct kstats *k)
{
	unsigned char *p = malloc(n + shift + 1);
	int r;

	memcpy(p + shift, b->p, n);
	p = realloc(p, n + shift ? n + shift : 1);
	r = kstats_decode(p + shift, n, k);
	free(p);
	return r;
}

static void check(const struct payload *b, uint16_t version, size_t n, size_t shift)
{
	struct kstats k;
	int r = decode(b, n, shift, &k);

	if (n < 2) {
		if (r != -EBADMSG)
			fail("decoded without a version", version, n, r);
		return;
	}
	if (r || k.version != version)
		fail("not decoded", version, n, r);
	for (int id = 0; id < KSTATS; id++) {
		bool has = b->end[id] && b->end[id] <= n;

		if (k.v[id].has != has)
			fail(has ? "missing" : "not there but read", version, n, id);
		else if (has && k.v[id].v != pattern(id, size_of(id)))
			fail("wrong value", version, n, id);
		else if (!has && k.v[id].v)
			fail("value without being there", version, n, id);
	}
	if (memcmp(k.comm, n >= b->comm_end ? comm : (char[KSTAT_COMM]){ 0 },
		   KSTAT_COMM) != 0)
		fail("wrong comm", version, n, COMM);
}

static void test_versions(void)
{
	struct payload b;

	for (uint16_t version = 8; version <= 17; version++) {
		build(&b, version);
		if (b.n != lengths[version])
			fail("the test's own layout has a wrong length", version, b.n, 0);
		for (size_t n = 0; n <= b.n; n++)
			check(&b, version, n, n % 8);
		/* What follows the version's last field is not ours to read. */
		memset(b.p + b.n, 0xa5, ROOM - b.n);
		check(&b, version, ROOM, 4);
	}
}

/* A later version is read up to where 16 ends, whatever it appends or inserts there. */
static void test_later(void)
{
	static const uint16_t versions[] = { 18, 19, 99, 255, 256, UINT16_MAX };
	struct payload b;

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		build(&b, 16);
		memcpy(b.p, &versions[i], sizeof(versions[i]));
		memset(b.p + b.n, 0xa5, ROOM - b.n);
		check(&b, versions[i], ROOM, 4);
		check(&b, versions[i], 560, 4);
		check(&b, versions[i], 431, 4);
	}
}

static void test_earlier(void)
{
	struct payload b;
	struct kstats k;

	build(&b, 8);
	for (uint16_t version = 0; version < 8; version++) {
		memcpy(b.p, &version, sizeof(version));
		if (decode(&b, b.n, 0, &k) != -EPROTONOSUPPORT || k.version != version)
			fail("decoded", version, b.n, 0);
		for (int id = 0; id < KSTATS; id++)
			if (k.v[id].has)
				fail("read", version, b.n, id);
	}
}

/* The installed header knows versions up to its own: the compiler's offsets are right. */
#define SAME(id, member)                                                            \
	do {                                                                        \
		size_t end = offsetof(struct taskstats, member) +                   \
			     sizeof(((struct taskstats *)0)->member);               \
		if (b.end[id] != end)                                               \
			fail("not where the header has " #member, b.p[0], end, id); \
	} while (0)

static void test_header(void)
{
	struct payload b;

	build(&b, 13);
	SAME(K_EXITCODE, ac_exitcode);
	SAME(K_FLAG, ac_flag);
	SAME(K_NICE, ac_nice);
	SAME(K_OF(DELAY_CPU, PART_COUNT), cpu_count);
	SAME(K_OF(DELAY_CPU, PART_TOTAL), cpu_delay_total);
	SAME(K_OF(DELAY_BLKIO, PART_COUNT), blkio_count);
	SAME(K_OF(DELAY_BLKIO, PART_TOTAL), blkio_delay_total);
	SAME(K_OF(DELAY_SWAPIN, PART_COUNT), swapin_count);
	SAME(K_OF(DELAY_SWAPIN, PART_TOTAL), swapin_delay_total);
	SAME(K_RUN_REAL, cpu_run_real_total);
	SAME(K_RUN_VIRTUAL, cpu_run_virtual_total);
	SAME(K_SCHED, ac_sched);
	SAME(K_UID, ac_uid);
	SAME(K_GID, ac_gid);
	SAME(K_PID, ac_pid);
	SAME(K_PPID, ac_ppid);
	SAME(K_BTIME, ac_btime);
	SAME(K_ETIME, ac_etime);
	SAME(K_UTIME, ac_utime);
	SAME(K_STIME, ac_stime);
	SAME(K_MINFLT, ac_minflt);
	SAME(K_MAJFLT, ac_majflt);
	SAME(K_COREMEM, coremem);
	SAME(K_VIRTMEM, virtmem);
	SAME(K_HIWATER_RSS, hiwater_rss);
	SAME(K_HIWATER_VM, hiwater_vm);
	SAME(K_READ_CHAR, read_char);
	SAME(K_WRITE_CHAR, write_char);
	SAME(K_READ_SYSCALLS, read_syscalls);
	SAME(K_WRITE_SYSCALLS, write_syscalls);
	SAME(K_READ_BYTES, read_bytes);
	SAME(K_WRITE_BYTES, write_bytes);
	SAME(K_CANCELLED_WRITE_BYTES, cancelled_write_bytes);
	SAME(K_NVCSW, nvcsw);
	SAME(K_NIVCSW, nivcsw);
	SAME(K_UTIME_SCALED, ac_utimescaled);
	SAME(K_STIME_SCALED, ac_stimescaled);
	SAME(K_RUN_SCALED, cpu_scaled_run_real_total);
	SAME(K_OF(DELAY_FREEPAGES, PART_COUNT), freepages_count);
	SAME(K_OF(DELAY_FREEPAGES, PART_TOTAL), freepages_delay_total);
#if TASKSTATS_VERSION >= 13
	SAME(K_OF(DELAY_THRASHING, PART_COUNT), thrashing_count);
	SAME(K_OF(DELAY_THRASHING, PART_TOTAL), thrashing_delay_total);
	SAME(K_BTIME64, ac_btime64);
	SAME(K_OF(DELAY_COMPACT, PART_COUNT), compact_count);
	SAME(K_OF(DELAY_COMPACT, PART_TOTAL), compact_delay_total);
	SAME(K_TGID, ac_tgid);
	SAME(K_TGETIME, ac_tgetime);
	SAME(K_EXE_DEV, ac_exe_dev);
	SAME(K_EXE_INODE, ac_exe_inode);
	SAME(K_OF(DELAY_WPCOPY, PART_COUNT), wpcopy_count);
	SAME(K_OF(DELAY_WPCOPY, PART_TOTAL), wpcopy_delay_total);
#endif
}

int main(void)
{
	test_header();
	test_versions();
	test_later();
	test_earlier();
	return failures > 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_layout.c - where each number of struct taskstats lies, and how far each version
 * goes. */
#include "decode.h"

/* Count and total of a delay; maximum and minimum; when the maximum was. */
#define SUM(d, o)                                   \
	[K_OF(DELAY_##d, PART_COUNT)] = { (o), 8 }, \
			 [K_OF(DELAY_##d, PART_TOTAL)] = { (o) + 8, 8 }
#define EXTREMES(d, o)                            \
	[K_OF(DELAY_##d, PART_MAX)] = { (o), 8 }, \
			 [K_OF(DELAY_##d, PART_MIN)] = { (o) + 8, 8 }
#define MOMENT(d, o)                                  \
	[K_OF(DELAY_##d, PART_MAX_SEC)] = { (o), 8 }, \
			 [K_OF(DELAY_##d, PART_MAX_NSEC)] = { (o) + 8, 8 }

/* Every version but 15: each one appends to the one before. */
static const struct slot appended[KSTATS] = {
	[K_EXITCODE] = { 4, 4 },
	[K_FLAG] = { 8, 1 },
	[K_NICE] = { 9, 1 },
	SUM(CPU, 16),
	SUM(BLKIO, 32),
	SUM(SWAPIN, 48),
	[K_RUN_REAL] = { 64, 8 },
	[K_RUN_VIRTUAL] = { 72, 8 },
	[K_SCHED] = { 112, 1 },
	[K_UID] = { 120, 4 },
	[K_GID] = { 124, 4 },
	[K_PID] = { 128, 4 },
	[K_PPID] = { 132, 4 },
	[K_BTIME] = { 136, 4 },
	[K_ETIME] = { 144, 8 },
	[K_UTIME] = { 152, 8 },
	[K_STIME] = { 160, 8 },
	[K_MINFLT] = { 168, 8 },
	[K_MAJFLT] = { 176, 8 },
	[K_COREMEM] = { 184, 8 },
	[K_VIRTMEM] = { 192, 8 },
	[K_HIWATER_RSS] = { 200, 8 },
	[K_HIWATER_VM] = { 208, 8 },
	[K_READ_CHAR] = { 216, 8 },
	[K_WRITE_CHAR] = { 224, 8 },
	[K_READ_SYSCALLS] = { 232, 8 },
	[K_WRITE_SYSCALLS] = { 240, 8 },
	[K_READ_BYTES] = { 248, 8 },
	[K_WRITE_BYTES] = { 256, 8 },
	[K_CANCELLED_WRITE_BYTES] = { 264, 8 },
	[K_NVCSW] = { 272, 8 },
	[K_NIVCSW] = { 280, 8 },
	[K_UTIME_SCALED] = { 288, 8 },
	[K_STIME_SCALED] = { 296, 8 },
	[K_RUN_SCALED] = { 304, 8 },
	SUM(FREEPAGES, 312),
	SUM(THRASHING, 328),
	[K_BTIME64] = { 344, 8 },
	SUM(COMPACT, 352),
	[K_TGID] = { 368, 4 },
	[K_TGETIME] = { 376, 8 },
	[K_EXE_DEV] = { 384, 8 },
	[K_EXE_INODE] = { 392, 8 },
	SUM(WPCOPY, 400),
	SUM(IRQ, 416),
	EXTREMES(CPU, 432),
	EXTREMES(BLKIO, 448),
	EXTREMES(SWAPIN, 464),
	EXTREMES(FREEPAGES, 480),
	EXTREMES(THRASHING, 496),
	EXTREMES(COMPACT, 512),
	EXTREMES(WPCOPY, 528),
	EXTREMES(IRQ, 544),
	MOMENT(CPU, 560),
	MOMENT(BLKIO, 576),
	MOMENT(SWAPIN, 592),
	MOMENT(FREEPAGES, 608),
	MOMENT(THRASHING, 624),
	MOMENT(COMPACT, 640),
	MOMENT(WPCOPY, 656),
	MOMENT(IRQ, 672),
};

#define ALL(d, o) SUM(d, o), EXTREMES(d, (o) + 16)

/* Version 15 (Linux 6.14) put maximum and minimum right behind each total. */
static const struct slot inserted[KSTATS] = {
	[K_EXITCODE] = { 4, 4 },
	[K_FLAG] = { 8, 1 },
	[K_NICE] = { 9, 1 },
	ALL(CPU, 16),
	ALL(BLKIO, 48),
	ALL(SWAPIN, 80),
	[K_RUN_REAL] = { 112, 8 },
	[K_RUN_VIRTUAL] = { 120, 8 },
	[K_SCHED] = { 160, 1 },
	[K_UID] = { 168, 4 },
	[K_GID] = { 172, 4 },
	[K_PID] = { 176, 4 },
	[K_PPID] = { 180, 4 },
	[K_BTIME] = { 184, 4 },
	[K_ETIME] = { 192, 8 },
	[K_UTIME] = { 200, 8 },
	[K_STIME] = { 208, 8 },
	[K_MINFLT] = { 216, 8 },
	[K_MAJFLT] = { 224, 8 },
	[K_COREMEM] = { 232, 8 },
	[K_VIRTMEM] = { 240, 8 },
	[K_HIWATER_RSS] = { 248, 8 },
	[K_HIWATER_VM] = { 256, 8 },
	[K_READ_CHAR] = { 264, 8 },
	[K_WRITE_CHAR] = { 272, 8 },
	[K_READ_SYSCALLS] = { 280, 8 },
	[K_WRITE_SYSCALLS] = { 288, 8 },
	[K_READ_BYTES] = { 296, 8 },
	[K_WRITE_BYTES] = { 304, 8 },
	[K_CANCELLED_WRITE_BYTES] = { 312, 8 },
	[K_NVCSW] = { 320, 8 },
	[K_NIVCSW] = { 328, 8 },
	[K_UTIME_SCALED] = { 336, 8 },
	[K_STIME_SCALED] = { 344, 8 },
	[K_RUN_SCALED] = { 352, 8 },
	ALL(FREEPAGES, 360),
	ALL(THRASHING, 392),
	[K_BTIME64] = { 424, 8 },
	ALL(COMPACT, 432),
	[K_TGID] = { 464, 4 },
	[K_TGETIME] = { 472, 8 },
	[K_EXE_DEV] = { 480, 8 },
	[K_EXE_INODE] = { 488, 8 },
	ALL(WPCOPY, 496),
	ALL(IRQ, 528),
};

static const struct slot usual_comm = { 80, KSTAT_COMM },
			 broken_comm = { 128, KSTAT_COMM };

/* Bytes that a version fills, from KSTATS_OLDEST on. What lies behind is of a later one.
 */
static const uint16_t lengths[] = { 328, 344, 352, 368, 400, 416, 432, 560, 560, 688 };
_Static_assert(COUNT(lengths) == KSTATS_NEWEST - KSTATS_OLDEST + 1,
	       "one for each version");

struct layout layout_of(uint16_t version)
{
	bool is_broken = version == 15;

	return (struct layout){ .slots = is_broken ? inserted : appended,
				.comm = is_broken ? broken_comm : usual_comm,
				.length = lengths[version - KSTATS_OLDEST] };
}

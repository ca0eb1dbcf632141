/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_layout.c - where each number of struct taskstats lies, and since which version. */
#include "decode.h"

/* Count and total of a delay; maximum and minimum; when the maximum was. */
#define SUM(d, o, least)                                     \
	[K_OF(DELAY_##d, PART_COUNT)] = { (o), 8, (least) }, \
			 [K_OF(DELAY_##d, PART_TOTAL)] = { (o) + 8, 8, (least) }
#define EXTREMES(d, o, least)                              \
	[K_OF(DELAY_##d, PART_MAX)] = { (o), 8, (least) }, \
			 [K_OF(DELAY_##d, PART_MIN)] = { (o) + 8, 8, (least) }
#define MOMENT(d, o, least)                                    \
	[K_OF(DELAY_##d, PART_MAX_SEC)] = { (o), 8, (least) }, \
			 [K_OF(DELAY_##d, PART_MAX_NSEC)] = { (o) + 8, 8, (least) }

/* Every version but 15: each one appends to the one before. */
static const struct slot appended[KSTATS] = {
	[K_EXITCODE] = { 4, 4, 8 },
	[K_FLAG] = { 8, 1, 8 },
	[K_NICE] = { 9, 1, 8 },
	SUM(CPU, 16, 8),
	SUM(BLKIO, 32, 8),
	SUM(SWAPIN, 48, 8),
	[K_RUN_REAL] = { 64, 8, 8 },
	[K_RUN_VIRTUAL] = { 72, 8, 8 },
	[K_SCHED] = { 112, 1, 8 },
	[K_UID] = { 120, 4, 8 },
	[K_GID] = { 124, 4, 8 },
	[K_PID] = { 128, 4, 8 },
	[K_PPID] = { 132, 4, 8 },
	[K_BTIME] = { 136, 4, 8 },
	[K_ETIME] = { 144, 8, 8 },
	[K_UTIME] = { 152, 8, 8 },
	[K_STIME] = { 160, 8, 8 },
	[K_MINFLT] = { 168, 8, 8 },
	[K_MAJFLT] = { 176, 8, 8 },
	[K_COREMEM] = { 184, 8, 8 },
	[K_VIRTMEM] = { 192, 8, 8 },
	[K_HIWATER_RSS] = { 200, 8, 8 },
	[K_HIWATER_VM] = { 208, 8, 8 },
	[K_READ_CHAR] = { 216, 8, 8 },
	[K_WRITE_CHAR] = { 224, 8, 8 },
	[K_READ_SYSCALLS] = { 232, 8, 8 },
	[K_WRITE_SYSCALLS] = { 240, 8, 8 },
	[K_READ_BYTES] = { 248, 8, 8 },
	[K_WRITE_BYTES] = { 256, 8, 8 },
	[K_CANCELLED_WRITE_BYTES] = { 264, 8, 8 },
	[K_NVCSW] = { 272, 8, 8 },
	[K_NIVCSW] = { 280, 8, 8 },
	[K_UTIME_SCALED] = { 288, 8, 8 },
	[K_STIME_SCALED] = { 296, 8, 8 },
	[K_RUN_SCALED] = { 304, 8, 8 },
	SUM(FREEPAGES, 312, 8),
	SUM(THRASHING, 328, 9),
	[K_BTIME64] = { 344, 8, 10 },
	SUM(COMPACT, 352, 11),
	[K_TGID] = { 368, 4, 12 },
	[K_TGETIME] = { 376, 8, 12 },
	[K_EXE_DEV] = { 384, 8, 12 },
	[K_EXE_INODE] = { 392, 8, 12 },
	SUM(WPCOPY, 400, 13),
	SUM(IRQ, 416, 14),
	EXTREMES(CPU, 432, 16),
	EXTREMES(BLKIO, 448, 16),
	EXTREMES(SWAPIN, 464, 16),
	EXTREMES(FREEPAGES, 480, 16),
	EXTREMES(THRASHING, 496, 16),
	EXTREMES(COMPACT, 512, 16),
	EXTREMES(WPCOPY, 528, 16),
	EXTREMES(IRQ, 544, 16),
	MOMENT(CPU, 560, 17),
	MOMENT(BLKIO, 576, 17),
	MOMENT(SWAPIN, 592, 17),
	MOMENT(FREEPAGES, 608, 17),
	MOMENT(THRASHING, 624, 17),
	MOMENT(COMPACT, 640, 17),
	MOMENT(WPCOPY, 656, 17),
	MOMENT(IRQ, 672, 17),
};

#define ALL(d, o) SUM(d, o, 15), EXTREMES(d, (o) + 16, 15)

/* Version 15 (Linux 6.14) put maximum and minimum right behind each total. */
static const struct slot inserted[KSTATS] = {
	[K_EXITCODE] = { 4, 4, 15 },
	[K_FLAG] = { 8, 1, 15 },
	[K_NICE] = { 9, 1, 15 },
	ALL(CPU, 16),
	ALL(BLKIO, 48),
	ALL(SWAPIN, 80),
	[K_RUN_REAL] = { 112, 8, 15 },
	[K_RUN_VIRTUAL] = { 120, 8, 15 },
	[K_SCHED] = { 160, 1, 15 },
	[K_UID] = { 168, 4, 15 },
	[K_GID] = { 172, 4, 15 },
	[K_PID] = { 176, 4, 15 },
	[K_PPID] = { 180, 4, 15 },
	[K_BTIME] = { 184, 4, 15 },
	[K_ETIME] = { 192, 8, 15 },
	[K_UTIME] = { 200, 8, 15 },
	[K_STIME] = { 208, 8, 15 },
	[K_MINFLT] = { 216, 8, 15 },
	[K_MAJFLT] = { 224, 8, 15 },
	[K_COREMEM] = { 232, 8, 15 },
	[K_VIRTMEM] = { 240, 8, 15 },
	[K_HIWATER_RSS] = { 248, 8, 15 },
	[K_HIWATER_VM] = { 256, 8, 15 },
	[K_READ_CHAR] = { 264, 8, 15 },
	[K_WRITE_CHAR] = { 272, 8, 15 },
	[K_READ_SYSCALLS] = { 280, 8, 15 },
	[K_WRITE_SYSCALLS] = { 288, 8, 15 },
	[K_READ_BYTES] = { 296, 8, 15 },
	[K_WRITE_BYTES] = { 304, 8, 15 },
	[K_CANCELLED_WRITE_BYTES] = { 312, 8, 15 },
	[K_NVCSW] = { 320, 8, 15 },
	[K_NIVCSW] = { 328, 8, 15 },
	[K_UTIME_SCALED] = { 336, 8, 15 },
	[K_STIME_SCALED] = { 344, 8, 15 },
	[K_RUN_SCALED] = { 352, 8, 15 },
	ALL(FREEPAGES, 360),
	ALL(THRASHING, 392),
	[K_BTIME64] = { 424, 8, 15 },
	ALL(COMPACT, 432),
	[K_TGID] = { 464, 4, 15 },
	[K_TGETIME] = { 472, 8, 15 },
	[K_EXE_DEV] = { 480, 8, 15 },
	[K_EXE_INODE] = { 488, 8, 15 },
	ALL(WPCOPY, 496),
	ALL(IRQ, 528),
};

static const struct layout usual = { appended, { 80, KSTAT_COMM, 8 } };
static const struct layout broken = { inserted, { 128, KSTAT_COMM, 15 } };

const struct layout *layout_of(uint16_t version)
{
	return version == 15 ? &broken : &usual;
}

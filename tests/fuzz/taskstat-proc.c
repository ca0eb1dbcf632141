/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of /proc/PID/stat and /proc/PID/io; the name in the first is anybody's. */
#include "proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proc_stat stat;
	struct proc_io io;
	volatile int ignored;

	if (!size)
		return 0;
	ignored = proc_stat_parse((const char *)data, size, &stat);
	ignored = proc_io_parse((const char *)data, size, &io);
	(void)ignored;
	return 0;
}

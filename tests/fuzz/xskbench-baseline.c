/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a line of a baseline. */
#include "baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_text r;

	if (record_parse(&r, size ? (const char *)data : "", size))
		return 0;
	if (!record_same(&r, &r) && r.n < 100)
		for (size_t i = 0; i < r.n; i++)
			if (!record_get(&r, r.v[i].path))
				__builtin_trap();
	record_free(&r);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Items of any content, as if a BPF program had written them. */
#include "claims.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct owners_report report = { .netns = n ? data[0] : 0 };
	size_t count = n / sizeof(struct file_item);
	struct file_item *items = malloc(count * sizeof(*items) + 1);
	struct table t = { 0 };
	struct sock s = { 0 };

	if (!items)
		return 0;
	memcpy(items, data, count * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		s.inode = items[i].inode;
		s.type = (uint8_t)(1 + i % 2);
		if (i % 3 && table_put(&t, &s, 0) < 0)
			abort();
	}
	if (claims_take(&t, items, count, &report))
		abort();
	for (size_t i = 0; i < t.n; i++)
		table_sock(&t, i, WITH_PEER, &s);
	free(items);
	table_free(&t);
	return 0;
}

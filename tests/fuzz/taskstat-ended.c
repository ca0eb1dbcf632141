/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit messages one after the other, each of any bytes, and what is remembered of them.
 */
#include "ended.h"

#include "lineage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_odd(uint32_t tgid)
{
	return tgid & 1;
}

static void take(struct ended *e, struct lineage *l, const uint8_t *data, size_t n)
{
	struct nlmsghdr *h = malloc(n);
	uint64_t drained_ns;
	struct task t;

	if (!h)
		return;
	memcpy(h, data, n);
	h->nlmsg_len = (uint32_t)n;
	if (ended_take(e, h, &t) == 1 && lineage_take(l, &t, UINT32_MAX, UINT32_MAX))
		abort();
	free(h);
	/* The first byte is the length's. */
	if (data[0] & 1)
		ended_look(e, is_odd);
	e->now_ns += data[0] * 1000000;
	while (data[0] & 2 && ended_next(e, &t, &drained_ns))
		if (lineage_take(l, &t, drained_ns, UINT32_MAX))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ended e = { .delays = true };
	struct ids none = { 0 };
	struct lineage l;

	if (lineage_begin(&l, BY_COMM, 1, &none))
		return 0;
	while (size > NLMSG_HDRLEN + 2) {
		size_t n = MIN(size - 2, (size_t)(data[0] | data[1] << 8) + NLMSG_HDRLEN);

		take(&e, &l, data + 2, n);
		data += n + 2;
		size -= n + 2;
	}
	ended_free(&e);
	lineage_end(&l);
	return 0;
}

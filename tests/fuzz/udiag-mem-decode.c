/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unix_diag messages of any bytes: decoded, kept, linked, shown. */
#include "nl.h"
#include "table.h"
#include "tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void show(const struct table *t, size_t i)
{
	struct buf b = { 0 };
	struct sock s;

	table_sock(t, i, WITH_PEER, &s);
	for (size_t k = 0; k < sock_record.nfields; k++) {
		struct value v = field_value(&sock_record.fields[k], &s);

		value_put(&b, &v, k & 1 ? STYLE_JSON : STYLE_TEXT);
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct nlmsghdr *h;
	struct table t = { 0 };
	size_t left = n;
	struct sock s;
	char *copy = malloc(n + !n);

	if (!copy)
		return 0;
	memcpy(copy, data, n);
	for (h = nl_msg_at(copy, n); h; h = nl_msg_next(h, &left))
		if (!sock_decode(h, &s) && table_put(&t, &s, 0) < 0)
			abort();
	free(copy);
	if (table_link(&t))
		abort();
	for (size_t i = 0; i < t.n; i++)
		show(&t, i);
	table_free(&t);
	return 0;
}

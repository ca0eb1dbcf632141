/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages, attributes and acks from anybody. */
#include "nl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look(const struct nlmsghdr *h, const struct nlmsghdr *req)
{
	struct nlattr *a[8];
	struct nl_ack ack = { 0 };
	struct buf b = { 0 };

	if (!nl_msg_attrs(h, h->nlmsg_type % 64, a, 7))
		for (size_t i = 0; i < COUNT(a); i++) {
			struct bytes s = nla_read_str(a[i]);
			uint64_t v;

			buf_add(&b, s.p, s.n);
			nla_read_u64(a[i], &v);
		}
	if (nl_ack_decode(h, &ack))
		nl_ack_text(&b, &ack, req, h->nlmsg_pid % 32, NULL, NULL);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n + !n);
	const struct nlmsghdr *first, *h;
	size_t left = n;

	if (!copy)
		return 0;
	memcpy(copy, data, n);
	first = nl_msg_at(copy, n);
	for (h = first; h; h = nl_msg_next(h, &left))
		look(h, first);
	free(copy);
	return 0;
}

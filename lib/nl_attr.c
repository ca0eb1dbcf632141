/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: messages and attributes in a buffer, every length checked. */
#include "nl.h"

#include <errno.h>

static bool read_exactly(const struct nlattr *a, void *v, size_t n)
{
	if (!a || nla_len(a) < 0 || (size_t)nla_len(a) != n)
		return false;
	memcpy(v, nla_data(a), n);
	return true;
}

bool nla_read_u8(const struct nlattr *a, uint8_t *v)
{
	return read_exactly(a, v, sizeof(*v));
}

bool nla_read_u16(const struct nlattr *a, uint16_t *v)
{
	return read_exactly(a, v, sizeof(*v));
}

bool nla_read_u32(const struct nlattr *a, uint32_t *v)
{
	return read_exactly(a, v, sizeof(*v));
}

bool nla_read_u64(const struct nlattr *a, uint64_t *v)
{
	return read_exactly(a, v, sizeof(*v));
}

struct bytes nla_read_bytes(const struct nlattr *a)
{
	if (!a || nla_len(a) < 0)
		return (struct bytes){ 0 };
	return (struct bytes){ .p = nla_data(a), .n = (size_t)nla_len(a) };
}

struct bytes nla_read_str(const struct nlattr *a)
{
	struct bytes s = nla_read_bytes(a);

	if (s.p)
		s.n = strnlen(s.p, s.n);
	return s;
}

static void clear(struct nlattr **attrs, int max)
{
	for (int i = 0; i <= max; i++)
		attrs[i] = NULL;
}

int nl_attrs(const void *p, size_t n, struct nlattr **attrs, int max)
{
	const struct nlattr *a;
	int left;

	clear(attrs, max);
	if (n > INT32_MAX)
		return -EBADMSG;
	nla_for_each_attr(a, p, (int)n, left) {
		if (nla_type(a) <= max)
			attrs[nla_type(a)] = (struct nlattr *)(uintptr_t)a;
	}
	/* The last one may lack its padding. */
	return left > 0 ? -EBADMSG : 0;
}

int nl_msg_attrs(const struct nlmsghdr *h, size_t header, struct nlattr **attrs, int max)
{
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(header);

	clear(attrs, max);
	if (h->nlmsg_len < NLMSG_HDRLEN + header)
		return -EBADMSG;
	if (h->nlmsg_len <= skip)
		return 0;
	return nl_attrs((const char *)h + skip, h->nlmsg_len - skip, attrs, max);
}

const struct nlmsghdr *nl_msg_at(const void *p, size_t n)
{
	const struct nlmsghdr *h = p;

	if (n < NLMSG_HDRLEN || h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > n)
		return NULL;
	return h;
}

const struct nlmsghdr *nl_msg_next(const struct nlmsghdr *h, size_t *left)
{
	size_t step = MIN((size_t)NLMSG_ALIGN((size_t)h->nlmsg_len), *left);

	*left -= step;
	return nl_msg_at((const char *)h + step, *left);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msg.c - the bytes of vhost-user messages: pure, no I/O. */
#include "msg.h"

#include <string.h>

const char *msg_fault_text(enum msg_fault f)
{
	switch (f) {
	case MSG_FINE:
		return "nothing is wrong with it";
	case MSG_WRONG_VERSION:
		return "its version is not 1, this is not vhost-user";
	case MSG_TOO_LONG:
		return "it claims a body of more than 64 KiB";
	case MSG_NO_REPLY:
		return "its reply flag is not set";
	case MSG_OTHER:
		return "it answers another request";
	case MSG_WRONG_SIZE:
		return "its body has the wrong size";
	}
	return "of an unknown kind";
}

void msg_encode(uint8_t out[MSG_HEADER], const struct msg_header *h)
{
	const uint32_t words[] = { h->request, h->flags, h->size };

	memcpy(out, words, MSG_HEADER);
}

enum msg_fault msg_decode(const uint8_t in[MSG_HEADER], struct msg_header *h)
{
	uint32_t words[3];

	memcpy(words, in, MSG_HEADER);
	*h = (struct msg_header){ .request = words[0],
				  .flags = words[1],
				  .size = words[2] };
	if ((h->flags & MSG_VERSION_MASK) != MSG_VERSION)
		return MSG_WRONG_VERSION;
	return h->size > MSG_BODY_MAX ? MSG_TOO_LONG : MSG_FINE;
}

enum msg_fault msg_check_reply(const struct msg_header *h, uint32_t request)
{
	if (!(h->flags & MSG_REPLY))
		return MSG_NO_REPLY;
	return h->request == request ? MSG_FINE : MSG_OTHER;
}

enum msg_fault msg_u64(struct bytes body, uint64_t *v)
{
	if (body.n != sizeof(*v))
		return MSG_WRONG_SIZE;
	memcpy(v, body.p, sizeof(*v));
	return MSG_FINE;
}

size_t msg_config_encode(uint8_t *out, size_t n)
{
	const uint32_t words[] = { 0, (uint32_t)n, 0 };

	memcpy(out, words, CONFIG_HEADER);
	memset(out + CONFIG_HEADER, 0, n);
	return CONFIG_HEADER + n;
}

enum msg_fault msg_config_decode(struct bytes body, size_t n, struct bytes *config)
{
	uint32_t size;

	*config = (struct bytes){ .p = "", .n = 0 };
	if (!body.n) /* a refusal, without even the offset and size */
		return MSG_FINE;
	if (body.n != CONFIG_HEADER && body.n != CONFIG_HEADER + n)
		return MSG_WRONG_SIZE;
	memcpy(&size, body.p + sizeof(size), sizeof(size));
	if (!size || body.n == CONFIG_HEADER)
		return MSG_FINE;
	if (size != n)
		return MSG_WRONG_SIZE;
	*config = (struct bytes){ .p = body.p + CONFIG_HEADER, .n = n };
	return MSG_FINE;
}

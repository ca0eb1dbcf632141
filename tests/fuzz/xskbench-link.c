/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as an RTM_NEWLINK message, and any bytes as a received packet. */
#include "link.h"
#include "packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6];
	const struct nlmsghdr *h = nl_msg_at(data, size);
	struct packet_check c = { 0 };
	struct packet_form f;
	struct link l;

	if (h && !link_decode(h, &l) && strnlen(l.kind, sizeof(l.kind)) == sizeof(l.kind))
		__builtin_trap();
	if (size >= PACKET_MIN && size < 65536) {
		packet_form(&f, mac, mac, (uint32_t)size);
		packet_check(&c, data, (uint32_t)size, &f);
		packet_check(&c, data, (uint32_t)size - 1, &f);
		if (!c.bad)
			__builtin_trap();
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as messages of rtnetlink and netdev, as a received packet, as /proc/stat. */
#include "link.h"
#include "machine.h"
#include "netdev.h"
#include "packet.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6];
	const struct nlmsghdr *h = nl_msg_at(data, size);
	struct packet_check c = { 0 };
	struct packet_form f;
	struct cpu_time t;
	struct netdev n;
	struct link l;
	char line[128];

	if (h && h->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN && netdev_decode(h, &n) &&
	    n.xdp_features.has)
		__builtin_trap();
	snprintf(line, sizeof(line), "%.*s", (int)MIN(size, sizeof(line)),
		 size ? (const char *)data : "");
	if (!cpu_time_decode(line, &t) && steal_pct((struct cpu_time){ 0 }, t) < 0)
		__builtin_trap();
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

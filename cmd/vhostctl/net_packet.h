/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net_packet.h - Ethernet frames that tell whether they are whole. Pure, no I/O. */
#ifndef VHOSTCTL_NET_PACKET_H
#define VHOSTCTL_NET_PACKET_H

#include "util.h"

enum { PACKET_MIN = 60, PACKET_MAX = 9000 }; /* bytes, without the frame check sequence */

/* What a frame says: which run sent it, as which of its frames, and when. */
struct packet_stamp {
	uint64_t run, seq, sent_ns;
};

enum packet_verdict { PACKET_WHOLE, PACKET_FOREIGN, PACKET_CORRUPT };

/* Fills n bytes: of EtherType 0x88b5 (IEEE 802 local experimental), the stamp, and to its
 * end a pattern that follows from the stamp. */
void packet_build(uint8_t *p, size_t n, const struct packet_stamp *s) NONNULL(1, 3);

/*
 * Whether it is such a frame of this run, n of size bytes, every byte after the two
 * addresses, which a forwarder may have changed, as it was built. Sets *s unless foreign.
 */
enum packet_verdict packet_check(const uint8_t *p, size_t n, size_t size, uint64_t run,
				 struct packet_stamp *s) NONNULL(1, 5);

#endif

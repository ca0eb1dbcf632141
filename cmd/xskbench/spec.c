/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec - the columns of a result. */
#include "result.h"

#define F(m, flags, help, ...) FIELD(result, m, flags, help, ##__VA_ARGS__)

static const struct field fields[] = {
	F(test, SHOW | KEY, "what was measured"),
	F(mode, SHOW | KEY, "where XDP runs: in the driver (drv) or generic (skb)"),
	F(napi, SHOW | KEY,
	  "where the receiving NAPI runs: with the sender or in a thread"),
	F(batch, SHOW | KEY, "descriptors put into a ring at a time"),
	F(size_bytes, SHOW | KEY | SIZE, "Ethernet frame without checksum",
	  .head = "SIZE"),
	F(ring, 0, "entries of each ring"),
	F(frames, 0, "frames in each of the two UMEMs"),
	F(frame_size_bytes, SIZE, "one frame of the UMEM"),
	F(headroom_bytes, SIZE,
	  "left free before a received packet, after the kernel's own"),
	F(tx_cpu, 0, "CPU that the sender was kept on"),
	F(rx_cpu, 0, "CPU that the receiver was kept on"),
	F(duration_ns, SHOW | NANO, "from the first packet sent to the last one received",
	  .head = "DURATION"),
	F(sent, SHOW | GAUGE, "packets that the kernel took from the tx ring"),
	F(received, SHOW | GAUGE, "packets that came out of the rx ring"),
	F(pps, SHOW | GAUGE, "packets received in a second"),
	F(ns_per_pkt, SHOW | GAUGE, "time for each packet received", .head = "NS/PKT"),
	F(syscalls_per_pkt, GAUGE, "system calls of both sides for each packet received"),
	F(tx_cpu_pct, GAUGE | PCT, "CPU time of the sender by duration"),
	F(rx_cpu_pct, GAUGE | PCT, "CPU time of the receiver by duration"),
	F(tx_failed, SHOW | GAUGE, "refused by the sending device (sendto said EBUSY)"),
	F(rx_dropped, SHOW | GAUGE,
	  "XDP_STATISTICS: no frame in the fill ring, or too small"),
	F(rx_ring_full, SHOW | GAUGE, "XDP_STATISTICS: no room in the rx ring"),
	F(unexplained, SHOW | GAUGE, "sent, and neither received nor in a counter above"),
	F(fill_ring_empty, GAUGE,
	  "XDP_STATISTICS: in copy mode the same packets as rx_dropped"),
	F(tx_ring_empty, GAUGE, "XDP_STATISTICS: the kernel found nothing to send"),
	F(tx_link_packets, GAUGE, "packets sent, by the sending interface's counters"),
	F(tx_link_dropped, GAUGE, "packets dropped, by the sending interface's counters"),
	F(rx_link_packets, GAUGE,
	  "packets received, by the receiving interface's counters"),
	F(rx_link_dropped, GAUGE,
	  "packets dropped, by the receiving interface's counters"),
	F(bad, SHOW | GAUGE, "received, and not byte by byte what was sent"),
	F(reordered, GAUGE, "received after a packet that was sent later"),
	F(lost, GAUGE, "numbers that never came"),
	F(kernel, 0, "kernel release"),
	F(driver, 0, "kind of the interfaces"),
	F(warnings, 0, "why the figures are to be taken with care"),
};

const struct record result_record = RECORD("xskbench", fields);

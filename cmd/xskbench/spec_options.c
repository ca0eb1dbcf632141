/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec - the options of all tests. */
#include "options.h"

#include "packet.h"

const char *const mode_names[] = { [ATTACH_DRV] = "drv", [ATTACH_SKB] = "skb", NULL };
const char *const napi_names[] = {
	[NAPI_INLINE] = "inline", [NAPI_THREADED] = "threaded", NULL
};
const char *const source_names[] = {
	[SOURCE_XSK] = "xsk", [SOURCE_KERNEL] = "kernel", [SOURCE_WIRE] = "wire", NULL
};
const char *const sink_names[] = {
	[SINK_PEER] = "peer", [SINK_IFB] = "ifb", [SINK_WIRE] = "wire", NULL
};
const char *const wait_names[] = { [WAIT_POLL] = "poll", [WAIT_SPIN] = "spin", NULL };
const char *const attached_names[] = { [ATTACHED_LINK] = "link",
				       [ATTACHED_DISPATCHER] = "dispatcher",
				       [ATTACHED_ALONE] = "alone" };
static const char *const lab_sources[] = { "xsk", "kernel", NULL };
static const char *const lab_sinks[] = { "peer", "ifb", NULL };
static const char *const verify_names[] = {
	[VERIFY_ON] = "on", [VERIFY_OFF] = "off", [VERIFY_CANARY] = "canary", NULL
};

#define O(m, letter, name, arg, help, ...) \
	OPT(options, m, letter, name, arg, help, ##__VA_ARGS__)

const struct opt options[OPTIONS] = {
	O(duration, 'd', "duration", "TIME",
	  "how long to send each time (500ms, or no limit with -n)", .min = 1000000,
	  .max = 86400000000000),
	O(packets, 'n', "packets", "COUNT",
	  "how many packets to send, or wait for, each time", .min = 1),
	O(batches, 'b', "batch", "LIST", "descriptors put into a ring at a time (64)"),
	O(sizes, 's', "size", "LIST",
	  "bytes of an Ethernet frame, without checksum (64)"),
	O(repeat, 0, "repeat", "COUNT", "how often to measure (3, or once with -n)",
	  .min = 1, .max = 99),
	O(cpu, 0, "cpu", "TX,RX", "CPUs for sender and receiver (the first two allowed)"),
	O(verify, 0, "verify", "on|off|canary",
	  "check each packet; canary: and that no more of its frame is written (on)",
	  .choices = verify_names),
	O(ring, 0, "ring", "COUNT",
	  "entries of each ring, a power of two (4096; 16384 for a NAPI thread)",
	  .min = 2, .max = 32768),
	O(frames, 0, "frames", "COUNT",
	  "frames in each side's UMEM (as many as ring entries by default)", .min = 2,
	  .max = 262144),
	O(pages, 0, "pages", "4k|thp|2m",
	  "pages under the UMEM: ordinary, THP, hugetlb (4k)", .choices = page_names),
	O(tx_budget, 0, "tx-budget", "COUNT",
	  "descriptors that one call may send (the kernel's 32; a batch where fwd sends)",
	  .min = 32, .max = 32768),
	O(baseline, 0, "baseline", "FILE",
	  "exit 4 where a result of this --json was better"),
	O(tolerance, 0, "tolerance", "PCT", "by more than so many percent (10)", .min = 1,
	  .max = 100),
	O(plot, 0, "plot", "FILE.svg",
	  "draw the results too: sweeps, histograms, rate over time (by gnuplot)"),
	O(queues, 0, "queue", "LIST", "queues of the interface to take in turn (0)"),
	O(force, 0, "force", NULL, "use IF even if it has the default route"),
	/* Those above are for the suite too. */
	O(rate, 'r', "rate", "PPS", "packets a second to send at most (no limit)",
	  .min = 1),
	O(mode, 0, "mode", "drv|skb", "run XDP in the driver or generic (drv)",
	  .choices = mode_names),
	O(copy, 0, "copy", NULL, "bind in copy mode (the default)"),
	O(zerocopy, 0, "zerocopy", NULL, "bind in zero-copy mode, or fail"),
	O(napi, 0, "napi", "inline|threaded",
	  "receive work by the sender or a thread (threaded where it helps)",
	  .choices = napi_names),
	O(wait, 0, "wait", "poll|spin",
	  "sleep for packets, or spin first (spin where NAPI is on another CPU)",
	  .choices = wait_names),
	O(source, 0, "source", "xsk|kernel", "who sends: an AF_XDP socket or the kernel",
	  .choices = lab_sources),
	O(sink, 0, "sink", "peer|ifb",
	  "where tx sends to: a veth's peer or an ifb (peer)", .choices = lab_sinks),
	O(frame_size, 0, "frame-size", "BYTES", "one frame, a power of two (2K)",
	  .min = 1, .max = 65536),
	O(headroom, 0, "headroom", "BYTES", "left free before a received packet (0)",
	  .max = 65536),
	O(unaligned, 0, "unaligned", NULL, "frames of any size, wherever they begin"),
	O(frags, 0, "frags", NULL, "packets over several frames where one is too small"),
	O(shared_umem, 0, "shared-umem", NULL, "one UMEM for sender and receiver"),
	O(no_wakeup, 0, "no-wakeup", NULL, "bind without the need_wakeup flag"),
	O(any, 0, "any", NULL,
	  "rx, fwd of IF: take every packet, whoever sent it, unverified"),
	O(libxdp, 0, "libxdp", NULL,
	  "attach by libxdp's dispatcher, beside other programs"),
	O(busy_poll, 0, "busy-poll", "COUNT", "prefer busy polling, with this budget",
	  .min = 1, .max = 64),
};

const struct options options_default = {
	.frame_size.bytes = 2048,
	.napi = -1,
	.source = -1,
	.sink = -1,
	.wait = -1,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* programs - receiver, sink and source of the benchmark's packets in XDP. */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "counts.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

const volatile __u32 size;    /* of a packet */
const volatile __u32 ifindex; /* where generate sends to */
const volatile __u64 limit;   /* how many it makes, 0 for no end */
const volatile __u64
	gap_q16; /* nanoseconds from one to the next, 16 bits behind the point */
const volatile _Bool verify, fixed, any;
struct counts counts;

/* What others send (neighbour discovery, say) is not ours to count, unless it is wanted.
 */
static __always_inline int is_ours(struct xdp_md *ctx)
{
	const struct ethhdr *eth = (void *)(long)ctx->data;

	if (any)
		return 1;
	return (void *)(eth + 1) <= (void *)(long)ctx->data_end &&
	       eth->h_proto == bpf_htons(ETH_P_802_EX1);
}

/* Hands packets to the AF_XDP socket of their queue. */
SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	int verdict;

	if (!is_ours(ctx))
		return XDP_PASS;
	verdict = bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_DROP);
	if (verdict == XDP_DROP) {
		__sync_fetch_and_add(&counts.elsewhere, 1);
		counts.other_queue = ctx->rx_queue_index;
	}
	return verdict;
}

static __always_inline void check(struct xdp_md *ctx)
{
	const __u64 *number = (void *)(long)ctx->data + SEQ_AT, *word = number + 1;
	__u64 seq;

	if ((void *)(word + 1) > (void *)(long)ctx->data_end ||
	    bpf_xdp_get_buff_len(ctx) != size) {
		counts.bad++;
		return;
	}
	seq = bpf_be64_to_cpu(*number);
	if (*word != ((fixed ? 0 : seq) + 1) * SEQ_STEP) {
		counts.bad++;
	} else if (seq >= counts.next) {
		counts.gaps += seq - counts.next;
		counts.next = seq + 1;
	} else {
		counts.reordered++;
		counts.gaps -= counts.gaps > 0;
	}
}

/* The end of their way: counts them. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	if (!is_ours(ctx))
		return XDP_PASS;
	counts.packets++;
	if (verify)
		check(ctx);
	return XDP_DROP;
}

/* Some 20 ns for a look at the clock: a tenth of a millisecond (KERNEL_WAIT_NS). */
enum { LOOKS = 5000 };

/* Until this packet is due. */
static __always_inline void wait(void)
{
	__u64 due = counts.first_ns + (counts.packets * gap_q16 >> 16);

	for (int i = 0; i < LOOKS; i++)
		if (bpf_ktime_get_ns() >= due)
			break;
}

/* Numbers a frame that the kernel has made, and sends it. */
SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u64 *number = (void *)(long)ctx->data + SEQ_AT;

	if ((void *)(number + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	*number = bpf_cpu_to_be64(counts.packets);
	if (!counts.packets)
		counts.first_ns = bpf_ktime_get_ns();
	else if (gap_q16)
		wait();
	counts.packets++;
	/* The clock costs as much as the rest: it is looked at now and then. */
	if (!(counts.packets & 63) || counts.packets == limit)
		counts.last_ns = bpf_ktime_get_ns();
	return bpf_redirect(ifindex, 0);
}

char _license[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "kernel_source.h"
#include "list.h"
#include "packet.h"
#include "units.h"

#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>

#define DURATION_NS 500000000u
#define REPEAT      3u

/* A NAPI thread shares the receiver's CPU: room for what it takes in while the scheduler
 * lets the receiver wait. Without one fewer frames are faster: they stay in the cache. */
enum { RING = 4096, RING_NAPI_THREAD = 16384 };

/* BPF_PROG_TEST_RUN's frames are pages, with the kernel's own on both sides. */
#define LIVE_FRAME_MOST 3000u

enum { SEGMENTS = 17 /* MAX_SKB_FRAGS of net/xdp, and the first */ };

static bool power_of_two(uint64_t v)
{
	return v && !(v & (v - 1));
}

static int check_umem(const struct options *o, uint32_t ring, const struct diag *d)
{
	unsigned long size = o->frame_size.bytes, headroom = o->headroom.bytes;

	if (!power_of_two(ring))
		return diag_usage(d, "--ring %u is not a power of two", ring);
	if ((!power_of_two(size) && !o->unaligned) || size < 2048)
		return diag_usage(d,
				  "--frame-size %lu is not a power of two from 2048 up "
				  "to a page (or any size, with --unaligned)",
				  size);
	if (headroom + HEADROOM >= size)
		return diag_usage(d,
				  "--headroom %lu leaves nothing of a frame of %lu: %u "
				  "are the kernel's own",
				  headroom, size, HEADROOM);
	if (o->tx_budget > ring)
		return diag_usage(d, "--tx-budget %u is more than --ring %u",
				  o->tx_budget, ring);
	if (o->copy && o->zerocopy)
		return diag_usage(d, "--copy and --zerocopy exclude each other");
	if (o->frags && o->unaligned)
		return diag_usage(d, "--frags and --unaligned exclude each other here");
	return 0;
}

/* Whether the frames that a packet comes in can all be lent to the kernel at a time: of
 * rtt half of them are for packets to send. */
static int check_pieces(const struct plan *p, const struct traits *t,
			const struct diag *d)
{
	uint32_t most = p->xsk.frame_size - HEADROOM - p->xsk.headroom;
	uint32_t pieces = (p->size + most - 1) / most;
	uint32_t frames = t->sleepless ? p->xsk.frames / 2 : p->xsk.frames;

	if (pieces > SEGMENTS)
		return diag_usage(d, "--size %u needs more than %d frames", p->size,
				  SEGMENTS);
	if ((t->waits || t->sleepless) && pieces > MIN(frames, p->xsk.ring))
		return diag_usage(d,
				  "--size %u comes in %u frames: more than --ring %u or "
				  "%s--frames %u",
				  p->size, pieces, p->xsk.ring,
				  t->sleepless ? "half of " : "", p->xsk.frames);
	return 0;
}

static int check_size(const struct plan *p, const struct traits *t, const struct diag *d)
{
	uint32_t most = p->xsk.frame_size - HEADROOM - p->xsk.headroom;
	uint32_t pieces = (p->size + p->xsk.frame_size - 1) / p->xsk.frame_size;

	if (p->xsk.frags && check_pieces(p, t, d))
		return STATUS_USAGE;
	if (!p->xsk.frags && p->size > most)
		return diag_usage(d,
				  "--size %u does not fit: a frame of %u has room for %u "
				  "after the kernel's %u and the headroom; use a larger "
				  "--frame-size, or --frags",
				  p->size, p->xsk.frame_size, most, HEADROOM);
	if (p->source == SOURCE_KERNEL && p->size > LIVE_FRAME_MOST)
		return diag_usage(d, "--size %u: the kernel's own packets end at %u",
				  p->size, LIVE_FRAME_MOST);
	if ((uint64_t)p->batch * pieces > MIN(p->xsk.ring, p->xsk.frames))
		return diag_usage(d,
				  "--batch %u, of %u frame%s a packet, is more than "
				  "--ring %u or --frames %u",
				  p->batch, pieces, pieces > 1 ? "s" : "", p->xsk.ring,
				  p->xsk.frames);
	return 0;
}

/* By which queue to send, so that packets come to that one at the other end. veth leaves
 * to generic XDP the number of the queue that sends, which it reads as one more than that
 * of the queue that receives, and 0 as none (skb_get_rx_queue of linux/skbuff.h). */
static uint32_t tx_queue(const struct plan *p, uint32_t queue)
{
	bool shifted = p->mode == ATTACH_SKB && !p->ifname && p->sink == SINK_PEER;

	return queue + (shifted && queue);
}

/* The first two CPUs that this process may use; on one alone the scheduler decides. */
static void default_cpus(struct plan *p)
{
	cpu_set_t set;
	int cpu[2], n = 0;

	p->tx_cpu = p->rx_cpu = -1;
	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET((unsigned int)i, &set))
			cpu[n++] = i;
	if (n == 2) {
		p->tx_cpu = cpu[0];
		p->rx_cpu = cpu[1];
	}
}

static int parse_cpus(struct plan *p, const char *word, const struct diag *d)
{
	const char *comma = strchr(word, ',');
	char first[16];
	uint64_t tx, rx;

	if (!comma || comma - word >= (ptrdiff_t)sizeof(first))
		goto bad;
	snprintf(first, sizeof(first), "%.*s", (int)(comma - word), word);
	if (parse_u64(first, &tx) || parse_u64(comma + 1, &rx) || tx >= CPU_SETSIZE ||
	    rx >= CPU_SETSIZE)
		goto bad;
	p->tx_cpu = (int)tx;
	p->rx_cpu = (int)rx;
	return 0;
bad:
	return diag_usage(d, "--cpu '%s' is not two CPU numbers like 0,1", word);
}

/* Where a word was given for something that the test has but one of. */
static int check_traits(const struct options *o, const struct traits *t,
			const char *ifname, const struct diag *d)
{
	if (o->source >= 0 && !t->any_source)
		return diag_usage(d, "--source does not go with this test");
	if (o->sink >= 0 && !t->any_sink)
		return diag_usage(d, "--sink is for tx alone");
	if (o->force && !ifname)
		return diag_usage(d, "--force is for an interface: none is given");
	if (o->any && (!ifname || !t->by_wire))
		return diag_usage(d, "--any is for rx and fwd of an interface");
	if (o->wait >= 0 && !t->waits)
		return diag_usage(d, "--wait is for tests that receive and may sleep");
	if (o->queues && !t->any_queue && !t->real)
		return diag_usage(d, "--queue does not go with this test");
	if (o->shared_umem && !t->shareable)
		return diag_usage(d, "--shared-umem is for two sockets");
	if (o->rate && !t->paced)
		return diag_usage(d, "--rate does not go with this test");
	if (o->mode == ATTACH_SKB && o->napi == NAPI_THREADED)
		return diag_usage(d, "--napi threaded needs --mode drv: generic XDP runs "
				     "where the sender is");
	return 0;
}

/* With an interface of the user, what the lab decides is not ours to decide. */
static int check_real(const struct options *o, const struct traits *t,
		      const struct diag *d)
{
	if (!t->real)
		return diag_usage(d, "this test needs both ends: it takes no interface");
	if (o->sink >= 0 || o->napi >= 0)
		return diag_usage(d, "--sink and --napi are for the lab, not for an "
				     "interface");
	if (t->by_wire && o->source >= 0)
		return diag_usage(d, "--source is for whoever sends");
	if (t->by_wire && o->rate)
		return diag_usage(d, "--rate is for whoever sends");
	return 0;
}

/* The plan for an interface that is there, and whatever it is connected with. */
static void adopt(struct plan *p, const struct traits *t, const char *ifname, bool force)
{
	p->ifname = ifname;
	p->force = force;
	if (t->by_wire)
		p->source = SOURCE_WIRE;
	p->sink = SINK_WIRE;
	p->napi = NAPI_INLINE;
}

static int plan_one(struct plan *p, const struct options *o, const struct traits *t,
		    const char *ifname, const struct diag *d)
{
	*p = (struct plan){
		.xsk = { .frame_size = (uint32_t)o->frame_size.bytes,
			 .headroom = (uint32_t)o->headroom.bytes,
			 .pages = (enum pages)o->pages,
			 .busy_poll = o->busy_poll,
			 .tx_budget = o->tx_budget,
			 .zerocopy = o->zerocopy,
			 .no_wakeup = o->no_wakeup,
			 .unaligned = o->unaligned,
			 .frags = o->frags },
		.mode = (enum attach)o->mode,
		.source = o->source >= 0          ? (enum source)o->source
			  : o->mode == ATTACH_DRV ? t->source
						  : SOURCE_XSK,
		.sink = (enum sink_kind)MAX(o->sink, SINK_PEER),
		.napi_asked = o->napi >= 0,
		.packets = o->packets,
		.rate = o->rate,
		.duration_ns = o->duration.ns,
		.shared_umem = o->shared_umem,
		.libxdp = o->libxdp,
		.any = o->any,
		.verify = o->verify != VERIFY_OFF && !o->any,
		.canary = o->verify == VERIFY_CANARY,
	};
	/* The kernel's packets come without a system call that would pay for receiving.
	 */
	p->napi = o->napi >= 0 ? (enum napi)o->napi
		  : o->mode == ATTACH_DRV && p->source == SOURCE_XSK &&
				  p->sink == SINK_PEER && !t->sleepless
			  ? NAPI_THREADED
			  : NAPI_INLINE;
	if (ifname)
		adopt(p, t, ifname, o->force);
	p->xsk.ring = o->ring                    ? o->ring
		      : p->napi == NAPI_THREADED ? RING_NAPI_THREAD
						 : RING;
	p->xsk.frames = o->frames ? o->frames : p->xsk.ring;
	if (!p->duration_ns)
		p->duration_ns = p->packets ? UINT64_MAX : DURATION_NS;
	if (p->source == SOURCE_KERNEL && p->sink == SINK_IFB)
		return diag_usage(d, "--sink ifb needs --source xsk");
	if (p->source == SOURCE_KERNEL && o->mode == ATTACH_SKB)
		return diag_usage(d, "--source kernel needs --mode drv: its packets are "
				     "none that generic XDP sees");
	if (p->source == SOURCE_KERNEL && o->rate && o->rate < KERNEL_RATE_LEAST)
		return diag_usage(d, "--rate below %d needs --source xsk",
				  KERNEL_RATE_LEAST);
	if (p->source == SOURCE_KERNEL && o->queues)
		return diag_usage(d, "--queue needs --source xsk: the kernel's packets "
				     "take the queue of the CPU");
	return 0;
}

static int plan_cpus(struct plan *p, const struct options *o, const struct diag *d)
{
	if (o->cpu && parse_cpus(p, o->cpu, d))
		return STATUS_USAGE;
	if (!o->cpu)
		default_cpus(p);
	/* Whoever spins on the CPU that NAPI needs waits for itself. */
	p->wait = o->wait >= 0 ? (enum waiting)o->wait
		  : p->napi == NAPI_THREADED || p->tx_cpu < 0 || p->tx_cpu == p->rx_cpu
			  ? WAIT_POLL
			  : WAIT_SPIN;
	return 0;
}

int plans_make(struct plans *p, const struct options *o, const struct traits *t,
	       const char *ifname, const struct diag *d)
{
	struct list batches, sizes, queues;
	struct plan one;

	*p = (struct plans){ .repeat = o->repeat ? o->repeat : o->packets ? 1 : REPEAT };
	if (check_traits(o, t, ifname, d) || (ifname && check_real(o, t, d)) ||
	    plan_one(&one, o, t, ifname, d) || plan_cpus(&one, o, d) ||
	    check_umem(o, one.xsk.ring, d) ||
	    list_parse(&batches, "batch", o->batches, 1, 32768, 64, d) ||
	    list_parse(&sizes, "size", o->sizes, PACKET_MIN, PACKET_MOST, 64, d) ||
	    list_parse(&queues, "queue", o->queues, 0, 63, 0, d))
		return STATUS_USAGE;
	if (batches.n * sizes.n * queues.n > PLANS)
		return diag_usage(d,
				  "the lists of --batch, --size and --queue make more "
				  "than %d combinations",
				  PLANS);
	for (size_t i = 0; i < batches.n * sizes.n * queues.n; i++) {
		one.batch = (uint32_t)batches.v[i % batches.n];
		one.size = (uint32_t)sizes.v[i / batches.n % sizes.n];
		one.queue = (uint32_t)queues.v[i / batches.n / sizes.n];
		one.tx_queue = tx_queue(&one, one.queue);
		if (check_size(&one, t, d))
			return STATUS_USAGE;
		p->v[p->n++] = one;
	}
	return 0;
}

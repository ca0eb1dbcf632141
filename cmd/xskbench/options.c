/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "packet.h"
#include "units.h"

#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>

#define DURATION_NS 1000000000u

/* The kernel keeps this much of each frame before a packet (linux/bpf.h of the kernel).
 */
#define HEADROOM 256u

const char *const mode_names[] = { [XDP_MODE_DRV] = "drv", [XDP_MODE_SKB] = "skb", NULL };
const char *const napi_names[] = {
	[NAPI_INLINE] = "inline", [NAPI_THREADED] = "threaded", NULL
};
static const char *const on_off[] = { "on", "off", NULL };

#define O(m, letter, name, arg, help, ...) \
	OPT(options, m, letter, name, arg, help, ##__VA_ARGS__)

const struct opt options[OPTIONS] = {
	O(duration, 'd', "duration", "TIME", "how long to send (1s, or no limit with -n)",
	  .min = 1000000, .max = 86400000000000),
	O(packets, 'n', "packets", "COUNT", "how many packets to send", .min = 1),
	O(batch, 'b', "batch", "COUNT", "descriptors put into a ring at a time (64)",
	  .min = 1, .max = 32768),
	O(size, 's', "size", "BYTES", "Ethernet frame, without checksum (64)",
	  .min = PACKET_MIN, .max = 65535),
	O(mode, 0, "mode", "MODE", "run XDP in the driver or generic (drv)",
	  .choices = mode_names),
	O(napi, 0, "napi", "WHERE",
	  "receive work by the sender or a thread (threaded with drv)",
	  .choices = napi_names),
	O(ring, 0, "ring", "COUNT", "entries of each ring, a power of two (16384)",
	  .min = 2, .max = 32768),
	O(frames, 0, "frames", "COUNT", "frames in each side's UMEM (16384)", .min = 2,
	  .max = 262144),
	O(frame_size, 0, "frame-size", "BYTES", "one frame, a power of two (2K)",
	  .min = 1, .max = 65536),
	O(headroom, 0, "headroom", "BYTES", "left free before a received packet (0)",
	  .max = 65536),
	O(cpu, 0, "cpu", "TX,RX", "CPUs for sender and receiver (the first two allowed)"),
	O(verify, 0, "verify", "WHEN", "check number and every byte of each packet (on)",
	  .choices = on_off),
};

const struct options options_default = {
	.batch = 64,
	/* Room for what NAPI takes in while the scheduler lets the receiver wait. */
	.ring = 16384,
	.frames = 16384,
	.size.bytes = 64,
	.frame_size.bytes = 2048,
	.napi = -1,
};

static bool power_of_two(uint64_t v)
{
	return v && !(v & (v - 1));
}

static int check_memory(const struct options *o, const struct diag *d)
{
	uint64_t most;

	if (!power_of_two(o->ring))
		return diag_usage(d, "--ring %u is not a power of two", o->ring);
	if (!power_of_two(o->frame_size.bytes) || o->frame_size.bytes < 2048)
		return diag_usage(
			d,
			"--frame-size %lu is not a power of two from 2048 up to a page",
			(unsigned long)o->frame_size.bytes);
	if (o->headroom.bytes + HEADROOM >= o->frame_size.bytes)
		return diag_usage(d,
				  "--headroom %lu leaves nothing of a frame of %lu: "
				  "%u are the kernel's own",
				  (unsigned long)o->headroom.bytes,
				  (unsigned long)o->frame_size.bytes, HEADROOM);
	most = o->frame_size.bytes - HEADROOM - o->headroom.bytes;
	if (o->size.bytes > most)
		return diag_usage(
			d,
			"--size %lu does not fit: a frame of %lu has room for %lu "
			"after the kernel's %u and the headroom; use a larger "
			"--frame-size",
			(unsigned long)o->size.bytes, (unsigned long)o->frame_size.bytes,
			(unsigned long)most, HEADROOM);
	if (o->batch > o->ring || o->batch > o->frames)
		return diag_usage(d, "--batch %u is more than --ring %u or --frames %u",
				  o->batch, o->ring, o->frames);
	if (o->mode == XDP_MODE_SKB && o->napi == NAPI_THREADED)
		return diag_usage(d, "--napi threaded needs --mode drv: generic XDP runs "
				     "where the sender is");
	return 0;
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

int plan_make(struct plan *p, const struct options *o, const struct diag *d)
{
	int status = check_memory(o, d);

	if (status)
		return status;
	*p = (struct plan){
		.xsk = { .ring = o->ring,
			 .frames = o->frames,
			 .frame_size = (uint32_t)o->frame_size.bytes,
			 .headroom = (uint32_t)o->headroom.bytes },
		.mode = (enum xdp_mode)o->mode,
		.napi = o->napi < 0 && o->mode == XDP_MODE_DRV
				? NAPI_THREADED
				: (enum napi)MAX(o->napi, NAPI_INLINE),
		.napi_asked = o->napi >= 0,
		.batch = o->batch,
		.size = (uint32_t)o->size.bytes,
		.packets = o->packets,
		.duration_ns = o->duration.ns,
		.verify = !o->verify,
	};
	if (!p->duration_ns)
		p->duration_ns = p->packets ? UINT64_MAX : DURATION_NS;
	if (o->cpu)
		return parse_cpus(p, o->cpu, d);
	default_cpus(p);
	return 0;
}

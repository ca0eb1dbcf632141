/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsk_refused.h"

#include "caps.h"
#include "link.h"
#include "netdev.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Source of the meanings: net/xdp/xsk.c and net/xdp/xdp_umem.c. */
static const struct {
	enum xsk_step step;
	int err;
	const char *hint;
} refusals[] = {
	{ XSK_STEP_UMEM, EAFNOSUPPORT,
	  "the kernel was built without CONFIG_XDP_SOCKETS" },
	{ XSK_STEP_UMEM, ENOMEM, "there is not enough memory: use fewer --frames" },
	{ XSK_STEP_BIND, EBUSY,
	  "another process holds the queue: it was tried for a second; "
	  "bpftool net and ss --xdp show what is there" },
	{ XSK_STEP_BIND, ENODEV, "there is no such interface in this network namespace" },
	{ XSK_STEP_BIND, ENETDOWN, "the link is down: ip link set it up" },
	{ XSK_STEP_OPTIONS, ENOPROTOOPT,
	  "the kernel lacks this socket option: --busy-poll needs Linux 5.11, "
	  "--tx-budget 6.17" },
	{ XSK_STEP_OPTIONS, EOPNOTSUPP, "the kernel lacks this socket option" },
	{ XSK_STEP_BIND, ENOBUFS, "there is not enough memory: use fewer --frames" },
};

/* Of one UMEM. */
static uint64_t place_bytes(const struct xsk_place *place, const struct xsk_config *c)
{
	return (uint64_t)c->frames * c->frame_size * (place->host_too ? 2 : 1);
}

static void memlock_hint(char *s, size_t size, const struct xsk_place *place,
			 const struct xsk_config *c)
{
	unsigned int umems = place->made + place->areas;
	uint64_t need = place_bytes(place, c) * umems;
	struct rlimit r = { 0 };

	(void)getrlimit(RLIMIT_MEMLOCK, &r);
	snprintf(
		s, size,
		"%s of %u frames need%s %.4g MiB of locked memory, the limit is %.4g MiB "
		"for all of the user: raise it (ulimit -l), add CAP_IPC_LOCK, or use "
		"fewer --frames",
		umems > 1 ? "two UMEMs" : "the UMEM", c->frames, umems > 1 ? "" : "s",
		(double)need / (1 << 20), (double)r.rlim_cur / (1 << 20));
}

/* xdp_umem_reg() says EINVAL for any broken rule: find the rule. */
static void umem_hint(char *s, size_t size, const struct xsk_config *c)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

	if (c->frame_size < 2048 || c->frame_size > page ||
	    (!c->unaligned && c->frame_size & (c->frame_size - 1)))
		snprintf(s, size,
			 "a frame of %u bytes is not a power of two from 2048 to %u",
			 c->frame_size, page);
	else if (c->headroom >= c->frame_size - 256)
		snprintf(s, size,
			 "a headroom of %u leaves nothing of a frame of %u: 256 are the "
			 "kernel's own",
			 c->headroom, c->frame_size);
	else if (c->ring & (c->ring - 1))
		snprintf(s, size, "a ring of %u entries is not a power of two", c->ring);
	else if (c->headroom)
		snprintf(s, size,
			 "a headroom of %u is too large for a frame of %u: this kernel "
			 "keeps room behind a packet too; use a smaller --headroom",
			 c->headroom, c->frame_size);
	else
		snprintf(s, size,
			 "the UMEM has to begin on a page and hold whole frames");
}

/* How many queues the interface has, 0 where that is not known. */
static uint32_t queues_of(const char *ifname)
{
	struct link l = { 0 };
	struct nl_conn nl;

	if (nl_open(&nl, NETLINK_ROUTE))
		return 0;
	if (link_get(&nl, ifname, &l))
		l = (struct link){ 0 };
	nl_done(&nl);
	return MAX(l.rx_queues, l.tx_queues);
}

/* xsk_bind() and xp_assign_dev() of net/xdp: no such queue, or flags that conflict. */
static void queue_hint(char *s, size_t size, const char *ifname, uint32_t queue)
{
	uint32_t n = queues_of(ifname);

	if (n && queue >= n)
		snprintf(s, size, "it has %u queue%s: use a --queue up to %u", n,
			 n > 1 ? "s" : "", n - 1);
	else
		snprintf(s, size,
			 "of its %u queues this one is not in use (ethtool -l), or the "
			 "flags of the bind conflict",
			 n);
}

/* What the driver says of itself. */
static void driver_hint(char *s, size_t size, const char *ifname,
			const struct xsk_config *c)
{
	struct netdev n;
	bool says = !netdev_get((int)if_nametoindex(ifname), &n) && n.xdp_features.has;

	if (c->zerocopy && says && !(n.xdp_features.v >> XDP_FEATURE_ZEROCOPY & 1))
		snprintf(s, size,
			 "the driver lacks zero-copy, by its own xdp-features: use "
			 "--copy");
	else if (c->zerocopy && !c->frags)
		snprintf(s, size,
			 "the driver lacks zero-copy as it is set up: use "
			 "--copy");
	else
		snprintf(s, size, "the driver lacks --frags%s",
			 c->zerocopy ? " or zero-copy: use --copy" : "");
}

int xsk_refused(const struct diag *d, enum xsk_step step, int err,
		const struct xsk_place *place, const struct xsk_config *config)
{
	char text[320];
	const char *hint = NULL;

	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].step == step && refusals[i].err == -err)
			hint = refusals[i].hint;
	if (err == -EPERM || err == -EACCES) {
		hint = caps_hint(text, sizeof(text));
	} else if (step == XSK_STEP_MEMORY) {
		hint = pages_hint(text, sizeof(text), place_bytes(place, config),
				  place->areas, config->pages);
	} else if (step == XSK_STEP_UMEM && err == -ENOBUFS) {
		memlock_hint(text, sizeof(text), place, config);
		hint = text;
	} else if (step == XSK_STEP_UMEM && err == -EINVAL) {
		umem_hint(text, sizeof(text), config);
		hint = text;
	} else if (step == XSK_STEP_BIND && err == -EINVAL) {
		queue_hint(text, sizeof(text), place->ifname, place->queue);
		hint = text;
	} else if (step == XSK_STEP_BIND && err == -EOPNOTSUPP) {
		driver_hint(text, sizeof(text), place->ifname, config);
		hint = text;
	}
	switch (step) {
	case XSK_STEP_MEMORY:
		return diag_fail(
			d, err, hint, "allocating %u frames of %u bytes in %s pages",
			config->frames, config->frame_size, page_names[config->pages]);
	case XSK_STEP_OPTIONS:
		return diag_fail(d, err, hint, "setting options of an AF_XDP socket");
	case XSK_STEP_UMEM:
		return diag_fail(d, err, hint,
				 "making an AF_XDP socket with %u frames of %u bytes",
				 config->frames, config->frame_size);
	default:
		return diag_fail(d, err, hint,
				 "binding an AF_XDP socket to queue %u of %s",
				 place->queue, place->ifname);
	}
}

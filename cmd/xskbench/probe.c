/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.c - what an interface and this kernel can do for AF_XDP; changes nothing. */
#include "probe.h"

#include "caps.h"
#include "link.h"
#include "machine.h"
#include "netdev.h"
#include "packet.h"
#include "pages.h"
#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

struct probe_options {
	uint32_t packets;
	struct size_arg size;
};

static const struct opt probe_opts[] = {
	OPT(probe_options, size, 's', "size", "BYTES",
	    "of the packets that the kernel is to make (64)", .min = PACKET_MIN,
	    .max = PACKET_MOST),
	OPT(probe_options, packets, 'n', "packets", "COUNT", "how many of them (1)",
	    .min = 1, .max = 1000000),
};
static const struct probe_options defaults = { .packets = 1, .size.bytes = 64 };

struct probe {
	const char *interface; /* NULL: the lab's kind alone */
	const char *kind, *driver, *state, *attached;
	struct opt_u64 mtu, max_mtu, rx_queues, tx_queues, rx_queues_used, tx_queues_used,
		xsk_queues, prog_id;
	struct opt_u64 xdp_features, rx_metadata, xsk_features, zc_max_segs;
	struct trial trial;
	struct opt_u64 memlock_bytes;
	uint64_t huge_pages_total, huge_pages_free;
	char thp[64], kernel[65], lacking[256], driver_name[DRIVER_NAME];
	const char *missing;
};

#define F(m, flags, help, ...) FIELD(probe, m, flags, help, ##__VA_ARGS__)
#define TRIAL(m, h)                                                               \
	{                                                                         \
		.name = "veth_" #m, .help = (h), .flags = SHOW,                   \
		.off = offsetof(struct probe, trial) + offsetof(struct trial, m), \
		.size = sizeof(((struct trial *)0)->m),                           \
		.kind = MEMBER_KIND(((struct trial *)0)->m),                      \
	}

static const struct field fields[] = {
	F(interface, SHOW | KEY, "the interface that was asked about"),
	F(kind, SHOW, "its kind of link; absent for a device"),
	F(driver, SHOW, "its driver"),
	F(state, SHOW, "up or down"),
	F(mtu, SHOW, "its MTU"),
	F(max_mtu, SHOW, "the largest that it may have now"),
	F(rx_queues, SHOW, "receive queues that it may have"),
	F(tx_queues, SHOW, "send queues that it may have"),
	F(rx_queues_used, SHOW,
	  "receive queues in use, none while it is down: what --queue can name"),
	F(tx_queues_used, SHOW, "send queues in use"),
	F(xsk_queues, SHOW, "queues that AF_XDP sockets are bound to"),
	F(attached, SHOW, "the mode of an attached XDP program"),
	F(prog_id, SHOW, "and its id, for bpftool"),
	F(xdp_features, SHOW | BITS,
	  "what its driver says it can: basic is native XDP, rx-sg packets over several "
	  "frames (netdev netlink)",
	  .names = &xdp_feature_names),
	F(zc_max_segs, SHOW, "frames of one packet in zero-copy mode"),
	F(rx_metadata, SHOW | BITS, "what it tells of a received packet",
	  .names = &rx_metadata_names),
	F(xsk_features, SHOW | BITS, "what it does for a sent packet",
	  .names = &xsk_feature_names),
	TRIAL(native_xdp, "tried on a veth of our own: a program in the driver"),
	TRIAL(generic_xdp, "a generic program"),
	TRIAL(zero_copy, "a socket in zero-copy mode, which no veth has"),
	TRIAL(need_wakeup, "a socket with the need_wakeup flag"),
	TRIAL(frags, "a socket for packets over several frames"),
	TRIAL(unaligned, "a UMEM with frames of any size"),
	TRIAL(shared_umem, "one UMEM for sockets of two interfaces"),
	TRIAL(busy_poll, "preferred busy polling"),
	TRIAL(tx_budget, "a larger budget for a system call that sends"),
	TRIAL(tx_metadata, "a UMEM with room for TX metadata"),
	TRIAL(napi_threads, "NAPI in a kernel thread"),
	TRIAL(live_frames, "packets that the kernel makes"),
	TRIAL(native_mtu, "largest MTU with a program without frags"),
	F(memlock_bytes, SHOW | SIZE, "RLIMIT_MEMLOCK; absent: no limit"),
	F(huge_pages_total, SHOW, "reserved huge pages"),
	F(huge_pages_free, SHOW, "of them, not in use"),
	F(thp, SHOW, "transparent huge pages: always, madvise or never"),
	F(missing, SHOW, "capabilities that the tests need and this process lacks"),
	F(kernel, SHOW, "kernel release"),
};
static const struct record probe_record =
	RECORD("xskbench_probe", fields, .vertical = true);

static const char *mode_of(uint8_t attached)
{
	switch (attached) {
	case XDP_ATTACHED_DRV:
		return "drv";
	case XDP_ATTACHED_SKB:
		return "skb";
	case XDP_ATTACHED_HW:
		return "hw";
	case XDP_ATTACHED_MULTI:
		return "several";
	default:
		return NULL;
	}
}

static int read_link(const char *name, struct link *l)
{
	struct nl_conn nl;
	int err = nl_open(&nl, NETLINK_ROUTE);

	if (err)
		return err;
	err = link_get(&nl, name, l);
	nl_done(&nl);
	return err;
}

/* NETDEV_A_QUEUE_XSK is of Linux 6.15: before, that there is none tells nothing. */
static bool tells_sockets(const char *release)
{
	unsigned int major = 0, minor = 0;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 15));
}

/* What older kernels do not tell is unknown. */
static void about_netdev(struct probe *p, int ifindex, const struct diag *d)
{
	const struct opt_u64 unknown = { .unknown = true };
	struct netdev_queues q;
	struct netdev n;
	int err = netdev_get(ifindex, &n);

	if (err) {
		diag_warn(d, "the kernel tells no XDP features (%s): it needs Linux 6.3",
			  strerror(-err));
		n = (struct netdev){ unknown, unknown, unknown, unknown };
	}
	p->xdp_features = n.xdp_features;
	p->rx_metadata = n.rx_metadata;
	p->xsk_features = n.xsk_features;
	p->zc_max_segs = n.zc_max_segs;
	err = netdev_get_queues(ifindex, &q);
	p->rx_queues_used = err ? unknown : some_u64(q.rx);
	p->tx_queues_used = err ? unknown : some_u64(q.tx);
	p->xsk_queues =
		err || (!q.xsk && !tells_sockets(p->kernel)) ? unknown : some_u64(q.xsk);
}

static int about_interface(struct probe *p, struct link *l, const char *name,
			   const struct diag *d)
{
	int err = strlen(name) < IFNAMSIZ ? read_link(name, l) : -ENODEV;

	if (err)
		return diag_fail(d, err,
				 err == -ENODEV ? "ip link shows what there is" : NULL,
				 "reading about the interface %s", name);
	about_netdev(p, l->ifindex, d);
	p->interface = name;
	if (!link_driver(name, p->driver_name) && p->driver_name[0])
		p->driver = p->driver_name;
	p->kind = l->kind[0] ? l->kind : NULL;
	p->state = l->up ? "up" : "down";
	p->mtu = some_u64(l->mtu);
	if (l->max_mtu)
		p->max_mtu = some_u64(l->max_mtu);
	p->rx_queues = some_u64(l->rx_queues);
	p->tx_queues = some_u64(l->tx_queues);
	p->attached = mode_of(l->xdp_attached);
	if (l->xdp_prog)
		p->prog_id = some_u64(l->xdp_prog);
	return 0;
}

/* The word in brackets is the one that holds. */
static void read_thp(char *s, size_t size)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char line[128] = "", *from, *to;

	if (f && !fgets(line, sizeof(line), f))
		line[0] = 0;
	if (f)
		fclose(f);
	from = strchr(line, '[');
	to = from ? strchr(from, ']') : NULL;
	snprintf(s, size, "%.*s", to ? (int)(to - from - 1) : 0, to ? from + 1 : "");
}

static void about_machine(struct probe *p)
{
	struct machine m;
	struct rlimit r;

	machine_read(&m);
	snprintf(p->kernel, sizeof(p->kernel), "%s", m.kernel);
	if (!caps_missing(p->lacking, sizeof(p->lacking)) && p->lacking[0])
		p->missing = p->lacking;
	if (!getrlimit(RLIMIT_MEMLOCK, &r) && r.rlim_cur != RLIM_INFINITY)
		p->memlock_bytes = some_u64(r.rlim_cur);
	p->huge_pages_total = meminfo("HugePages_Total");
	p->huge_pages_free = meminfo("HugePages_Free");
	read_thp(p->thp, sizeof(p->thp));
}

/* Without privileges nothing can be tried, but the rest is worth telling. */
static int about_kernel(struct probe *p, const struct probe_options *o,
			const struct diag *d)
{
	trial_none(&p->trial);
	if (!p->missing)
		return trial_run(&p->trial, (uint32_t)o->size.bytes, o->packets, d);
	diag_warn(
		d,
		"what has to be tried on a veth is unknown (?): run it as root, or grant "
		"what is missing: %s",
		p->missing);
	return 0;
}

static int run(struct ctx *c)
{
	const struct probe_options *o = c->config;
	struct probe p = { 0 };
	struct link link;
	int status = 0;

	about_machine(&p); /* before the limit is raised for the trials */
	if (c->nargs)
		status = about_interface(&p, &link, c->args[0], &c->diag);
	if (!status)
		status = about_kernel(&p, o, &c->diag);
	if (!status && sink_row(c->sink, &p))
		return STATUS_FAILED;
	return status;
}

const struct command probe_command = {
	.name = "probe",
	.brief = "Tell what an interface and this kernel can do; changes nothing",
	.args = "[IF]",
	.max_args = 1,
	.opts = probe_opts,
	.nopts = COUNT(probe_opts),
	.rec = &probe_record,
	.defaults = &defaults,
	.config_size = sizeof(struct probe_options),
	.run = run,
};

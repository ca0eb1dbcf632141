/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp.h"

#include "caps.h"
#include "link.h"
#include "programs.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* linux/bpf.h since 5.18; where an installed header is older, its value is this. */
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

/* Source of the meanings: net/core/dev.c, dev_xdp_attach, and drivers/net/veth.c. */
static const struct {
	int err;
	const char *hint;
} refusals[] = {
	{ ERANGE,
	  "the MTU is too large for this mode (veth_native_mtu of xskbench probe is the "
	  "largest of a veth): use --frags, --mode skb, or a smaller MTU, which in the "
	  "private network is that of --size" },
	{ ENOSPC,
	  "its peer sends by more queues than it has to receive: ethtool -L at either" },
	{ EOPNOTSUPP, "the driver has no native XDP: use --mode skb" },
	{ EINVAL, "the kernel has no such kind of BPF link (5.9 or newer)" },
	{ ENOSYS, "the kernel was built without CONFIG_BPF_SYSCALL" },
};

/* Another program is there, in the same mode (EBUSY) or in the other one (EEXIST). */
static const char *occupied(char *s, size_t size, int ifindex, int err)
{
	char name[IF_NAMESIZE];
	struct link l = { 0 };
	struct nl_conn nl;

	if (if_indextoname((unsigned int)ifindex, name) && !nl_open(&nl, NETLINK_ROUTE)) {
		if (link_get(&nl, name, &l))
			l.xdp_prog = 0;
		nl_done(&nl);
	}
	if (l.xdp_prog)
		snprintf(s, size,
			 "program %u is attached%s: bpftool prog show id %u tells whose "
			 "it "
			 "is",
			 l.xdp_prog, err == -EEXIST ? " in the other mode" : "",
			 l.xdp_prog);
	else
		snprintf(s, size, "another program is attached: bpftool net shows it");
	return s;
}

static int refused(const struct diag *d, int ifindex, int err, const char *what)
{
	char text[256];
	const char *hint = NULL;

	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].err == -err)
			hint = refusals[i].hint;
	if (err == -EPERM || err == -EACCES)
		hint = caps_hint(text, sizeof(text));
	if (err == -EBUSY || err == -EEXIST)
		hint = occupied(text, sizeof(text), ifindex, err);
	return diag_fail(d, err, hint, "%s", what);
}

static struct bpf_program *program(const struct programs *s, enum xdp_job job)
{
	switch (job) {
	case XDP_RECEIVE:
		return s->progs.redirect;
	case XDP_COUNT:
		return s->progs.count;
	default:
		return s->progs.generate;
	}
}

static int prepare(struct xdp *x, const struct xdp_config *c)
{
	struct bpf_program *p;
	struct programs *s = programs__open();

	if (!s)
		return -errno;
	x->skel = s;
	p = program(s, c->job);
	bpf_program__set_autoload(s->progs.redirect, p == s->progs.redirect);
	bpf_program__set_autoload(s->progs.count, p == s->progs.count);
	bpf_program__set_autoload(s->progs.generate, p == s->progs.generate);
	if (c->frags)
		bpf_program__set_flags(p, BPF_F_XDP_HAS_FRAGS);
	s->rodata->size = c->size;
	s->rodata->ifindex = (uint32_t)c->ifindex;
	s->rodata->limit = c->limit;
	s->rodata->gap_q16 = c->rate ? ((uint64_t)1000000000 << 16) / c->rate : 0;
	s->rodata->verify = c->verify;
	s->rodata->any = c->any;
	s->rodata->fixed = c->fixed;
	return 0;
}

/* As libbpf does for what it loads by itself: the counters become the program's own. */
static int map_counts(struct xdp *x)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (sizeof(*x->skel->bss) + page - 1) / page * page;

	return mmap(x->skel->bss, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    bpf_map__fd(x->skel->maps.bss), 0) == MAP_FAILED
		       ? -errno
		       : 0;
}

/* libxdp loads what it attaches: as another type of program, under its dispatcher. */
static int attach_shared(struct xdp *x, const struct xdp_config *c)
{
	const struct shared_config config = {
		.obj = x->skel->obj,
		.program = bpf_program__name(program(x->skel, c->job)),
		.ifindex = c->ifindex,
		.mode = c->mode == ATTACH_DRV ? XDP_MODE_NATIVE : XDP_MODE_SKB,
		.frags = c->frags,
	};
	int err = shared_attach(&x->shared, &config);

	return err ? err : map_counts(x);
}

static int put_socket(struct xdp *x, const struct xdp_config *c)
{
	return bpf_map__update_elem(x->skel->maps.sockets, &c->queue, sizeof(c->queue),
				    &c->xsk_fd, sizeof(c->xsk_fd), BPF_ANY);
}

static int attach(struct xdp *x, const struct xdp_config *c)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = c->mode == ATTACH_DRV ? XDP_FLAGS_DRV_MODE
						   : XDP_FLAGS_SKB_MODE);

	x->link = bpf_link_create(x->prog, c->ifindex, BPF_XDP, &opts);
	return MIN(x->link, 0);
}

int xdp_try(struct xdp *x, const struct xdp_config *c, const char **what)
{
	static const char *const attaching[] = {
		[ATTACH_DRV] = "attaching the XDP program in drv mode",
		[ATTACH_SKB] = "attaching the XDP program in skb mode",
	};
	bool shared = c->libxdp && c->job != XDP_GENERATE;
	int err;

	/* Its advice is for others' set-ups; what happened is said here. */
	libbpf_set_print(NULL);
	*x = (struct xdp){ .link = -1 };
	*what = "loading the XDP program";
	err = prepare(x, c);
	if (!err && shared) {
		*what = attaching[c->mode];
		err = attach_shared(x, c);
	} else if (!err) {
		err = programs__load(x->skel);
	}
	if (!err)
		x->prog = bpf_program__fd(program(x->skel, c->job));
	if (!err && c->job == XDP_RECEIVE) {
		*what = "putting the socket into the XDP program's map";
		err = put_socket(x, c);
	}
	if (!err && c->job != XDP_GENERATE && !shared) {
		*what = attaching[c->mode];
		err = attach(x, c);
	}
	if (err)
		xdp_close(x);
	return err;
}

int xdp_open(struct xdp *x, const struct xdp_config *c, const struct diag *d)
{
	const char *what;
	int err = xdp_try(x, c, &what);

	return err ? refused(d, c->ifindex, err, what) : 0;
}

void xdp_close(struct xdp *x)
{
	if (!x->skel)
		return;
	if (x->link >= 0)
		close(x->link);
	shared_detach(&x->shared);
	programs__destroy(x->skel);
	*x = (struct xdp){ .link = -1 };
}

enum attached xdp_attached(const struct xdp *x)
{
	return !x->shared.program     ? ATTACHED_LINK
	       : x->shared.dispatched ? ATTACHED_DISPATCHER
				      : ATTACHED_ALONE;
}

struct counts xdp_counts(const struct xdp *x)
{
	struct counts c = { 0 };

	/* Mapped memory that the program writes: read what is there now. */
	if (x->skel)
		memcpy(&c, (const void *)&x->skel->bss->counts, sizeof(c));
	return c;
}

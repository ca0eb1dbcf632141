/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp.h"

#include "caps.h"
#include "redirect.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

/* Source of the meanings: net/core/dev.c, dev_xdp_attach, and drivers/net/veth.c. */
static const struct {
	int err;
	const char *hint;
} refusals[] = {
	{ EBUSY, "another program is attached: bpftool net shows it" },
	{ EEXIST, "a program is attached in the other mode: bpftool net shows it" },
	{ ERANGE,
	  "the MTU is too large for this mode: use a smaller --size, or --mode skb" },
	{ EOPNOTSUPP, "the driver has no native XDP: use --mode skb" },
	{ EINVAL, "the kernel has no such kind of BPF link (5.9 or newer)" },
	{ ENOSYS, "the kernel was built without CONFIG_BPF_SYSCALL" },
};

static int refused(const struct diag *d, int err, const char *what)
{
	char caps[256];
	const char *hint = NULL;

	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].err == -err)
			hint = refusals[i].hint;
	if (err == -EPERM || err == -EACCES)
		hint = caps_hint(caps, sizeof(caps));
	return diag_fail(d, err, hint, "%s", what);
}

int xdp_attach(struct xdp *x, int ifindex, enum xdp_mode mode, int xsk_fd,
	       const struct diag *d)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = mode == XDP_MODE_DRV ? XDP_FLAGS_DRV_MODE
						  : XDP_FLAGS_SKB_MODE);
	const uint32_t queue = 0;
	int err;

	/* Its advice is for others' set-ups; what happened is said here. */
	libbpf_set_print(NULL);
	*x = (struct xdp){ .link = -1 };
	x->skel = redirect__open_and_load();
	if (!x->skel)
		return refused(d, -errno, "loading the XDP program");
	err = bpf_map__update_elem(x->skel->maps.sockets, &queue, sizeof(queue), &xsk_fd,
				   sizeof(xsk_fd), BPF_ANY);
	if (err) {
		xdp_detach(x);
		return refused(d, err, "putting the socket into the XDP program's map");
	}
	x->link = bpf_link_create(bpf_program__fd(x->skel->progs.redirect), ifindex,
				  BPF_XDP, &opts);
	if (x->link < 0) {
		err = x->link;
		xdp_detach(x);
		return refused(d, err,
			       mode == XDP_MODE_DRV
				       ? "attaching the XDP program in drv mode"
				       : "attaching the XDP program in skb mode");
	}
	return 0;
}

void xdp_detach(struct xdp *x)
{
	if (x->link >= 0)
		close(x->link);
	redirect__destroy(x->skel);
	*x = (struct xdp){ .link = -1 };
}

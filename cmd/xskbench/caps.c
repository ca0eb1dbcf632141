/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	unsigned int bit;
	const char *name;
} needed[] = {
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN (the private network)" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN (links and XDP)" },
	{ CAP_NET_RAW, "CAP_NET_RAW (AF_XDP sockets)" },
	{ CAP_BPF, "CAP_BPF (the XDP program)" },
};

static bool have(const struct __user_cap_data_struct *v, unsigned int bit)
{
	return v[bit / 32].effective >> (bit % 32) & 1;
}

int caps_missing(char *s, size_t size)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct v[_LINUX_CAPABILITY_U32S_3] = { 0 };
	size_t n = 0;

	*s = 0;
	if (syscall(SYS_capget, &h, v))
		return -errno;
	for (size_t i = 0; i < COUNT(needed) && n < size; i++) {
		/* capabilities(7): CAP_SYS_ADMIN covers CAP_BPF. */
		if (have(v, needed[i].bit) ||
		    (needed[i].bit == CAP_BPF && have(v, CAP_SYS_ADMIN)))
			continue;
		n += (size_t)snprintf(s + n, size - n, "%s%s", n ? ", " : "",
				      needed[i].name);
	}
	return 0;
}

const char *caps_hint(char *s, size_t size)
{
	char missing[200];

	if (caps_missing(missing, sizeof(missing)))
		return "it needs CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF";
	if (missing[0])
		snprintf(s, size, "run it as root, or grant what is missing: %s",
			 missing);
	else
		snprintf(s, size,
			 "no capability is missing: a seccomp filter, a security module "
			 "or a user namespace forbids it");
	return s;
}

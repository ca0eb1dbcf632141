/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any message of any protocol: what is printed of it makes the same bytes again. */
#include "exact.h"
#include "json.h"
#include "printer.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Protocols with all of their specs, and generic families, that need not be here. */
static const char *const words[] = {
	"route",    "sock_diag", "xfrm",   "netfilter", "audit",     "connector",
	"usersock", "nlctrl",    "netdev", "ethtool",   "mptcp_pm",  "tcp_metrics",
	"tc",       "nftables",  "uevent", "generic",   "taskstats", "conntrack",
};

static struct ctx ctx = { .diag = { .tool = "nlsock-exact", .quiet = true } };
static struct targets targets;
static struct composer composer = { .c = &ctx };
static struct composed composed;
static struct buf line;

static void fail(const char *what, struct bytes real)
{
	fprintf(stderr, "%s:\n%.*s", what, (int)line.n, line.p);
	for (size_t i = 0; i < real.n; i++)
		fprintf(stderr, "%02x", (unsigned char)real.p[i]);
	fputs("\nbecame\n", stderr);
	for (size_t i = 0; i < composed.bytes.n; i++)
		fprintf(stderr, "%02x", (unsigned char)composed.bytes.p[i]);
	abort();
}

static void restore(struct bytes real)
{
	struct arena a = { 0 };
	struct buf why = { 0 };
	const struct node *map = json_parse(&a, line.p, line.n, &why);

	if (!map || exact_restore(&composer, map, &composed, &why)) {
		buf_putc(&why, 0);
		fail(why.p, real);
	}
	if (composed.bytes.n != real.n || memcmp(composed.bytes.p, real.p, real.n) != 0)
		fail("not the same", real);
	arena_free(&a);
	buf_free(&why);
}

static void message(struct printer *p, const char *bytes, size_t n, bool out)
{
	const struct nlmsghdr *h = (const void *)bytes;
	const bool asks =
		h->nlmsg_flags & NLM_F_REQUEST && h->nlmsg_type >= NLMSG_MIN_TYPE;
	const struct about about = { .side = asks || out    ? SIDE_REQUEST
					     : h->nlmsg_seq ? SIDE_REPLY
							    : SIDE_EVENT };
	const struct bytes real = { .p = bytes, .n = n };

	printer_message(p, h, &about);
	exact_finish(&composer, &composed, &line, real,
		     (struct bytes){ .p = "abc", .n = n % 4 });
	restore(real);
}

static void text(struct printer *p, const char *bytes, size_t n)
{
	const struct about about = { .side = SIDE_EVENT };
	const struct bytes real = { .p = bytes, .n = n };

	printer_text(p, &about, real);
	exact_finish(&composer, &composed, &line, real, (struct bytes){ 0 });
	restore(real);
}

/* Two bytes that choose, and a message, whose length is what there is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *word = n ? words[data[0] % COUNT(words)] : "";
	struct printer p = { .out = &line, .form = TREE_JSON };
	const uint32_t len = n < 2 ? 0 : (uint32_t)n - 2;
	char *copy;
	int status;

	if (len < NLMSG_HDRLEN || !(copy = malloc(len)))
		return 0;
	if (!targets.n && setenv("NLSOCK_SPECS", "specs", 0))
		abort();
	memcpy(copy, data + 2, len);
	line.n = 0;
	p.target = targets_find(&ctx, &targets, word, NULL, &status);
	if (p.target && p.target->language.protocol == NETLINK_KOBJECT_UEVENT) {
		text(&p, copy, len);
	} else if (p.target) {
		memcpy(copy, &len, sizeof(len));
		message(&p, copy, len, data[1] & 1);
	}
	printer_free(&p);
	free(copy);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include "convert.h"

#include <errno.h>

/* https://www.tcpdump.org/manpages/pcap-savefile.5.html, LINKTYPE_NETLINK.html */
enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	COOKED_HEADER = 16,
	LINKTYPE_NETLINK = 253,
	PACKET_OUTGOING = 4,
	MAGIC_MICRO = 0xa1b2c3d4,
	MAGIC_NANO = 0xa1b23c4d,
};

static uint32_t word(const struct capture *c, size_t at)
{
	uint32_t v = (uint32_t)number_at(c->all.p + at, 4, false);

	return c->swapped ? __builtin_bswap32(v) : v;
}

static bool is_pcap(struct capture *c)
{
	uint32_t magic;

	if (c->all.n < 4)
		return false;
	magic = (uint32_t)number_at(c->all.p, 4, false);
	c->swapped = magic != MAGIC_MICRO && magic != MAGIC_NANO;
	magic = word(c, 0);
	c->nano = magic == MAGIC_NANO;
	return c->nano || magic == MAGIC_MICRO;
}

static int fail(struct input_fault *fault, const char *what, size_t at)
{
	*fault = (struct input_fault){ .what = what, .at = at };
	return -EINVAL;
}

static bool is_escape(struct bytes b, size_t i)
{
	return i + 4 <= b.n && b.p[i] == '\\' && b.p[i + 1] == 'x' &&
	       input_is_hex(b.p + i + 2, 2) && b.p[i + 2] > ' ' && b.p[i + 3] > ' ';
}

/* Messages of one datagram follow those of the one before. */
static void align(struct capture *c)
{
	buf_fill(&c->bytes, 0, NLMSG_ALIGN(c->bytes.n) - c->bytes.n);
}

/* Strings of 16 bytes and more, all of them \xHH, are messages; the rest is not looked
 * at. */
static void take_strings(struct capture *c)
{
	struct input_fault ignored;

	for (size_t i = 0; i < c->all.n; i++) {
		size_t start, k = i + 1;

		if (c->all.p[i] != '"' || !is_escape(c->all, k))
			continue;
		align(c);
		start = c->bytes.n;
		for (; is_escape(c->all, k); k += 4)
			if (input_unhex(&c->bytes, c->all.p + k + 2, 2, &ignored))
				break;
		if (c->bytes.n - start < NLMSG_HDRLEN)
			c->bytes.n = start;
		i = k;
	}
}

/* Refuses output of strace in which there is no message. */
static int check_strace(const struct capture *c, struct input_fault *fault)
{
	if (c->strace.bytes.err || c->strace.frames.err)
		return -ENOMEM;
	if (c->strace.frames.n)
		return 0;
	if (c->strace.decoded)
		return fail(fault,
			    "strace printed what it decoded, not the bytes: with -e "
			    "read=all -e write=all it prints them",
			    0);
	if (c->strace.cut)
		return fail(fault,
			    "strace printed the first bytes alone: with -s 65536, or -e "
			    "read=all -e write=all, it prints all",
			    0);
	return fail(fault, "strace printed no call on a netlink socket", 0);
}

int capture_open(struct capture *c, const char *p, size_t n, struct input_fault *fault)
{
	*c = (struct capture){ .all = { .p = p, .n = n } };
	c->pcap = is_pcap(c);
	if (c->pcap) {
		if (n < FILE_HEADER)
			return fail(fault, "the header of the file is cut short", n);
		if ((word(c, 20) & 0xffff) != LINKTYPE_NETLINK)
			return fail(fault,
				    "this capture is not of netlink (link type 253)", 20);
		c->at = FILE_HEADER;
		return 0;
	}
	if (input_is_hex(p, n))
		return input_unhex(&c->bytes, p, n, fault);
	c->text = n && strace_read(&c->strace, p, n);
	if (c->text)
		return check_strace(c, fault);
	if (n && memmem(p, n, "\"\\x", 3))
		take_strings(c);
	else
		buf_add(&c->bytes, p, n);
	return c->bytes.err;
}

static int next_record(struct capture *c, struct frame *f, struct input_fault *fault)
{
	size_t at = c->at, n;

	if (at == c->all.n)
		return 0;
	if (c->all.n - at < RECORD_HEADER)
		return fail(fault, "a record's header is cut short", at);
	n = word(c, at + 8);
	if (n > c->all.n - at - RECORD_HEADER)
		return fail(fault, "a record is cut short", at);
	if (n < COOKED_HEADER)
		return fail(fault, "a record has no netlink header", at);
	f->wall_ns = word(c, at) * UINT64_C(1000000000) +
		     word(c, at + 4) * (c->nano ? 1 : UINT64_C(1000));
	at += RECORD_HEADER;
	f->out = number_at(c->all.p + at, 2, true) == PACKET_OUTGOING;
	f->protocol = (int)number_at(c->all.p + at + 14, 2, true);
	c->bytes.n = 0; /* a copy: in the file they stand anywhere */
	buf_add(&c->bytes, c->all.p + at + COOKED_HEADER, n - COOKED_HEADER);
	f->data = (struct bytes){ .p = c->bytes.p, .n = c->bytes.n };
	c->at = at + n;
	return c->bytes.err ? c->bytes.err : 1;
}

static int next_call(struct capture *c, struct frame *f)
{
	const struct strace_frame *s = (const void *)(c->strace.frames.p + c->at);

	if (c->at == c->strace.frames.n)
		return 0;
	c->at += sizeof(*s);
	c->bytes.n = 0; /* a copy: there they stand anywhere */
	buf_add(&c->bytes, c->strace.bytes.p + s->at, s->n);
	*f = (struct frame){ .protocol = s->protocol,
			     .out = s->out,
			     .data = { .p = c->bytes.p, .n = c->bytes.n } };
	return c->bytes.err ? c->bytes.err : 1;
}

int capture_next(struct capture *c, struct frame *f, struct input_fault *fault)
{
	*f = (struct frame){ .protocol = -1 };
	if (c->pcap)
		return next_record(c, f, fault);
	if (c->text)
		return next_call(c, f);
	f->data = (struct bytes){ .p = c->bytes.p, .n = c->bytes.n };
	if (c->done || !c->bytes.n)
		return 0;
	c->done = true;
	return 1;
}

void capture_close(struct capture *c)
{
	buf_free(&c->bytes);
	strace_free(&c->strace);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock decode - messages that were kept in a file, by names. */
#include "nlsock.h"

#include "capture.h"
#include "printer.h"
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAMILIES = 256 };

static const struct opt opts[] = {
	PRINT_OPTIONS,
	OPT(settings, as, 'a', "as", "TARGET",
	    "the messages are of this protocol, family or spec (needed but for pcap)"),
};

/* A family or protocol that the capture speaks of, found when it is first met. */
struct speaker {
	int protocol;
	uint16_t family; /* message type of a generic one */
	struct target target;
	char name[64];
};

struct decoding {
	struct ctx *c;
	const struct settings *s;
	struct printer printer;
	struct speaker **v; /* each has its place for good */
	size_t n;
	struct families live;
	int status;
};

/* A protocol number as a word that target_open takes; a family's name. */
static void name_speaker(struct decoding *d, struct speaker *s)
{
	const struct family *f = family_by_id(&d->live, s->family);

	snprintf(s->name, sizeof(s->name), "%d", s->protocol);
	if (s->protocol != NETLINK_GENERIC)
		return;
	if (s->family == GENL_ID_CTRL)
		snprintf(s->name, sizeof(s->name), "nlctrl");
	else if (f && f->name.p)
		snprintf(s->name, sizeof(s->name), "%.*s", (int)f->name.n, f->name.p);
}

static struct speaker *speaker_new(struct decoding *d, int protocol, uint16_t family)
{
	struct speaker *s, **v = realloc(d->v, (d->n + 1) * sizeof(*v));

	if (!v)
		return NULL;
	d->v = v;
	s = d->n < FAMILIES ? calloc(1, sizeof(*s)) : NULL;
	if (!s)
		return NULL;
	d->v[d->n++] = s;
	s->protocol = protocol;
	s->family = family;
	return s;
}

static struct target *target_for(struct decoding *d, int protocol, uint16_t type)
{
	uint16_t family = protocol == NETLINK_GENERIC ? type : 0;
	struct speaker *s;

	for (size_t i = 0; i < d->n; i++)
		if (d->v[i]->protocol == protocol && d->v[i]->family == family)
			return &d->v[i]->target;
	s = speaker_new(d, protocol, family);
	if (!s)
		return NULL;
	name_speaker(d, s);
	if (target_open(d->c, &s->target, s->name, NULL)) {
		d->status = STATUS_FAILED;
		return NULL;
	}
	s->target.language.protocol = protocol;
	return &s->target;
}

static void put(struct decoding *d, const struct frame *f, const struct target *t,
		const struct nlmsghdr *h)
{
	const bool asks =
		h->nlmsg_flags & NLM_F_REQUEST && h->nlmsg_type >= NLMSG_MIN_TYPE;
	const struct about about = { .side = asks || f->out ? SIDE_REQUEST
					     : h->nlmsg_seq ? SIDE_REPLY
							    : SIDE_EVENT };

	d->printer.target = t;
	d->printer.wall_ns = f->wall_ns;
	printer_message(&d->printer, h, &about);
}

static int take_text(struct decoding *d, const struct frame *f, const struct target *as)
{
	const struct about about = { .side = SIDE_EVENT };

	d->printer.target = as ? as : target_for(d, f->protocol, 0);
	if (!d->printer.target)
		return STATUS_FAILED;
	d->printer.wall_ns = f->wall_ns;
	printer_text(&d->printer, &about, f->data);
	return out_mark(&d->c->out) ? STATUS_FAILED : 0;
}

static int take_frame(struct decoding *d, const struct frame *f, struct target *as)
{
	const int protocol = as ? as->language.protocol : f->protocol;
	const struct nlmsghdr *h = nl_msg_at(f->data.p, f->data.n);
	const struct about bad = { .event = "malformed" };
	size_t left = f->data.n;

	if (protocol == NETLINK_KOBJECT_UEVENT)
		return take_text(d, f, as);
	for (; h; h = nl_msg_next(h, &left)) {
		struct target *t = as ? as : target_for(d, f->protocol, h->nlmsg_type);

		if (!t)
			return d->status ? d->status
					 : diag_fail(&d->c->diag, ENOMEM, NULL, "specs");
		put(d, f, t, h);
	}
	if (left) {
		d->printer.target = as ? as : target_for(d, f->protocol, 0);
		if (!d->printer.target)
			return STATUS_FAILED;
		d->printer.wall_ns = f->wall_ns;
		printer_event(
			&d->printer, &bad,
			(struct bytes){ .p = f->data.p + (f->data.n - left), .n = left });
		d->status = STATUS_INCOMPLETE;
	}
	return out_mark(&d->c->out) ? STATUS_FAILED : 0;
}

static int bad_input(struct decoding *d, const struct input_fault *f)
{
	return diag_fail(&d->c->diag, 0, NULL, "input, byte %zu: %s", f->at, f->what);
}

static int decode_all(struct decoding *d, struct capture *cap, struct target *as)
{
	struct input_fault fault;
	struct frame f;
	int r, status = 0;

	while (!status && (r = capture_next(cap, &f, &fault))) {
		if (r < 0)
			return r == -EINVAL ? bad_input(d, &fault)
					    : diag_fail(&d->c->diag, r, NULL, "input");
		if (f.protocol < 0 && !as)
			return diag_usage(&d->c->diag, "whose messages these are is not "
						       "known: name it with --as");
		status = take_frame(d, &f, as);
	}
	return status ? status : d->status;
}

static int run(struct ctx *c)
{
	struct decoding d = { .c = c, .s = c->config };
	struct input_fault fault = { 0 };
	struct capture cap = { 0 };
	struct target as = { 0 };
	struct buf input = { 0 };
	int err, status = request_read(c, c->nargs ? c->args[0] : "-", &input);

	d.printer = (struct printer){ .out = &c->out.b,
				      .form = d.s->json ? TREE_JSON : TREE_LINES,
				      .raw = d.s->raw,
				      .meta = d.s->meta };
	if (!status && (d.s->as || d.s->spec))
		status = target_open(c, &as, d.s->as ? d.s->as : d.s->spec, d.s->spec);
	if (!status) {
		/* Ids of families are this kernel's; without them they stay numbers. */
		(void)!families_load(&d.live);
		err = capture_open(&cap, input.p ? input.p : "", input.n, &fault);
		status = err == -EINVAL ? bad_input(&d, &fault)
			 : err          ? diag_fail(&c->diag, err, NULL, "input")
			       : decode_all(&d, &cap, d.s->as || d.s->spec ? &as : NULL);
	}
	printer_free(&d.printer);
	for (size_t i = 0; i < d.n; i++) {
		target_close(&d.v[i]->target);
		free(d.v[i]);
	}
	free(d.v);
	target_close(&as);
	families_free(&d.live);
	capture_close(&cap);
	buf_free(&input);
	return status;
}

const struct command decode_command = {
	.name = "decode",
	.brief = "Print messages from a file: pcap, hex, escaped strings or bytes",
	.args = "[FILE]",
	.max_args = 1,
	.opts = opts,
	.nopts = COUNT(opts),
	.config_size = sizeof(struct settings),
	.run = run,
};

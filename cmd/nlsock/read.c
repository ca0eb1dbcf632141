/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nlsock decode - messages that were kept in a file, by names. */
#include "nlsock.h"

#include "capture.h"
#include "exact.h"
#include "printer.h"
#include "request.h"

#include <errno.h>
#include <stdio.h>

enum { MOST = 1 << 30 };

static const struct opt opts[] = {
	PRINT_OPTIONS,
	OPT(settings, as, 'a', "as", "TARGET",
	    "the messages are of this protocol, family or spec (needed but for pcap)"),
};

struct decoding {
	struct ctx *c;
	const struct settings *s;
	struct printer printer;
	struct target *as; /* NULL: what the capture says */
	struct targets targets;
	struct families live;
	/* what encode would make of a line */
	struct composer composer;
	struct composed composed;
	struct buf line;
	int status;
};

/* A protocol as a word that target_open takes, or a family's name. */
static struct target *target_for(struct decoding *d, int protocol, uint16_t type)
{
	const struct family *f =
		protocol == NETLINK_GENERIC ? family_by_id(&d->live, type) : NULL;
	struct target *t;
	char word[64];
	int status;

	if (d->as)
		return d->as;
	snprintf(word, sizeof(word), "%d", protocol);
	if (protocol >= 0 && name_of(&protocol_names, (uint64_t)protocol))
		snprintf(word, sizeof(word), "%s",
			 name_of(&protocol_names, (uint64_t)protocol));
	if (protocol == NETLINK_GENERIC && type == GENL_ID_CTRL)
		snprintf(word, sizeof(word), "nlctrl");
	else if (f && f->name.p)
		snprintf(word, sizeof(word), "%.*s", (int)f->name.n, f->name.p);
	t = targets_find(d->c, &d->targets, word, NULL, &status);
	if (t)
		t->language.protocol = protocol;
	else
		d->status = status;
	return t;
}

/* Lines as encode needs them end with what it would not make of the values. */
static void begin_line(struct decoding *d)
{
	d->line.n = 0;
	d->printer.out = d->s->json ? &d->line : &d->c->out.b;
}

static void end_line(struct decoding *d)
{
	struct buf *out = &d->c->out.b;

	if (!d->s->json)
		return;
	buf_add(out, d->line.p, d->line.n);
	out->err = out->err ? out->err : d->line.err;
}

static void put(struct decoding *d, const struct frame *f, const struct nlmsghdr *h,
		struct bytes pad)
{
	const bool asks =
		h->nlmsg_flags & NLM_F_REQUEST && h->nlmsg_type >= NLMSG_MIN_TYPE;
	const struct about about = { .side = asks || f->out ? SIDE_REQUEST
					     : h->nlmsg_seq ? SIDE_REPLY
							    : SIDE_EVENT };
	const struct bytes real = { .p = (const char *)h, .n = h->nlmsg_len };

	begin_line(d);
	printer_message(&d->printer, h, &about);
	if (d->s->json)
		exact_finish(&d->composer, &d->composed, &d->line, real, pad);
	end_line(d);
}

/* Chooses whose message follows. False: that fails, and has been said. */
static bool choose(struct decoding *d, const struct frame *f, uint16_t type)
{
	d->printer.target = target_for(d, f->protocol, type);
	d->printer.wall_ns = f->wall_ns;
	return d->printer.target;
}

static void take_text(struct decoding *d, const struct frame *f)
{
	const struct about about = { .side = SIDE_EVENT };

	begin_line(d);
	printer_text(&d->printer, &about, f->data);
	if (d->s->json)
		exact_finish(&d->composer, &d->composed, &d->line, f->data,
			     (struct bytes){ 0 });
	end_line(d);
}

static void take_rest(struct decoding *d, struct bytes rest)
{
	const struct about bad = { .event = "malformed" };

	begin_line(d);
	printer_event(&d->printer, &bad, rest);
	if (d->s->json)
		exact_raw(&d->line);
	end_line(d);
}

/* What stands between a message and the next, of all that is left from the message on. */
static struct bytes pad_of(const struct nlmsghdr *h, size_t left)
{
	const size_t n = MIN(NLMSG_ALIGN((size_t)h->nlmsg_len), left);

	return (struct bytes){ .p = (const char *)h + h->nlmsg_len,
			       .n = n - h->nlmsg_len };
}

static int take_messages(struct decoding *d, const struct frame *f)
{
	const struct nlmsghdr *h = nl_msg_at(f->data.p, f->data.n);
	size_t left = f->data.n;

	for (; h; h = nl_msg_next(h, &left)) {
		if (!choose(d, f, h->nlmsg_type))
			return d->status;
		put(d, f, h, pad_of(h, left));
	}
	if (!left)
		return 0;
	if (!choose(d, f, 0))
		return d->status;
	take_rest(d, (struct bytes){ .p = f->data.p + (f->data.n - left), .n = left });
	d->status = STATUS_INCOMPLETE;
	return 0;
}

static int take_frame(struct decoding *d, const struct frame *f)
{
	const int protocol = d->as ? d->as->language.protocol : f->protocol;
	int status = 0;

	if (protocol != NETLINK_KOBJECT_UEVENT)
		status = take_messages(d, f);
	else if (choose(d, f, 0))
		take_text(d, f);
	else
		status = d->status;
	return out_mark(&d->c->out) ? STATUS_FAILED : status;
}

static int bad_input(struct decoding *d, const struct input_fault *f)
{
	return diag_fail(&d->c->diag, 0, NULL, "input, byte %zu: %s", f->at, f->what);
}

static int decode_all(struct decoding *d, struct capture *cap)
{
	struct input_fault fault;
	struct frame f;
	int r, status = 0;

	while (!status && (r = capture_next(cap, &f, &fault))) {
		if (r < 0)
			return r == -EINVAL ? bad_input(d, &fault)
					    : diag_fail(&d->c->diag, r, NULL, "input");
		if (f.protocol < 0 && !d->as)
			return diag_usage(&d->c->diag, "whose messages these are is not "
						       "known: name it with --as");
		status = take_frame(d, &f);
	}
	if (!status && cap->strace.decoded + cap->strace.cut) {
		diag_fail(&d->c->diag, 0,
			  "strace -e read=all -e write=all prints all bytes",
			  "input: of %zu calls strace did not print the bytes",
			  cap->strace.decoded + cap->strace.cut);
		return STATUS_INCOMPLETE;
	}
	return status ? status : d->status;
}

static int read_capture(struct decoding *d, const struct buf *input)
{
	struct input_fault fault = { 0 };
	struct capture cap = { 0 };
	int status, err = capture_open(&cap, input->p ? input->p : "", input->n, &fault);

	status = err == -EINVAL ? bad_input(d, &fault)
		 : err          ? diag_fail(&d->c->diag, err, NULL, "input")
				: decode_all(d, &cap);
	capture_close(&cap);
	return status;
}

static void decoding_free(struct decoding *d)
{
	printer_free(&d->printer);
	targets_free(&d->targets);
	composer_free(&d->composer);
	composed_free(&d->composed);
	families_free(&d->live);
	buf_free(&d->line);
}

static int run(struct ctx *c)
{
	struct decoding d = { .c = c, .s = c->config };
	const char *as = d.s->as ? d.s->as : d.s->spec;
	struct buf input = { 0 };
	int status = request_read(c, c->nargs ? c->args[0] : "-", MOST, &input);

	d.printer = (struct printer){ .out = &c->out.b,
				      .form = d.s->json ? TREE_JSON : TREE_LINES,
				      .raw = d.s->raw,
				      .meta = d.s->meta };
	d.composer = (struct composer){ .c = c, .spec = d.s->spec };
	if (!status && as)
		d.as = targets_find(c, &d.targets, as, d.s->spec, &status);
	if (!status) {
		/* Ids of families are this kernel's; without them they stay numbers. */
		(void)!families_load(&d.live);
		status = read_capture(&d, &input);
	}
	decoding_free(&d);
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

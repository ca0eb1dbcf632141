/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answers.c - a back-end whose answers are written in a file. */
#include "answers.h"

#include "fd.h"
#include "spec.h"
#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The steps on one request. */
struct answer {
	uint32_t request;
	uint64_t nth; /* only this time in a connection; 0: each time */
	struct step *v;
	size_t n;
	bool then_default;
};

enum { LINES = 512, STEPS = 64 };

struct answers {
	struct answer v[LINES];
	size_t n;
};

static int parse_target(struct answer *a, const char *word, struct buf *why)
{
	size_t n = strcspn(word, "@");

	if (word[n] && (parse_u64(word + n + 1, &a->nth) || !a->nth)) {
		buf_printf(why, "after @ stands which time, from 1: '%.100s'", word);
		return -EINVAL;
	}
	return step_request(&a->request, word, n, why);
}

/* Whether it is one of a back-end, and its fd can be made. */
static int check_step(const struct step *step, struct buf *why)
{
	int fd;

	if (step->kind == STEP_READ) {
		buf_puts(why, "a back-end does not wait for a message: 'read'");
		return -EINVAL;
	}
	if (step->kind != STEP_FD)
		return 0;
	fd = fd_make(step->body.p);
	if (fd < 0) {
		buf_printf(why,
			   "'fd:%.200s': %s; it is memfd:SIZE, eventfd, socket, null "
			   "or a path",
			   step->body.p, strerror(-fd));
		return -EINVAL;
	}
	close(fd);
	return 0;
}

/* "reply=..." is short for the name of the request, with the flag of a reply. */
static int parse_step(struct answer *a, const char *word, struct buf *why)
{
	struct buf full = { 0 };
	int err;

	if (!strcmp(word, "default")) {
		a->then_default = true;
		return 0;
	}
	if (a->n == STEPS) {
		buf_puts(why, "more than 64 steps on one request");
		return -EINVAL;
	}
	if (!strncmp(word, "reply", 5) && (!word[5] || word[5] == '=' || word[5] == '+'))
		buf_printf(&full, "%u+%s", a->request, word);
	else
		buf_puts(&full, word);
	buf_putc(&full, 0);
	err = full.err ? full.err : step_parse(&a->v[a->n], full.p, why);
	buf_free(&full);
	return err ? err : check_step(&a->v[a->n++], why);
}

static int parse_line(struct answers *as, char *line, struct buf *why)
{
	char *save, *word = strtok_r(line, " \t\r", &save);
	struct answer *a = &as->v[as->n];
	int err;

	if (!word)
		return 0;
	if (as->n == LINES) {
		buf_puts(why, "more than 512 lines with answers");
		return -EINVAL;
	}
	as->n++;
	a->v = calloc(STEPS, sizeof(*a->v));
	if (!a->v)
		return -ENOMEM;
	err = parse_target(a, word, why);
	while (!err && (word = strtok_r(NULL, " \t\r", &save)))
		err = parse_step(a, word, why);
	return err;
}

static int parse(struct answers *a, const struct diag *diag, const char *path, char *text)
{
	struct buf why = { 0 };
	int err = 0, status = 0;

	for (size_t line = 1; text && !err; line++) {
		char *eol = strchr(text, '\n');

		if (eol)
			*eol = 0;
		text[strcspn(text, "#")] = 0;
		err = parse_line(a, text, &why);
		if (err == -EINVAL && why.n)
			status = diag_usage(diag, "%s: line %zu: %.*s", path, line,
					    (int)why.n, why.p);
		else if (err)
			status = diag_fail(diag, err, NULL, "read %s", path);
		text = eol ? eol + 1 : NULL;
	}
	buf_free(&why);
	return status;
}

int answers_read(struct answers **a, const struct diag *diag, const char *path)
{
	struct buf b = { 0 };
	int err = read_file(&b, path, 1 << 20), status;

	buf_putc(&b, 0);
	*a = calloc(1, sizeof(**a));
	if (!err)
		err = b.err;
	if (!err && !*a)
		err = -ENOMEM;
	status = err ? diag_fail(diag, err, NULL, "read %s", path)
		     : parse(*a, diag, path, b.p);
	buf_free(&b);
	return status;
}

void answers_free(struct answers *a)
{
	for (size_t i = 0; a && i < a->n; i++) {
		for (size_t k = 0; k < a->v[i].n; k++)
			step_free(&a->v[i].v[k]);
		free(a->v[i].v);
	}
	free(a);
}

/* Its fd goes with the next message; one that can't be made any more is left out. */
static void give_fd(struct session *s, const struct step *step)
{
	int fd = fd_make(step->body.p);

	if (fd >= 0)
		outbox_add_fd(&s->out, fd);
	else
		diag_warn(s->backend->diag, "script: fd:%s: %s", step->body.p,
			  strerror(-fd));
}

static void give_bytes(struct outbox *o, const struct step *step)
{
	uint8_t head[MSG_HEADER];

	if (step->kind == STEP_MESSAGE) {
		msg_encode(head, &step->h);
		buf_add(&o->bytes, head, sizeof(head));
	}
	buf_add(&o->bytes, step->body.p, step->body.n);
}

static void give(const struct answer *a, struct session *s)
{
	bool begun = false; /* a part, by its fds */

	for (size_t i = 0; i < a->n; i++) {
		const struct step *step = &a->v[i];

		if (step->kind == STEP_SLEEP) {
			outbox_part(&s->out, step->ns);
		} else if (step->kind == STEP_CLOSE) {
			s->out.close = true;
			s->closed_by = "the script";
		} else {
			if (!begun)
				outbox_part(&s->out, 0);
			begun = step->kind == STEP_FD;
			if (begun)
				give_fd(s, step);
			else
				give_bytes(&s->out, step);
		}
	}
	if (!begun)
		outbox_part(&s->out, 0); /* of what the device says */
}

bool answers_give(const struct answers *a, struct session *s)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct answer *x = &a->v[i];

		if (x->request != s->rx.h.request ||
		    (x->nth && x->nth != s->asked[MIN(x->request, 63)]))
			continue;
		give(x, s);
		return !x->then_default;
	}
	return false;
}

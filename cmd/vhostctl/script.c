/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script.c - steps from words and from files. */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int read_file(struct buf *b, const char *path, size_t max)
{
	bool std = !strcmp(path, "-");
	int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	while (true) {
		char *to = buf_room(b, 65536);
		ssize_t n = to ? read(fd, to, 65536) : -1;

		if (n < 0 && to && errno == EINTR)
			continue;
		if (n <= 0) {
			err = to ? n ? -errno : 0 : b->err;
			break;
		}
		b->n += (size_t)n;
		if (b->n > max) {
			err = -EFBIG;
			break;
		}
	}
	if (!std)
		close(fd);
	return err;
}

static int add(struct script *s, const char *word, struct buf *why)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 16;
		struct step *v = realloc(s->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->cap = cap;
	}
	return step_parse(&s->v[s->n++], word, why);
}

/* Adds a word; line 0 where it comes from the command line. */
static int add_word(struct script *s, const struct diag *diag, const char *word,
		    size_t line)
{
	struct buf why = { 0 };
	int err = add(s, word, &why), status = 0;

	buf_putc(&why, 0);
	if (err == -EINVAL && why.p && line)
		status = diag_usage(diag, "line %zu: %s", line, why.p);
	else if (err == -EINVAL && why.p)
		status = diag_usage(diag, "%s", why.p);
	else if (err)
		status = diag_fail(diag, err, NULL, "requests");
	buf_free(&why);
	return status;
}

int script_words(struct script *s, const struct diag *diag, char *const *words, size_t n)
{
	int status = 0;

	for (size_t i = 0; i < n && !status; i++)
		status = add_word(s, diag, words[i], 0);
	return status;
}

static int add_lines(struct script *s, const struct diag *diag, char *text)
{
	int status = 0;

	for (size_t line = 1; text && !status; line++) {
		char *eol = strchr(text, '\n'), *comment, *save, *word;

		if (eol)
			*eol = 0;
		comment = strchr(text, '#');
		if (comment)
			*comment = 0;
		for (word = strtok_r(text, " \t\r", &save); word && !status;
		     word = strtok_r(NULL, " \t\r", &save))
			status = add_word(s, diag, word, line);
		text = eol ? eol + 1 : NULL;
	}
	return status;
}

int script_read(struct script *s, const struct diag *diag, const char *path)
{
	struct buf b = { 0 };
	int err = read_file(&b, path, 16 << 20), status;

	buf_putc(&b, 0);
	if (!err)
		err = b.err;
	status = err ? diag_fail(diag, err, NULL, "read %s", path)
		     : add_lines(s, diag, b.p);
	buf_free(&b);
	return status;
}

void script_free(struct script *s)
{
	for (size_t i = 0; i < s->n; i++)
		step_free(&s->v[i]);
	free(s->v);
	*s = (struct script){ 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "specs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISTRIBUTION "/usr/share/ynl/specs"
#define BESIDE       "/../share/sockutils/specs"

enum { LARGEST = 4 << 20, MOST = 1024 };

static void add(struct specs *s, const char *dir, size_t n)
{
	if (n && s->n < COUNT(s->dirs)) {
		s->dirs[s->n] = strndup(dir, n);
		s->n += s->dirs[s->n] != NULL;
	}
}

/* An installation that was moved, and one not yet installed, has its own beside it. */
static void add_beside(struct specs *s)
{
	char path[PATH_MAX + sizeof(BESIDE)];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	if (n <= 0 || n >= PATH_MAX)
		return;
	path[n] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		return;
	memcpy(slash, BESIDE, sizeof(BESIDE));
	add(s, path, strlen(path));
}

void specs_open(struct specs *s)
{
	const char *env = getenv("NLSOCK_SPECS");

	*s = (struct specs){ 0 };
	while (env && *env) {
		size_t n = strcspn(env, ":");

		add(s, env, n);
		env += n + (env[n] == ':');
	}
	add(s, DISTRIBUTION, strlen(DISTRIBUTION));
	add_beside(s);
	add(s, SPECDIR, strlen(SPECDIR));
}

void specs_close(struct specs *s)
{
	while (s->n)
		free(s->dirs[--s->n]);
}

static int read_file(int fd, struct buf *b)
{
	ssize_t n = 1;

	while (n > 0 && b->n <= LARGEST) {
		char *p = buf_room(b, 65536);

		if (!p)
			return -ENOMEM;
		n = read(fd, p, 65536);
		if (n < 0)
			return -errno;
		b->n += (size_t)n;
	}
	return 0;
}

int specs_read(const char *path, struct schema *out, struct buf *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;
	struct buf b = { 0 };
	struct stat st;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : S_ISDIR(st.st_mode) ? -EISDIR : read_file(fd, &b);
	if (!err)
		err = schema_load(out, b.p, b.n, why);
	close(fd);
	buf_free(&b);
	return err;
}

/* Names of spec files have changed between - and _ over the years. */
static void spell(char *to, const char *name, char from, char into)
{
	for (; *name; name++)
		*to++ = *name == from ? into : (char)tolower((unsigned char)*name);
	*to = 0;
}

static int read_in(const char *dir, const char *name, struct schema *out, struct buf *why)
{
	char path[PATH_MAX];
	int err;

	if (snprintf(path, sizeof(path), "%s/%s.yaml", dir, name) >= (int)sizeof(path))
		return -ENOENT;
	err = specs_read(path, out, why);
	if (err == -EINVAL)
		buf_printf(why, " (%s)", path);
	return err;
}

int specs_named(const struct specs *s, const char *name, struct schema *out,
		struct buf *why)
{
	char words[3][128];
	int err = -ENOENT;

	if (strlen(name) >= sizeof(words[0]) || strchr(name, '/'))
		return -ENOENT;
	strcpy(words[0], name);
	spell(words[1], name, '-', '_');
	spell(words[2], name, '_', '-');
	for (size_t i = 0; i < s->n && err == -ENOENT; i++)
		for (size_t k = 0; k < COUNT(words) && err == -ENOENT; k++)
			err = read_in(s->dirs[i], words[k], out, why);
	return err == -ENOTDIR ? -ENOENT : err;
}

struct known {
	char *names[MOST];
	size_t n;
};

static bool is_new(struct known *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->names[i], name))
			return false;
	if (k->n == MOST)
		return false;
	k->names[k->n] = strdup(name);
	return k->names[k->n] && ++k->n;
}

static int each_in(const char *dir, struct known *known,
		   int (*each)(struct schema *schema, bool *taken, void *arg), void *arg)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort), r = 0;

	for (int i = 0; i < n; i++) {
		const size_t len = strlen(list[i]->d_name);
		struct buf why = { 0 };
		struct schema schema = { 0 };
		bool taken = false;

		if (!r && len > 5 && len < 128 &&
		    !strcmp(list[i]->d_name + len - 5, ".yaml")) {
			list[i]->d_name[len - 5] = 0;
			if (!read_in(dir, list[i]->d_name, &schema, &why) &&
			    schema.name) {
				if (is_new(known, schema.name))
					r = each(&schema, &taken, arg);
				if (!taken)
					schema_free(&schema);
			}
			buf_free(&why);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return r;
}

int specs_each(const struct specs *s,
	       int (*each)(struct schema *schema, bool *taken, void *arg), void *arg)
{
	struct known *known = calloc(1, sizeof(*known));
	int r = known ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n && !r; i++)
		r = each_in(s->dirs[i], known, each, arg);
	while (known && known->n)
		free(known->names[--known->n]);
	free(known);
	return r;
}

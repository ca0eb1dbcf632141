/* SPDX-License-Identifier: GPL-2.0-or-later */
/* place.c - network namespaces: finding them, and a sock_diag socket in each. */
#include "place.h"

#include "grow.h"
#include "netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMED "/run/netns"

static struct place *find(struct places *p, uint32_t inum)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].inum == inum)
			return &p->v[i];
	return NULL;
}

/* Takes fd, -1 for our own. A namespace that is there already only gains the name. */
static int add(struct places *p, int fd, uint32_t inum, const char *name)
{
	struct place *v = find(p, inum);

	if (!v && p->n == UINT16_MAX) {
		close(fd);
		return -E2BIG;
	}
	if (!v) {
		v = grow(p->v, &p->cap, p->n, sizeof(*v));
		if (!v) {
			close(fd);
			return -ENOMEM;
		}
		p->v = v;
		if (!p->n)
			p->self = -1;
		v = &p->v[p->n++];
		*v = (struct place){ .inum = inum, .fd = fd };
	} else if (fd >= 0) {
		close(fd);
	}
	if (name && !*v->name)
		snprintf(v->name, sizeof(v->name), "%s", name);
	return 0;
}

static int add_fd(struct places *p, int fd, const char *name)
{
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st)) {
		int r = -errno;

		close(fd);
		return r;
	}
	return add(p, fd, (uint32_t)st.st_ino, name);
}

/* Gives places the names that ip-netns(8) knows them by; with all, adds those. */
static int add_named(struct places *p, bool all)
{
	DIR *d = opendir(NAMED);
	struct dirent *e;
	int r = 0;

	while (!r && d && (e = readdir(d))) {
		struct stat st;
		char path[sizeof(NAMED) + 258];

		snprintf(path, sizeof(path), NAMED "/%s", e->d_name);
		if (*e->d_name == '.' || stat(path, &st))
			continue;
		if (find(p, (uint32_t)st.st_ino))
			r = add(p, -1, (uint32_t)st.st_ino, e->d_name);
		else if (all)
			r = add_fd(p, netns_open(path), e->d_name);
		if (r == -EINVAL || r == -EACCES || r == -ENOENT) {
			p->refused += r == -EACCES;
			r = 0;
		}
	}
	if (d)
		closedir(d);
	return r;
}

int places_add_own(struct places *p)
{
	struct stat st;
	int r;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	r = add(p, -1, (uint32_t)st.st_ino, NULL);
	return r ? r : add_named(p, false);
}

int places_add(struct places *p, const char *which)
{
	bool plain = which[strspn(which, "0123456789")] && !strchr(which, '/');
	int r = add_fd(p, netns_open(which), plain ? which : NULL);

	return r ? r : add_named(p, false);
}

/* One thread's namespace, unless it is known or has gone. */
static int add_thread(struct places *p, const char *pid, const char *tid)
{
	char path[96];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/ns/net", pid, tid);
	if (stat(path, &st)) {
		p->refused += errno == EACCES || errno == EPERM;
		return 0;
	}
	if (find(p, (uint32_t)st.st_ino))
		return 0;
	r = add_fd(p, netns_open(path), NULL);
	return r == -ENOENT || r == -ESRCH ? 0 : r;
}

static int add_process(struct places *p, const char *pid)
{
	char path[64];
	struct dirent *e;
	DIR *d;
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
	d = opendir(path);
	while (!r && d && (e = readdir(d)))
		if (isdigit((unsigned char)*e->d_name))
			r = add_thread(p, pid, e->d_name);
	if (d)
		closedir(d);
	return r;
}

int places_add_all(struct places *p)
{
	int r = places_add_own(p);
	DIR *d = r ? NULL : opendir("/proc");
	struct dirent *e;

	while (!r && d && (e = readdir(d)))
		if (isdigit((unsigned char)*e->d_name))
			r = add_process(p, e->d_name);
	if (d)
		closedir(d);
	return r ? r : add_named(p, true);
}

int place_enter(struct places *p, const struct place *to)
{
	if (to->fd < 0)
		return 0;
	if (p->self < 0)
		p->self = netns_open("/proc/thread-self/ns/net");
	return p->self < 0 ? p->self : netns_enter(to->fd);
}

int place_leave(struct places *p, const struct place *from)
{
	return from->fd < 0 ? 0 : netns_enter(p->self);
}

int places_open(struct places *p, size_t *bad)
{
	for (*bad = 0; *bad < p->n; ++*bad) {
		struct place *v = &p->v[*bad];
		int r = place_enter(p, v), back;

		if (r)
			return r;
		r = nl_open(&v->conn, NETLINK_SOCK_DIAG);
		v->open = !r;
		back = place_leave(p, v);
		if (r || back)
			return r ? r : back;
	}
	return 0;
}

void places_free(struct places *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].open)
			nl_done(&p->v[i].conn);
		if (p->v[i].fd >= 0)
			close(p->v[i].fd);
	}
	if (p->n && p->self >= 0)
		close(p->self);
	free(p->v);
	*p = (struct places){ 0 };
}

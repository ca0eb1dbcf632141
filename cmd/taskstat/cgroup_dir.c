/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ROOT "/sys/fs/cgroup"

enum { DEEPEST = 64 };

static int open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

bool cgroup_is_v2(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static bool is_cgroup(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (fs.f_type == CGROUP2_SUPER_MAGIC ||
				     (long)fs.f_type == CGROUP_SUPER_MAGIC);
}

/* The path below one hierarchy, -ENOENT where it is none or has no such cgroup. */
static int open_below(int root, const char *hierarchy, const char *path)
{
	int top = open_dir(root, hierarchy), fd;

	if (top < 0)
		return top;
	path += strspn(path, "/");
	fd = is_cgroup(top) ? open_dir(top, *path ? path : ".") : -ENOENT;
	close(top);
	return fd;
}

static int look_for(const char *path)
{
	int root = open_dir(AT_FDCWD, ROOT), fd = -ENOENT;
	struct dirent *e;
	DIR *dir;

	if (root < 0)
		return root;
	dir = fdopendir(root);
	if (!dir) {
		close(root);
		return -ENOMEM;
	}
	fd = open_below(root, ".", path);
	if (fd < 0)
		fd = open_below(root, "unified", path);
	while (fd < 0 && (e = readdir(dir)))
		if (*e->d_name != '.')
			fd = open_below(root, e->d_name, path);
	closedir(dir);
	return fd < 0 ? -ENOENT : fd;
}

int cgroup_open(const char *path)
{
	int fd = open_dir(AT_FDCWD, path);

	if (fd >= 0 && !is_cgroup(fd)) {
		close(fd);
		fd = -EINVAL;
	}
	if (fd == -ENOENT || (fd == -EINVAL && !strcmp(path, "/"))) {
		int found = look_for(path);

		fd = found >= 0 ? found : fd;
	}
	return fd;
}

/* The ids in one of its files. Processes of a threaded cgroup are its ancestor's. */
static int read_ids(int fd, const char *name, struct ids *ids)
{
	int file = openat(fd, name, O_RDONLY | O_CLOEXEC), err = 0;
	unsigned long id;
	FILE *f;

	f = file < 0 ? NULL : fdopen(file, "r");
	if (!f)
		return -errno;
	errno = 0;
	/* 0 is a process of another pid namespace */
	while (!err && fscanf(f, "%lu", &id) == 1)
		err = id && id <= INT32_MAX ? ids_add(ids, (uint32_t)id) : 0;
	if (!err && ferror(f) && errno != EOPNOTSUPP)
		err = -errno;
	fclose(f);
	return err;
}

int cgroup_tasks(int fd, struct ids *ids)
{
	return read_ids(fd, "tasks", ids);
}

static bool is_below(const struct dirent *e)
{
	return e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
	       strcmp(e->d_name, "..") != 0;
}

static int walk(int fd, struct ids *ids, int depth)
{
	int err = read_ids(fd, "cgroup.procs", ids), copy = err ? -1 : open_dir(fd, ".");
	struct dirent *e;
	DIR *dir;

	if (err || depth == DEEPEST)
		goto out;
	dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		err = copy < 0 ? copy : -ENOMEM;
		goto out;
	}
	while (!err && (e = readdir(dir))) {
		int below = is_below(e) ? open_dir(copy, e->d_name) : -1;

		if (below < 0)
			continue;
		err = walk(below, ids, depth + 1);
		/* It may have gone meanwhile. */
		if (err == -ENODEV || err == -ENOENT)
			err = 0;
		close(below);
	}
	closedir(dir);
	return err;
out:
	if (copy >= 0)
		close(copy);
	return err;
}

int cgroup_pids(int fd, struct ids *ids)
{
	return walk(fd, ids, 0);
}

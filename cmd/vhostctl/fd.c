/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.c - file descriptors that ride on messages: what they are, and making some. */
#include "fd.h"

#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct name kinds[] = {
	{ FD_OTHER, "other" },     { FD_MEMFD, "memfd" },
	{ FD_EVENTFD, "eventfd" }, { FD_SOCKET, "socket" },
	{ FD_PIPE, "pipe" },       { FD_FILE, "file" },
	{ FD_DEVICE, "device" },   { FD_USERFAULTFD, "userfaultfd" },
};
const struct names fd_kind_names = NAMES(kinds);

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static void name_it(struct fd_info *info, const char *name)
{
	size_t n = strnlen(name, FD_NAME - 1);

	memcpy(info->name, name, n);
	info->name[n] = 0;
}

static void look_at_link(struct fd_info *info, char *link)
{
	static const char deleted[] = " (deleted)";
	size_t n = strlen(link), tail = sizeof(deleted) - 1;

	if (begins(link, "/memfd:")) {
		info->kind = FD_MEMFD;
		if (n >= tail && !strcmp(link + n - tail, deleted))
			link[n - tail] = 0;
		name_it(info, link + strlen("/memfd:"));
	} else if (begins(link, "anon_inode:[eventfd]")) {
		info->kind = FD_EVENTFD;
	} else if (begins(link, "anon_inode:[userfaultfd]")) {
		info->kind = FD_USERFAULTFD;
	} else if (*link == '/') {
		name_it(info, link);
	}
}

void fd_describe(int fd, struct fd_info *info)
{
	char path[32], link[512];
	struct stat st;
	ssize_t n;

	*info = (struct fd_info){ .kind = FD_OTHER };
	if (fstat(fd, &st))
		return;
	if (S_ISSOCK(st.st_mode))
		info->kind = FD_SOCKET;
	else if (S_ISFIFO(st.st_mode))
		info->kind = FD_PIPE;
	else if (S_ISREG(st.st_mode))
		info->kind = FD_FILE;
	else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		info->kind = FD_DEVICE;
	info->size_bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	if (info->kind == FD_SOCKET || info->kind == FD_PIPE)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return;
	link[n] = 0;
	look_at_link(info, link);
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ? -errno : 0;
}

void fd_emit(struct tree *t, const void *list)
{
	const struct fd_list *l = list;

	tree_array(t, NULL);
	for (size_t i = 0; i < l->n; i++) {
		const struct fd_info *f = &l->v[i];
		struct value size = value_u64(f->size_bytes);

		size.show = SIZE;
		tree_object(t, NULL);
		tree_value(t, "kind", value_enum(f->kind, &fd_kind_names));
		if (f->kind == FD_MEMFD || f->kind == FD_FILE)
			tree_value(t, "size_bytes", size);
		if (*f->name)
			tree_value(t, "name", value_str(f->name));
		tree_end(t);
	}
	tree_end(t);
}

static int make_memfd(const char *size)
{
	uint64_t n;
	int fd, err = parse_size(size, &n);

	if (err || n > INT64_MAX)
		return -EINVAL;
	fd = memfd_create("vhostctl", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, (off_t)n)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd < 0 ? -errno : fd;
}

static int make_socket(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	close(pair[1]);
	return pair[0];
}

int fd_make(const char *word)
{
	int fd;

	if (begins(word, "memfd:"))
		return make_memfd(word + strlen("memfd:"));
	if (!strcmp(word, "socket"))
		return make_socket();
	if (!strcmp(word, "eventfd")) {
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		return fd < 0 ? -errno : fd;
	}
	if (!strcmp(word, "null"))
		word = "/dev/null";
	fd = open(word, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == EACCES || errno == EISDIR || errno == EROFS))
		fd = open(word, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

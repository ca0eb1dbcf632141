/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shared.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* libxdp gives no reasons but by printing them: the last one is kept, for it
 * tries but once in a process. */
static char said[sizeof(((struct shared *)0)->said)];

PRINTF(2, 0) static int keep(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	static const char name[] = "libxdp: ";
	char line[sizeof(said)], *p = line;

	if (level == LIBXDP_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = 0;
	if (!strncmp(p, name, strlen(name)))
		p += strlen(name);
	/* That it does is known by then; what went before is why. */
	if (strncmp(p, "Falling back", 12) != 0)
		snprintf(said, sizeof(said), "%s", p);
	return 0;
}

static uint32_t newest_program(void)
{
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		;
	return id;
}

static uint32_t id_of(const struct xdp_program *p)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(xdp_program__fd(p), &info, &size) ? 0 : info.id;
}

/* Whether it is the program that was attached; where its number never came, by its name
 * and that it is newer than the guard. */
static bool is_ours(const struct xdp_program *p, const char *name, uint32_t id,
		    uint32_t newest)
{
	uint32_t this = id_of(p);

	return id ? this == id : this > newest && !strcmp(xdp_program__name(p), name);
}

static void detach_ours(const struct shared_config *c, uint32_t id, uint32_t newest)
{
	struct xdp_multiprog *all = xdp_multiprog__get_from_ifindex(c->ifindex);
	struct xdp_program *p;

	if (libxdp_get_error(all))
		return;
	p = xdp_multiprog__is_legacy(all) ? xdp_multiprog__main_prog(all)
					  : xdp_multiprog__next_prog(NULL, all);
	while (p && !is_ours(p, c->program, id, newest))
		p = xdp_multiprog__is_legacy(all) ? NULL
						  : xdp_multiprog__next_prog(p, all);
	if (p)
		(void)xdp_program__detach(p, c->ifindex, c->mode, 0);
	xdp_multiprog__close(all);
}

/* Where libxdp pins what is under its dispatcher: a directory that it makes, and leaves.
 */
static void pins(char *s, size_t size)
{
	const char *bpffs = getenv("LIBXDP_BPFFS");

	snprintf(s, size, "%s/xdp", bpffs ? bpffs : "/sys/fs/bpf");
}

/* The guard's life: until nobody has the other end of the pipe. What kills us by our
 * terminal or process group is not to reach it. */
static void guard(const struct shared_config *c, int alive, uint32_t newest,
		  const char *made)
{
	uint32_t id = 0, got;

	(void)setsid();
	(void)prctl(PR_SET_NAME, "xskbench-guard");
	while (read(alive, &got, sizeof(got)) == sizeof(got))
		id = got;
	detach_ours(c, id, newest);
	if (made)
		(void)rmdir(made); /* unless there is something of others by now */
	_exit(0);
}

static int start_guard(struct shared *s)
{
	uint32_t newest = newest_program();
	static int was_there = -1; /* before the first program of this process */
	char dir[PATH_MAX];
	int fd[2];

	pins(dir, sizeof(dir));
	if (was_there < 0)
		was_there = !access(dir, F_OK);
	if (pipe2(fd, O_CLOEXEC))
		return -errno;
	s->guard = fork();
	if (!s->guard) {
		close(fd[1]);
		guard(&s->config, fd[0], newest, was_there ? NULL : dir);
	}
	close(fd[0]);
	s->alive = fd[1];
	if (s->guard > 0)
		return 0;
	close(fd[1]);
	return -EAGAIN;
}

static void end_guard(struct shared *s)
{
	close(s->alive);
	while (waitpid(s->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool is_dispatched(int ifindex)
{
	struct xdp_multiprog *all = xdp_multiprog__get_from_ifindex(ifindex);
	bool dispatched = !libxdp_get_error(all) && !xdp_multiprog__is_legacy(all);

	if (!libxdp_get_error(all))
		xdp_multiprog__close(all);
	return dispatched;
}

/* Attached, and what libxdp has to say about how. */
static void look_back(struct shared *s)
{
	uint32_t id = id_of(s->program);

	s->dispatched = is_dispatched(s->config.ifindex);
	memcpy(s->said, said, sizeof(said));
	/* Without it the guard goes by the name. */
	(void)!write(s->alive, &id, sizeof(id));
}

int shared_attach(struct shared *s, const struct shared_config *c)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = c->obj,
			    .prog_name = c->program);
	int err;

	*s = (struct shared){ .config = *c, .alive = -1 };
	libxdp_set_print(keep);
	s->program = xdp_program__create(&opts);
	err = (int)libxdp_get_error(s->program);
	if (err) {
		s->program = NULL;
		return err;
	}
	err = c->frags ? xdp_program__set_xdp_frags_support(s->program, true) : 0;
	if (!err)
		err = start_guard(s);
	if (err)
		goto fail;
	err = xdp_program__attach(s->program, c->ifindex, c->mode, 0);
	if (err) {
		end_guard(s);
		goto fail;
	}
	look_back(s);
	libxdp_set_print(NULL);
	return 0;
fail:
	libxdp_set_print(NULL);
	xdp_program__close(s->program);
	s->program = NULL;
	return err;
}

void shared_detach(struct shared *s)
{
	if (!s->program)
		return;
	end_guard(s); /* it is in the interface's namespace, and detaches */
	xdp_program__close(s->program);
	s->program = NULL;
}

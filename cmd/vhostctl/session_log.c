/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_log.c - what we write to memory is logged while a guest migrates. */
#include "fd.h"
#include "session.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void unmap(struct session *s)
{
	if (s->log) {
		bus_release(s->log);
		munmap(s->log, s->log_size);
	}
	s->log = NULL;
	s->dirty.bits = NULL;
}

void session_drop_log(struct session *s)
{
	unmap(s);
	fd_close(&s->log_fd);
}

/* Answered by no payload, once the new log is used (SET_LOG_BASE). */
int session_set_log_base(struct session *s, struct bytes body)
{
	struct {
		uint64_t size, offset;
	} v;
	uint64_t lead, end;
	int fd = session_take_fd(s), err = 0;
	struct stat st;
	void *map;

	memcpy(&v, body.p, sizeof(v));
	lead = v.offset & 4095;
	if (!v.size || __builtin_add_overflow(v.offset, v.size, &end) || fstat(fd, &st) ||
	    end > (uint64_t)st.st_size)
		err = -EINVAL;
	map = err ? MAP_FAILED
		  : mmap(NULL, v.size + lead, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 (off_t)(v.offset - lead));
	if (!err && map == MAP_FAILED)
		err = -errno;
	close(fd);
	if (err)
		return err;
	unmap(s);
	s->log = map;
	s->log_size = (v.size + lead + 4095) & ~UINT64_C(4095);
	s->dirty.bits = (uint8_t *)map + lead;
	s->dirty.size = v.size;
	return bus_guard(map, s->log_size, &s->guest.lost);
}

/* An eventfd that is signalled when something was logged. */
int session_set_log_fd(struct session *s)
{
	int fd = session_take_fd(s), err = fd_nonblock(fd);

	if (err) {
		close(fd);
		return err;
	}
	fd_close(&s->log_fd);
	s->log_fd = fd;
	return 0;
}

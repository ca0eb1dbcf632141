/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of the messages of exits, and what is counted as lost. */
#include "exits.h"

#include "check.h"

#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAMILY = 0x20 };

static void send_one(int fd, uint32_t length)
{
	char p[16384] = { 0 };
	struct nlmsghdr h = { .nlmsg_len = length, .nlmsg_type = FAMILY };

	memcpy(p, &h, sizeof(h));
	CHECK(write(fd, p, length) == (ssize_t)length);
}

static int count(const struct nlmsghdr *h, void *arg)
{
	CHECK(h->nlmsg_type == FAMILY);
	++*(int *)arg;
	return 0;
}

/* One that no kernel sends yet: it is lost, and said to be. */
static void test_too_long(void)
{
	struct exits x = { .family.id = FAMILY };
	int s[2], seen = 0;

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s));
	x.nl.fd = s[0];
	send_one(s[1], 1172);
	send_one(s[1], 4097);
	send_one(s[1], 16384);
	send_one(s[1], 4096);
	CHECK(exits_drain(&x, count, &seen) == 4);
	CHECK(seen == 2 && x.received == 2);
	CHECK(exits_lost(&x) == 2 && x.lost == 2 && strstr(x.why_lost, "longer"));
	CHECK(exits_lost(&x) == 0 && x.lost == 2);
	exits_close(&x);
	close(s[1]);
}

int main(void)
{
	test_too_long();
	return failures > 0;
}

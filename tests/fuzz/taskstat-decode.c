/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message of the family and what is made of it; also the payload by itself. */
#include "compose.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compose(const struct kstats *leader, const struct kstats *group)
{
	struct proc_stat stat = { .state = 'Z', .threads = 1 };
	struct extremes alive = { 0 };
	struct sources s = { .leader = leader,
			     .group = group,
			     .alive = &alive,
			     .stat = &stat,
			     .io = NULL,
			     .delays = true };
	struct task t;

	task_of(&t, 1, leader, true, 'Z');
	extremes_add(&alive, leader);
	extremes_add(&alive, group);
	process_of(&t, 1, &s);
	s.stat = NULL;
	process_of(&t, 1, &s);
}

static void message(const uint8_t *data, size_t size)
{
	struct kstats task, group;
	struct nlmsghdr *h;
	struct reply r;

	if (size < NLMSG_HDRLEN)
		return;
	h = malloc(size);
	if (!h)
		return;
	memcpy(h, data, size);
	h->nlmsg_len = (uint32_t)size;
	if (!reply_decode(h, &r) && r.task.p && r.group.p &&
	    !kstats_decode(r.task.p, r.task.n, &task) &&
	    !kstats_decode(r.group.p, r.group.n, &group))
		compose(&task, &group);
	free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kstats k;

	message(data, size);
	if (!kstats_decode(data, size, &k))
		compose(&k, &k);
	return 0;
}

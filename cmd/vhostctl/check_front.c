/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_front.c - cases for front-ends: a back-end of ours, right and wrong. */
#include "check_front.h"

#include "clock.h"
#include "far_end.h"
#include "follow.h"
#include "serve_loop.h"
#include "spec.h"

#include <linux/virtio_config.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEGOTIATION "Feature negotiation: only what was offered may be switched on"
#define REPLIES \
	"Header: replies have their request's number, version 1 and the reply flag"
#define LOSES \
	"Communication: a back-end that goes wrong must not take its front-end along"

static const struct front_case honest[] = {
	{ .name = "handshake",
	  .stands_on = "Front-end message types: sizes, fds and order of requests" },
	{ .name = "few-features",
	  .stands_on = NEGOTIATION,
	  .without_virtio = ~(BIT(VIRTIO_F_VERSION_1) | BIT(VU_F_PROTOCOL_FEATURES)) },
	{ .name = "few-protocol-features",
	  .stands_on = NEGOTIATION,
	  .without_protocol = ~(BIT(VU_F_MQ) | BIT(VU_F_CONFIG)) },
	{ .name = "no-protocol-features",
	  .stands_on = "GET_PROTOCOL_FEATURES: only after bit 30 was offered",
	  .without_virtio = BIT(VU_F_PROTOCOL_FEATURES) },
	{ .name = "replies-in-pieces",
	  .stands_on = "Communication: a stream socket may cut messages anywhere",
	  .fault = "slow:any" },
};

/* Each of these answers goes wrong in each of these ways. */
static const char *const requests[] = { "GET_FEATURES", "GET_PROTOCOL_FEATURES",
					"GET_QUEUE_NUM", "GET_CONFIG" };
static const char *const ways[] = {
	"close",
	"half-reply",
	"wrong-size",
	"wrong-length",
	"wrong-request-id",
	"wrong-version",
	"no-reply-flag",
	"wrong-value",
	"stray-fds",
	"garbage",
	"twice",
	"drop-reply",
};
static const char *const in_rings[] = { "no-used",  "used-twice",    "used-ahead",
					"wrong-id", "wrong-written", "io-error" };

bool front_case(size_t i, struct front_case *k)
{
	const char *request, *way;

	if (i < COUNT(honest)) {
		*k = honest[i];
		return true;
	}
	*k = (struct front_case){ .level = LEVEL_ROBUST, .stands_on = REPLIES };
	i -= COUNT(honest);
	if (i < COUNT(requests) * COUNT(ways)) {
		request = requests[i / COUNT(ways)];
		way = ways[i % COUNT(ways)];
		snprintf(k->name, sizeof(k->name), "%s:%s", way, request);
		snprintf(k->fault, sizeof(k->fault), "%s:%s%s", way, request,
			 strcmp(way, "stray-fds") == 0 ? "=8" : "");
		return true;
	}
	i -= COUNT(requests) * COUNT(ways);
	if (i >= COUNT(in_rings))
		return false;
	k->stands_on = LOSES;
	snprintf(k->name, sizeof(k->name), "%s", in_rings[i]);
	snprintf(k->fault, sizeof(k->fault), "%s", in_rings[i]);
	return true;
}

/* What came of one front-end. */
struct seen {
	bool came;
	uint64_t messages;
	char refusal[128], why[128];
	uint32_t far_end; /* its socket, when the connection ended on our side; or 0 */
};

static int left(struct server *srv, const struct session *s)
{
	struct seen *seen = srv->arg;

	seen->came = true;
	seen->messages += s->messages;
	snprintf(seen->refusal, sizeof(seen->refusal), "%s", s->refusal);
	snprintf(seen->why, sizeof(seen->why), "%s", s->why);
	if (far_end_of(s->conn.fd, &seen->far_end))
		seen->far_end = 0;
	return 0;
}

static bool make_backend(const struct front_case *k, const struct diag *diag,
			 struct fault *fault, struct backend *b)
{
	const struct vdev_options v = { .null_size = 1 << 24,
					.block_size = 512,
					.queues = 2 };
	struct buf why = { 0 };
	bool fine = !vdev_blk(&b->dev, diag, &v);

	backend_offer(b);
	b->diag = diag;
	b->features &= ~k->without_virtio;
	b->protocol &= ~k->without_protocol;
	if (fine && *k->fault) {
		fine = !fault_parse(fault, k->fault, &why);
		b->faults = (struct faults){ fault, 1 };
		b->ring_faults = fine && fault_of_ring(fault->kind);
	}
	buf_free(&why);
	return fine;
}

static void serve(struct backend *b, struct target *t, uint64_t ns, struct seen *seen)
{
	struct server *srv = calloc(1, sizeof(*srv));

	if (!srv)
		return;
	*srv = (struct server){ .backend = b,
				.listener = t->dial->listener,
				.follow = -1,
				.until_ns = clock_mono_ns() + ns,
				.extend_ns = ns,
				.once = true,
				.left = left,
				.arg = seen };
	if (server_run(srv))
		seen->came = false;
	free(srv);
}

/* The front-end that we have started gets some time to end; then it is ended. */
static void judge_process(struct target *t, struct check_outcome *out)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	int signal;

	for (int i = 0; i < 25 && !target_ended(t); i++)
		nanosleep(&pause, NULL);
	if (!target_ended(t)) {
		target_stop(t);
		return;
	}
	signal = WIFSIGNALED(t->status) ? WTERMSIG(t->status)
					: WEXITSTATUS(t->status) - 128;
	if (signal <= 0)
		return;
	out->result = CHECK_FAIL;
	snprintf(out->detail, sizeof(out->detail), "died of SIG%s", sigabbrev_np(signal));
}

/* Whether the front-end has closed the connection too, or does within ns. */
static bool lets_go(const struct seen *seen, uint64_t ns)
{
	uint64_t deadline = clock_mono_ns() + ns;
	struct timespec pause = { .tv_nsec = 5000000 };

	while (seen->far_end && far_end_open(seen->far_end)) {
		if (clock_mono_ns() >= deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static void judge(const struct front_case *k, const struct seen *seen, uint64_t ns,
		  struct check_outcome *out)
{
	if (!seen->came) {
		out->result = CHECK_SKIP;
		snprintf(out->detail, sizeof(out->detail), "no front-end has come");
		return;
	}
	if (k->level == LEVEL_SPEC && *seen->refusal) {
		out->result = CHECK_FAIL;
		snprintf(out->detail, sizeof(out->detail), "%s", seen->refusal);
	} else if (!seen->messages) {
		out->result = CHECK_FAIL;
		snprintf(out->detail, sizeof(out->detail), "sent no message");
	} else if (k->level != LEVEL_SPEC && !lets_go(seen, ns)) {
		out->result = CHECK_FAIL;
		snprintf(out->detail, sizeof(out->detail),
			 "still holds the connection that has ended (%s)", seen->why);
	} else if (k->level != LEVEL_SPEC) {
		snprintf(out->detail, sizeof(out->detail), "%s", seen->why);
	}
}

/* A front-end before this one may have come again, and be gone by now. */
static void drain(const struct listener *l)
{
	int fd;

	while ((fd = listener_accept(l)) >= 0)
		close(fd);
}

void front_run(const struct front_case *k, struct target *t, uint64_t ns,
	       struct check_outcome *out)
{
	const struct diag diag = { .tool = "vhostctl", .quiet = true };
	struct backend *b = calloc(1, sizeof(*b));
	struct seen seen = { 0 };
	struct fault fault;

	*out = (struct check_outcome){ 0 };
	if (t->spawn)
		drain(&t->dial->listener);
	t->single = true; /* nobody but it is to connect */
	if (b && make_backend(k, &diag, &fault, b) &&
	    (!t->spawn || !target_start(t, &diag)))
		serve(b, t, ns, &seen);
	judge(k, &seen, ns, out);
	if (t->spawn)
		judge_process(t, out);
	if (b)
		vdev_close(&b->dev);
	free(b);
}

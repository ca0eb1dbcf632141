/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_source.h"

#include "clock.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* linux/bpf.h since 5.18: the packets are really sent. */
#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif

/* As many as the kernel takes: a call takes tens of milliseconds to end (RCU), so that
 * one has to do for all. */
#define A_CALL (1u << 30)

#define AGAIN_NS 2000000

static int generate(struct kernel_source *s, uint32_t n)
{
	uint8_t packet[PACKET_MOST];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = s->w.form->size, .repeat = (int)n,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .batch_size = MIN(s->w.batch, 256u));

	packet_write(packet, s->w.form, 0);
	s->w.syscalls++;
	return bpf_prog_test_run_opts(s->prog, &opts);
}

int kernel_source_run(int prog, const struct packet_form *form, uint32_t n)
{
	struct kernel_source s = { .prog = prog, .w = { .form = form, .batch = 64 } };

	return generate(&s, n);
}

static void *source_thread(void *arg)
{
	struct kernel_source *s = arg;
	const uint64_t one = 1;
	uint64_t left = s->limit;
	int err = s->netns >= 0 && setns(s->netns, CLONE_NEWNET) ? -errno : 0;

	s->w.start_ns = clock_mono_ns();
	while (!err && !worker_stopping(&s->w)) {
		err = generate(s, s->limit ? (uint32_t)MIN(A_CALL, left) : A_CALL);
		left -= MIN(A_CALL, left);
		if (s->limit && !left)
			break;
	}
	s->w.end_ns = clock_mono_ns();
	s->w.err = err == -EINTR ? 0 : err;
	worker_account(&s->w);
	if (write(s->done_fd, &one, sizeof(one)) < 0)
		s->w.err = -errno;
	return NULL;
}

static void nothing(int sig)
{
	(void)sig;
}

int kernel_source_start(struct kernel_source *s)
{
	const struct sigaction interrupt = { .sa_handler = nothing };

	if (sigaction(SIGURG, &interrupt, NULL))
		return -errno;
	return worker_start(&s->w, source_thread, s);
}

void kernel_source_stop(struct kernel_source *s)
{
	struct timespec until;
	int err = ETIMEDOUT;

	if (!s->w.running)
		return;
	atomic_store_explicit(&s->w.stop, true, memory_order_relaxed);
	/* A signal just before the call would go unseen: again until it has ended. */
	while (err == ETIMEDOUT) {
		pthread_kill(s->w.thread, SIGURG);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += AGAIN_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		err = pthread_timedjoin_np(s->w.thread, NULL, &until);
	}
	s->w.running = false;
}

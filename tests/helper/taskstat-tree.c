/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskstat-tree N [TAG]: runs each of the shapes below N times, processes that are born,
 * live and end in ways of their own, and prints a JSON line for each of them: what it was
 * called, which begins with TAG- (t-), how it ended, and what it had used just before, by
 * getrusage(2).
 */
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 20000, PAGE = 4096, LOG_FD = 100 };

struct note {
	char comm[16];
	int pid, code, signal;
	unsigned int uid;
	long minflt, cpu_us, written;
};

/* Shared by all, in a file that an exec keeps open. */
static struct {
	atomic_int n;
	struct note v[MOST];
} * book;

static int null_fd;
static long written;

static void note(int code, int signal)
{
	struct note *n = &book->v[atomic_fetch_add(&book->n, 1)];
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	*n = (struct note){ .pid = getpid(),
			    .code = code,
			    .signal = signal,
			    .uid = getuid(),
			    .minflt = r.ru_minflt,
			    .cpu_us = (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
				      r.ru_utime.tv_usec + r.ru_stime.tv_usec,
			    .written = written };
	prctl(PR_GET_NAME, n->comm);
}

/* Touches pages and writes, more or less by its number. */
static void work(void)
{
	size_t pages = (size_t)getpid() % 50;
	char *p = mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; p != MAP_FAILED && i < pages; i++) {
		p[i * PAGE] = 1;
		written += write(null_fd, p, PAGE);
	}
}

static _Noreturn void end(int code)
{
	work();
	note(code, 0);
	_exit(code);
}

static _Noreturn void end_by(int signal)
{
	work();
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	note(0, signal);
	kill(getpid(), signal);
	for (;;)
		pause();
}

static const char *tag = "t";

static void be_called(const char *what)
{
	char comm[16];

	snprintf(comm, sizeof(comm), "%.3s-%s", tag, what);
	prctl(PR_SET_NAME, comm);
}

/* In the child: true. */
static bool born(const char *what)
{
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid)
		return false;
	written = 0;
	be_called(what);
	return true;
}

static void *thread_work(void *arg)
{
	work();
	return arg;
}

static void *thread_last(void *arg)
{
	/* Until the main thread is the zombie that /proc shows it to be. */
	for (char c = 0; c != 'Z'; usleep(500)) {
		char path[64], state[64] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
		f = fopen(path, "re");
		if (f && fgets(state, sizeof(state), f) && strrchr(state, ')'))
			c = strrchr(state, ')')[2];
		if (f)
			fclose(f);
	}
	end(*(int *)arg);
}

static void *thread_exec(void *arg)
{
	execl("/proc/self/exe", "taskstat-tree", "leaf", tag, NULL);
	return arg;
}

static void *thread_pause(void *arg)
{
	pause();
	return arg;
}

static pthread_t start(void *(*run)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, run, arg))
		abort();
	return t;
}

static void shape_plain(int i)
{
	if (born("plain"))
		end(i % 256);
}

static void shape_signals(int i)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGUSR1 };

	if (born("signal"))
		end_by(signals[i % (int)COUNT(signals)]);
}

static void shape_threads(int i)
{
	pthread_t t[7];

	if (!born("threads"))
		return;
	for (size_t k = 0; k < COUNT(t); k++)
		t[k] = start(thread_work, NULL);
	for (size_t k = 0; k < COUNT(t); k++)
		pthread_join(t[k], NULL);
	end(i % 3);
}

static void shape_main_ends(int i)
{
	static int code;

	if (!born("main-ends"))
		return;
	code = 1 + i % 200;
	start(thread_last, &code);
	syscall(SYS_exit, 0);
}

static void shape_exec_in_thread(int i)
{
	(void)i;
	if (!born("execs"))
		return;
	start(thread_pause, NULL);
	start(thread_exec, NULL);
	for (;;)
		pause();
}

static void shape_killed_with_threads(int i)
{
	(void)i;
	if (!born("killed"))
		return;
	for (int k = 0; k < 5; k++)
		start(thread_pause, NULL);
	end_by(SIGKILL);
}

/* Ends by itself as soon as the main thread is about to end all. */
static void *thread_race(void *go)
{
	while (!atomic_load((atomic_bool *)go))
		;
	syscall(SYS_exit, 0);
	return NULL;
}

static void shape_raced(int i)
{
	atomic_bool go = false;

	if (!born("raced"))
		return;
	start(thread_race, &go);
	work();
	note(7, 0);
	atomic_store(&go, true);
	for (atomic_int k = 0; k < i * 37 % 2000; k++)
		;
	_exit(7);
}

static void shape_daemon(int i)
{
	if (!born("fork1"))
		return;
	setsid();
	if (!born("daemon"))
		end(0);
	usleep(1000u * (unsigned int)(i % 20));
	end(i % 2);
}

/* Each one's child outlives it, or not: nobody waits. */
static void shape_chain(int i)
{
	(void)i;
	for (int depth = 0; depth < 15; depth++)
		if (!born("chain")) {
			if (depth)
				end(depth % 2);
			return;
		}
	end(0);
}

static void shape_ignored(int i)
{
	(void)i;
	if (!born("ignores"))
		return;
	signal(SIGCHLD, SIG_IGN);
	for (int k = 0; k < 5; k++)
		if (born("ignored"))
			end(k);
	while (wait(NULL) > 0)
		;
	end(0);
}

static void shape_zombies(int i)
{
	(void)i;
	if (!born("zombies"))
		return;
	for (int k = 0; k < 5; k++)
		if (born("zombie"))
			end(k);
	end(0);
}

static void shape_user(int i)
{
	if (born("user"))
		end(setuid(12345u + (unsigned int)i) != 0);
}

/* A child of its creator's parent. */
static void shape_sibling(int i)
{
	if (!born("fork2"))
		return;
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0))
		end(0);
	written = 0;
	be_called("sibling");
	end(i % 2);
}

/* A ring with a thread of the kernel's, which the process's end kills. */
static int ring(void)
{
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL };

	return (int)syscall(SYS_io_uring_setup, 4, &p);
}

static void shape_ring(int i)
{
	int fd = ring();

	/* Kernels and administrators can forbid it. */
	if (fd < 0)
		return;
	close(fd);
	if (!born("ring"))
		return;
	if (ring() < 0)
		abort();
	end(i % 3);
}

static void (*const shapes[])(int) = {
	shape_plain,  shape_signals,        shape_threads,
	shape_daemon, shape_main_ends,      shape_killed_with_threads,
	shape_chain,  shape_exec_in_thread, shape_ignored,
	shape_user,   shape_zombies,        shape_sibling,
	shape_raced,  shape_ring,
};

static void print(void)
{
	for (int i = 0; i < book->n; i++) {
		const struct note *n = &book->v[i];

		printf("{\"comm\":\"%s\",\"pid\":%d,\"code\":%d,\"signal\":%d,\"uid\":%u,"
		       "\"minflt\":%ld,\"cpu_us\":%ld,\"written\":%ld}\n",
		       n->comm, n->pid, n->code, n->signal, n->uid, n->minflt, n->cpu_us,
		       n->written);
	}
}

static int open_book(bool again)
{
	int fd = again ? LOG_FD : memfd_create("book", 0);

	if (!again && (fd < 0 || ftruncate(fd, sizeof(*book)) || dup2(fd, LOG_FD) < 0))
		return -1;
	book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE, MAP_SHARED, LOG_FD, 0);
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return book == MAP_FAILED || null_fd < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	bool leaf = argc > 1 && !strcmp(argv[1], "leaf");
	int n = argc > 1 ? atoi(argv[1]) : 0;

	if (argc > 2)
		tag = argv[2];
	if (open_book(leaf)) {
		perror("taskstat-tree");
		return 1;
	}
	if (leaf) {
		be_called("leaf");
		end(7);
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	/* Orphans come here, so that their end can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < n; i++)
		for (size_t s = 0; s < COUNT(shapes); s++)
			shapes[s](i);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	print();
	fflush(stdout);
	_exit(0);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_run.c - one case against a back-end: what it did. */
#include "check_run.h"

#include "check_io.h"
#include "check_talk.h"
#include "fd.h"
#include "feature.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void conclude(struct check_outcome *out, const char *fmt, ...) PRINTF(2, 3);
static void conclude(struct check_outcome *out, const char *fmt, ...)
{
	size_t n = strlen(out->detail);
	va_list args;

	if (n && n + 3 < sizeof(out->detail)) {
		memcpy(out->detail + n, "; ", 3);
		n += 2;
	}
	va_start(args, fmt);
	vsnprintf(out->detail + n, sizeof(out->detail) - n, fmt, args);
	va_end(args);
	out->result = CHECK_FAIL;
}

/* Its answer shows that all before it was seen. */
#define SEEN "GET_FEATURES+fds:0"

static void judge_answers(const struct talk *t, const char *word,
			  struct check_outcome *out)
{
	if (t->closed)
		conclude(out, "closed the connection at %s", word);
	else if (t->silent)
		conclude(out, "did not answer %s", word);
	else if (t->fault && *word == '!')
		conclude(out, "%s", t->fault);
	else if (t->fault)
		conclude(out, "a broken message in answer to %s: %s", word, t->fault);
	else if (t->refused)
		conclude(out, "refused %s", word);
}

static void judge_last(struct talk *t, const struct check_case *k, const char *word,
		       struct check_outcome *out)
{
	if (k->want & WANT_REFUSAL && t->silent)
		conclude(out, "did not answer %s", word);
	if (k->want & WANT_REFUSAL && t->answered && !t->refused) {
		talk_say(t, SEEN);
		if (t->closed || !(k->want & MAY_BE_LATER))
			conclude(out, "acknowledged %s with 0%s", word,
				 t->closed ? ", then closed the connection" : "");
	}
	if (k->want & WANT_NO_ANSWER && (t->answered || t->fault))
		conclude(out, "answered %s", word);
	if (k->want & WANT_VALUE && t->answered && t->value != k->value)
		conclude(out, "answered %s with %llu, not %llu", word,
			 (unsigned long long)t->value, (unsigned long long)k->value);
}

/* Bits that nobody has given a meaning. */
static void judge_offer(const struct talk *t, struct check_outcome *out)
{
	uint64_t unknown = t->features & ~DEVICE_BITS;
	uint64_t beyond = t->protocol & ~(uint64_t)UINT32_MAX;

	for (size_t i = 0; i < spec_transport_features.n; i++)
		unknown &= ~BIT(spec_transport_features.v[i].number);
	if (unknown)
		conclude(out, "offers virtio features 0x%llx that are not specified",
			 (unsigned long long)unknown);
	if (beyond)
		conclude(out, "offers protocol features 0x%llx that are not specified",
			 (unsigned long long)beyond);
}

/* After all answers that were due nothing more comes, and it goes on. */
static void judge_end(struct talk *t, struct check_outcome *out)
{
	if (out->result == CHECK_FAIL)
		return;
	talk_say(t, SEEN);
	if (!t->answered)
		judge_answers(t, "GET_FEATURES afterwards", out);
	/* The answer to this comes after all that came too often. */
	if (t->answered && t->features & BIT(VU_F_PROTOCOL_FEATURES)) {
		talk_say(t, "GET_PROTOCOL_FEATURES");
		if (t->fault)
			conclude(out, "sends what nobody has asked for");
		else if (!t->answered)
			judge_answers(t, "GET_PROTOCOL_FEATURES afterwards", out);
	} else if (t->answered && talk_more(t, 20000000)) {
		conclude(out, "sends what nobody has asked for, or closes");
	}
	judge_offer(t, out);
}

/* Why a case can't be tried; NULL where it can. */
static const char *obstacle(const struct check_case *k, const struct talk *t)
{
	const struct kind *kind;

	if ((t->protocol & k->gate) != k->gate)
		return "the protocol feature for it is not offered";
	if ((t->features & k->features) != k->features)
		return "the virtio feature for it is not offered";
	kind = feature_guess_kind(t->features, 0);
	if (k->io && k->io < IO_LOOP && (!kind || strcmp(kind->name, "blk") != 0))
		return "it is not a disk";
	if (k->io == IO_WRITE_READ && t->features & BIT(VIRTIO_BLK_F_RO))
		return "it is read-only";
	return NULL;
}

/* Whether the requests that are made fit into the disk, as far as it says. */
static bool is_large_enough(struct talk *t)
{
	uint64_t sectors;

	if (!(t->protocol & BIT(VU_F_CONFIG)))
		return true;
	talk_say(t, "GET_CONFIG=0,8");
	if (!t->answered || t->refused)
		return true;
	memcpy(&sectors, t->rx.body + CONFIG_HEADER, sizeof(sectors));
	return le64toh(sectors) >= CHECK_IO_BYTES / 512;
}

static void converse(const struct check_case *k, struct talk *t,
		     struct check_outcome *out)
{
	const char *why = NULL;
	size_t last = 0;

	if (!(k->want & NO_START) && !talk_begin(t, k->features)) {
		conclude(out, "the usual beginning of a conversation failed");
		return;
	}
	why = obstacle(k, t);
	if (!why && (k->io == IO_READ || k->io == IO_WRITE_READ) && !is_large_enough(t))
		why = "the disk is smaller than 4 KiB";
	if (why) {
		out->result = CHECK_SKIP;
		snprintf(out->detail, sizeof(out->detail), "%s", why);
		return;
	}
	for (size_t i = 0; i < COUNT(k->words) && k->words[i]; i++) {
		talk_say(t, k->words[i]);
		if (k->want & WANT_ANSWERS)
			judge_answers(t, k->words[i], out);
		last = i;
	}
	judge_last(t, k, k->words[last], out);
	if (k->io && out->result != CHECK_FAIL)
		why = check_io(k, t);
	if (why)
		conclude(out, "%s", why);
	if (k->want & WANT_OTHERS && !out->single && !check_answers(t->dial, t->ns))
		conclude(out, "meanwhile no other front-end is answered");
	if (k->want & WANT_ANSWERS)
		judge_end(t, out);
}

bool check_answers(const struct dial *dial, uint64_t ns)
{
	struct talk *t = talk_open(dial, ns);
	bool answered = false;

	if (t) {
		talk_say(t, "GET_FEATURES");
		answered = t->answered || t->fault; /* wrong is for a case */
	}
	talk_close(t);
	return answered;
}

/* What a process holds, as far as we may look. */
struct held {
	int fds; /* -errno: not known */
	bool zero;
	struct stat memory[TALK_FDS]; /* files of ours that it may have mapped */
	size_t nmemory;
};

/* Its fds when the last front-end is really gone: the least of some looks. */
static int settled_fds(const struct target *t, bool *has_zero)
{
	int least = target_fds(t, has_zero);

	for (int i = 0; i < 5 && least >= 0; i++) {
		int now;

		talk_sleep(4000000);
		now = target_fds(t, has_zero);
		least = now >= 0 ? MIN(least, now) : now;
	}
	return least;
}

/* The files among the fds that were sent. */
static void note_memory(const struct talk *t, struct held *h)
{
	for (size_t i = 0; i < t->nfds; i++)
		if (!fstat(t->fds[i], &h->memory[h->nmemory]) &&
		    S_ISREG(h->memory[h->nmemory].st_mode))
			h->nmemory++;
}

static int mapped(const struct target *t, const struct held *h)
{
	int total = 0;

	for (size_t i = 0; i < h->nmemory; i++)
		total += MAX(target_maps(t, &h->memory[i]), 0);
	return total;
}

/* Whether it has let go of all; it gets some time to. */
static bool lets_go(const struct target *t, const struct held *before, struct held *now,
		    int *maps)
{
	for (int i = 0; i < 20; i++) {
		now->fds = target_fds(t, &now->zero);
		*maps = mapped(t, before);
		if (now->fds < 0 ||
		    (now->fds <= before->fds && !*maps && now->zero == before->zero))
			return true;
		talk_sleep(10000000);
	}
	return false;
}

/* What it left behind. Time alone says little of a process that did not run meanwhile:
 * it has when it answered somebody. */
static void look_at_held(struct target *t, const struct held *before, uint64_t ns,
			 struct check_outcome *out)
{
	struct held now = *before;
	int maps = 0;

	for (int i = 0; i < 3 && !lets_go(t, before, &now, &maps); i++)
		/* Where fd 0 is free the next connection would become it. */
		if (now.zero != before->zero || !check_answers(t->dial, ns))
			break;
	if (now.fds >= 0 && before->zero && !now.zero)
		conclude(out, "closed its own fd 0");
	if (now.fds > before->fds)
		conclude(out, "leaks %d file descriptors", now.fds - before->fds);
	if (now.fds >= 0 && maps > 0)
		conclude(out, "leaks %d mappings of memory that was shared", maps);
}

/* How it ended; whether that is an end that no front-end may bring about. */
static bool is_crash(const struct target *t, struct check_outcome *out)
{
	int status = WIFSIGNALED(t->status) ? WTERMSIG(t->status)
					    : WEXITSTATUS(t->status) - 128;

	if (!t->gone || status <= 0)
		return false;
	*out->detail = 0; /* worse than anything before */
	conclude(out, "died of SIG%s", sigabbrev_np(status));
	return true;
}

/* A crash takes a moment to be seen, and longer where a core is written. */
static void await_end(struct target *t)
{
	for (int i = 0; i < 1000 && !target_ended(t) && (i < 4 || target_ending(t)); i++)
		talk_sleep(10000000);
}

static void look_at_target(struct target *t, uint64_t ns, struct check_outcome *out)
{
	/* The last look is a patient one: nothing worse can be said of a back-end. */
	for (int i = 0; i < 3 && !target_ended(t); i++) {
		if (check_answers(t->dial, i < 2 ? ns : 4 * ns))
			return;
		await_end(t);
	}
	if (is_crash(t, out))
		return;
	*out->detail = 0;
	if (target_ended(t))
		conclude(out, "ended");
	else
		conclude(out, "hangs: answers no front-end any more");
}

/* One that ends with its front-end should have done so. */
static void look_at_end(struct target *t, struct check_outcome *out)
{
	for (int i = 0; i < 200 && !target_ended(t); i++)
		talk_sleep(5000000);
	if (is_crash(t, out))
		return;
	if (!target_ended(t))
		conclude(out, "hangs: does not end with its front-end");
	else if (WEXITSTATUS(t->status) && !*out->detail) /* as it may, after all */
		snprintf(out->detail, sizeof(out->detail), "ended with status %d",
			 WEXITSTATUS(t->status));
}

/* One that was started just now may not listen yet. */
static struct talk *come_to(struct target *target, uint64_t ns)
{
	struct talk *t = talk_open(target->dial, ns);

	for (int i = 0; i < 400 && !t && target->single; i++) {
		talk_sleep(5000000);
		t = talk_open(target->dial, ns);
	}
	if (t)
		target_meet(target, t->conn.fd);
	return t;
}

void check_run(const struct check_case *k, struct target *target, uint64_t ns,
	       struct check_outcome *out)
{
	struct talk *t = target->single ? come_to(target, ns) : NULL;
	struct held before = { 0 };

	before.fds = settled_fds(target, &before.zero);
	if (!target->single)
		t = come_to(target, ns);

	*out = (struct check_outcome){ .single = target->single };
	if (t)
		for (size_t i = 0; i < COUNT(k->fds) && k->fds[i]; i++)
			talk_give(t, k->fds[t->nfds]);
	if (t) {
		note_memory(t, &before);
		converse(k, t, out);
	} else {
		conclude(out, "takes no connection");
	}
	talk_close(t);
	if (before.fds >= 0 && !target->single)
		look_at_held(target, &before, ns, out);
	if (target->single)
		look_at_end(target, out);
	else
		look_at_target(target, ns, out);
}

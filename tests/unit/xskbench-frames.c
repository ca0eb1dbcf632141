/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame has one owner; what the kernel gives back has to be what it was lent. */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>

enum { N = 8, SIZE = 2048 };

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

int main(void)
{
	bool seen[N] = { false };
	uint64_t at[N];
	struct frames f;

	expect(!frames_init(&f, N, SIZE, 0) && f.nfree == N, "all are ours at first");
	for (int i = 0; i < N; i++) {
		at[i] = frames_lend(&f, i % 2 ? OWNER_TX : OWNER_FILL);
		expect(at[i] % SIZE == 0 && at[i] / SIZE < N,
		       "an offset out of the UMEM");
		expect(!seen[at[i] / SIZE], "a frame was lent twice");
		seen[at[i] / SIZE] = true;
	}
	expect(!f.nfree, "none is left");
	expect(!frames_take(&f, at[0], OWNER_TX), "lent to fill, came by comp");
	expect(!frames_take(&f, at[1], OWNER_FILL), "lent to tx, came by rx");
	expect(!frames_take(&f, (uint64_t)N * SIZE, OWNER_TX), "beyond the UMEM");
	expect(!frames_take(&f, UINT64_MAX, OWNER_TX), "far beyond the UMEM");
	expect(!frames_take(&f, at[0], OWNER_US), "nobody gives back what is ours");
	expect(!f.nfree, "a refusal changes nothing");
	expect(frames_take(&f, at[0] + 256, OWNER_FILL),
	       "a packet begins after headroom");
	expect(!frames_take(&f, at[0], OWNER_FILL), "came back twice");
	expect(frames_take(&f, at[1], OWNER_TX), "back by comp");
	expect(f.nfree == 2, "two are ours");
	expect(frames_lend(&f, OWNER_TX) == at[1], "the last one used goes first");
	expect(frames_pass(&f, at[2] + 300, OWNER_FILL, OWNER_TX), "from rx to tx");
	expect(!frames_pass(&f, at[2], OWNER_FILL, OWNER_TX), "passed on twice");
	expect(f.nfree == 1, "what is passed on is not ours");
	expect(frames_take(&f, at[2], OWNER_TX), "back by comp after rx");
	frames_free(&f);
	expect(!frames_init(&f, N, 3000, 24000) && frames_lend(&f, OWNER_TX) == 24000,
	       "frames of any size, from an offset on");
	expect(!frames_take(&f, 23999, OWNER_TX), "before the first");
	expect(!frames_take(&f, 48000, OWNER_TX), "behind the last");
	expect(frames_take(&f, 26999, OWNER_TX), "its last byte");
	frames_free(&f);
	return 0;
}

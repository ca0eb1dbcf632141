/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to send, as anybody might write it. */
#include "step.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *word = malloc(n + 1);
	struct buf why = { 0 };
	struct step s;
	int err;

	if (!word)
		return 0;
	memcpy(word, data, n);
	word[n] = 0;
	err = step_parse(&s, word, &why);
	if (!err != !why.n)
		abort();
	if (!err)
		step_fds(&s);
	step_free(&s);
	buf_free(&why);
	free(word);
	return 0;
}

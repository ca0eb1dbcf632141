/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to send, and what to do wrong, as anybody might write it. */
#include "fault.h"
#include "step.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *word = malloc(n + 1);
	struct buf why = { 0 };
	struct fault f;
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
	why.n = 0;
	if (!fault_parse(&f, word, &why) != !why.n)
		abort();
	buf_free(&why);
	free(word);
	return 0;
}

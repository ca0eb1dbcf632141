/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a capture: every datagram lies within it. */
#include "capture.h"
#include "ear.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static volatile unsigned int read_to_the_end;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct input_fault fault;
	struct capture c;
	struct frame f;
	char *copy = malloc(n + 1);
	unsigned int sum = 0;
	uint64_t drops;

	if (!copy)
		return 0;
	if (n)
		memcpy(copy, data, n);
	copy[n] = 0;
	if (!capture_open(&c, copy, n, &fault))
		while (capture_next(&c, &f, &fault) > 0)
			for (size_t i = 0; i < f.data.n; i++)
				sum += (unsigned char)f.data.p[i];
	read_to_the_end = sum;
	capture_close(&c);
	(void)drops_find(copy, 0, 1, &drops);
	free(copy);
	return 0;
}

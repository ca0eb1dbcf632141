/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that should be what probe printed. */
#include "offer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct offer o;

	if (offer_parse(&o, (const char *)data, n) == 0 && !o.features.has)
		abort();
	return 0;
}

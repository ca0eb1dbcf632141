/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list.h"

#include "units.h"

#include <stdio.h>
#include <string.h>

int list_parse(struct list *l, const char *name, const char *words, uint64_t least,
	       uint64_t most, uint64_t otherwise, const struct diag *d)
{
	const char *word = words, *comma;
	char text[24];
	uint64_t v;

	*l = (struct list){ .v = { otherwise }, .n = words ? 0 : 1 };
	while (word) {
		comma = strchrnul(word, ',');
		snprintf(text, sizeof(text), "%.*s", (int)MIN(comma - word, 20), word);
		if (parse_size(text, &v) || v < least || v > most)
			return diag_usage(
				d, "--%s '%s': '%s' is not a number from %lu to %lu",
				name, words, text, (unsigned long)least,
				(unsigned long)most);
		if (l->n == LIST)
			return diag_usage(d, "--%s '%s' is longer than %d numbers", name,
					  words, LIST);
		l->v[l->n++] = v;
		word = *comma ? comma + 1 : NULL;
	}
	return 0;
}

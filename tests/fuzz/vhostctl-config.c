/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features, and a config space of any bytes and length as each kind of device. */
#include "config.h"
#include "feature.h"
#include "tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void show(const struct config_view *view, enum tree_form form)
{
	struct buf b = { 0 };
	struct tree t;

	tree_init(&t, &b, form);
	config_emit(&t, view);
	tree_free(&t);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct config_view view = { 0 };
	struct feature_names names;
	char *raw;

	if (n < sizeof(view.features))
		return 0;
	memcpy(&view.features, data, sizeof(view.features));
	n -= sizeof(view.features);
	raw = malloc(n + !n);
	if (!raw)
		return 0;
	memcpy(raw, data + sizeof(view.features), n);
	view.raw = (struct bytes){ raw, n };
	for (const struct kind *const *k = spec_kinds; *k; k++) {
		view.kind = *k;
		show(&view, TREE_JSON);
		show(&view, TREE_LINES);
		feature_names_of(&names, *k);
		if (names.names.n > COUNT(names.v))
			abort();
	}
	view.kind = feature_guess_kind(view.features, n);
	show(&view, TREE_INLINE);
	/* The same bytes as a word of --require. */
	feature_find(raw, n, view.kind);
	feature_nearest(raw, n);
	free(raw);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies from anybody, of every protocol, in every form of output. */
#include "attrs.h"
#include "decode.h"
#include "tree.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void print(const struct reply *r, enum tree_form form)
{
	struct buf b = { 0 };
	struct tree t;

	tree_init(&t, &b, form);
	tree_object(&t, NULL);
	for (size_t i = 0; i < reply_record.nfields; i++)
		tree_value(&t, reply_record.fields[i].name,
			   field_value(&reply_record.fields[i], r));
	tree_end(&t);
	tree_free(&t);
	if (b.err)
		abort();
	buf_free(&b);
}

/* The first byte is the protocol, the second the header size of the one family. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct family family = { .genl.id = 16, .name = { "fuzz", 4 } };
	struct language l = { .families = { .v = &family, .n = 1 } };
	const struct nlmsghdr *first, *h;
	struct reply r = { 0 };
	size_t left = n - 2;
	char *copy;

	if (n < 2)
		return 0;
	copy = malloc(left + !left);
	if (!copy)
		return 0;
	memcpy(copy, data + 2, left);
	l.protocol = data[0] % 24;
	family.genl.hdrsize = data[1];
	first = nl_msg_at(copy, left);
	for (h = first; h; h = nl_msg_next(h, &left)) {
		reply_decode(&r, &l, h, first);
		for (int form = TREE_JSON; form <= TREE_INLINE; form++)
			print(&r, (enum tree_form)form);
		if (!family_decode(h, &family))
			family = (struct family){ .genl = family.genl,
						  .name = { "fuzz", 4 } };
	}
	reply_garbage(&r, (struct bytes){ .p = copy, .n = n - 2 });
	print(&r, TREE_JSON);
	reply_free(&r);
	free(copy);
	return 0;
}

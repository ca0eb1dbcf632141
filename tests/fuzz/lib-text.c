/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib-text - any bytes through the escaping and the writers: undone, they are the same.
 */
#include "tree.h"
#include "units.h"
#include "utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Escaping must leave no control byte, valid UTF-8, and the way back. */
static void escape(const char *s, size_t n)
{
	struct buf b = { 0 };
	size_t at = 0;

	utf8_escape(&b, s, n);
	if (!utf8_valid(b.p, b.n))
		abort();
	for (size_t i = 0; i < b.n; i++) {
		char c = b.p[i];

		if ((unsigned char)c < 0x20 || c == 0x7f)
			abort();
		if (c == '\\') {
			if (b.n - i < 4 || b.p[i + 1] != 'x')
				abort();
			c = (char)(digit(b.p[i + 2]) << 4 | digit(b.p[i + 3]));
			i += 3;
		}
		if (at >= n || s[at++] != c)
			abort();
	}
	if (at != n || utf8_clip(b.p, b.n, 10) > b.n)
		abort();
	buf_free(&b);
}

/* Values of all kinds, nested as the bytes say. */
static void write_tree(const uint8_t *data, size_t n, enum tree_form form)
{
	struct buf b = { 0 };
	struct tree t;
	size_t depth = 1;

	tree_init(&t, &b, form);
	tree_array(&t, NULL);
	for (size_t i = 0; i < n; i++) {
		switch (data[i] % 6) {
		case 0:
			tree_array(&t, NULL);
			depth++;
			break;
		case 1:
			if (depth > 1) {
				tree_end(&t);
				depth--;
			}
			break;
		case 2:
			tree_value(&t, NULL, value_bytes(data + i, n - i));
			break;
		case 3:
			tree_value(&t, NULL, value_u64((uint64_t)data[i] << 56 | i));
			break;
		case 4:
			tree_value(&t, NULL, value_hexbytes(data + i, n - i));
			break;
		default:
			tree_value(&t, NULL, value_i64(-(int64_t)data[i]));
		}
		if (n > 64)
			n = 64;
	}
	while (depth--)
		tree_end(&t);
	if (!b.err && !utf8_valid(b.p, b.n))
		abort();
	tree_free(&t);
	buf_free(&b);
}

static void parse(const char *s)
{
	uint64_t v = 0;
	struct buf b = { 0 };

	if (!parse_u64(s, &v) || !parse_size(s, &v) || !parse_duration(s, &v)) {
		put_size(&b, v);
		put_duration(&b, v);
	}
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	if (!s)
		return 0;
	memcpy(s, data, size);
	s[size] = 0;
	escape(s, size);
	parse(s);
	for (enum tree_form f = TREE_JSON; f <= TREE_INLINE; f++)
		write_tree(data, size, f);
	free(s);
	return 0;
}

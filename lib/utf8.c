/* SPDX-License-Identifier: GPL-2.0-or-later */
/* utf8.c - bytes of unknown origin as printable text, reversibly. */
#include "utf8.h"

#include <locale.h>
#include <pthread.h>
#include <wchar.h>

/* Length of the valid sequence at s (RFC 3629), 0 if there is none. */
static size_t sequence(const unsigned char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80       ? 1
		     : *s >> 5 == 6  ? 2
		     : *s >> 4 == 14 ? 3
		     : *s >> 3 == 30 ? 4
				     : 0;
	uint32_t c = len == 1 ? *s : *s & (0x7fU >> len);

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*cp = c;
	return len;
}

/* Characters that act on a terminal or reorder what a person reads. */
static bool acts(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb);
}

static void put_hex(struct buf *b, const unsigned char *s, size_t n, bool quote)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		char hex[] = { '\\', '\\', 'x', digit[s[i] >> 4], digit[s[i] & 15] };

		buf_add(b, quote ? hex : hex + 1, quote ? 5 : 4);
	}
}

/* How many bytes at the start of s are printable ASCII that needs no escape. */
static size_t plain_run(const unsigned char *s, size_t n)
{
	size_t i = 0;

	if (utf8_plain((const char *)s, n))
		return n;
	while (i < n && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '\\' && s[i] != '"')
		i++;
	return i;
}

static void escape(struct buf *b, const char *str, size_t n, bool quote)
{
	const unsigned char *s = (const unsigned char *)str;
	size_t i = 0;

	while (i < n) {
		size_t plain = plain_run(s + i, n - i), len;
		uint32_t cp = 0;

		buf_add(b, s + i, plain);
		i += plain;
		if (i == n)
			break;
		len = sequence(s + i, n - i, &cp);
		if (cp == '"')
			buf_add(b, &"\\\""[!quote], quote ? 2 : 1);
		else if (!len || cp == '\\' || acts(cp))
			put_hex(b, s + i, len ? len : 1, quote);
		else
			buf_add(b, s + i, len);
		i += len ? len : 1;
	}
}

void utf8_escape(struct buf *b, const char *s, size_t n)
{
	escape(b, s, n, false);
}

void utf8_quote(struct buf *b, const char *s, size_t n)
{
	escape(b, s, n, true);
}

/* wcwidth(3) knows characters by the locale only. It takes long to load, and most runs
 * never need it. */
static void load_locale(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

static int wide(uint32_t cp)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_locale);
	return wcwidth((wchar_t)cp);
}

/* Width of the character at s, its length in *len: never 0 bytes, never negative. */
static size_t char_width(const unsigned char *s, size_t n, size_t *len)
{
	uint32_t cp = 0;
	int w;

	if (*s >= 0x20 && *s < 0x7f) {
		*len = 1;
		return 1;
	}
	*len = sequence(s, n, &cp);
	w = *len ? wide(cp) : 1;
	*len += !*len;
	return w < 0 ? 1 : (size_t)w;
}

size_t utf8_width(const char *s, size_t n)
{
	size_t width = 0, len;

	while (width < n &&
	       (unsigned char)(s[width] - 0x20) < 0x5f) /* plain ones first */
		width++;
	for (size_t i = width; i < n; i += len)
		width += char_width((const unsigned char *)s + i, n - i, &len);
	return width;
}

size_t utf8_clip(const char *s, size_t n, size_t width)
{
	size_t used = 0, len;

	for (size_t i = 0; i < n; i += len) {
		used += char_width((const unsigned char *)s + i, n - i, &len);
		if (used > width)
			return i;
	}
	return n;
}

bool utf8_valid(const char *s, size_t n)
{
	uint32_t cp;
	size_t len;

	for (size_t i = 0; i < n; i += len)
		if (!(len = sequence((const unsigned char *)s + i, n - i, &cp)))
			return false;
	return true;
}

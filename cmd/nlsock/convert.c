/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert.h"

#include "input.h"
#include "schema.h"

#include <arpa/inet.h>

static void turn(char *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char c = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = c;
	}
}

static bool foreign(bool big_endian)
{
	return big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

uint64_t number_at(const char *p, size_t n, bool big_endian)
{
	uint64_t v = 0;
	uint32_t w;
	uint16_t h;

	switch (n) {
	case 1:
		return (uint8_t)*p;
	case 2:
		memcpy(&h, p, sizeof(h));
		return foreign(big_endian) ? __builtin_bswap16(h) : h;
	case 4:
		memcpy(&w, p, sizeof(w));
		return foreign(big_endian) ? __builtin_bswap32(w) : w;
	case 8:
		memcpy(&v, p, sizeof(v));
		return foreign(big_endian) ? __builtin_bswap64(v) : v;
	default:
		return 0;
	}
}

void number_to(char *p, size_t n, bool big_endian, uint64_t v)
{
	char b[sizeof(v)];

	memcpy(b, &v, sizeof(v));
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		turn(b, sizeof(b));
	memcpy(p, b, MIN(n, sizeof(b)));
	if (big_endian)
		turn(p, n);
}

int64_t number_signed(uint64_t v, size_t n)
{
	unsigned int unused = n && n < 8 ? 64 - 8 * (unsigned int)n : 0;

	return (int64_t)(v << unused) >> unused;
}

/* Each of these writes at `to` and returns the end of what it wrote. */
static char *write_byte(char *to, char byte)
{
	static const char digit[] = "0123456789abcdef";

	*to++ = digit[(unsigned char)byte >> 4];
	*to++ = digit[byte & 15];
	return to;
}

static char *write_joined(char *to, const char *p, size_t n, char between)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			*to++ = between;
		to = write_byte(to, p[i]);
	}
	return to;
}

static char *write_uuid(char *to, const char *p)
{
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		to = write_byte(to, p[i]);
	}
	return to;
}

/* As inet_ntop, which goes through printf: a dump of many routes feels that. */
static char *write_ipv4(char *to, const unsigned char *p)
{
	for (size_t i = 0; i < 4; i++) {
		if (i)
			*to++ = '.';
		if (p[i] >= 100)
			*to++ = (char)('0' + p[i] / 100);
		if (p[i] >= 10)
			*to++ = (char)('0' + p[i] / 10 % 10);
		*to++ = (char)('0' + p[i] % 10);
	}
	return to;
}

static char *write_address(char *to, const char *p, size_t n)
{
	if (n == 4)
		return write_ipv4(to, (const unsigned char *)p);
	if (n == 16 && inet_ntop(AF_INET6, p, to, INET6_ADDRSTRLEN))
		return to + strlen(to);
	return to;
}

size_t hint_write(char *to, int hint, const char *p, size_t n)
{
	char *end = to;

	switch (hint) {
	case HINT_IP:
		end = write_address(to, p, n);
		break;
	case HINT_MAC:
		end = write_joined(to, p, n, ':');
		break;
	case HINT_HEX:
		end = write_joined(to, p, n, ' ');
		break;
	case HINT_UUID:
		end = n == 16 ? write_uuid(to, p) : to;
		break;
	default:
		break;
	}
	return (size_t)(end - to);
}

static bool parse_address(struct buf *b, const char *text)
{
	char bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		buf_add(b, bytes, 4);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		buf_add(b, bytes, 16);
	else
		return false;
	return true;
}

/* Bytes with : or - between them, each of one or two digits. */
static bool parse_joined(struct buf *b, const char *text)
{
	struct buf digits = { 0 };
	struct input_fault fault;
	bool good = true;

	while (*text && good) {
		size_t n = strspn(text, "0123456789abcdefABCDEF");

		good = n == 1 || n == 2;
		if (n == 1)
			buf_putc(&digits, '0');
		buf_add(&digits, text, n);
		text += n;
		if (*text == ':' || *text == '-')
			good &= text[1] != 0, text++;
	}
	good = good && !input_unhex(b, digits.p, digits.n, &fault);
	buf_free(&digits);
	return good;
}

bool hint_parse(struct buf *b, int hint, const char *text)
{
	struct input_fault fault;
	struct buf digits = { 0 };
	size_t start = b->n;
	bool good, dashes;

	if (hint == HINT_IP && parse_address(b, text))
		return true;
	if ((hint == HINT_MAC || hint == HINT_HEX) && strpbrk(text, ":-")) {
		good = parse_joined(b, text);
		if (!good)
			b->n = start;
		return good;
	}
	dashes = hint == HINT_UUID && strchr(text, '-');
	if (text[0] == '0' && (text[1] | 0x20) == 'x')
		text += 2;
	for (; *text; text++)
		if (*text != '-' || !dashes)
			buf_putc(&digits, *text);
	good = !input_unhex(b, digits.p, digits.n, &fault) &&
	       (!dashes || b->n - start == 16);
	if (!good)
		b->n = start;
	buf_free(&digits);
	return good;
}

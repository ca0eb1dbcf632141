/* SPDX-License-Identifier: GPL-2.0-or-later */
/* value.c - the one function that turns a value into characters. */
#include "value.h"

#include "clock.h"
#include "tree.h"
#include "units.h"
#include "utf8.h"

#include <inttypes.h>
#include <math.h>

const char *name_of(const struct names *names, uint64_t number)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->v[i].number == number)
			return names->v[i].name;
	return NULL;
}

void put_decimal(struct buf *b, uint64_t v)
{
	enum { MOST = 20 };
	char text[2 * MOST], *to = buf_room(b, MOST);
	size_t p = MOST;

	if (!to)
		return;
	if (v < 10) {
		*to = (char)('0' + v);
		b->n++;
		return;
	}
	memset(text + MOST, 0, MOST);
	/* Two digits a step: each waits for the one before. */
	for (; v >= 10; v /= 100) {
		text[--p] = (char)('0' + v % 10);
		text[--p] = (char)('0' + v / 10 % 10);
	}
	if (v)
		text[--p] = (char)('0' + v);
	memcpy(to, text + p, MOST); /* a fixed length is quicker */
	b->n += MOST - p;
}

static void put_hex(struct buf *b, uint64_t v, const char *quote)
{
	static const char digit[] = "0123456789abcdef";
	char text[16];
	size_t p = sizeof(text);

	do
		text[--p] = digit[v & 15];
	while (v >>= 4);
	buf_puts(b, quote);
	buf_puts(b, "0x");
	buf_add(b, text + p, sizeof(text) - p);
	buf_puts(b, quote);
}

/* Names in tables are plain words of ours: no escaping. */
static void put_enum(struct buf *b, const struct value *v, const char *quote)
{
	const char *name = name_of(v->names, v->u);

	buf_puts(b, quote);
	if (name)
		buf_puts(b, name);
	else
		put_decimal(b, v->u);
	buf_puts(b, quote);
}

static void put_bits(struct buf *b, const struct value *v, enum style style)
{
	const char *quote = style == STYLE_JSON ? "\"" : "";
	size_t start = b->n + (style == STYLE_JSON);

	if (style == STYLE_JSON)
		buf_putc(b, '[');
	for (uint64_t left = v->u; left; left &= left - 1) {
		unsigned int bit = (unsigned int)__builtin_ctzll(left);
		const char *name = v->names ? name_of(v->names, bit) : NULL;

		if (b->n != start)
			buf_putc(b, ',');
		buf_puts(b, quote);
		buf_puts(b, name ? name : "bit");
		if (!name)
			put_decimal(b, bit);
		buf_puts(b, quote);
	}
	if (style == STYLE_JSON)
		buf_putc(b, ']');
	else if (b->n == start)
		buf_putc(b, '-');
}

static void put_unsigned(struct buf *b, const struct value *v, enum style style)
{
	bool json = style == STYLE_JSON;
	const char *quote = json ? "\"" : "";

	if (v->show & BITS)
		put_bits(b, v, style);
	else if (v->names)
		put_enum(b, v, quote);
	else if (v->show & HEX)
		put_hex(b, v->u, quote);
	else if (v->show & TIME) {
		buf_puts(b, quote);
		put_time(b, v->u);
		buf_puts(b, quote);
	} else if (v->show & SIZE && !json)
		put_size(b, v->u);
	else if (v->show & NANO && !json)
		put_duration(b, v->u);
	else
		put_decimal(b, v->u);
}

static void put_signed(struct buf *b, const struct value *v, enum style style)
{
	struct value magnitude = *v;

	if (v->i < 0)
		buf_putc(b, '-');
	magnitude.u = v->i < 0 ? -(uint64_t)v->i : (uint64_t)v->i;
	magnitude.show &= SIZE | NANO;
	magnitude.names = NULL;
	put_unsigned(b, &magnitude, style);
}

/* f if it is a number of at most three decimals, as "%.15g" would: many are. */
static bool put_short(struct buf *b, double f)
{
	int64_t thousandths = f >= 0 && f < 1e9 ? (int64_t)(f * 1000 + 0.5) : -1;
	unsigned int rest = (unsigned int)((uint64_t)thousandths % 1000);
	char text[] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
			(char)('0' + rest % 10) };

	if (thousandths < 0 || (double)thousandths / 1000 != f)
		return false;
	put_decimal(b, (uint64_t)thousandths / 1000);
	if (rest)
		buf_add(b, text, rest % 10 ? 4 : rest % 100 ? 3 : 2);
	return true;
}

static void put_double(struct buf *b, const struct value *v, enum style style)
{
	if (v->show & PCT && style == STYLE_TEXT && v->f == 0)
		buf_puts(b, "0.0%"); /* as below, without the work: most are */
	else if (v->show & PCT && style == STYLE_TEXT)
		buf_printf(b, "%.1f%%", v->f);
	else if (style == STYLE_TEXT)
		/* Rates of millions are read without an exponent. */
		buf_printf(b, v->f >= 1e6 && v->f < 1e15 ? "%.0f" : "%.6g", v->f);
	else if (!put_short(b, v->f))
		buf_printf(b, "%.15g", v->f);
}

static void put_bytes(struct buf *b, const struct value *v, enum style style)
{
	static const char digit[] = "0123456789abcdef";

	if (style == STYLE_JSON || !v->s.n)
		buf_putc(b, '"');
	if (v->show & HEX) {
		char *p = buf_room(b, 2 * v->s.n);

		for (size_t i = 0; p && i < v->s.n; i++) {
			*p++ = digit[(unsigned char)v->s.p[i] >> 4];
			*p++ = digit[v->s.p[i] & 15];
		}
		b->n += p ? 2 * v->s.n : 0;
	} else if (style == STYLE_JSON) {
		utf8_quote(b, v->s.p, v->s.n);
	} else {
		utf8_escape(b, v->s.p, v->s.n);
	}
	if (style == STYLE_JSON || !v->s.n)
		buf_putc(b, '"');
}

static void put_nest(struct buf *b, const struct value *v, enum style style)
{
	size_t start = b->n;
	struct tree t;

	tree_init(&t, b, style == STYLE_JSON ? TREE_JSON : TREE_INLINE);
	v->nest.emit(&t, v->nest.arg);
	tree_free(&t);
	if (b->n == start)
		buf_putc(b, '-');
}

bool value_absent(const struct value *v)
{
	switch ((enum value_kind)v->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_F64:
		return !isfinite(v->f);
	case VALUE_BYTES:
		return !v->s.p;
	case VALUE_NEST:
		return !v->nest.emit;
	default:
		return false;
	}
}

void value_put(struct buf *b, const struct value *v, enum style style)
{
	uint8_t changes = style == STYLE_JSON ? HEX | BITS | TIME : UINT8_MAX;

	if (v->kind == VALUE_U64 && !(v->show & changes) && !v->names) { /* most are */
		put_decimal(b, v->u);
		return;
	}
	if (v->kind == VALUE_NULL && style == STYLE_JSON) { /* most others are */
		buf_add(b, "null", 4);
		return;
	}
	if (value_absent(v)) {
		buf_puts(b, style == STYLE_JSON             ? "null"
			    : v->kind == VALUE_NULL && v->b ? "?"
							    : "-");
		return;
	}
	switch ((enum value_kind)v->kind) {
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		if (style == STYLE_TEXT)
			buf_puts(b, v->b ? "yes" : "no");
		else
			buf_puts(b, v->b ? "true" : "false");
		break;
	case VALUE_U64:
		put_unsigned(b, v, style);
		break;
	case VALUE_I64:
		put_signed(b, v, style);
		break;
	case VALUE_F64:
		put_double(b, v, style);
		break;
	case VALUE_BYTES:
		put_bytes(b, v, style);
		break;
	case VALUE_NEST:
		put_nest(b, v, style);
		break;
	}
}

static int compare_bytes(struct bytes a, struct bytes b)
{
	int r = memcmp(a.p, b.p, MIN(a.n, b.n));

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

int value_compare(const struct value *a, const struct value *b)
{
	bool no_a = value_absent(a), no_b = value_absent(b);

	if (no_a || no_b)
		return no_a - no_b;
	switch ((enum value_kind)a->kind) {
	case VALUE_BOOL:
		return a->b - b->b;
	case VALUE_U64:
		return (a->u > b->u) - (a->u < b->u);
	case VALUE_I64:
		return (a->i > b->i) - (a->i < b->i);
	case VALUE_F64:
		return (a->f > b->f) - (a->f < b->f);
	case VALUE_BYTES:
		return compare_bytes(a->s, b->s);
	default:
		return 0;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* payload_encode.c - payloads of messages, written by their tables. */
#include "payload.h"

#include "feature.h"
#include "msg.h"
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

static int digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
					    : -1;
}

int hex_decode(struct buf *to, const char *text, size_t n)
{
	size_t i = 0;

	while (i < n) {
		if (isspace((unsigned char)text[i]) || text[i] == ':' || text[i] == ',') {
			i++;
		} else if (i + 1 < n && (text[i] == '\\' || text[i] == '0') &&
			   (text[i + 1] | 32) == 'x') {
			i += 2;
		} else if (i + 1 < n && digit(text[i]) >= 0 && digit(text[i + 1]) >= 0) {
			buf_putc(to, (char)(digit(text[i]) << 4 | digit(text[i + 1])));
			i += 2;
		} else {
			return -EINVAL;
		}
	}
	return 0;
}

/* Where the next value goes. */
struct cursor {
	const struct payload *p;
	size_t next;         /* members of the head, then of item after item */
	bool counted, sized; /* the number of items, of config bytes, was given */
	struct buf *body, *why;
	size_t start;
};

static int wrong(struct cursor *c, const char *what, const char *word, size_t n)
{
	buf_printf(c->why, "%s '%.*s'", what, (int)MIN(n, 200), word);
	return -EINVAL;
}

/* The word is none of the members: these are. */
static int no_member(struct cursor *c, const char *word, size_t n)
{
	const struct payload *p = c->p;

	wrong(c, "no such member:", word, n);
	for (size_t i = 0; i < (size_t)p->nhead + p->nitem; i++)
		buf_printf(c->why, "%s%s", i ? ", " : "; there are ",
			   i < p->nhead ? p->head[i].key : p->item[i - p->nhead].key);
	if (p->items && !p->item_size)
		buf_printf(c->why, "%s%s", p->nhead ? ", " : "; there are ", p->items);
	return -EINVAL;
}

static const struct payload_field *field_at(const struct cursor *c, size_t *base)
{
	const struct payload *p = c->p;
	size_t i = c->next - p->nhead;

	*base = 0;
	if (c->next < p->nhead)
		return &p->head[c->next];
	if (!p->item_size || i / p->nitem >= 4096)
		return NULL;
	*base = p->size + i / p->nitem * p->item_size;
	return &p->item[i % p->nitem];
}

/* Puts the cursor on the member called key, of the next item if this one's is past. */
static bool find_key(struct cursor *c, const char *key, size_t n)
{
	const struct payload *p = c->p;

	for (size_t i = 0; i < p->nhead; i++)
		if (strlen(p->head[i].key) == n && !strncasecmp(p->head[i].key, key, n)) {
			c->next = i;
			return true;
		}
	for (size_t i = 0; i < p->nitem; i++) {
		size_t at = c->next < p->nhead ? 0 : c->next - p->nhead;
		size_t first = at / p->nitem * p->nitem;

		if (strlen(p->item[i].key) != n ||
		    strncasecmp(p->item[i].key, key, n) != 0)
			continue;
		c->next = p->nhead + first + i + (at % p->nitem > i ? p->nitem : 0);
		return true;
	}
	return false;
}

/* bit63, as bits without a name are printed. */
static bool numbered_bit(const char *word, size_t n, uint64_t *v)
{
	char text[4] = { 0 };
	uint64_t bit;

	if (n < 4 || n > 5 || strncasecmp(word, "bit", 3) != 0)
		return false;
	memcpy(text, word + 3, n - 3);
	if (parse_u64(text, &bit) || bit > 63)
		return false;
	*v |= BIT(bit);
	return true;
}

static bool named_bit(const struct payload_field *f, const char *word, size_t n,
		      uint64_t *v)
{
	if ((f->form == PAY_FEATURES || f->form == PAY_BITS) && numbered_bit(word, n, v))
		return true;
	if (f->form == PAY_FEATURES) {
		uint64_t bits = 0;

		for (const struct kind *const *k = spec_kinds; *k && !bits; k++)
			bits = feature_find(word, n, *k).virtio;
		*v |= bits;
		return bits;
	}
	for (size_t i = 0; f->names && i < f->names->n; i++) {
		const struct name *name = &f->names->v[i];

		if (strlen(name->name) != n || strncasecmp(name->name, word, n) != 0)
			continue;
		*v |= f->form == PAY_BITS ? BIT(name->number) : name->number;
		return true;
	}
	return false;
}

/* A number, a size, or names with | between them. */
static bool parse_value(const struct payload_field *f, const char *word, size_t n,
			uint64_t *v)
{
	char text[64];

	if (!n || n >= sizeof(text))
		return false;
	memcpy(text, word, n);
	text[n] = 0;
	*v = 0;
	if (!parse_size(text, v))
		return true;
	if (*text == '-' && !parse_u64(text + 1, v)) {
		*v = -*v;
		return true;
	}
	*v = 0;
	while (true) {
		size_t part = 0;

		while (part < n && word[part] != '|')
			part++;
		if (!named_bit(f, word, part, v))
			return false;
		if (part == n)
			return true;
		word += part + 1;
		n -= part + 1;
	}
}

static int need(struct cursor *c, size_t n)
{
	size_t have = c->body->n - c->start;

	if (have < n)
		buf_fill(c->body, 0, n - have);
	return c->body->err;
}

static void store(char *p, const struct payload_field *f, uint64_t v)
{
	uint64_t old = 0, mask = f->bits ? BIT(f->bits) - 1 : UINT64_MAX;

	memcpy(&old, p, f->size);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	old >>= 64 - 8 * f->size;
#endif
	old = (old & ~(mask << f->shift)) | (v & mask) << f->shift;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	old <<= 64 - 8 * f->size;
#endif
	memcpy(p, &old, f->size);
}

static int put_number(struct cursor *c, const struct payload_field *f, size_t base,
		      const char *word, size_t n)
{
	uint64_t v;
	unsigned int bits = f->bits ? f->bits : 8U * f->size;
	int err;

	if (!parse_value(f, word, n, &v))
		return wrong(c, "not a value:", word, n);
	if (bits < 64 && v >> bits)
		return wrong(c, "too big:", word, n);
	err = need(c, base + f->off + f->size);
	if (!err)
		store(c->body->p + c->start + base + f->off, f, v);
	return err;
}

static int put_bytes(struct cursor *c, const struct payload_field *f, size_t base,
		     const char *word, size_t n)
{
	struct buf raw = { 0 };
	int err = hex_decode(&raw, word, n);

	if (!err && raw.p && raw.n == f->size) {
		err = need(c, base + f->off + f->size);
		if (!err)
			memcpy(c->body->p + c->start + base + f->off, raw.p, raw.n);
	} else {
		err = wrong(c, "not so many bytes in hex:", word, n);
	}
	buf_free(&raw);
	return err;
}

/* One word: KEY=VALUE or VALUE. */
static int put_word(struct cursor *c, const char *word, size_t n)
{
	const char *eq = memchr(word, '=', n);
	const struct payload_field *f;
	size_t base;
	int err;

	if (eq && c->p->items && !c->p->item_size &&
	    (size_t)(eq - word) == strlen(c->p->items) &&
	    !strncasecmp(word, c->p->items, strlen(c->p->items))) {
		c->next = c->p->nhead;
	} else if (eq && !find_key(c, word, (size_t)(eq - word))) {
		return no_member(c, word, (size_t)(eq - word));
	}
	if (eq) {
		n -= (size_t)(eq + 1 - word);
		word = eq + 1;
	}
	f = field_at(c, &base);
	if (!f && c->p->items && !c->p->item_size) {
		err = need(c, c->p->size);
		return err ? err
		       : hex_decode(c->body, word, n)
			       ? wrong(c, "not bytes in hex:", word, n)
			       : c->body->err;
	}
	if (!f)
		return wrong(c, "one value too many:", word, n);
	if (c->p->item_size)
		c->counted |= !c->next;
	else if (c->p->items)
		c->sized |= c->next == 1;
	err = f->form == PAY_BYTES ? put_bytes(c, f, base, word, n)
				   : put_number(c, f, base, word, n);
	c->next++;
	return err;
}

/* Whole items, and the counts that were not given. */
static int finish(struct cursor *c)
{
	const struct payload *p = c->p;
	size_t have = c->body->n - c->start, n = 0;
	uint32_t count;

	if (p->item_size && have > p->size)
		n = (have - p->size + p->item_size - 1) / p->item_size;
	if (need(c, p->size + (p->max_items ? MAX(n, p->max_items) : n) * p->item_size))
		return c->body->err;
	if (have <= p->size &&
	    c->sized) { /* room for the answer, as the protocol has it */
		memcpy(&count, c->body->p + c->start + 4, sizeof(count));
		return need(c, p->size + MIN(count, CONFIG_MAX));
	}
	count = (uint32_t)(p->item_size ? n : have > p->size ? have - p->size : 0);
	if (p->item_size && !c->counted)
		memcpy(c->body->p + c->start, &count, sizeof(count));
	if (!p->item_size && p->items && p->nhead && !c->sized && count)
		memcpy(c->body->p + c->start + 4, &count, sizeof(count));
	return 0;
}

int payload_encode(struct buf *body, const struct payload *layout, const char *words,
		   struct buf *why)
{
	struct cursor c = { .p = layout, .body = body, .why = why, .start = body->n };
	int err = 0;

	if (!strncmp(words, "hex:", 4)) {
		if (hex_decode(body, words + 4, strlen(words + 4)))
			return wrong(&c, "not bytes in hex:", words, strlen(words));
		return body->err;
	}
	if (!layout)
		return *words ? wrong(&c, "its layout is not known, use hex:", words,
				      strlen(words))
			      : 0;
	while (!err && *words) {
		size_t n = strcspn(words, ",");

		err = put_word(&c, words, n);
		words += n + (words[n] == ',');
	}
	return err ? err : finish(&c);
}

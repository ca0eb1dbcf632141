/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match_exits.h"

#include "units.h"

#include <string.h>

enum { CORE = 0x80 }; /* of wait(2)'s status */

static const struct {
	const char *column;
	enum exits_key key;
} numbers[] = {
	{ "exit_code", BY_EXITCODE }, { "exit_signal", BY_EXITCODE },
	{ "uid", BY_UID_OF },         { "gid", BY_GID_OF },
	{ "pid", BY_PID_OF },         { "ppid", BY_PPID_OF },
};

/* Adds a number. Returns false where the filter can't say the same. */
static bool add_number(struct exits_test *t, const char *column, const char *word)
{
	uint64_t v;

	if (parse_u64(word, &v) || v > UINT32_MAX || t->n + 2 > FILTER_VALUES)
		return false;
	if (!strcmp(column, "exit_code")) {
		t->v[t->n++] = (uint32_t)v << 8;
		return v <= 255;
	}
	t->v[t->n++] = (uint32_t)v;
	if (!strcmp(column, "exit_signal")) {
		t->v[t->n++] = (uint32_t)v | CORE;
		return v && v < 127;
	}
	return true;
}

/* Adds a name that is no pattern and that output does not escape. */
static bool add_comm(struct exits_test *t, const char *word)
{
	size_t n = strlen(word);

	if (!n || n > FILTER_COMM || t->n == FILTER_VALUES || t->none)
		return false;
	for (size_t i = 0; i < n; i++)
		if (word[i] < ' ' || word[i] > '~' || strchr("*?[\\", word[i]))
			return false;
	memcpy(t->comm[t->n++], word, n + 1);
	return true;
}

static bool add_word(struct exits_test *t, const char *column, const char *word)
{
	return t->key == BY_COMM_OF ? add_comm(t, word) : add_number(t, column, word);
}

/* All words, or none: separated by commas. */
static bool add_words(struct exits_test *t, const char *column, const char *words)
{
	for (;; words++) {
		size_t n = strcspn(words, ",");
		char word[24];

		if (n >= sizeof(word))
			return false;
		memcpy(word, words, n);
		word[n] = 0;
		if (!add_word(t, column, word))
			return false;
		words += n;
		if (!*words)
			return true;
	}
}

static bool find_key(const char *column, enum exits_key *key)
{
	*key = BY_COMM_OF;
	if (!strcmp(column, "comm"))
		return true;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!strcmp(column, numbers[i].column)) {
			*key = numbers[i].key;
			return true;
		}
	return false;
}

void match_exits(const struct match *m, struct exits_filter *f)
{
	f->uids = m->uids;
	f->nuids = m->o->users.n;
	for (size_t i = 0; i < m->filter.n && f->ntests < FILTER_TESTS; i++) {
		struct exits_test *t = &f->tests[f->ntests];
		const struct field *field;
		const char *words;

		*t = (struct exits_test){ 0 };
		words = filter_words(&m->filter, i, &field, &t->none);
		if (words && find_key(field->name, &t->key) &&
		    add_words(t, field->name, words))
			f->ntests++;
	}
}

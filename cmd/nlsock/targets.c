/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "targets.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST = 256 };

struct met {
	char *word;
	int status; /* of opening it */
	struct target target;
};

static struct met *add(struct targets *t, const char *word)
{
	struct met *m, **v = realloc(t->v, (t->n + 1) * sizeof(*v));

	if (!v)
		return NULL;
	t->v = v;
	m = t->n < MOST ? calloc(1, sizeof(*m)) : NULL;
	if (!m)
		return NULL;
	m->word = strdup(word);
	if (!m->word) {
		free(m);
		return NULL;
	}
	return t->v[t->n++] = m;
}

struct target *targets_find(struct ctx *c, struct targets *t, const char *word,
			    const char *spec, int *status)
{
	struct met *m = NULL;

	for (size_t i = 0; i < t->n && !m; i++)
		if (!strcmp(t->v[i]->word, word))
			m = t->v[i];
	if (!m) {
		m = add(t, word);
		if (m)
			m->status = target_open(c, &m->target, m->word, spec);
	}
	*status = m ? m->status
		    : diag_fail(&c->diag, t->n < MOST ? ENOMEM : E2BIG, NULL, "families");
	return *status ? NULL : &m->target;
}

void targets_free(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		target_close(&t->v[i]->target);
		free(t->v[i]->word);
		free(t->v[i]);
	}
	free(t->v);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unknown.h"

#include "spec.h"
#include "specs.h"

#include <ctype.h>
#include <stdlib.h>

enum { MOST = 512 };

struct words {
	const char *v[MOST + 1]; /* NULL-terminated, owned */
	size_t n;
};

static void add(struct words *w, const char *name, size_t n)
{
	if (w->n < MOST && (w->v[w->n] = strndup(name, n)))
		w->n++;
}

static int add_spec(struct schema *s, bool *taken, void *arg)
{
	*taken = false;
	add(arg, s->name, strlen(s->name));
	return 0;
}

static void add_protocols(struct words *w)
{
	for (size_t i = 0; i < protocol_names.n; i++) {
		const char *from = protocol_names.v[i].name;
		char lower[24];
		size_t n = 0;

		for (; from[n] && n < sizeof(lower); n++)
			lower[n] = (char)tolower((unsigned char)from[n]);
		add(w, lower, n);
	}
}

int target_unknown(const struct ctx *c, const char *word, const struct families *f)
{
	struct words w = { 0 };
	struct specs specs;
	const char *near;
	bool none;
	int status;

	specs_open(&specs);
	(void)specs_each(&specs, add_spec, &w);
	specs_close(&specs);
	none = !w.n;
	for (size_t i = 0; i < f->n; i++)
		add(&w, f->v[i].name.p, f->v[i].name.n);
	add_protocols(&w);
	near = nearest(word, strlen(word), w.v);
	if (near)
		status = diag_usage(&c->diag,
				    "unknown protocol or family '%s', did you mean '%s'?",
				    word, near);
	else
		status = diag_usage(&c->diag, "unknown protocol or family '%s'%s", word,
				    none ? ", and no specs were found: set NLSOCK_SPECS"
					 : "");
	while (w.n)
		free((char *)(uintptr_t)w.v[--w.n]);
	return status;
}

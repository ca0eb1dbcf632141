/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rec.c - fields of a record: reading them, finding them, choosing them. */
#include "rec.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* Each member of v is stored once and by its own width: this runs for every cell. */
static void load(const struct field *f, const void *m, struct value *v)
{
	const struct opt_u64 *u = m;
	const struct opt_i64 *i = m;
	const struct opt_bool *b = m;
	const struct bytes *s = m;

	v->kind = VALUE_U64;
	switch ((enum member_kind)f->kind) {
	case MEMBER_BOOL:
		v->kind = VALUE_BOOL;
		v->b = *(const bool *)m;
		return;
	case MEMBER_U8:
		v->u = *(const uint8_t *)m;
		return;
	case MEMBER_U16:
		v->u = *(const uint16_t *)m;
		return;
	case MEMBER_U32:
		v->u = *(const uint32_t *)m;
		return;
	case MEMBER_I32:
		v->kind = VALUE_I64;
		v->i = *(const int32_t *)m;
		return;
	case MEMBER_U64:
		v->u = *(const uint64_t *)m;
		return;
	case MEMBER_I64:
		v->kind = VALUE_I64;
		v->i = *(const int64_t *)m;
		return;
	case MEMBER_F64:
		v->kind = VALUE_F64;
		v->f = *(const double *)m;
		return;
	case MEMBER_OPT_U64:
		if (u->has) {
			v->u = u->v;
			return;
		}
		v->kind = VALUE_NULL;
		v->b = u->unknown;
		return;
	case MEMBER_OPT_I64:
		if (i->has)
			*v = value_i64(i->v);
		else
			*v = value_none(false);
		return;
	case MEMBER_OPT_BOOL:
		*v = b->has ? value_bool(b->v) : value_none(b->unknown);
		return;
	case MEMBER_BYTES:
		v->kind = s->p ? VALUE_BYTES : VALUE_NULL;
		if (s->p)
			v->s = *s;
		else
			v->b = s->n != 0;
		return;
	case MEMBER_STR:
		*v = value_str(*(const char *const *)m);
		return;
	case MEMBER_CHARS:
		*v = value_bytes(m, strnlen(m, f->size));
		return;
	case MEMBER_NEST:
		v->kind = VALUE_NEST;
		v->nest = *(const struct nest *)m;
		return;
	}
	*v = value_none(false);
}

void field_load(const struct field *f, const void *row, struct value *v)
{
	load(f, (const char *)row + f->off, v);
	v->show = (uint8_t)f->flags;
	v->names = f->names;
}

const struct field *field_find(const struct record *rec, const char *name, size_t n)
{
	for (size_t i = 0; i < rec->nfields; i++)
		if (!strncasecmp(rec->fields[i].name, name, n) && !rec->fields[i].name[n])
			return &rec->fields[i];
	return NULL;
}

static void add(struct columns *c, const struct field *f)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i] == f)
			return;
	c->v[c->n++] = f;
}

static void add_all(struct columns *c, const struct record *rec, unsigned int flags)
{
	for (size_t i = 0; i < rec->nfields; i++)
		if (!flags || rec->fields[i].flags & flags)
			add(c, &rec->fields[i]);
}

int columns_select(struct columns *c, const struct record *rec, const char *list,
		   bool all, struct bytes *bad)
{
	*c = (struct columns){ .v = calloc(rec->nfields, sizeof(*c->v)) };
	if (!c->v)
		return -ENOMEM;
	if (!list || *list == '+')
		add_all(c, rec, all ? 0 : SHOW);
	while (list) {
		size_t plus = *list == '+', n = strcspn(list, ",");
		const struct field *f = field_find(rec, list + plus, n - plus);

		if (f)
			add(c, f);
		else if (n - plus == 3 && !strncasecmp(list + plus, "all", 3))
			add_all(c, rec, 0);
		else {
			*bad = (struct bytes){ .p = list + plus, .n = n - plus };
			free(c->v);
			c->v = NULL;
			return -EINVAL;
		}
		list = list[n] ? list + n + 1 : NULL;
	}
	return 0;
}

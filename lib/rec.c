/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rec.c - fields of a record: reading them, finding them, choosing them. */
#include "rec.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

static struct value load_opt_u64(const struct opt_u64 *o)
{
	return o->has ? value_u64(o->v) : value_none(o->unknown);
}

static struct value load_opt_i64(const struct opt_i64 *o)
{
	return o->has ? value_i64(o->v) : (struct value){ .kind = VALUE_NULL };
}

static struct value load(const struct field *f, const void *m)
{
	switch ((enum member_kind)f->kind) {
	case MEMBER_BOOL:
		return value_bool(*(const bool *)m);
	case MEMBER_U8:
		return value_u64(*(const uint8_t *)m);
	case MEMBER_U16:
		return value_u64(*(const uint16_t *)m);
	case MEMBER_U32:
		return value_u64(*(const uint32_t *)m);
	case MEMBER_I32:
		return value_i64(*(const int32_t *)m);
	case MEMBER_U64:
		return value_u64(*(const uint64_t *)m);
	case MEMBER_I64:
		return value_i64(*(const int64_t *)m);
	case MEMBER_F64:
		return value_f64(*(const double *)m);
	case MEMBER_OPT_U64:
		return load_opt_u64(m);
	case MEMBER_OPT_I64:
		return load_opt_i64(m);
	case MEMBER_BYTES:
		return value_bytes(((const struct bytes *)m)->p,
				   ((const struct bytes *)m)->n);
	case MEMBER_STR:
		return value_str(*(const char *const *)m);
	case MEMBER_CHARS:
		return value_bytes(m, strnlen(m, f->size));
	case MEMBER_NEST:
		return (struct value){ .kind = VALUE_NEST,
				       .nest = *(const struct nest *)m };
	}
	return (struct value){ .kind = VALUE_NULL };
}

struct value field_value(const struct field *f, const void *row)
{
	struct value v = load(f, (const char *)row + f->off);

	v.show = (uint8_t)f->flags;
	v.names = f->names;
	return v;
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target.h"

#include "convert.h"
#include "specs.h"
#include "units.h"
#include "unknown.h"

#include <errno.h>
#include <strings.h>

static int protocol_by_name(const char *word)
{
	if (!strncasecmp(word, "NETLINK_", 8))
		word += 8;
	if (!strcasecmp(word, "uevent"))
		return NETLINK_KOBJECT_UEVENT;
	for (size_t i = 0; i < protocol_names.n; i++)
		if (!strcasecmp(protocol_names.v[i].name, word))
			return (int)protocol_names.v[i].number;
	return -1;
}

/* Sets l->protocol, -1 where the word is no protocol. Returns a status. */
static int find_protocol(struct ctx *c, const char *word, struct language *l)
{
	uint64_t number;

	l->protocol = protocol_by_name(word);
	if (l->protocol >= 0 || parse_u64(word, &number))
		return 0;
	if (number >= PROTOCOLS)
		return diag_usage(&c->diag, "protocol %s: they are numbered from 0 to 31",
				  word);
	l->protocol = (int)number;
	return 0;
}

int target_language(struct ctx *c, const char *word, struct language *l)
{
	int err = find_protocol(c, word, l);

	if (err || (l->protocol >= 0 && l->protocol != NETLINK_GENERIC))
		return err;
	err = families_load(&l->families);
	if (err && err != -EINTR)
		return diag_fail(&c->diag, err, NULL, "listing generic netlink families");
	if (l->protocol < 0 && !family_by_name(&l->families, word))
		return target_unknown(c, word, &l->families);
	l->protocol = NETLINK_GENERIC;
	return 0;
}

static int bad_spec(struct ctx *c, int err, const char *word, struct buf *why)
{
	int status;

	buf_putc(why, 0);
	status = diag_fail(&c->diag, err == -EINVAL ? 0 : err,
			   err == -EINVAL && !why->err ? why->p : NULL, "spec %s", word);
	buf_free(why);
	return status;
}

static int take_of_protocol(struct schema *s, bool *taken, void *arg)
{
	struct target *t = arg;

	if (!s->raw || s->protocol != t->language.protocol || t->n == TARGET_SCHEMAS)
		return 0;
	t->schemas[t->n++] = *s;
	*taken = true;
	return 0;
}

/* The one schema is what the target is about. */
static void adopt(struct target *t)
{
	const struct schema *s = &t->schemas[0];

	t->n = 1;
	t->language.protocol = s->protocol;
	if (s->raw)
		return;
	t->genl = (struct genl_family){ .version = s->version };
	if (!strcmp(s->name, "nlctrl")) {
		t->genl.id = GENL_ID_CTRL;
		t->live = true;
	}
}

/* Without a spec by that name: a protocol with all of its specs, or a live family. */
static int open_other(struct ctx *c, struct target *t, const struct specs *specs)
{
	const struct family *f;
	int status = target_language(c, t->word, &t->language);

	if (status)
		return status;
	f = family_by_name(&t->language.families, t->word);
	if (f) {
		t->genl = f->genl;
		t->live = true;
	} else if (t->language.protocol != NETLINK_GENERIC) {
		(void)specs_each(specs, take_of_protocol, t);
	}
	return 0;
}

int target_open(struct ctx *c, struct target *t, const char *word, const char *spec)
{
	struct buf why = { 0 };
	struct specs specs;
	int err, status = 0;

	*t = (struct target){ .word = word };
	specs_open(&specs);
	err = spec ? specs_read(spec, &t->schemas[0], &why)
		   : specs_named(&specs, word, &t->schemas[0], &why);
	if (!err)
		adopt(t);
	else if (spec || err != -ENOENT)
		status = bad_spec(c, err, spec ? spec : word, &why);
	else
		status = open_other(c, t, &specs);
	specs_close(&specs);
	buf_free(&why);
	return status;
}

int target_resolve(struct ctx *c, struct target *t)
{
	uint32_t version = t->genl.version;
	struct nl_conn conn;
	int err;

	if (t->live || !t->n || t->schemas[0].raw)
		return 0;
	err = nl_open(&conn, NETLINK_GENERIC);
	if (err)
		return diag_fail(&c->diag, err, NULL, "generic netlink");
	err = genl_resolve(&conn, t->schemas[0].name, &t->genl);
	nl_done(&conn);
	if (err)
		return diag_fail(&c->diag, err,
				 err == -ENOENT ? "this kernel has it not, or its module "
						  "is not loaded"
						: NULL,
				 "family %s", t->schemas[0].name);
	t->live = true;
	if (t->n && version)
		t->genl.version = version;
	return 0;
}

void target_close(struct target *t)
{
	while (t->n)
		schema_free(&t->schemas[--t->n]);
	families_free(&t->language.families);
}

static struct bytes rest_of(const struct nlmsghdr *h, size_t skip)
{
	size_t n = h->nlmsg_len;

	if (n <= skip)
		return (struct bytes){ .p = (const char *)h + n };
	return (struct bytes){ .p = (const char *)h + skip, .n = n - skip };
}

/* Whether the numbers of a header that are enums are all known to its spec. */
static bool speaks_of(const struct op *o, enum side side, bool dump, struct bytes b)
{
	const struct layout *l = op_fixed(o, side, dump)->layout;

	for (size_t i = 0; l && i < l->n; i++) {
		const struct part *m = &l->v[i];

		if (!m->names || m->names->flags || m->as_flags ||
		    (size_t)m->off + m->len > b.n)
			continue;
		if (!name_of(&m->names->names,
			     number_at(b.p + m->off, m->len, m->big_endian)))
			return false;
	}
	return true;
}

/* Protocols like SOCK_DIAG have one message type for what several specs describe. */
static void choose_op(const struct target *t, uint16_t number, enum side side, bool dump,
		      struct meaning *m)
{
	size_t candidates = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct op *o = schema_op(&t->schemas[i], number, side);

		if (!o)
			continue;
		if (m->op && speaks_of(m->op, side, dump, m->attrs))
			return;
		m->schema = &t->schemas[i];
		m->op = o;
		candidates++;
	}
	if (candidates > 1 && !speaks_of(m->op, side, dump, m->attrs))
		m->op = NULL;
}

void target_read(const struct target *t, const struct nlmsghdr *h, enum side side,
		 struct meaning *m)
{
	const bool generic = t->language.protocol == NETLINK_GENERIC;
	const bool dump = (h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	uint16_t number = h->nlmsg_type;
	size_t size;

	*m = (struct meaning){ .command = -1, .attrs = rest_of(h, NLMSG_HDRLEN) };
	if (number < NLMSG_MIN_TYPE && t->language.protocol != NETLINK_CONNECTOR)
		return;
	if (generic) {
		if (h->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN ||
		    (t->live && t->genl.id != number))
			return;
		m->command = *((const uint8_t *)h + NLMSG_HDRLEN);
		number = (uint16_t)m->command;
		m->attrs = rest_of(h, NLMSG_HDRLEN + GENL_HDRLEN);
	}
	choose_op(t, number, side, dump, m);
	if (!m->op)
		return;
	m->fixed = op_fixed(m->op, side, dump);
	if (!m->fixed->layout)
		return;
	size = m->fixed->layout->flexible ? m->attrs.n : m->fixed->layout->size;
	m->header = (struct bytes){ .p = m->attrs.p, .n = MIN(size, m->attrs.n) };
	size = MIN((size_t)NLMSG_ALIGN(size), m->attrs.n);
	m->attrs.p += size;
	m->attrs.n -= size;
}

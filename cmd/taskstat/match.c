/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match.h"

#include "units.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>

static int find_user(const char *word, uint64_t *uid, const struct diag *d)
{
	struct passwd *p;

	if (!parse_u64(word, uid) && *uid <= UINT32_MAX)
		return STATUS_DONE;
	p = getpwnam(word);
	if (!p)
		return diag_usage(d, "no user is called '%s'", word);
	*uid = p->pw_uid;
	return STATUS_DONE;
}

static int add_conditions(struct match *m, const struct record *rec, const struct diag *d)
{
	struct buf why = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < m->o->where.n; i++)
		err = filter_add(&m->filter, rec, m->o->where.v[i], &why);
	if (err == -EINVAL && !why.err)
		err = diag_usage(d, "%.*s", (int)why.n, why.p);
	else if (err)
		err = diag_fail(d, err, NULL, "conditions");
	buf_free(&why);
	return err;
}

int match_begin(struct match *m, const struct match_options *o, const struct record *rec,
		const struct diag *d)
{
	int status = STATUS_DONE;

	*m = (struct match){ .o = o };
	m->uids = calloc(o->users.n + 1, sizeof(*m->uids));
	if (!m->uids)
		return diag_fail(d, ENOMEM, NULL, "users");
	for (size_t i = 0; !status && i < o->users.n; i++)
		status = find_user(o->users.v[i], &m->uids[i], d);
	return status ? status : add_conditions(m, rec, d);
}

void match_end(struct match *m)
{
	free(m->uids);
	filter_free(&m->filter);
}

static bool is_comm(const char *comm, const char *word)
{
	size_t n = strnlen(comm, KSTAT_COMM);

	return strlen(word) == n && !memcmp(word, comm, n);
}

bool match_record(const struct match *m, const char *comm, struct opt_u64 uid,
		  const void *record)
{
	bool named = !m->o->comms.n, used = !m->o->users.n;

	for (size_t i = 0; !named && i < m->o->comms.n; i++)
		named = is_comm(comm, m->o->comms.v[i]);
	for (size_t i = 0; named && !used && i < m->o->users.n; i++)
		used = uid.has && uid.v == m->uids[i];
	return named && used && filter_match(&m->filter, record);
}

bool match_task(const struct match *m, const struct task *t)
{
	return match_record(m, t->comm, t->uid, t);
}

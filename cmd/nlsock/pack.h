/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pack.h - attributes and structs from a tree of values, by their schema. Pure. */
#ifndef NLSOCK_PACK_H
#define NLSOCK_PACK_H

#include "schema.h"

/* The values of a map and the set that names them; selectors are looked for outside too.
 */
struct given {
	const struct attr_set *set;
	const struct node *map;
	const struct given *outer;
	const char *const *levels; /* keys that are no attributes */
	size_t nlevels;
};

/*
 * Where the attributes are whose flags are not in the values, and their path: names with
 * dots between them, and [] for an item of an array.
 */
struct traced {
	size_t at;   /* of the attribute's header, in packing.out */
	size_t path; /* in trace.paths, NUL-terminated */
};
struct trace {
	struct buf v; /* of struct traced */
	struct buf paths;
};

/* Bytes that grow, and the sentence about what was wrong; err is 0 or the first -errno.
 */
struct packing {
	struct buf *out;
	struct buf *why;
	int err;
	struct trace *trace; /* NULL: nobody wants to know */
	struct buf path;     /* of the attribute that is open, if they do; to be freed */
};

/*
 * Appends the attributes of g->map, as unpack_attrs writes them and as people do: names
 * or numbers, enums and flags by name, addresses, hex. Keys that are members of header
 * (NULL: none), and the key "nlsock", are passed over; null leaves an attribute out.
 */
void pack_attrs(struct packing *p, const struct given *g, const struct layout *header)
	NONNULL(1, 2);

/* Appends what follows the header of a message: a fixed header (NULL: none), and
 * attributes. */
void pack_body(struct packing *p, const struct attr_set *set, const struct layout *header,
	       const struct node *map) NONNULL(1);

/*
 * Appends a struct; members that map (which may be NULL) does not give have their preset
 * or are zero. One whose name an attribute of beside (NULL for none) has too is given as
 * unpack_struct shows it, and else says as much of the attribute's value as it can.
 */
void pack_struct(struct packing *p, const struct layout *l, const struct node *map,
		 const struct attr_set *beside) NONNULL(1, 2);

/* A nest or any other attribute, to be closed. */
size_t pack_open(struct packing *p, uint16_t type) NONNULL(1);
void pack_close(struct packing *p, size_t at) NONNULL(1);

/*
 * Appends an attribute as attrs.h shows those of unknown meaning, {"hex": ...} or
 * {"attrs": [...]} with flags, or hex alone; and a list of them, with their types.
 */
void pack_shown(struct packing *p, uint16_t type, const struct node *n, int depth)
	NONNULL(1, 3);
void pack_shown_list(struct packing *p, const struct node *list, int depth) NONNULL(1, 2);
/* Whether a value is such an object. */
bool pack_is_shown(const struct node *n) NONNULL(1);

/* A scalar's number: digits, or names by the enum; for flags a list of them. */
bool pack_number(const struct node *n, const struct enumeration *names, bool as_flags,
		 uint64_t *v) NONNULL(1, 4);
/* Whether v, as it is written in n, fits size bytes; if not p fails, naming the range. */
bool pack_fits(struct packing *p, const char *key, const struct node *n, uint64_t v,
	       size_t size, bool sign) NONNULL(1, 2, 3);
/* Makes it fail: n is no number, and none of the names there are. */
void pack_no_number(struct packing *p, const char *key, const struct node *n,
		    const struct enumeration *names) NONNULL(1, 2, 3);
/* Whether a flag is set, as people say so; false, and p fails, if that is unclear. */
bool pack_truth(struct packing *p, const char *key, const struct node *n, bool *set)
	NONNULL(1, 2, 3, 4);
/* Whether a node says null; absent is null too. */
bool pack_is_null(const struct node *n);
/* Appends text with each \xHH as the byte it stands for. */
void pack_text(struct buf *b, const char *s, size_t n) NONNULL(1, 2);

/* Makes it fail: what, about key. */
void pack_fail(struct packing *p, const char *key, const char *what) NONNULL(1, 2, 3);

#endif

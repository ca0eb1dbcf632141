/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema.h - what a YNL spec says (Documentation/userspace-api/netlink/specs.rst). Pure.
 */
#ifndef NLSOCK_SCHEMA_H
#define NLSOCK_SCHEMA_H

#include "node.h"
#include "value.h"

#include <linux/netlink.h>

enum attr_type {
	ATTR_UNKNOWN, /* a word that is not known here: read by guess */
	ATTR_U8,
	ATTR_U16,
	ATTR_U32,
	ATTR_U64,
	ATTR_S8,
	ATTR_S16,
	ATTR_S32,
	ATTR_S64,
	ATTR_UINT, /* 4 or 8 bytes */
	ATTR_SINT,
	ATTR_BINARY,
	ATTR_STRING,
	ATTR_FLAG,
	ATTR_NEST,
	ATTR_ARRAY, /* indexed-array: the numbers of its attributes are indexes */
	ATTR_TYPE_VALUE,
	ATTR_SUBMSG,
	ATTR_BITFIELD32,
	ATTR_PAD,
	ATTR_UNUSED,
};

enum hint { HINT_NONE, HINT_IP, HINT_MAC, HINT_HEX, HINT_UUID };

struct enumeration {
	const char *name;
	bool flags;         /* numbers are bit positions */
	struct names names; /* in the order of the spec */
};

/*
 * A struct's member. Nothing is aligned that is not padded by a member. Three things go
 * beyond YNL, for what kernel headers have: a last member without a length takes all that
 * is left (a flexible array member); by selector, another member of the struct, an
 * address of 16 bytes is of that family, a sub-message has the format of that value; and
 * a preset is what requests have that don't say.
 */
struct part {
	const char *name;
	uint8_t type, sub_type, hint;
	bool big_endian, as_flags, flexible;
	uint32_t off, len;
	const struct enumeration *names;
	const struct layout *layout; /* of a binary part */
	const struct part *selector; /* NULL: none */
	const struct submsg *submsg;
	bool has_preset;
	uint64_t preset;
};

struct layout {
	const char *name;
	struct part *v;
	size_t n;
	uint32_t size; /* without a flexible member */
	bool flexible; /* the last member is */
	uint8_t depth; /* 1 without structs in it; 0 while it is not laid out */
	uint32_t all;  /* members, with those of structs in it */
};

enum { ATTR_MOST = (uint16_t)NLA_TYPE_MASK }; /* an attribute's number */

/* Limits in the units of the type; what is not given is the type's own. */
struct checks {
	uint64_t min, max;
	uint64_t min_len, max_len, exact_len;
	uint64_t mask; /* bits that may be set */
	bool has_min, has_max, has_min_len, has_max_len, has_exact_len, has_mask;
};

struct attr_spec {
	const char *name;
	uint16_t number;
	uint8_t type, sub_type, hint;
	bool big_endian, multi, as_flags;
	const struct enumeration *names;
	const struct layout *layout;
	const struct attr_set *nested;
	const struct submsg *submsg;
	const char *selector; /* name of the attribute that chooses the format */
	const char *const
		*levels; /* nest-type-value: what the numbers of the nests are */
	size_t nlevels;
	struct checks checks;
};

struct attr_set {
	const char *name;
	const struct attr_spec *v;
	size_t n;
	const struct attr_spec *const *by_number; /* NULL: look through v */
	size_t max;
};

/* What stands before the attributes. */
struct fixed {
	const struct layout *layout; /* NULL: nothing */
	const uint16_t
		*twins; /* by its members: attributes of that name, or 0; or NULL */
};

struct submsg_format {
	const char *value;
	const struct attr_set *set; /* NULL: none */
	struct fixed fixed;
};

struct submsg {
	const char *name;
	const struct submsg_format *v;
	size_t n;
};

/*
 * Whether it is records one after the other, each a struct with attributes behind and as
 * long as its first member says (struct rtnexthop). Beyond YNL: binary with a struct and
 * nested-attributes.
 */
bool attr_is_records(const struct attr_spec *a) NONNULL(1);
/* Whether it holds other attributes. */
bool attr_is_nest(const struct attr_spec *a) NONNULL(1);

enum { REQUEST_SIDE, REPLY_SIDE };

/* One method of an operation, by side. */
struct method {
	bool there;
	const struct node *attrs[2]; /* their names, for people; NULL for none */
	struct fixed fixed[2];
};

struct op {
	const char *name;
	const char *doc;
	const struct attr_set *set; /* NULL: none */
	struct fixed fixed;    /* of events, and where a method has none of its own */
	const char *group;     /* multicast group of a notification */
	const struct op *like; /* of a notification: whose reply it is made like */
	/* Beyond YNL: a dump that wants to be asked for with values of each reply of
	 * another, by the name of their attribute here. NULL: it wants none. */
	const struct op *each;
	const struct node *with;
	struct method act, dump;
	bool event, admin;
	bool asks, answers;      /* whether it has the numbers below */
	uint16_t request, reply; /* command, or message type */
};

struct group {
	const char *name;
	uint32_t id;
	bool has_id;
};

struct schema {
	struct arena arena;
	const char *name, *doc;
	bool raw;     /* message types are of the protocol, not of a generic family */
	int protocol; /* of raw ones */
	uint8_t version;
	struct enumeration *enums;
	size_t nenums;
	struct layout *layouts;
	size_t nlayouts;
	struct attr_set *sets;
	size_t nsets;
	struct submsg *submsgs;
	size_t nsubmsgs;
	struct op *ops;
	size_t nops;
	struct group *groups;
	size_t ngroups;
};

/*
 * Reads n bytes of a spec. Everything lies in s->arena. Returns 0, or -EINVAL with a
 * sentence appended to why; s holds nothing then.
 */
MUST_CHECK int schema_load(struct schema *s, const char *p, size_t n, struct buf *why)
	NONNULL(1, 4);
void schema_free(struct schema *s) NONNULL(1);

/* By name or number; NULL where there is none; set may be NULL. */
const struct attr_spec *schema_attr(const struct attr_set *set, uint16_t number);
const struct attr_spec *schema_attr_named(const struct attr_set *set, const char *name,
					  size_t n);
const struct op *schema_op_named(const struct schema *s, const char *name) NONNULL(1, 2);
/* The operation of a message, by what it seems to be; one of another kind if need be. */
enum side { SIDE_REQUEST, SIDE_REPLY, SIDE_EVENT };
const struct op *schema_op(const struct schema *s, uint16_t number, enum side side)
	NONNULL(1);
/* What stands before the attributes of an operation's messages of that kind. */
const struct fixed *op_fixed(const struct op *o, enum side side, bool dump) NONNULL(1);
/* The format of a sub-message for this value of the selector, or NULL. */
const struct submsg_format *schema_format(const struct submsg *s, struct bytes value)
	NONNULL(1);

/*
 * What a member says whose name an attribute of this value has too: of flags those that
 * fit, of other numbers all or nothing.
 */
uint64_t twin_value(const struct part *m, uint64_t v) NONNULL(1);
#define TWIN_PREFIX "header-" /* before the member's name if that is not all it says */

/* Bytes of a number of that type, 0 for types that are none; and whether it has a sign.
 */
size_t type_size(uint8_t type);
bool type_signed(uint8_t type);
/* The word for a type, as specs have it. */
const char *type_word(uint8_t type);

#endif

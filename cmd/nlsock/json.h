/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json.h - JSON (RFC 8259) as a tree of nodes. Pure. */
#ifndef NLSOCK_JSON_H
#define NLSOCK_JSON_H

#include "node.h"

/*
 * Reads n bytes of JSON, one value, at most 64 MiB and JSON_DEEPEST levels. Not by
 * libyaml, though YAML is said to have JSON in it: that lets trailing commas pass, and
 * refuses keys above 1024 bytes. A number keeps its digits, whatever its size; the
 * bytes of strings need not be UTF-8. Returns the tree, or NULL with a sentence appended
 * to why.
 */
enum { JSON_DEEPEST = 256 };
struct node *json_parse(struct arena *a, const char *p, size_t n, struct buf *why)
	NONNULL(1, 4);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - owner and other end of a socket in a few words. */
#ifndef UDIAG_MEM_TEXT_H
#define UDIAG_MEM_TEXT_H

#include "sock.h"

/* Room for a process name, a pid, and the words around them; bytes not yet escaped. */
struct phrase {
	char text[96];
	size_t n;
};

/* comm[pid], or in words why there is none. */
struct phrase phrase_owner(const struct sock *s) NONNULL(1);

/* The same of the other end; n is 0 where there is no other end. */
struct phrase phrase_peer(const struct sock *s) NONNULL(1);

#endif

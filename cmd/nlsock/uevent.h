/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uevent.h - what the kernel and udev tell of devices, which is text. Pure. */
#ifndef NLSOCK_UEVENT_H
#define NLSOCK_UEVENT_H

#include "node.h"
#include "tree.h"

/*
 * Writes a datagram of NETLINK_KOBJECT_UEVENT as members of the object that is open: each
 * KEY=VALUE by its name, and an array "text" of all strings that are none. That of the
 * kernel begins with ACTION@DEVPATH (lib/kobject_uevent.c), that of udev with a header
 * that tells where its strings are (libudev-monitor).
 */
void uevent_emit(struct tree *t, struct bytes datagram) NONNULL(1);

/* The reverse: appends the strings of text, then all KEY=VALUE. */
void uevent_pack(struct buf *b, const struct node *map) NONNULL(1, 2);

/* The value of ACTION, p NULL where there is none. */
struct bytes uevent_action(struct bytes datagram);

#endif

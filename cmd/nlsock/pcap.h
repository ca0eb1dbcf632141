/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap.h - a record of a conversation that tshark and nlsock decode read. */
#ifndef NLSOCK_PCAP_H
#define NLSOCK_PCAP_H

#include "nl.h"

struct pcap {
	int fd;        /* -1: nothing is recorded */
	int err;       /* 0 or the first -errno */
	bool file;     /* a regular one */
	uint64_t size; /* of the records that are whole, and the header */
	bool families; /* the names of generic families are in it */
};

/*
 * Begins the file at path, of LINKTYPE_NETLINK (253); path NULL: nothing is recorded, and
 * all below do nothing. Returns 0 or -errno.
 */
MUST_CHECK int pcap_open(struct pcap *p, const char *path) NONNULL(1);

/*
 * Appends one datagram, out: it was sent. Before the first of generic netlink the
 * controller is asked for all families, on a socket of its own, and that is recorded
 * too: without it readers don't know which family a number is. Errors stick in p->err.
 */
void pcap_add(struct pcap *p, int protocol, bool out, struct bytes datagram) NONNULL(1);

/* Closes the file. Returns 0 or the first -errno. */
int pcap_close(struct pcap *p) NONNULL(1);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* talk.h - one raw request and all that is answered. */
#ifndef NLSOCK_TALK_H
#define NLSOCK_TALK_H

#include "decode.h"
#include "pcap.h"

struct talk {
	struct nl_conn *conn;
	const struct language *language;
	struct pcap *pcap;   /* what records both directions, or NULL */
	uint64_t timeout_ns; /* of silence; 0: the defaults below */
	bool nonblock;       /* what is not there at once is not waited for */
	/* Called for each message; h NULL: bytes that are none. Negative ends the talk.
	 */
	int (*message)(const struct nlmsghdr *h, struct bytes raw, void *arg);
	int (*datagram)(void *arg); /* after the messages of each datagram; as message */
	void *arg;
};

/* What is to be said of an exchange besides its messages. */
struct outcome {
	size_t messages;
	int error;        /* of the last ack or DONE, as sent */
	bool interrupted; /* NLM_F_DUMP_INTR was seen */
	bool lost;        /* ENOBUFS: the receive buffer overran */
	bool malformed;   /* a datagram was not whole messages */
	bool unfinished;  /* an end was to come, and did not in time */
};

/*
 * How long to wait for the next datagram. The kernel answers most requests before the
 * call that sends them returns, so silence soon means that nothing more will come.
 */
enum { WAIT_PROMISED_MS = 1000, WAIT_OPEN_MS = 100 };

/*
 * Sends req as it is and receives until its ack, its error, the end of its dump, or
 * silence. Returns 0 or -errno: of the socket, or what message returned.
 */
MUST_CHECK int talk_request(const struct talk *t, const struct nlmsghdr *req,
			    struct outcome *o) NONNULL(1, 2, 3);

/*
 * The same with several whole messages, each with a number of its own, in one datagram,
 * until each that asks for an ack has its end. The error is the last of any of them.
 */
MUST_CHECK int talk_batch(const struct talk *t, struct bytes requests, struct outcome *o)
	NONNULL(1, 3);

/* What to do about an error of a request (-errno), or NULL. */
const char *talk_hint(int error);

/* Whether the kernel opens sockets of this protocol. Returns 1, 0 or -errno. */
MUST_CHECK int talk_probe(int protocol);

#endif

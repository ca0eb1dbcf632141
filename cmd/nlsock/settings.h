/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings.h - options that several commands share. */
#ifndef NLSOCK_SETTINGS_H
#define NLSOCK_SETTINGS_H

#include "pcap.h"
#include "target.h"

struct settings {
	/* what is printed */
	bool json, raw, meta;
	const char *spec, *as;
	/* the socket */
	bool no_strict, no_cap_ack, no_ext_ack, no_pktinfo, nonblock;
	bool cap_ack, ext_ack,
		pktinfo; /* and strict below: said though it is so anyway */
	bool no_enobufs, broadcast_error, all_nsid;
	uint32_t bind, connect;
	struct size_arg rcvbuf;
	const char *netns, *pcap;
	/* requests */
	bool create, excl, replace, append, dry_run;
	uint32_t retry;
	struct time_arg timeout;
	/* bytes that are sent */
	bool hex, binary, strict;
	/* listening */
	struct list_arg groups, joined, dropped;
	const char *until;
	bool with_dump;
	uint64_t count;
};

#define PRINT_OPTIONS                                                               \
	OPT(settings, json, 'j', "json", NULL, "print one JSON object a line"),     \
		OPT(settings, raw, 0, "raw", NULL,                                  \
		    "print the bytes of each message too, in hex"),                 \
		OPT(settings, meta, 0, "meta", NULL,                                \
		    "print what is about the message in text too: op, flags, seq"), \
		OPT(settings, spec, 0, "spec", "FILE",                              \
		    "take names from this YNL spec (see SPECS in the manual)")

#define SOCKET_OPTIONS                                                                  \
	OPT(settings, bind, 0, "bind", "PORTID", "take this port, not any one"),        \
		OPT(settings, connect, 'c', "connect", "PORTID",                        \
		    "talk to the socket with this port, not to the kernel"),            \
		OPT(settings, nonblock, 0, "nonblock", NULL,                            \
		    "don't wait: take what is there, and end"),                         \
		OPT(settings, cap_ack, 0, "cap-ack", NULL,                              \
		    "let errors leave out the request (NETLINK_CAP_ACK): the default"), \
		OPT(settings, no_cap_ack, 0, "no-cap-ack", NULL,                        \
		    "let errors repeat the whole request"),                             \
		OPT(settings, ext_ack, 0, "ext-ack", NULL,                              \
		    "let errors have words (NETLINK_EXT_ACK): the default"),            \
		OPT(settings, no_ext_ack, 0, "no-ext-ack", NULL,                        \
		    "let errors be a number alone"),                                    \
		OPT(settings, rcvbuf, 0, "rcvbuf", "SIZE",                              \
		    "receive buffer, forced where that is allowed (4M)", .min = 1,      \
		    .max = 1 << 30),                                                    \
		OPT(settings, pcap, 0, "pcap", "FILE",                                  \
		    "record both directions, for tshark and nlsock decode"),            \
		OPT(settings, netns, 0, "netns", "NAME|PATH|PID",                       \
		    "talk within this network namespace")

#define STRICT_OPTION                                                                \
	OPT(settings, strict, 0, "strict", NULL,                                     \
	    "have the kernel check requests strictly (NETLINK_GET_STRICT_CHK): the " \
	    "default"),                                                              \
		OPT(settings, no_strict, 0, "no-strict", NULL,                       \
		    "don't have the kernel check requests strictly")

#define TIMEOUT_OPTION                                            \
	OPT(settings, timeout, 't', "timeout", "TIME",            \
	    "wait so long for a next reply (1s)", .min = 1000000, \
	    .max = UINT64_C(1000000000) * 86400)

#define REQUEST_OPTIONS                                                              \
	OPT(settings, create, 0, "create", NULL, "make it if it is not there"),      \
		OPT(settings, excl, 0, "excl", NULL, "fail if it is there already"), \
		OPT(settings, replace, 0, "replace", NULL, "replace what is there"), \
		OPT(settings, append, 0, "append", NULL,                             \
		    "add at the end of what is there"),                              \
		DRY_RUN_OPTION

#define DRY_RUN_OPTION                             \
	OPT(settings, dry_run, 0, "dry-run", NULL, \
	    "print the request's bytes in hex, send nothing")

/* Opens a connection by the options. Returns a status. */
MUST_CHECK int settings_connect(struct ctx *c, const struct settings *s, int protocol,
				struct nl_conn *conn) NONNULL(1, 2, 4);
/* Begins and ends the file of --pcap. status: of the command so far. Return a status. */
MUST_CHECK int settings_record(struct ctx *c, const char *path, struct pcap *p)
	NONNULL(1, 3);
int settings_recorded(struct ctx *c, struct pcap *p, int status) NONNULL(1, 2);
/* Enters the namespace of --netns, before the target is looked for. Returns a status. */
MUST_CHECK int settings_enter(struct ctx *c, const struct settings *s) NONNULL(1, 2);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve.c - vhostctl serve: a back-end, right or wrong as it is told. */
#include "serve.h"

#include "answers.h"
#include "clock.h"
#include "feature.h"
#include "follow.h"
#include "serve_loop.h"

#include <errno.h>
#include <stdlib.h>

struct serve_options {
	const char *blk, *script, *serial;
	struct size_arg null, shmem, block_size;
	struct list_arg fault, without;
	struct time_arg spin;
	uint64_t queues;
	bool net_loopback, read_only, once, connect;
};

static const struct serve_options defaults = { .queues = 4,
					       .block_size = { .bytes = 512 },
					       .spin = { .ns = 50000 } };

static const struct opt options[] = {
	OPT(serve_options, blk, 0, "blk", "FILE", "a disk: this file or block device"),
	OPT(serve_options, null, 0, "null", "SIZE",
	    "a disk of so many bytes that reads as zeros and keeps nothing"),
	OPT(serve_options, net_loopback, 0, "net-loopback", NULL,
	    "a network card that receives what it sends"),
	OPT(serve_options, script, 0, "script", "FILE",
	    "give the answers written in FILE, see the manual; with or without a device"),
	OPT(serve_options, fault, 0, "fault", "KIND[:REQUEST][=VALUE][@N]",
	    "do this wrong, as drop-reply:GET_CONFIG or wrong-id@3; repeatable"),
	OPT(serve_options, without, 0, "without", "FEATURE,...",
	    "do not offer these virtio or protocol features"),
	OPT(serve_options, queues, 0, "queues", "N", "queues, or pairs of them, 4",
	    .min = 1, .max = 64),
	OPT(serve_options, block_size, 'b', "block-size", "SIZE",
	    "logical block size of the disk, 512 by default", .min = 512, .max = 65536),
	OPT(serve_options, serial, 0, "serial", "TEXT", "the disk's name, 20 bytes"),
	OPT(serve_options, read_only, 0, "read-only", NULL, "the disk can't be written"),
	OPT(serve_options, shmem, 0, "shmem", "SIZE",
	    "offer a shared memory region and map a page of ours into it"),
	OPT(serve_options, spin, 0, "spin", "US",
	    "look for requests so many us (or 1ms, 1s) before sleeping (50); 0: do not",
	    .max = UINT64_C(3600000000000), .bare_ns = 1000),
	OPT(serve_options, connect, 0, "connect", NULL,
	    "connect to a front-end that listens, instead of listening"),
	OPT(serve_options, once, '1', "once", NULL,
	    "end when the first front-end has left"),
};

/* One front-end, from its coming to its leaving. */
struct served {
	struct opt_u64 time;
	uint64_t conn, duration_ns, messages, kicks, requests;
	uint64_t read_bytes, write_bytes, errors;
	uint64_t features, protocol_features;
	const char *end;
};

static const struct field fields[] = {
	FIELD(served, time, TIME, "when it left"),
	FIELD(served, conn, SHOW | KEY, "front-end, counted from 1"),
	FIELD(served, duration_ns, SHOW | NANO, "how long it was connected",
	      .head = "DURATION"),
	FIELD(served, messages, SHOW, "messages that it sent"),
	FIELD(served, kicks, SHOW, "times that it woke us up for a ring"),
	FIELD(served, requests, SHOW,
	      "requests of the rings, or packets, that were given back"),
	FIELD(served, read_bytes, SHOW | SIZE, "data read by it", .head = "READ"),
	FIELD(served, write_bytes, SHOW | SIZE, "data written by it", .head = "WRITTEN"),
	FIELD(served, errors, SHOW, "requests that failed, packets that were dropped"),
	FIELD(served, features, HEX, "virtio features that it switched on"),
	FIELD(served, protocol_features, HEX, "protocol features that it switched on"),
	FIELD(served, end, SHOW, "why the connection ended"),
};
static const struct record record = RECORD("vhostctl_serve", fields);

static int left(struct server *srv, const struct session *s)
{
	struct ctx *c = srv->arg;
	const struct vdev_stats *n = &s->client.stats;
	const struct served row = { .time = some_u64(clock_wall_ns()),
				    .conn = s->number,
				    .duration_ns = clock_mono_ns() - s->start_ns,
				    .messages = s->messages,
				    .kicks = s->kicks,
				    .requests = n->requests,
				    .read_bytes = n->read_bytes,
				    .write_bytes = n->write_bytes,
				    .errors = n->errors,
				    .features = s->client.features,
				    .protocol_features = s->protocol,
				    .end = s->why };
	bool keeps = c->common.sort || c->common.top;

	if (sink_row(c->sink, &row) || (!keeps && sink_flush(c->sink)))
		return STATUS_FAILED;
	return 0;
}

static int read_faults(struct ctx *c, struct backend *b, struct fault *faults)
{
	const struct serve_options *o = c->config;
	struct buf why = { 0 };
	int status = 0;

	if (o->fault.n > FAULTS)
		return diag_usage(&c->diag, "--fault: at most %d", FAULTS);
	for (size_t i = 0; i < o->fault.n && !status; i++) {
		if (fault_parse(&faults[i], o->fault.v[i], &why))
			status = diag_usage(&c->diag, "--fault %s: %.*s", o->fault.v[i],
					    (int)why.n, why.p ? why.p : "");
		b->ring_faults |= fault_of_ring(faults[i].kind);
	}
	buf_free(&why);
	b->faults = (struct faults){ faults, o->fault.n };
	return status;
}

/* Takes the words of --without out of what is offered. */
static int take_away(struct ctx *c, struct backend *b)
{
	const struct serve_options *o = c->config;
	const struct kind *kind = feature_kind(b->dev.ops->kind);

	for (size_t i = 0; i < o->without.n; i++) {
		const char *word = o->without.v[i];

		while (*word) {
			size_t n = strcspn(word, ",");
			struct feature_wanted w = feature_find(word, n, kind);

			if (!w.virtio && !w.protocol)
				return diag_usage(&c->diag,
						  "--without: no feature of this device "
						  "is called '%.*s'",
						  (int)n, word);
			b->features &= ~w.virtio;
			b->protocol &= ~w.protocol;
			word += n + (word[n] == ',');
		}
	}
	backend_settle(b);
	return 0;
}

static int make_device(struct ctx *c, struct backend *b)
{
	const struct serve_options *o = c->config;
	const struct vdev_options v = { .blk = o->blk,
					.null_size = o->null.bytes,
					.read_only = o->read_only,
					.serial = o->serial,
					.block_size = o->block_size.bytes,
					.queues = o->queues };

	if ((o->blk != NULL) + (o->null.bytes != 0) + o->net_loopback > 1)
		return diag_usage(&c->diag,
				  "--blk, --null and --net-loopback exclude each other");
	if (o->block_size.bytes & (o->block_size.bytes - 1))
		return diag_usage(&c->diag, "--block-size: a power of two");
	if (o->blk || o->null.bytes)
		return vdev_blk(&b->dev, &c->diag, &v);
	if (!o->net_loopback && !o->script)
		return diag_usage(&c->diag, "which device? --blk FILE, --null SIZE, "
					    "--net-loopback or --script FILE");
	if (o->net_loopback)
		vdev_net(&b->dev, &v);
	else
		vdev_none(&b->dev, &v);
	return 0;
}

static int prepare(struct ctx *c, struct backend *b, struct fault *faults)
{
	const struct serve_options *o = c->config;
	int status = make_device(c, b);

	if (!status)
		status = read_faults(c, b, faults);
	if (!status)
		backend_offer(b);
	if (!status)
		status = take_away(c, b);
	if (!status && o->script)
		status = answers_read(&b->answers, &c->diag, o->script);
	b->shmem_size = o->shmem.bytes;
	b->diag = &c->diag;
	return status;
}

static int open_socket(struct ctx *c, struct server *srv)
{
	const struct serve_options *o = c->config;
	struct conn conn;
	int err;

	if (!o->connect)
		return listener_open(&srv->listener, &c->diag, c->args[0]);
	err = conn_open(&conn, c->args[0], clock_mono_ns() + UINT64_C(1000000000));
	if (err)
		return diag_fail(&c->diag, err, "does a front-end listen there?",
				 "connect to %s", c->args[0]);
	server_join(srv, conn.fd);
	return 0;
}

static int serve(struct ctx *c, struct backend *b)
{
	const struct serve_options *o = c->config;
	struct server *srv = calloc(1, sizeof(*srv));
	int status;

	if (!srv)
		return diag_fail(&c->diag, ENOMEM, NULL, "server");
	*srv = (struct server){ .backend = b,
				.listener = { .fd = -1 },
				.follow = follow_begin(),
				.spin_ns = o->spin.ns,
				.once = o->once || o->connect,
				.left = left,
				.arg = c };
	status = srv->follow < 0 ? diag_fail(&c->diag, srv->follow, NULL, "signals")
				 : open_socket(c, srv);
	if (!status)
		status = server_run(srv);
	if (status < 0)
		status = diag_fail(&c->diag, status, NULL, "waiting for front-ends");
	listener_close(&srv->listener);
	if (srv->follow >= 0)
		follow_end(srv->follow);
	free(srv);
	return status;
}

static int serve_run(struct ctx *c)
{
	struct backend *b = calloc(1, sizeof(*b));
	struct fault *faults = calloc(FAULTS, sizeof(*faults));
	int status = b && faults ? prepare(c, b, faults)
				 : diag_fail(&c->diag, ENOMEM, NULL, "back-end");

	if (!status)
		status = serve(c, b);
	if (b) {
		answers_free(b->answers);
		vdev_close(&b->dev);
	}
	free(faults);
	free(b);
	return status;
}

const struct command serve_command = {
	.name = "serve",
	.brief = "Be a back-end: a disk, a network card, or what a script says",
	.args = "SOCKET",
	.min_args = 1,
	.max_args = 1,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &record,
	.defaults = &defaults,
	.config_size = sizeof(struct serve_options),
	.run = serve_run,
};

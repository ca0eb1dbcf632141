/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blk.c - vhostctl blk: a block device, driven from the shell. */
#include "blk.h"

#include "blk_command.h"
#include "config.h"
#include "feature.h"

#include <errno.h>
#include <linux/virtio_ring.h>
#include <sys/stat.h>

static const struct blk_options defaults = {
	.qd = 32,
	.queues = 1,
	.spin = { .ns = 50000 },
	.duration = { .ns = 2000000000 },
	.seed = 1,
};

#define HOUR UINT64_C(3600000000000)

static const struct opt options[] = {
	OPT(blk_options, file, 'f', "file", "FILE",
	    "read into FILE, write from it; - or none is standard output or input"),
	OPT(blk_options, offset, 0, "offset", "SIZE",
	    "begin so many bytes into the device"),
	OPT(blk_options, length, 0, "length", "SIZE",
	    "so many bytes; else to the end of the device, or of the input", .min = 1),
	OPT(blk_options, block_size, 'b', "block-size", "SIZE",
	    "bytes a request: 4K by default for bench, 128K for read and write",
	    .min = 512, .max = 16 << 20),
	OPT(blk_options, qd, 0, "qd", "N",
	    "requests in flight in each queue, 32 by default", .min = 1, .max = 1024),
	OPT(blk_options, queues, 0, "queues", "N", "queues to use, 1 by default",
	    .min = 1, .max = DEVICE_RINGS),
	OPT(blk_options, spin, 0, "spin", "US",
	    "look for completions so many us (or 1ms, 1s) before sleeping (50); 0: sleep",
	    .max = 1000000000, .bare_ns = 1000),
	OPT(blk_options, indirect, 0, "indirect", NULL,
	    "use indirect descriptors where they are offered, also if not needed"),
	OPT(blk_options, packed, 0, "packed", NULL,
	    "use packed rings, or fail where they are not offered"),
	OPT(blk_options, event_idx, 0, "event-idx", NULL,
	    "say by EVENT_IDX when to be woken, or fail where it is not offered"),
	OPT(blk_options, unmap, 0, "unmap", NULL,
	    "zero: let the device unmap the blocks"),
	OPT(blk_options, duration, 'd', "duration", "TIME",
	    "bench: run so long, 2s by default", .min = 1000000, .max = 24 * HOUR),
	OPT(blk_options, write_percent, 'w', "write", "PERCENT",
	    "bench: so many of the requests write, which destroys the contents; 0 by "
	    "default",
	    .max = 100),
	OPT(blk_options, sequential, 0, "sequential", NULL,
	    "bench: block after block, not at random"),
	OPT(blk_options, seed, 0, "seed", "N",
	    "bench: of the random numbers, 1 by default"),
	OPT(blk_options, listen, 'l', "listen", NULL,
	    "listen at SOCKET until the back-end connects to us"),
	OPT(blk_options, timeout, 0, "timeout", "TIME",
	    "how long one answer or completion may take, 10s by default, and with "
	    "--listen "
	    "how long to wait for the back-end, 30s by default",
	    .min = 1000000, .max = HOUR),
};

struct blk_info {
	const char *socket;
	uint64_t capacity_bytes, block_size_bytes, queues;
	bool read_only, flush, discard, write_zeroes;
	struct nest config;

	struct config_view view;
};

static const struct field info_fields[] = {
	FIELD(blk_info, socket, SHOW | KEY, "where the back-end listens"),
	FIELD(blk_info, capacity_bytes, SHOW | SIZE, "size of the device"),
	FIELD(blk_info, block_size_bytes, SHOW, "its logical blocks"),
	FIELD(blk_info, queues, SHOW, "queues that the back-end supports"),
	FIELD(blk_info, read_only, SHOW, "writes are refused"),
	FIELD(blk_info, flush, SHOW, "flush is offered"),
	FIELD(blk_info, discard, SHOW, "discard is offered"),
	FIELD(blk_info, write_zeroes, SHOW, "write-zeroes is offered"),
	FIELD(blk_info, config, SHOW, "configuration space"),
};
static const struct record info_record =
	RECORD("vhostctl_blk", info_fields, .vertical = true);

static int show_info(struct ctx *c, struct blk *b)
{
	uint64_t f = b->dev.offered;
	struct blk_info i = {
		.socket = c->args[1],
		.capacity_bytes = b->capacity,
		.block_size_bytes = b->block,
		.queues = b->dev.queues,
		.read_only = f & BIT(VIRTIO_BLK_F_RO),
		.flush = f & BIT(VIRTIO_BLK_F_FLUSH),
		.discard = f & BIT(VIRTIO_BLK_F_DISCARD),
		.write_zeroes = f & BIT(VIRTIO_BLK_F_WRITE_ZEROES),
		.view = { .kind = feature_kind("blk"),
			  .features = f,
			  .raw = { (const char *)b->dev.config, b->dev.config_size } },
	};

	i.config = (struct nest){ config_emit, &i.view };
	return sink_row(c->sink, &i) ? STATUS_FAILED : STATUS_DONE;
}

enum action { INFO, READ, WRITE, COPY, FLUSH, DISCARD, ZERO, BENCH };

static const char *const action_words[] = { "info",    "read", "write", "copy", "flush",
					    "discard", "zero", "bench", NULL };

static int check_operands(const struct ctx *c, enum action a)
{
	if (a == COPY && c->nargs != 3)
		return diag_usage(&c->diag, "copy takes two operands: from and to");
	if (a != COPY && c->nargs != 2)
		return diag_usage(&c->diag, "unexpected '%s'%s", c->args[2],
				  a == READ || a == WRITE
					  ? ": read and write take a file by --file, "
					    "or standard input and output"
					  : "");
	if (a == COPY && ((const struct blk_options *)c->config)->file)
		return diag_usage(&c->diag,
				  "copy takes the file as an operand, not --file");
	return 0;
}

static int find_action(const struct ctx *c, enum action *a)
{
	const char *word = c->args[0], *near;

	for (*a = INFO; action_words[*a]; (*a)++)
		if (!strcmp(word, action_words[*a]))
			return check_operands(c, *a);
	near = nearest(word, strlen(word), action_words);
	if (near)
		return diag_usage(&c->diag, "unknown action '%s', did you mean '%s'?",
				  word, near);
	return diag_usage(
		&c->diag,
		"unknown action '%s': info, read, write, copy, flush, discard, zero, "
		"bench",
		word);
}

static bool is_socket(const char *path)
{
	struct stat st;

	return *path == '@' || (!stat(path, &st) && S_ISSOCK(st.st_mode));
}

/* What the action prints. Data on standard output leaves no room for records. */
static int blk_prepare(struct ctx *c)
{
	const struct blk_options *o = c->config;
	enum action a;
	int status = find_action(c, &a);

	if (status)
		return status;
	c->rec = a == INFO    ? &info_record
		 : a == BENCH ? &blk_bench_record
			      : &blk_transfer_record;
	if ((a == READ && blk_is_stdout(o->file)) ||
	    (a == COPY && !is_socket(c->args[2]) && blk_is_stdout(c->args[2])))
		c->rec = NULL;
	return 0;
}

static int act(struct ctx *c, struct blk *b, enum action a)
{
	switch (a) {
	case INFO:
		return show_info(c, b);
	case READ:
	case WRITE:
		return blk_transfer(c, b, b->o->file, a == WRITE);
	case FLUSH:
		return blk_range_action(c, b, VIRTIO_BLK_T_FLUSH);
	case DISCARD:
		return blk_range_action(c, b, VIRTIO_BLK_T_DISCARD);
	case ZERO:
		return blk_range_action(c, b, VIRTIO_BLK_T_WRITE_ZEROES);
	case BENCH:
		return blk_bench(c, b);
	case COPY:
		break;
	}
	return STATUS_FAILED;
}

/* Which operand of copy is the device. */
static int find_device(const struct ctx *c, bool *to_device)
{
	const char *from = c->args[1], *to = c->args[2];

	*to_device = is_socket(to);
	if (*to_device != is_socket(from))
		return 0;
	return diag_fail(&c->diag, 0,
			 "copy goes from a back-end's socket to a file, or from a file "
			 "to a socket",
			 *to_device ? "both %s and %s are sockets"
				    : "neither %s nor %s is a socket",
			 from, to);
}

static int blk_command_run(struct ctx *c)
{
	struct blk b = { 0 };
	bool to_device = false;
	enum action a;
	int status = find_action(c, &a);

	if (!status && a == COPY)
		status = find_device(c, &to_device);
	if (status)
		return status;
	status = blk_open(&b, &c->diag, c->args[to_device ? 2 : 1], c->config);
	if (!status && a == COPY)
		status = blk_copy(c, &b, c->args[to_device ? 1 : 2], to_device);
	else if (!status)
		status = act(c, &b, a);
	blk_close(&b);
	return status;
}

int blk_range(const struct blk *b, uint64_t *start, uint64_t *end)
{
	const struct blk_options *o = b->o;
	const struct diag *diag = b->dev.peer->diag;

	*start = o->offset.bytes;
	if (*start > b->capacity || o->length.bytes > b->capacity - *start)
		return diag_fail(
			diag, 0, "see vhostctl blk info",
			"--offset and --length reach beyond the device's %llu bytes",
			(unsigned long long)b->capacity);
	*end = o->length.bytes ? *start + o->length.bytes : b->capacity;
	if (*start % b->block || *end % b->block)
		return diag_usage(
			diag,
			"--offset and --length: not multiples of the device's %u "
			"bytes",
			b->block);
	return 0;
}

static const struct variant variants[] = {
	{ "With read, write, copy, flush, discard, zero", &blk_transfer_record },
	{ "With bench", &blk_bench_record },
};

const struct command blk_command = {
	.name = "blk",
	.brief = "Read, write and measure a block device through its queues",
	.args = "info|read|write|flush|discard|zero|bench SOCKET, or copy FROM TO",
	.min_args = 2,
	.max_args = 3,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &info_record,
	.variants = variants,
	.nvariants = COUNT(variants),
	.defaults = &defaults,
	.config_size = sizeof(struct blk_options),
	.prepare = blk_prepare,
	.run = blk_command_run,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.c - vhostctl probe: what a back-end offers, and whether it keeps to it. */
#include "probe.h"

#include "config.h"
#include "feature.h"
#include "peer.h"

#include <errno.h>
#include <sys/stat.h>

struct probe_options {
	int type; /* index into type_words */
	struct list_arg require;
	struct time_arg timeout;
	bool listen;
};

/* "auto", then the names of spec_kinds. */
static const char *const type_words[] = {
	"auto",  "blk",   "net",  "fs",  "scsi", "console", "vsock", "gpu",
	"input", "sound", "gpio", "i2c", "rng",  "crypto",  "scmi",  NULL,
};

static const struct opt options[] = {
	OPT(probe_options, require, 'r', "require", "FEATURE,...",
	    "exit 4 unless all of these virtio and protocol features are offered"),
	OPT(probe_options, type, 't', "type", "TYPE",
	    "blk, net, fs, scsi, console, vsock, gpu, input, sound, gpio, i2c, rng, "
	    "crypto, scmi, or auto, which guesses",
	    .choices = type_words),
	OPT(probe_options, listen, 'l', "listen", NULL,
	    "listen at SOCKET until the back-end connects to us"),
	OPT(probe_options, timeout, 0, "timeout", "TIME",
	    "how long one answer may take, 1s by default, and with --listen how long to "
	    "wait for the back-end, 30s by default",
	    .min = 1000000, .max = UINT64_C(3600000000000)),
};

struct probe {
	const char *socket, *type, *type_source;
	uint64_t features;
	struct nest feature_names;
	struct opt_u64 protocol_features, protocol_feature_names;
	struct opt_u64 queues, max_mem_slots, device_status, config_size_bytes;
	struct nest config;
	uint64_t silent;

	/* What the nests look at. */
	const struct kind *kind;
	struct feature_names names;
	struct config_view view;
	char config_bytes[CONFIG_MAX];
};

static const struct field fields[] = {
	FIELD(probe, socket, SHOW | KEY, "where the back-end listens"),
	FIELD(probe, type, SHOW, "kind of device"),
	FIELD(probe, type_source, SHOW,
	      "given by --type, or guessed: no request asks for it"),
	FIELD(probe, features, SHOW | HEX, "virtio feature bits offered"),
	FIELD(probe, feature_names, SHOW, "the same by name, transport and device"),
	FIELD(probe, protocol_features, SHOW | HEX,
	      "vhost-user protocol feature bits offered"),
	FIELD(probe, protocol_feature_names, SHOW | BITS, "the same by name",
	      .names = &spec_protocol_features),
	FIELD(probe, queues, SHOW, "virtqueues that it supports, by GET_QUEUE_NUM"),
	FIELD(probe, max_mem_slots, SHOW, "memory regions that it can map"),
	FIELD(probe, device_status, SHOW | BITS, "device status, by GET_STATUS",
	      .names = &spec_device_status),
	FIELD(probe, config_size_bytes, SHOW, "longest config space that it gives"),
	FIELD(probe, config, SHOW, "config space, decoded by the kind of device"),
	FIELD(probe, silent, SHOW | BITS,
	      "requests that it claims to know and did not answer",
	      .names = &spec_requests),
};

static const struct record record = RECORD("vhostctl_probe", fields, .vertical = true);

static void emit_feature_names(struct tree *t, const void *arg)
{
	const struct probe *r = arg;
	struct value v = value_u64(r->features);

	v.show = BITS;
	v.names = &r->names.names;
	tree_value(t, NULL, v);
}

static void set_kind(struct probe *r, const struct kind *kind, const char *source)
{
	r->kind = kind;
	r->type = kind ? kind->name : NULL;
	r->type_source = kind ? source : NULL;
	feature_names_of(&r->names, kind);
}

/* After an end that leaves the conversation whole the next question is asked. */
static enum conn_end go_on(struct peer *p, uint32_t request, enum conn_end end)
{
	if (end != CONN_RETRY || p->rx.done)
		return end;
	diag_warn(p->diag, "%s: no answer to %s, though it is offered", p->path,
		  name_of(&spec_requests, request));
	return CONN_DONE;
}

/* A request whose answer is one number, and the protocol feature that offers it. */
struct question {
	enum vu_protocol_feature gate;
	enum vu_request request;
	size_t off; /* of the opt_u64 in struct probe */
};

static const struct question questions[] = {
	{ VU_F_MQ, VU_GET_QUEUE_NUM, offsetof(struct probe, queues) },
	{ VU_F_CONFIGURE_MEM_SLOTS, VU_GET_MAX_MEM_SLOTS,
	  offsetof(struct probe, max_mem_slots) },
	{ VU_F_STATUS, VU_GET_STATUS, offsetof(struct probe, device_status) },
};

/* What we switch on: only what the questions stand on. */
#define OUR_FEATURES                                             \
	(BIT(VU_F_MQ) | BIT(VU_F_REPLY_ACK) | BIT(VU_F_CONFIG) | \
	 BIT(VU_F_CONFIGURE_MEM_SLOTS) | BIT(VU_F_STATUS))

static enum conn_end ask(struct peer *p, uint32_t request, struct opt_u64 *to)
{
	enum conn_end end = peer_ask_u64(p, request, &to->v);

	to->has = end == CONN_DONE;
	return go_on(p, request, end);
}

/* Takes the role of the front-end; where REPLY_ACK is offered, the first ack is due. */
static enum conn_end introduce(struct peer *p, uint64_t protocol, uint32_t *at)
{
	uint64_t ours = protocol & OUR_FEATURES, failed = 0;
	bool acks = ours & BIT(VU_F_REPLY_ACK);
	enum conn_end end;
	struct bytes body;

	*at = VU_SET_PROTOCOL_FEATURES;
	end = peer_tell(p, *at, 0, &ours, sizeof(ours));
	if (end)
		return end;
	*at = VU_SET_OWNER;
	end = peer_tell(p, *at, acks ? MSG_NEED_REPLY : 0, NULL, 0);
	if (end || !acks)
		return end;
	end = peer_answer(p, *at, &body);
	if (end == CONN_DONE && (msg_u64(body, &failed) || failed))
		diag_warn(p->diag, "%s: SET_OWNER was not acknowledged with 0", p->path);
	return go_on(p, *at, end);
}

/* Whether that is the struct of a kind that it may be; or of none, which is asked for
 * first: who gives that gives anything. */
static bool is_telling(const struct probe *r, size_t size)
{
	if (size == *spec_config_sizes)
		return true;
	for (const struct kind *const *k = spec_kinds; *k; k++)
		if (feature_may_be(*k, r->features, size))
			return true;
	return false;
}

/* Longer than its own struct the back-end refuses; shorter it answers. Largest first. */
static enum conn_end read_config(struct peer *p, struct probe *r, const uint8_t *sizes,
				 bool telling, bool *refused)
{
	uint8_t request[CONFIG_HEADER + CONFIG_MAX];

	for (; *sizes && !r->config_size_bytes.has; sizes++) {
		size_t n = msg_config_encode(request, *sizes);
		struct bytes body, config;
		enum conn_end end;

		if (telling && !is_telling(r, *sizes))
			continue;
		end = peer_ask(p, VU_GET_CONFIG, request, n, &body);
		if (end)
			return end;
		if (msg_config_decode(body, *sizes, &config)) {
			p->conn.fault = msg_fault_text(MSG_WRONG_SIZE);
			return CONN_BROKEN;
		}
		*refused |= !config.n;
		if (!config.n)
			continue;
		memcpy(r->config_bytes, config.p, config.n);
		r->config_size_bytes = some_u64(config.n);
	}
	return CONN_DONE;
}

/* The config, and with the size that the back-end keeps to, a better guess of the kind.
 */
static enum conn_end ask_config(struct peer *p, struct probe *r, bool guess)
{
	bool refused = false;
	enum conn_end end = CONN_DONE;

	if (r->kind && !guess)
		end = read_config(p, r, r->kind->sizes, false, &refused);
	if (!end && guess)
		end = read_config(p, r, spec_config_sizes, true, &refused);
	if (!end)
		end = read_config(p, r, spec_config_sizes, false, &refused);
	if (guess && refused && r->config_size_bytes.has)
		set_kind(r, feature_guess_kind(r->features, r->config_size_bytes.v),
			 "guessed");
	return go_on(p, VU_GET_CONFIG, end);
}

/* Everything after GET_FEATURES. *at is the request that the end is about. */
static enum conn_end converse(struct peer *p, struct probe *r, bool guess, uint32_t *at)
{
	enum conn_end end;

	if (!(r->features & BIT(VU_F_PROTOCOL_FEATURES)))
		return CONN_DONE;
	*at = VU_GET_PROTOCOL_FEATURES;
	end = ask(p, *at, &r->protocol_features);
	r->protocol_feature_names = r->protocol_features;
	if (end || !r->protocol_features.has)
		return end;
	end = introduce(p, r->protocol_features.v, at);
	for (size_t i = 0; !end && i < COUNT(questions); i++) {
		const struct question *q = &questions[i];

		*at = q->request;
		if (r->protocol_features.v & BIT(q->gate))
			end = ask(p, *at, (struct opt_u64 *)((char *)r + q->off));
	}
	if (end || !(r->protocol_features.v & BIT(VU_F_CONFIG)))
		return end;
	*at = VU_GET_CONFIG;
	return ask_config(p, r, guess);
}

/* Hands each word of all --require to f. Returns the gravest status. */
static int each_required(struct ctx *c, const struct probe *r,
			 int (*f)(struct ctx *c, const struct probe *r, const char *word,
				  size_t n))
{
	const struct probe_options *o = c->config;
	int worst = 0;

	for (size_t i = 0; i < o->require.n; i++) {
		const char *word = o->require.v[i];

		do {
			size_t n = strcspn(word, ",");
			int status = f(c, r, word, n);

			if (status == STATUS_USAGE)
				return status;
			worst = MAX(worst, status);
			word += n + (word[n] == ',');
		} while (*word);
	}
	return worst;
}

static int check_word(struct ctx *c, const struct probe *r, const char *word, size_t n)
{
	const char *near;

	(void)r;
	if (feature_find(word, n, NULL).known)
		return 0;
	near = feature_nearest(word, n);
	if (near)
		return diag_usage(&c->diag,
				  "--require: no feature is called '%.*s', did you "
				  "mean '%s'?",
				  (int)n, word, near);
	return diag_usage(&c->diag, "--require: no feature is called '%.*s'", (int)n,
			  word);
}

static int check_offered(struct ctx *c, const struct probe *r, const char *word, size_t n)
{
	struct feature_wanted w = feature_find(word, n, r->kind);
	uint64_t protocol = r->protocol_features.has ? r->protocol_features.v : 0;

	if ((w.virtio || w.protocol) && !(w.virtio & ~r->features) &&
	    !(w.protocol & ~protocol))
		return 0;
	if (w.protocol && !r->protocol_features.has &&
	    r->features & BIT(VU_F_PROTOCOL_FEATURES)) {
		diag_warn(&c->diag, "%s: whether %.*s is offered was not answered",
			  r->socket, (int)n, word);
		return STATUS_INCOMPLETE;
	}
	diag_warn(&c->diag, "%s: %.*s is not offered%s", r->socket, (int)n, word,
		  r->kind || w.virtio || w.protocol
			  ? ""
			  : ", as far as can be told: give the device's kind by --type");
	return STATUS_TRUE;
}

static void warn_drift(const struct ctx *c, const struct probe *r)
{
	if (r->protocol_features.has && r->protocol_features.v & VU_DRIFTING)
		diag_warn(&c->diag,
			  "%s: protocol feature bits 20 to 22 mean different things in "
			  "different revisions of vhost-user (SHMEM was 20 and 21 "
			  "once): the names are those of the present one",
			  r->socket);
}

/* A type that was given can be wrong, and then everything below it is. */
static void warn_type(const struct ctx *c, const struct probe *r)
{
	uint64_t own = r->features & DEVICE_BITS;

	for (size_t i = 0; r->kind && i < r->kind->features->n; i++)
		own &= ~BIT(r->kind->features->v[i].number);
	if (r->kind && own)
		diag_warn(&c->diag,
			  "%s: it offers features 0x%llx that no %s device has: is "
			  "--type right?",
			  r->socket, (unsigned long long)own, r->type);
}

static int report(struct ctx *c, struct probe *r, bool whole)
{
	int missing;

	if (r->config_size_bytes.has) {
		r->view = (struct config_view){
			.kind = r->kind,
			.features = r->features,
			.raw = { r->config_bytes, r->config_size_bytes.v },
		};
		r->config = (struct nest){ config_emit, &r->view };
	}
	r->feature_names = (struct nest){ emit_feature_names, r };
	if (sink_row(c->sink, r))
		return STATUS_FAILED;
	warn_type(c, r);
	warn_drift(c, r);
	missing = each_required(c, r, check_offered);
	return missing ? missing : whole && !r->silent ? STATUS_DONE : STATUS_INCOMPLETE;
}

static int probe_run(struct ctx *c)
{
	const struct probe_options *o = c->config;
	const struct meeting meeting = { o->listen, o->timeout.ns, 1000000000 };
	struct probe r = { .socket = c->args[0] };
	uint32_t at = VU_GET_FEATURES;
	bool guess = !o->type;
	enum conn_end end;
	struct peer p;
	int status = each_required(c, NULL, check_word);

	if (status)
		return status;
	status = peer_open(&p, &c->diag, r.socket, &meeting);
	if (status)
		goto out;
	end = peer_ask_u64(&p, at, &r.features);
	if (end) {
		status = peer_fail(&p, at, end);
		goto out;
	}
	set_kind(&r,
		 guess ? feature_guess_kind(r.features, 0)
		       : feature_kind(type_words[o->type]),
		 guess ? "guessed" : "given");
	end = converse(&p, &r, guess, &at);
	if (end)
		peer_fail(&p, at, end);
	r.silent = p.silent;
	status = report(c, &r, !end);
out:
	peer_close(&p);
	return status;
}

static bool is_path(const char *word)
{
	struct stat st;

	return strchr(word, '/') || *word == '@' ||
	       (!stat(word, &st) && S_ISSOCK(st.st_mode));
}

const struct command probe_command = {
	.name = "probe",
	.brief = "Show what a back-end offers, and whether it answers",
	.args = "SOCKET",
	.min_args = 1,
	.max_args = 1,
	.opts = options,
	.nopts = COUNT(options),
	.rec = &record,
	.config_size = sizeof(struct probe_options),
	.operand = is_path,
	.run = probe_run,
};

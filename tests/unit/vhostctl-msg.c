/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user's bytes: headers, config answers, and the tables that name things. */
#undef NDEBUG
#include "config.h"
#include "feature.h"
#include "msg.h"
#include "tree.h"

#include <assert.h>
#include <stdlib.h>

static void headers_go_there_and_back(void)
{
	const struct msg_header in = { 24, MSG_VERSION | MSG_NEED_REPLY, 272 };
	struct msg_header out;
	uint8_t wire[MSG_HEADER];
	uint32_t words[3];

	msg_encode(wire, &in);
	memcpy(words, wire, sizeof(wire));
	assert(words[0] == 24 && words[1] == 9 && words[2] == 272);
	assert(msg_decode(wire, &out) == MSG_FINE && out.size == 272);
}

static enum msg_fault decode(uint32_t flags, uint32_t size)
{
	const struct msg_header in = { 1, flags, size };
	struct msg_header out;
	uint8_t wire[MSG_HEADER];

	msg_encode(wire, &in);
	return msg_decode(wire, &out);
}

static void bad_headers_are_refused(void)
{
	const struct msg_header no_flag = { 1, 1, 8 }, reply = { 1, 5, 8 };

	for (uint32_t flags = 0; flags < 16; flags++)
		assert(decode(flags, 8) ==
		       (flags % 4 == 1 ? MSG_FINE : MSG_WRONG_VERSION));
	assert(decode(5, MSG_BODY_MAX) == MSG_FINE);
	assert(decode(5, MSG_BODY_MAX + 1) == MSG_TOO_LONG);
	assert(decode(5, UINT32_MAX) == MSG_TOO_LONG);
	assert(msg_check_reply(&no_flag, 1) == MSG_NO_REPLY);
	assert(msg_check_reply(&reply, 15) == MSG_OTHER);
	assert(msg_check_reply(&reply, 1) == MSG_FINE);
}

static void numbers_have_eight_bytes(void)
{
	const char bytes[9] = { 0 };
	uint64_t v = 7;

	for (size_t n = 0; n <= sizeof(bytes); n++)
		if (n != 8)
			assert(msg_u64((struct bytes){ bytes, n }, &v) == MSG_WRONG_SIZE);
	assert(v == 7);
	assert(msg_u64((struct bytes){ bytes, 8 }, &v) == MSG_FINE && !v);
}

/* The answer with this `size` field and length, in a block that ends where it does. */
static enum msg_fault config_answer(uint32_t size, size_t n, size_t asked, size_t *got)
{
	char *body = calloc(1, n + !n);
	struct bytes config;
	enum msg_fault fault;

	assert(body);
	if (n >= 8)
		memcpy(body + 4, &size, sizeof(size));
	fault = msg_config_decode((struct bytes){ body, n }, asked, &config);
	*got = config.n;
	assert(!config.n || (config.p == body + CONFIG_HEADER && config.n + 12 == n));
	free(body);
	return fault;
}

static void config_answers_are_whole_or_refusals(void)
{
	uint8_t out[CONFIG_HEADER + CONFIG_MAX];
	uint32_t words[3];
	size_t got;

	assert(msg_config_encode(out, 60) == 72);
	memcpy(words, out, sizeof(words));
	assert(!words[0] && words[1] == 60 && !words[2]);
	assert(config_answer(60, 72, 60, &got) == MSG_FINE && got == 60);
	assert(config_answer(0, 0, 60, &got) == MSG_FINE && !got);
	assert(config_answer(0, 12, 60, &got) == MSG_FINE && !got);
	assert(config_answer(60, 12, 60, &got) == MSG_FINE && !got);
	assert(config_answer(0, 72, 60, &got) == MSG_FINE && !got);
	assert(config_answer(0, 13, 60, &got) == MSG_WRONG_SIZE);
	assert(config_answer(60, 11, 60, &got) == MSG_WRONG_SIZE);
	assert(config_answer(60, 71, 60, &got) == MSG_WRONG_SIZE);
	assert(config_answer(60, 73, 60, &got) == MSG_WRONG_SIZE);
	assert(config_answer(61, 73, 60, &got) == MSG_WRONG_SIZE);
	assert(config_answer(UINT32_MAX, 72, 60, &got) == MSG_WRONG_SIZE);
}

static void every_number_has_one_name(void)
{
	const struct {
		const struct names *names;
		size_t n, first;
	} tables[] = { { &spec_requests, 44, 1 },
		       { &spec_backend_requests, 10, 1 },
		       { &spec_protocol_features, 23, 0 } };

	for (size_t t = 0; t < COUNT(tables); t++) {
		assert(tables[t].names->n == tables[t].n);
		for (size_t i = 0; i < tables[t].n; i++)
			assert(tables[t].names->v[i].number == tables[t].first + i);
	}
	assert(!strcmp(name_of(&spec_requests, 36), "GET_MAX_MEM_SLOTS"));
	assert(!strcmp(name_of(&spec_backend_requests, 8), "SHARED_OBJECT_LOOKUP"));
}

static bool listed(const uint8_t *sizes, size_t size)
{
	while (*sizes && *sizes != size)
		sizes++;
	return *sizes;
}

static void kinds_fit_together(void)
{
	for (const struct kind *const *k = spec_kinds; *k; k++) {
		assert(feature_kind((*k)->name) == *k);
		for (size_t i = 0; i < (*k)->features->n; i++)
			assert(BIT((*k)->features->v[i].number) & DEVICE_BITS);
		for (const uint8_t *s = (*k)->sizes; *s; s++)
			assert(listed(spec_config_sizes, *s) && s[1] < s[0]);
		for (size_t i = 0; i < (*k)->nconfig;
		     i++) /* the largest struct holds it */
			assert((*k)->config[i].off + (*k)->config[i].size <=
			       (*k)->sizes[0]);
	}
	for (const uint8_t *s = spec_config_sizes; *s; s++)
		assert(s[1] < s[0]);
	assert(!feature_kind("auto"));
}

static bool guess(uint64_t features, size_t size, const char *want)
{
	const struct kind *k = feature_guess_kind(features, size);

	return k ? want && !strcmp(k->name, want) : !want;
}

static void kinds_are_guessed_only_on_evidence(void)
{
	assert(guess(0x175007e46, 0, "blk") && guess(0x175007e46, 60, "blk"));
	assert(guess(0xd7c66e7cb, 0, "net"));
	assert(guess(0, 0, NULL) && guess(0x175000000, 0, NULL));
	assert(guess(0x175000000, 40, "fs") && guess(0x175000000, 136, "input"));
	assert(guess(0x175000000, 8, NULL)); /* vsock, gpio, ... */
	/* MAC and STATUS, which are RO and SECURE_ERASE of a disk: who has these has
	 * more. */
	assert(guess(0x10020, 0, "net") && guess(0x10020, 10, "net"));
	assert(guess(0x18020, 0, "net") && guess(0x244, 0, "blk"));
	/* Three low bits are those of many; a size of one of them tells. */
	assert(guess(7, 0, NULL) && guess(7, 36, "scsi") && guess(3, 8, NULL));
	/* A struct that ends before what is promised is not that kind's. */
	assert(guess(0x44, 8, NULL) && guess(0x44, 24, "blk"));
	assert(guess(UINT64_MAX, 0, NULL) && guess(0x175007e46, 61, NULL));
}

static bool finds(const char *word, const char *kind, uint64_t virtio, uint64_t protocol)
{
	struct feature_wanted w =
		feature_find(word, strlen(word), kind ? feature_kind(kind) : NULL);

	return w.virtio == virtio && w.protocol == protocol;
}

static void features_are_found_by_any_of_their_names(void)
{
	assert(finds("MQ", "blk", BIT(12), 1) && finds("mq", NULL, 0, 1));
	assert(finds("VIRTIO_NET_F_MQ", "net", BIT(22), 0));
	assert(finds("VIRTIO_NET_F_MQ", "blk", 0, 0));
	assert(finds("VHOST_USER_PROTOCOL_F_MQ", "blk", 0, 1));
	assert(finds("event-idx", NULL, BIT(29), 0));
	assert(finds("VIRTIO_RING_F_EVENT_IDX", NULL, BIT(29), 0));
	assert(finds("VHOST_USER_F_PROTOCOL_FEATURES", NULL, BIT(30), 0));
	assert(finds("VIRTIO_SND_F_CTLS", "sound", 1, 0));
	assert(feature_find("RO", 2, NULL).known);
	assert(!feature_find("", 0, NULL).known && !feature_find("_F_", 3, NULL).known);
	assert(!feature_find("VIRTIO_F_MQ", 11, NULL).known);
	assert(!feature_find("MQX", 3, NULL).known && feature_find("MQX", 2, NULL).known);
	assert(!strcmp(feature_nearest("reply-akc", 9), "REPLY_ACK"));
	assert(!feature_nearest("0123456789012345678901234567890123456789", 40));
}

/* What config_emit makes of n bytes, each its own offset plus one, as JSON. */
static char *emitted(const char *kind, uint64_t features, size_t n)
{
	struct buf b = { 0 };
	struct config_view view = { kind ? feature_kind(kind) : NULL, features, { 0 } };
	char *raw = malloc(n + !n);
	struct tree t;

	assert(raw);
	for (size_t i = 0; i < n; i++)
		raw[i] = (char)(i + 1);
	view.raw = (struct bytes){ raw, n };
	tree_init(&t, &b, TREE_JSON);
	config_emit(&t, &view);
	tree_free(&t);
	free(raw);
	buf_putc(&b, 0);
	assert(b.p && !b.err);
	return b.p;
}

static bool emits(const char *kind, uint64_t features, size_t n, const char *want)
{
	char *got = emitted(kind, features, n);
	bool found = strstr(got, want);

	free(got);
	return found;
}

static void config_is_decoded_as_far_as_it_goes(void)
{
	assert(emits("blk", 0, 60,
		     "\"capacity_bytes\":null")); /* times 512: beyond 64 bits */
	assert(emits("blk", BIT(6), 24, "\"blk_size\":404166165")); /* 0x18171615 */
	assert(emits("blk", BIT(6), 23, "\"blk_size\":null"));
	assert(emits("blk", 0, 24, "\"blk_size\":null"));
	assert(emits("blk", BIT(17), 96, "\"zoned_model\":93}"));
	assert(emits("net", BIT(5), 6, "\"mac\":\"01:02:03:04:05:06\""));
	assert(emits("net", BIT(60), 28, "\"supported_hash_types\":\"0x18171615\""));
	assert(emits("scsi", 0, 36, "\"max_channel\":7709,\"max_target\":8223,"));
	assert(emits("vsock", 0, 8, "{\"guest_cid\":578437695752307201}"));
	assert(emits("crypto", 0, 56, "\"max_size_bytes\":4050765991979987505}"));
	assert(emits("sound", 1, 16, "\"controls\":269422093}"));
	assert(emits("gpio", 0, 8,
		     "{\"ngpio\":513,\"gpio_names_size_bytes\":134678021}"));
	assert(emits("rng", 0, 3, "{\"raw\":\"010203\"}"));
	assert(emits(NULL, 0, 0, "{\"raw\":\"\"}"));
}

int main(void)
{
	headers_go_there_and_back();
	bad_headers_are_refused();
	numbers_have_eight_bytes();
	config_answers_are_whole_or_refusals();
	every_number_has_one_name();
	kinds_fit_together();
	kinds_are_guessed_only_on_evidence();
	features_are_found_by_any_of_their_names();
	config_is_decoded_as_far_as_it_goes();
	return 0;
}

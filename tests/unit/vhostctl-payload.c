/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads written and read by their tables, steps, and lines of traces. */
#undef NDEBUG
#include "capture.h"
#include "step.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static char *emitted(const struct payload *p, struct bytes body, enum tree_form form)
{
	struct payload_view v = { .layout = p, .body = body };
	struct buf b = { 0 };
	struct tree t;

	tree_init(&t, &b, form);
	payload_emit(&t, &v);
	tree_free(&t);
	buf_putc(&b, 0);
	assert(b.p && !b.err);
	return b.p;
}

/* Words in, bytes out, and read again. */
static void reads_back(uint32_t number, const char *words, const char *want)
{
	struct buf b = { 0 }, why = { 0 };
	size_t items;
	char *got;

	assert(!payload_encode(&b, spec_request(number)->ask, words, &why));
	assert(payload_fits(spec_request(number)->ask, (struct bytes){ b.p, b.n },
			    &items));
	got = emitted(spec_request(number)->ask, (struct bytes){ b.p, b.n }, TREE_JSON);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "got  %s\nwant %s\n", got, want);
	assert(!strcmp(got, want));
	free(got);
	buf_free(&b);
	buf_free(&why);
}

static void words_become_payloads_and_back(void)
{
	reads_back(VU_SET_VRING_NUM, "3,256", "{\"index\":3,\"num\":256}");
	reads_back(VU_SET_VRING_NUM, "num=1", "{\"index\":0,\"num\":1}");
	reads_back(VU_SET_VRING_KICK, "5,1", "{\"index\":5,\"nofd\":1}");
	reads_back(VU_SET_VRING_KICK, "nofd=1,index=255", "{\"index\":255,\"nofd\":1}");
	reads_back(VU_SET_MEM_TABLE, "",
		   "{\"nregions\":0,\"padding\":\"0x0\",\"regions\":[]}");
	reads_back(VU_SET_MEM_TABLE, "user_addr=5",
		   "{\"nregions\":1,\"padding\":\"0x0\",\"regions\":[{\"guest_addr\":"
		   "\"0x0\",\"size_bytes\":0,\"user_addr\":\"0x5\",\"mmap_offset\":"
		   "\"0x0\"}]}");
	reads_back(VU_SET_CONFIG, "2,bytes=0a0b",
		   "{\"offset\":2,\"size\":2,\"flags\":\"WRITABLE\",\"bytes\":\"0a0b\"}");
	reads_back(
		VU_GET_CONFIG, "0,3",
		"{\"offset\":0,\"size\":3,\"flags\":\"WRITABLE\",\"bytes\":\"000000\"}");
	reads_back(VU_SET_DEVICE_STATE_FD, "LOAD",
		   "{\"direction\":\"LOAD\",\"phase\":\"STOPPED\"}");
}

static bool fits(const struct payload *p, size_t n, uint32_t number)
{
	char zeros[512] = { 0 };
	size_t items;

	memcpy(zeros, &number, sizeof(number));
	return payload_fits(p, (struct bytes){ zeros, n }, &items);
}

/* Structures with and without their padding, arrays of the number and of the drawing. */
static void sizes_that_differ_by_padding_are_fine(void)
{
	const struct payload *table = spec_request(VU_SET_MEM_TABLE)->ask;
	const struct payload *inflight = spec_request(VU_GET_INFLIGHT_FD)->ask;
	const struct payload *iotlb = spec_request(VU_IOTLB_MSG)->ask;
	const struct payload *xen = spec_xen_memory(VU_SET_MEM_TABLE);

	assert(fits(table, 8 + 2 * 32, 2) && fits(table, 8 + 8 * 32, 2));
	assert(!fits(table, 8 + 3 * 32, 2) && !fits(table, 8 + 8 * 32 + 1, 2));
	assert(!fits(table, 8 + 8 * 32, 9) && fits(table, 8 + 9 * 32, 9));
	assert(fits(inflight, 20, 0) && fits(inflight, 24, 0));
	assert(!fits(inflight, 19, 0) && !fits(inflight, 25, 0));
	assert(fits(iotlb, 26, 0) && fits(iotlb, 32, 0) && !fits(iotlb, 25, 0));
	assert(fits(xen, 8 + 40, 1) && !fits(xen, 8 + 32, 1));
	assert(fits(spec_xen_memory(VU_ADD_MEM_REG), 48, 0));
	assert(!spec_xen_memory(VU_SET_OWNER));
}

/* Every layout: zeros fit it, each length is read without a fault, hex is hex. */
static void every_request_has_a_layout(void)
{
	char zeros[4096] = { 0 };

	for (uint32_t n = 1; n <= 44; n++) {
		const struct request_spec *r = spec_request(n);

		assert(r && r->number == n && r->ask);
		for (size_t k = 0; k < 2; k++) {
			const struct payload *p = k ? r->reply : r->ask;
			struct buf b = { 0 }, why = { 0 };
			size_t items;

			if (!p)
				continue;
			assert(!payload_encode(&b, p, "", &why));
			assert(payload_fits(p, (struct bytes){ b.n ? b.p : "", b.n },
					    &items));
			buf_free(&b);
			for (size_t len = 0; len < 100; len++) {
				char *exact = malloc(len + 1);

				assert(exact);
				memset(exact, (int)len, len + 1);
				exact = realloc(exact, len ? len : 1);
				free(emitted(p, (struct bytes){ exact, len }, TREE_JSON));
				free(exact);
			}
			free(emitted(p, (struct bytes){ zeros, sizeof(zeros) },
				     TREE_INLINE));
		}
	}
	for (uint32_t n = 1; n <= 10; n++)
		assert(spec_backend_request(n) && spec_backend_request(n)->number == n);
	assert(!spec_request(0) && !spec_request(45) && !spec_request(UINT32_MAX));
	assert(!spec_backend_request(0) && !spec_backend_request(11));
}

static void wrong_steps_are_refused(void)
{
	static const char *const words[] = {
		"",
		"=",
		"+ack",
		"SET_OWNER+",
		"0x",
		"SET_OWNER=1",
		"4294967296",
		"raw:",
		"raw:1",
		"sleep:",
		"sleep:x",
		"SET_VRING_NUM=,",
		"SET_VRING_NUM==",
		"GET_FEATURES+size:",
		"GET_FEATURES+fds:254",
		"SET_STATUS=|",
		"SET_CONFIG=0,0,0,zz",
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		struct buf why = { 0 };
		struct step s;
		int err = step_parse(&s, words[i], &why);

		if (err != -EINVAL)
			fprintf(stderr, "'%s' is %d\n", words[i], err);
		assert(err == -EINVAL && why.n);
		step_free(&s);
		buf_free(&why);
	}
}

static void steps_know_their_fds_and_answers(void)
{
	static const struct {
		const char *word;
		size_t fds;
		bool wait;
	} rows[] = {
		{ "GET_FEATURES", 0, true },
		{ "SET_OWNER", 0, false },
		{ "SET_OWNER+ack", 0, true },
		{ "GET_FEATURES+nowait", 0, false },
		{ "SET_VRING_KICK=1", 1, false },
		{ "SET_VRING_KICK=1,1", 0, false },
		{ "set-mem-table=guest_addr=1,guest_addr=2", 2, false },
		{ "SET_MEM_TABLE=100", 8, false },
		{ "SET_LOG_FD", 1, false },
		{ "SET_OWNER+fds:9", 9, false },
		{ "ADD_MEM_REG", 1, false },
		{ "7", 1, false },
		{ "200+wait", 0, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf why = { 0 };
		struct step s;

		assert(!step_parse(&s, rows[i].word, &why));
		assert(step_fds(&s) == rows[i].fds && s.wait == rows[i].wait);
		step_free(&s);
		buf_free(&why);
	}
}

static void lines_of_traces_go_there_and_back(void)
{
	const char bytes[] = "\1\0\0\0\1\0\0\0\0\0\0";
	struct captured out = { .kind = EVENT_REQUEST,
				.time_ns = 1234567890123456789,
				.conn = 7,
				.fds = { { FD_MEMFD, 4096, "a b,%:\xff" },
					 { FD_EVENTFD, 0, "" } } },
			in = { 0 };
	struct buf line = { 0 };

	out.seen = (struct sighting){ .channel = CHANNEL_BACKEND,
				      .from_backend = true,
				      .lost = 3,
				      .bytes = { bytes, sizeof(bytes) },
				      .fds = { out.fds, 2 } };
	capture_put(&line, &out);
	assert(capture_parse(&in, line.p, line.n) == 1);
	assert(in.timed && in.time_ns == out.time_ns && in.conn == 7);
	assert(in.seen.channel == CHANNEL_BACKEND && in.seen.from_backend);
	assert(in.seen.lost == 3 && in.seen.fds.n == 2);
	assert(!strcmp(in.fds[0].name, out.fds[0].name) && !*in.fds[1].name);
	assert(in.fds[0].size_bytes == 4096 && in.fds[1].kind == FD_EVENTFD);
	assert(in.seen.bytes.n == sizeof(bytes) &&
	       !memcmp(in.seen.bytes.p, bytes, sizeof(bytes)));
	for (size_t n = 0; n < line.n; n++) /* every cut: a line or a refusal */
		(void)!capture_parse(&in, line.p, n);
	capture_free(&in);
	buf_free(&line);
}

int main(void)
{
	words_become_payloads_and_back();
	sizes_that_differ_by_padding_are_fine();
	every_request_has_a_layout();
	wrong_steps_are_refused();
	steps_know_their_fds_and_answers();
	lines_of_traces_go_there_and_back();
	return 0;
}

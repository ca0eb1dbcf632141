/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of traces, and a conversation of any messages. */
#include "capture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void show(const struct event *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < event_record.nfields; i++) {
		struct value v = field_value(&event_record.fields[i], e);

		value_put(&b, &v, STYLE_JSON);
		value_put(&b, &v, STYLE_TEXT);
	}
	buf_free(&b);
}

static void see(struct watch *w, const struct sighting *s)
{
	struct event e = { 0 };

	watch_message(w, s, &e);
	show(&e);
}

/* Messages of the length that the first byte of each says, in exact blocks. */
static void converse(struct watch *w, const uint8_t *data, size_t n)
{
	while (n > 2) {
		size_t len = MIN(data[0], n - 2);
		char *exact = malloc(len + !len);
		struct fd_info fds[3] = { { FD_MEMFD, 1, "x" } };
		struct sighting s = { .channel = data[1] & 1,
				      .from_backend = data[1] & 2,
				      .at_ns = n,
				      .lost = data[1] & 4,
				      .fds = { fds, data[1] >> 6 } };

		if (!exact)
			return;
		memcpy(exact, data + 2, len);
		s.bytes = (struct bytes){ exact, len };
		see(w, &s);
		free(exact);
		data += len + 2;
		n -= len + 2;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct captured line = { 0 };
	struct watch w = { .slow_ns = 1 };
	struct event end = { 0 };
	struct buf again = { 0 };

	if (capture_parse(&line, (const char *)data, n) == 1) {
		see(&w, &line.seen);
		capture_put(&again, &line);
		if (again.n && line.timed && capture_parse(&line, again.p, again.n) != 1)
			abort();
	}
	converse(&w, data, n);
	watch_close(&w, &end);
	show(&end);
	capture_free(&line);
	buf_free(&again);
	return 0;
}

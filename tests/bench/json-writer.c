/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json-writer - writes N records of eight fields through the JSON sink. */
#include "sink.h"

#include <stdlib.h>

struct sample {
	uint32_t pid;
	const char *comm;
	uint64_t cpu_ns;
	struct opt_u64 read_bytes;
	uint64_t cookie;
	int64_t nice;
	bool kernel;
	struct bytes name;
};

static const struct field fields[] = {
	FIELD(sample, pid, SHOW | KEY, "number"),
	FIELD(sample, comm, SHOW, "string"),
	FIELD(sample, cpu_ns, SHOW | NANO, "large number"),
	FIELD(sample, read_bytes, SHOW | SIZE, "number that may be absent"),
	FIELD(sample, cookie, SHOW | HEX, "64-bit identifier"),
	FIELD(sample, nice, SHOW, "signed number"),
	FIELD(sample, kernel, SHOW, "truth"),
	FIELD(sample, name, SHOW, "bytes of any kind"),
};

static const struct record record = RECORD("sample", fields);

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	const struct sink_options opts = { .format = FORMAT_JSON };
	struct out out = { .fd = 1 };
	struct bytes bad;
	struct sink *s;
	int r = sink_open(&s, &out, &record, &opts, &bad);

	for (size_t i = 0; !r && i < n; i++) {
		struct sample row = {
			.pid = (uint32_t)i,
			.comm = "kworker/0:1",
			.cpu_ns = i * 1234567891,
			.read_bytes = { .v = i << 12, .has = i % 4 != 0 },
			.cookie = i * 0x9e3779b97f4a7c15,
			.nice = -(int64_t)(i % 20),
			.kernel = i % 2,
			.name = { .p = "/run/systemd/\xc3\xb8\n\xff", .n = 17 },
		};

		r = sink_row(s, &row);
	}
	if (!r)
		r = sink_close(s);
	if (!r)
		r = out_flush(&out);
	buf_free(&out.b);
	return r ? 1 : 0;
}

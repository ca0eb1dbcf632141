/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message from anybody: its header, and its body as each kind of answer. */
#include "msg.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void answers(struct bytes body, uint32_t request)
{
	struct bytes config;
	uint64_t v = 0;

	if (msg_u64(body, &v) == MSG_FINE && body.n != 8)
		abort();
	if (msg_config_decode(body, request % (CONFIG_MAX + 1), &config) != MSG_FINE)
		return;
	if (config.n && (config.p < body.p || config.p + config.n > body.p + body.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct msg_header h;
	uint8_t wire[MSG_HEADER];
	char *body;

	if (n < MSG_HEADER)
		return 0;
	body = malloc(n - MSG_HEADER + 1);
	if (!body)
		return 0;
	memcpy(body, data + MSG_HEADER, n - MSG_HEADER);
	body = realloc(body, n - MSG_HEADER + !(n - MSG_HEADER));
	if (msg_decode(data, &h) == MSG_FINE && h.size > MSG_BODY_MAX)
		abort();
	if (msg_check_reply(&h, h.request) == MSG_OTHER)
		abort();
	msg_encode(wire, &h);
	if (memcmp(wire, data, MSG_HEADER) != 0)
		abort();
	answers((struct bytes){ body, n - MSG_HEADER }, h.request);
	free(body);
	return 0;
}

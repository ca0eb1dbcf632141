/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_requests.c - requests, protocol features and device status by name. */
#include "spec.h"

#include <linux/virtio_config.h>

#define ROW(n, nm) { n, #nm },

static const struct name requests[] = { VU_REQUESTS(ROW) };
static const struct name backend_requests[] = { VU_BACKEND_REQUESTS(ROW) };
static const struct name protocol_features[] = { VU_PROTOCOL_FEATURES(ROW) };

/* Bits of VIRTIO_CONFIG_S_* (linux/virtio_config.h). */
static const struct name device_status[] = {
	{ 0, "ACKNOWLEDGE" }, { 1, "DRIVER" },      { 2, "DRIVER_OK" },
	{ 3, "FEATURES_OK" }, { 6, "NEEDS_RESET" }, { 7, "FAILED" },
};

_Static_assert(VIRTIO_CONFIG_S_FEATURES_OK == 1 << 3, "bit of FEATURES_OK");
_Static_assert(VIRTIO_CONFIG_S_NEEDS_RESET == 1 << 6, "bit of NEEDS_RESET");

const struct names spec_requests = NAMES(requests);
const struct names spec_backend_requests = NAMES(backend_requests);
const struct names spec_protocol_features = NAMES(protocol_features);
const struct names spec_device_status = NAMES(device_status);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_messages.c - payloads as vhost-user.rst lays them out ("Message Specification").
 */
#include "spec_messages.h"

#define NUM(k, o, s)                                \
	{                                           \
		.key = (k), .off = (o), .size = (s) \
	}
#define AS(f, k, o, s, ...)                                                       \
	{                                                                         \
		.key = (k), .off = (o), .size = (s), .form = PAY_##f, __VA_ARGS__ \
	}
#define HEAD(table, n) .head = (table), .nhead = COUNT(table), .size = (n)
#define ITEMS(k, table, n) \
	.items = (k), .item = (table), .nitem = COUNT(table), .item_size = (n)

static const struct name log_flag[] = { { 0, "LOG" } };
static const struct name directions[] = { { 0, "SAVE" }, { 1, "LOAD" } };
static const struct name phases[] = { { 0, "STOPPED" } };
static const struct name endians[] = { { 0, "LITTLE" }, { 1, "BIG" } };
/* Values, not bits: VhostSetConfigType of QEMU's vhost-backend.h. */
static const struct name config_flags[] = { { 0, "WRITABLE" }, { 1, "LIVE_MIGRATION" } };
static const struct name xen_flag[] = { { 0, "FOREIGN" },
					{ 1, "GRANT" },
					{ 8, "NO_ADVANCE_MAP" } };
static const struct name iotlb_types[] = {
	{ 1, "MISS" },        { 2, "UPDATE" },      { 3, "INVALIDATE" },
	{ 4, "ACCESS_FAIL" }, { 5, "BATCH_BEGIN" }, { 6, "BATCH_END" },
};
static const struct name iotlb_perms[] = { { 0, "READ" }, { 1, "WRITE" } };
static const struct name map_flags[] = { { 0, "WRITE" } };
static const struct names log_flags_names = NAMES(log_flag);
static const struct names direction_names = NAMES(directions);
static const struct names phase_names = NAMES(phases);
static const struct names endian_names = NAMES(endians);
static const struct names config_flag_names = NAMES(config_flags);
static const struct names iotlb_type_names = NAMES(iotlb_types);
static const struct names iotlb_perm_names = NAMES(iotlb_perms);
static const struct names map_flag_names = NAMES(map_flags);
static const struct names xen_flag_names = NAMES(xen_flag);

static const struct payload_field single[] = { NUM("value", 0, 8) };
static const struct payload_field status[] = { AS(BITS, "status", 0, 8,
						  .names = &spec_device_status) };
static const struct payload_field features[] = { AS(FEATURES, "features", 0, 8) };
static const struct payload_field protocol[] = { AS(BITS, "features", 0, 8,
						    .names = &spec_protocol_features) };
static const struct payload_field mac[] = { AS(HEX, "mac", 0, 8) };
static const struct payload_field state[] = { NUM("index", 0, 4), NUM("num", 4, 4) };
static const struct payload_field packed_base[] = {
	NUM("index", 0, 4),
	NUM("num", 4, 4),
	AS(NUMBER, "last_avail", 4, 4, .bits = 15),
	AS(NUMBER, "last_avail_wrap", 4, 4, .shift = 15, .bits = 1),
	AS(NUMBER, "last_used", 4, 4, .shift = 16, .bits = 15),
	AS(NUMBER, "last_used_wrap", 4, 4, .shift = 31, .bits = 1),
};
static const struct payload_field endian[] = {
	NUM("index", 0, 4), AS(ENUM, "endian", 4, 4, .names = &endian_names)
};
static const struct payload_field addr[] = {
	NUM("index", 0, 4),          AS(BITS, "flags", 4, 4, .names = &log_flags_names),
	AS(HEX, "descriptor", 8, 8), AS(HEX, "used", 16, 8),
	AS(HEX, "available", 24, 8), AS(HEX, "log", 32, 8),
};
static const struct payload_field ring_fd[] = {
	AS(NUMBER, "index", 0, 8, .bits = 8),
	AS(NUMBER, "nofd", 0, 8, .shift = 8, .bits = 1),
};
static const struct payload_field table[] = { NUM("nregions", 0, 4),
					      AS(PADDING, "padding", 4, 4) };
static const struct payload_field region[] = {
	AS(HEX, "guest_addr", 0, 8),
	AS(SIZE, "size_bytes", 8, 8),
	AS(HEX, "user_addr", 16, 8),
	AS(HEX, "mmap_offset", 24, 8),
};
static const struct payload_field xen_region[] = {
	AS(HEX, "guest_addr", 0, 8),
	AS(SIZE, "size_bytes", 8, 8),
	AS(HEX, "user_addr", 16, 8),
	AS(HEX, "mmap_offset", 24, 8),
	AS(BITS, "xen_flags", 32, 4, .names = &xen_flag_names),
	NUM("domid", 36, 4),
};
static const struct payload_field xen_one_region[] = {
	AS(PADDING, "padding", 0, 8),
	AS(HEX, "guest_addr", 8, 8),
	AS(SIZE, "size_bytes", 16, 8),
	AS(HEX, "user_addr", 24, 8),
	AS(HEX, "mmap_offset", 32, 8),
	AS(BITS, "xen_flags", 40, 4, .names = &xen_flag_names),
	NUM("domid", 44, 4),
};
static const struct payload_field one_region[] = {
	AS(PADDING, "padding", 0, 8),  AS(HEX, "guest_addr", 8, 8),
	AS(SIZE, "size_bytes", 16, 8), AS(HEX, "user_addr", 24, 8),
	AS(HEX, "mmap_offset", 32, 8),
};
static const struct payload_field log_area[] = { AS(SIZE, "size_bytes", 0, 8),
						 AS(HEX, "offset", 8, 8) };
static const struct payload_field config[] = { NUM("offset", 0, 4), NUM("size", 4, 4),
					       AS(ENUM, "flags", 8, 4,
						  .names = &config_flag_names) };
static const struct payload_field iotlb[] = {
	AS(HEX, "iova", 0, 8),
	AS(SIZE, "size_bytes", 8, 8),
	AS(HEX, "user_addr", 16, 8),
	AS(BITS, "permission", 24, 1, .names = &iotlb_perm_names),
	AS(ENUM, "type", 25, 1, .names = &iotlb_type_names),
};
static const struct payload_field session[] = { NUM("session_id", 0, 8) };
static const struct payload_field inflight[] = { AS(SIZE, "mmap_size_bytes", 0, 8),
						 AS(HEX, "mmap_offset", 8, 8),
						 NUM("num_queues", 16, 2),
						 NUM("queue_size", 18, 2) };
static const struct payload_field uuid[] = { AS(BYTES, "uuid", 0, 16) };
static const struct payload_field transfer[] = {
	AS(ENUM, "direction", 0, 4, .names = &direction_names),
	AS(ENUM, "phase", 4, 4, .names = &phase_names)
};
static const struct payload_field transfer_fd[] = {
	AS(NUMBER, "error", 0, 8, .bits = 8),
	AS(NUMBER, "nofd", 0, 8, .shift = 8, .bits = 1),
};
static const struct payload_field shmem[] = { NUM("nregions", 0, 4),
					      AS(PADDING, "padding", 4, 4) };
static const struct payload_field shmem_size[] = { AS(SIZE, "size_bytes", 0, 8) };
static const struct payload_field area[] = {
	AS(NUMBER, "index", 0, 8, .bits = 8),
	AS(NUMBER, "nofd", 0, 8, .shift = 8, .bits = 1),
	AS(SIZE, "size_bytes", 8, 8),
	AS(HEX, "offset", 16, 8),
};
static const struct payload_field map[] = {
	NUM("shmid", 0, 1),
	AS(HEX, "fd_offset", 8, 8),
	AS(HEX, "shm_offset", 16, 8),
	AS(SIZE, "length_bytes", 24, 8),
	AS(BITS, "flags", 32, 8, .names = &map_flag_names),
};

const struct payload spec_empty = { 0 };
const struct payload spec_ack = { HEAD(single, 8) };
const struct payload spec_packed_base = { HEAD(packed_base, 8) };
static const struct payload p_number = { HEAD(single, 8) };
static const struct payload p_status = { HEAD(status, 8) };
static const struct payload p_features = { HEAD(features, 8) };
static const struct payload p_protocol = { HEAD(protocol, 8) };
static const struct payload p_mac = { HEAD(mac, 8) };
static const struct payload p_state = { HEAD(state, 8) };
static const struct payload p_endian = { HEAD(endian, 8) };
static const struct payload p_addr = { HEAD(addr, 40) };
static const struct payload p_ring_fd = { HEAD(ring_fd, 8) };
/* Drawn with room for 8 regions, and sent by most with as many as there are. */
static const struct payload p_table = { HEAD(table, 8), ITEMS("regions", region, 32),
					.room = 8 };
static const struct payload p_xen_table = { HEAD(table, 8),
					    ITEMS("regions", xen_region, 40), .room = 8 };
static const struct payload p_xen_region = { HEAD(xen_one_region, 48) };
static const struct payload p_region = { HEAD(one_region, 40) };
static const struct payload p_log = { HEAD(log_area, 16) };
static const struct payload p_config = { HEAD(config, 12), .items = "bytes" };
static const struct payload p_iotlb = { HEAD(iotlb, 32), .least = 26 };
/* Its union is left to the reader: it depends on the operation. */
static const struct payload p_bytes = { .items = "bytes" };
static const struct payload p_session = { HEAD(session, 8) };
/* The C structure of every implementation: 4 bytes of padding at the end. */
static const struct payload p_inflight = { HEAD(inflight, 24), .least = 20 };
static const struct payload p_uuid = { HEAD(uuid, 16) };
static const struct payload p_transfer = { HEAD(transfer, 8) };
static const struct payload p_transfer_fd = { HEAD(transfer_fd, 8) };
static const struct payload p_shmem = { HEAD(shmem, 8), ITEMS("regions", shmem_size, 8),
					.max_items = 256 };
static const struct payload p_area = { HEAD(area, 24) };
static const struct payload p_map = { HEAD(map, 40) };

/* Number, what it carries, its fds, what is replied, fds of the reply, protocol feature.
 */
#define ROW(n, a, f, r, rf, g) [n] = { n, (a), (r), FDS_##f, FDS_##rf, (g) }

static const struct request_spec front[] = {
	ROW(VU_GET_FEATURES, &spec_empty, NONE, &p_features, NONE, -1),
	ROW(VU_SET_FEATURES, &p_features, NONE, NULL, NONE, -1),
	ROW(VU_SET_OWNER, &spec_empty, NONE, NULL, NONE, -1),
	ROW(VU_RESET_OWNER, &spec_empty, NONE, NULL, NONE, -1),
	ROW(VU_SET_MEM_TABLE, &p_table, ITEMS, NULL, NONE, -1),
	ROW(VU_SET_LOG_BASE, &p_log, ONE, &p_bytes, NONE, VU_F_LOG_SHMFD),
	ROW(VU_SET_LOG_FD, &spec_empty, ONE, NULL, NONE, -1),
	ROW(VU_SET_VRING_NUM, &p_state, NONE, NULL, NONE, -1),
	ROW(VU_SET_VRING_ADDR, &p_addr, NONE, NULL, NONE, -1),
	ROW(VU_SET_VRING_BASE, &p_state, NONE, NULL, NONE, -1),
	ROW(VU_GET_VRING_BASE, &p_state, NONE, &p_state, NONE, -1),
	ROW(VU_SET_VRING_KICK, &p_ring_fd, RING, NULL, NONE, -1),
	ROW(VU_SET_VRING_CALL, &p_ring_fd, RING, NULL, NONE, -1),
	ROW(VU_SET_VRING_ERR, &p_ring_fd, RING, NULL, NONE, -1),
	ROW(VU_GET_PROTOCOL_FEATURES, &spec_empty, NONE, &p_protocol, NONE, -1),
	ROW(VU_SET_PROTOCOL_FEATURES, &p_protocol, NONE, NULL, NONE, -1),
	ROW(VU_GET_QUEUE_NUM, &spec_empty, NONE, &p_number, NONE, VU_F_MQ),
	ROW(VU_SET_VRING_ENABLE, &p_state, NONE, NULL, NONE, -1),
	ROW(VU_SEND_RARP, &p_mac, NONE, NULL, NONE, VU_F_RARP),
	ROW(VU_NET_SET_MTU, &p_number, NONE, NULL, NONE, VU_F_NET_MTU),
	ROW(VU_SET_BACKEND_REQ_FD, &spec_empty, ONE, NULL, NONE, VU_F_BACKEND_REQ),
	ROW(VU_IOTLB_MSG, &p_iotlb, NONE, &p_number, NONE, -1),
	ROW(VU_SET_VRING_ENDIAN, &p_endian, NONE, NULL, NONE, VU_F_CROSS_ENDIAN),
	ROW(VU_GET_CONFIG, &p_config, NONE, &p_config, NONE, VU_F_CONFIG),
	ROW(VU_SET_CONFIG, &p_config, NONE, NULL, NONE, VU_F_CONFIG),
	ROW(VU_CREATE_CRYPTO_SESSION, &p_bytes, NONE, &p_bytes, NONE,
	    VU_F_CRYPTO_SESSION),
	ROW(VU_CLOSE_CRYPTO_SESSION, &p_session, NONE, NULL, NONE, VU_F_CRYPTO_SESSION),
	ROW(VU_POSTCOPY_ADVISE, &spec_empty, NONE, &p_bytes, MAYBE, VU_F_PAGEFAULT),
	ROW(VU_POSTCOPY_LISTEN, &spec_empty, NONE, NULL, NONE, VU_F_PAGEFAULT),
	ROW(VU_POSTCOPY_END, &spec_empty, NONE, &p_number, NONE, VU_F_PAGEFAULT),
	ROW(VU_GET_INFLIGHT_FD, &p_inflight, NONE, &p_inflight, MAYBE,
	    VU_F_INFLIGHT_SHMFD),
	ROW(VU_SET_INFLIGHT_FD, &p_inflight, ONE, NULL, NONE, VU_F_INFLIGHT_SHMFD),
	ROW(VU_GPU_SET_SOCKET, &spec_empty, ONE, NULL, NONE, -1),
	ROW(VU_RESET_DEVICE, &spec_empty, NONE, NULL, NONE, VU_F_RESET_DEVICE),
	ROW(VU_VRING_KICK, &p_state, NONE, NULL, NONE, VU_F_INBAND_NOTIFICATIONS),
	ROW(VU_GET_MAX_MEM_SLOTS, &spec_empty, NONE, &p_number, NONE,
	    VU_F_CONFIGURE_MEM_SLOTS),
	ROW(VU_ADD_MEM_REG, &p_region, ONE, NULL, NONE, VU_F_CONFIGURE_MEM_SLOTS),
	ROW(VU_REM_MEM_REG, &p_region, MAYBE, NULL, NONE, VU_F_CONFIGURE_MEM_SLOTS),
	ROW(VU_SET_STATUS, &p_status, NONE, NULL, NONE, VU_F_STATUS),
	ROW(VU_GET_STATUS, &spec_empty, NONE, &p_status, NONE, VU_F_STATUS),
	/* The fd is the answer: what comes beside it is not specified. */
	ROW(VU_GET_SHARED_OBJECT, &p_uuid, NONE, &p_bytes, MAYBE, VU_F_SHARED_OBJECT),
	ROW(VU_SET_DEVICE_STATE_FD, &p_transfer, ONE, &p_transfer_fd, MAYBE,
	    VU_F_DEVICE_STATE),
	ROW(VU_CHECK_DEVICE_STATE, &spec_empty, NONE, &p_number, NONE, VU_F_DEVICE_STATE),
	ROW(VU_GET_SHMEM_CONFIG, &spec_empty, NONE, &p_shmem, NONE, VU_F_SHMEM),
};

/* Acknowledged with REPLY_ACK, as front-end's are; 8 has a reply of its own. */
static const struct request_spec back[] = {
	ROW(1, &p_iotlb, NONE, NULL, NONE, -1),
	ROW(2, &spec_empty, NONE, NULL, NONE, VU_F_CONFIG),
	ROW(3, &p_area, RING, NULL, NONE, VU_F_HOST_NOTIFIER),
	ROW(4, &p_state, NONE, NULL, NONE, VU_F_INBAND_NOTIFICATIONS),
	ROW(5, &p_state, NONE, NULL, NONE, VU_F_INBAND_NOTIFICATIONS),
	ROW(6, &p_uuid, NONE, NULL, NONE, VU_F_SHARED_OBJECT),
	ROW(7, &p_uuid, NONE, NULL, NONE, VU_F_SHARED_OBJECT),
	ROW(8, &p_uuid, NONE, &p_number, MAYBE, VU_F_SHARED_OBJECT),
	ROW(9, &p_map, ONE, NULL, NONE, VU_F_SHMEM),
	ROW(10, &p_map, NONE, NULL, NONE, VU_F_SHMEM),
};

const struct request_spec *spec_request(uint32_t number)
{
	return number && number < COUNT(front) ? &front[number] : NULL;
}

const struct request_spec *spec_backend_request(uint32_t number)
{
	return number && number < COUNT(back) ? &back[number] : NULL;
}

const struct payload *spec_xen_memory(uint32_t request)
{
	switch (request) {
	case VU_SET_MEM_TABLE:
		return &p_xen_table;
	case VU_ADD_MEM_REG:
	case VU_REM_MEM_REG:
		return &p_xen_region;
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_cases.c - what a back-end is checked for. Data only. */
#include "check_cases.h"

#include "spec.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#define ACK   BIT(VU_F_REPLY_ACK)
#define SLOTS BIT(VU_F_CONFIGURE_MEM_SLOTS)

#define SURVIVES "Communication: a wrong message ends the connection, not the back-end"
#define FRAMES   "Header: a request has version 1, and its reserved bits are zero"
#define ACKS     "REPLY_ACK: zero for success, non-zero for failure"
#define CHAINS                                                                          \
	"Memory access: addresses are those of the regions; the driver's mistakes are " \
	"its own (virtio 1.3, 2.7)"
#define KICKS   "Ring states: a started and enabled ring is processed after its kick"
#define OWN_FDS "Communication: fds belong to the messages that name them"

/* Some look at nothing that came before a close: they get to see it first. */
#define SEEN   "GET_FEATURES+fds:0"
#define MOMENT "sleep:20ms"

/* A region of 1 MiB at user address 1 MiB, and a ring of 128 within. */
#define TABLE  "SET_MEM_TABLE+ack=guest_addr=0,size_bytes=1M,user_addr=1M"
#define REGION "ADD_MEM_REG+ack=guest_addr=0,size_bytes=1M,user_addr=1M"
#define RING_FROM(base)                                                \
	"SET_VRING_NUM+ack=0,128", base,                               \
		"SET_VRING_ADDR+ack=0,0,0x100000,0x103000,0x102000,0", \
		"SET_VRING_KICK+ack=0", "SET_VRING_CALL+ack=0",        \
		"SET_VRING_ENABLE+ack=0,1"
#define RING RING_FROM("SET_VRING_BASE+ack=0,0")
/* Of a new packed ring: both wrap counters are 1. */
#define PACKED   RING_FROM("SET_VRING_BASE+ack=0,0x80008000")
#define RING_FDS "memfd:1M", "eventfd", "eventfd"

/* A request of a disk in such a ring. */
#define IO_IN(ring, case_name, stands, kind, ...)                                     \
	{                                                                             \
		.name = (case_name), .stands_on = (stands), .words = { TABLE, ring }, \
		.fds = { RING_FDS }, .gate = ACK, .want = WANT_ANSWERS, .io = (kind), \
		__VA_ARGS__                                                           \
	}
#define IO(...) IO_IN(RING, __VA_ARGS__)
/* A chain that no driver may make, in such a ring. */
#define CHAIN(case_name, kind, ...)                                                    \
	{                                                                              \
		.name = (case_name), .stands_on = CHAINS, .words = { TABLE, RING },    \
		.fds = { RING_FDS }, .gate = ACK, .level = LEVEL_ROBUST, .io = (kind), \
		__VA_ARGS__                                                            \
	}

const struct check_case check_cases[] = {
	{ "features-answered",
	  "GET_FEATURES: the reply is a u64",
	  { "GET_FEATURES" },
	  .want = WANT_ANSWERS | NO_START },
	{ "protocol-features-answered",
	  "GET_PROTOCOL_FEATURES: allowed once bit 30 was offered",
	  { "GET_FEATURES", "GET_PROTOCOL_FEATURES" },
	  .want = WANT_ANSWERS | NO_START },
	{ "owner-acknowledged",
	  ACKS,
	  { "SET_OWNER+ack" },
	  .gate = ACK,
	  .want = WANT_ANSWERS },
	{ "queue-number-answered",
	  "GET_QUEUE_NUM: with MQ, the reply is a u64",
	  { "GET_QUEUE_NUM" },
	  .gate = BIT(VU_F_MQ),
	  .want = WANT_ANSWERS },
	{ "memory-table-set",
	  "SET_MEM_TABLE: the regions replace those before, one fd each",
	  { "SET_MEM_TABLE+ack=guest_addr=0,size_bytes=1M,user_addr=1M" },
	  { "memfd:1M" },
	  .gate = ACK,
	  .want = WANT_ANSWERS },
	{ "memory-slots-answered",
	  "GET_MAX_MEM_SLOTS: the reply is a u64",
	  { "GET_MAX_MEM_SLOTS" },
	  .gate = SLOTS,
	  .want = WANT_ANSWERS },
	{ "config-answered",
	  "GET_CONFIG: the reply has the bytes asked for",
	  { "GET_CONFIG=0,8" },
	  .gate = BIT(VU_F_CONFIG),
	  .want = WANT_ANSWERS },
	{ "status-answered",
	  "GET_STATUS: the reply is a u64",
	  { "GET_STATUS" },
	  .gate = BIT(VU_F_STATUS),
	  .want = WANT_ANSWERS },
	{ "status-kept",
	  "SET_STATUS: notifies of the status; GET_STATUS asks for it",
	  { "SET_STATUS+ack=0", "SET_STATUS+ack=3", "GET_STATUS" },
	  .gate = ACK | BIT(VU_F_STATUS),
	  .value = 3,
	  .want = WANT_ANSWERS | WANT_VALUE },
	{ "features-accepted",
	  "SET_FEATURES: with need_reply it is acknowledged as any other",
	  { "SET_FEATURES+ack=offered" },
	  .gate = ACK,
	  .want = WANT_ANSWERS },
	{ "device-reset",
	  "RESET_DEVICE: disables all rings and resets the device",
	  { "RESET_DEVICE+ack" },
	  .gate = ACK | BIT(VU_F_RESET_DEVICE),
	  .want = WANT_ANSWERS },
	{ "shared-memory-answered",
	  "GET_SHMEM_CONFIG: the reply has 256 sizes",
	  { "GET_SHMEM_CONFIG" },
	  .gate = BIT(VU_F_SHMEM),
	  .want = WANT_ANSWERS },
	{ "inflight-memory-made",
	  "GET_INFLIGHT_FD: the reply has the memory's size, and an fd",
	  { "GET_INFLIGHT_FD=0,0,1,128" },
	  .gate = BIT(VU_F_INFLIGHT_SHMFD),
	  .want = WANT_ANSWERS },
	{ "state-saved",
	  "SET_DEVICE_STATE_FD, CHECK_DEVICE_STATE: 0 after a whole transfer",
	  { "SET_DEVICE_STATE_FD=SAVE,STOPPED", "!drain", "CHECK_DEVICE_STATE" },
	  { "pipe" },
	  .gate = BIT(VU_F_DEVICE_STATE),
	  .want = WANT_ANSWERS | WANT_VALUE },
	{ "region-added",
	  "ADD_MEM_REG: adds one region",
	  { REGION },
	  { "memfd:1M" },
	  .gate = ACK | SLOTS,
	  .want = WANT_ANSWERS },
	{ "region-removed",
	  "REM_MEM_REG: removes the region that was added",
	  { REGION, "REM_MEM_REG+ack+fds:0=guest_addr=0,size_bytes=1M,user_addr=1M" },
	  { "memfd:1M" },
	  .gate = ACK | SLOTS,
	  .want = WANT_ANSWERS },
	{ "region-added-again",
	  "REM_MEM_REG: what was removed may be added again",
	  { REGION, "REM_MEM_REG+ack+fds:0=guest_addr=0,size_bytes=1M,user_addr=1M",
	    REGION },
	  { "memfd:1M", "memfd:1M" },
	  .gate = ACK | SLOTS,
	  .want = WANT_ANSWERS },
	{ "ring-starts-and-stops",
	  "Ring states: GET_VRING_BASE stops it and replies",
	  { TABLE, RING, "GET_VRING_BASE=0" },
	  { RING_FDS },
	  .gate = ACK,
	  .want = WANT_ANSWERS | WANT_VALUE },
	IO("disk-read", KICKS, IO_READ),
	IO("disk-read-indirect", KICKS, IO_READ,
	   .features = BIT(VIRTIO_RING_F_INDIRECT_DESC)),
	IO("disk-read-event-idx", KICKS, IO_READ,
	   .features = BIT(VIRTIO_RING_F_EVENT_IDX)),
	IO_IN(PACKED, "disk-read-packed", KICKS, IO_READ,
	      .features = BIT(VIRTIO_F_RING_PACKED)),
	IO("disk-flush", KICKS, IO_FLUSH, .features = BIT(VIRTIO_BLK_F_FLUSH)),
	IO("disk-id", KICKS, IO_ID),
	IO("disk-read-beyond-end",
	   "virtio 1.3, 5.2.6.2: a request beyond the capacity fails with IOERR",
	   IO_BEYOND),
	IO("disk-request-unknown",
	   "virtio 1.3, 5.2.6: a request of an unknown type fails with UNSUPP",
	   IO_UNKNOWN),

	{ "unknown-request",
	  ACKS,
	  { "99+ack" },
	  .gate = ACK,
	  .level = LEVEL_ROBUST,
	  .want = WANT_REFUSAL },
	{ "version-2",
	  FRAMES,
	  { "GET_FEATURES+version:2" },
	  .level = LEVEL_ROBUST,
	  .want = WANT_NO_ANSWER },
	{ "reserved-flags",
	  FRAMES,
	  { "GET_FEATURES+flags:0xfffffff1" },
	  .level = LEVEL_ROBUST,
	  .want = WANT_NO_ANSWER },
	{ "ring-size-0",
	  ACKS,
	  { "SET_VRING_NUM+ack=0,0" },
	  .gate = ACK,
	  .level = LEVEL_ROBUST,
	  .want = WANT_REFUSAL },
	{ "ring-size-3",
	  ACKS,
	  { "SET_VRING_NUM+ack=0,3" },
	  .gate = ACK,
	  .level = LEVEL_ROBUST,
	  .want = WANT_REFUSAL },
	{ "ring-size-65536",
	  ACKS,
	  { "SET_VRING_NUM+ack=0,65536" },
	  .gate = ACK,
	  .level = LEVEL_ROBUST,
	  .want = WANT_REFUSAL },
	{ "failure-acknowledged",
	  ACKS,
	  { "SET_VRING_ADDR+ack=0,0,0xdead0000,0xdead1000,0xdead2000,0" },
	  .gate = ACK,
	  .level = LEVEL_ROBUST,
	  .want = WANT_REFUSAL | MAY_BE_LATER },
	{ "stray-fd-1", OWN_FDS, { "GET_FEATURES" }, { "null" }, .level = LEVEL_ROBUST },
	{ "stray-fds-8",
	  OWN_FDS,
	  { "GET_FEATURES" },
	  { "null", "null", "null", "null", "null", "null", "null", "null" },
	  .level = LEVEL_ROBUST },
	{ "stray-fds-9",
	  OWN_FDS,
	  { "GET_FEATURES" },
	  { "null", "null", "null", "null", "null", "null", "null", "null", "null" },
	  .level = LEVEL_ROBUST },
	{ "memory-table-without-fd",
	  OWN_FDS,
	  { "SET_MEM_TABLE+ack=guest_addr=0,size_bytes=1M,user_addr=1M" },
	  .gate = ACK,
	  .level = LEVEL_ROBUST,
	  .want = WANT_REFUSAL },
	{ "memory-table-4g-regions",
	  SURVIVES,
	  { "SET_MEM_TABLE+fds:1=nregions=0xffffffff,guest_addr=0,size_bytes=1M,"
	    "user_addr=1M",
	    SEEN },
	  { "memfd:1M" },
	  .level = LEVEL_ROBUST },
	{ "ring-index-4g",
	  SURVIVES,
	  { "SET_VRING_NUM=0xffffffff,128", SEEN },
	  .level = LEVEL_ROBUST },
	{ "ring-base-index-77",
	  SURVIVES,
	  { "GET_VRING_BASE=77" },
	  .level = LEVEL_ROBUST },
	{ "half-a-payload",
	  SURVIVES,
	  { "raw:0800000001000000080000000100", MOMENT },
	  .level = LEVEL_ROBUST },
	{ "half-a-header-idle",
	  "Communication: a front-end that pauses harms itself only",
	  { "raw:010000000100" },
	  .level = LEVEL_ROBUST,
	  .want = WANT_OTHERS },
	{ "payload-of-4g",
	  SURVIVES,
	  { "GET_FEATURES+size:0xffffffff+nowait", MOMENT },
	  .level = LEVEL_ROBUST },
	{ "avail-index-1000-ahead",
	  SURVIVES,
	  { TABLE, RING, "!avail", "!kick", "sleep:50ms" },
	  { RING_FDS },
	  .gate = ACK,
	  .level = LEVEL_ROBUST },
	CHAIN("chain-in-a-loop", IO_LOOP),
	CHAIN("chain-outside-memory", IO_OUTSIDE),
	CHAIN("chain-of-4g", IO_ENDLESS),
	CHAIN("chain-of-nothing", IO_EMPTY),
	CHAIN("chain-without-status", IO_NO_STATUS),
	CHAIN("chain-in-wrong-order", IO_ORDER),
	CHAIN("chain-next-outside-ring", IO_NEXT_OUTSIDE),
	CHAIN("chain-head-outside-ring", IO_HEAD_OUTSIDE),
	CHAIN("chain-table-in-itself", IO_NESTED,
	      .features = BIT(VIRTIO_RING_F_INDIRECT_DESC)),

	IO("disk-write-and-read", KICKS, IO_WRITE_READ, .level = LEVEL_DESTRUCTIVE),
	{ "inflight-65535-by-65535",
	  "GET_INFLIGHT_FD: only with INFLIGHT_SHMFD",
	  { "GET_INFLIGHT_FD+nowait=0,0,65535,65535" },
	  .level = LEVEL_DESTRUCTIVE },
	{ "memory-truncated",
	  SURVIVES,
	  { TABLE, RING, "!truncate", "!kick", "sleep:50ms" },
	  { RING_FDS },
	  .gate = ACK,
	  .level = LEVEL_DESTRUCTIVE },
};
const size_t check_ncases = COUNT(check_cases);

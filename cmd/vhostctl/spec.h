/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec.h - the words of vhost-user and of the virtio devices behind it: data only. */
#ifndef VHOSTCTL_SPEC_H
#define VHOSTCTL_SPEC_H

#include "value.h"

/* Requests of the front-end, by number (vhost-user.rst, "Front-end message types"). */
#define VU_REQUESTS(X)               \
	X(1, GET_FEATURES)           \
	X(2, SET_FEATURES)           \
	X(3, SET_OWNER)              \
	X(4, RESET_OWNER)            \
	X(5, SET_MEM_TABLE)          \
	X(6, SET_LOG_BASE)           \
	X(7, SET_LOG_FD)             \
	X(8, SET_VRING_NUM)          \
	X(9, SET_VRING_ADDR)         \
	X(10, SET_VRING_BASE)        \
	X(11, GET_VRING_BASE)        \
	X(12, SET_VRING_KICK)        \
	X(13, SET_VRING_CALL)        \
	X(14, SET_VRING_ERR)         \
	X(15, GET_PROTOCOL_FEATURES) \
	X(16, SET_PROTOCOL_FEATURES) \
	X(17, GET_QUEUE_NUM)         \
	X(18, SET_VRING_ENABLE)      \
	X(19, SEND_RARP)             \
	X(20, NET_SET_MTU)           \
	X(21, SET_BACKEND_REQ_FD)    \
	X(22, IOTLB_MSG)             \
	X(23, SET_VRING_ENDIAN)      \
	X(24, GET_CONFIG)            \
	X(25, SET_CONFIG)            \
	X(26, CREATE_CRYPTO_SESSION) \
	X(27, CLOSE_CRYPTO_SESSION)  \
	X(28, POSTCOPY_ADVISE)       \
	X(29, POSTCOPY_LISTEN)       \
	X(30, POSTCOPY_END)          \
	X(31, GET_INFLIGHT_FD)       \
	X(32, SET_INFLIGHT_FD)       \
	X(33, GPU_SET_SOCKET)        \
	X(34, RESET_DEVICE)          \
	X(35, VRING_KICK)            \
	X(36, GET_MAX_MEM_SLOTS)     \
	X(37, ADD_MEM_REG)           \
	X(38, REM_MEM_REG)           \
	X(39, SET_STATUS)            \
	X(40, GET_STATUS)            \
	X(41, GET_SHARED_OBJECT)     \
	X(42, SET_DEVICE_STATE_FD)   \
	X(43, CHECK_DEVICE_STATE)    \
	X(44, GET_SHMEM_CONFIG)

/* Requests of the back-end on its own channel ("Back-end message types"). */
#define VU_BACKEND_REQUESTS(X)        \
	X(1, IOTLB_MSG)               \
	X(2, CONFIG_CHANGE_MSG)       \
	X(3, VRING_HOST_NOTIFIER_MSG) \
	X(4, VRING_CALL)              \
	X(5, VRING_ERR)               \
	X(6, SHARED_OBJECT_ADD)       \
	X(7, SHARED_OBJECT_REMOVE)    \
	X(8, SHARED_OBJECT_LOOKUP)    \
	X(9, SHMEM_MAP)               \
	X(10, SHMEM_UNMAP)

/* VHOST_USER_PROTOCOL_F_*, by bit ("Protocol features"). */
#define VU_PROTOCOL_FEATURES(X)        \
	X(0, MQ)                       \
	X(1, LOG_SHMFD)                \
	X(2, RARP)                     \
	X(3, REPLY_ACK)                \
	X(4, NET_MTU)                  \
	X(5, BACKEND_REQ)              \
	X(6, CROSS_ENDIAN)             \
	X(7, CRYPTO_SESSION)           \
	X(8, PAGEFAULT)                \
	X(9, CONFIG)                   \
	X(10, BACKEND_SEND_FD)         \
	X(11, HOST_NOTIFIER)           \
	X(12, INFLIGHT_SHMFD)          \
	X(13, RESET_DEVICE)            \
	X(14, INBAND_NOTIFICATIONS)    \
	X(15, CONFIGURE_MEM_SLOTS)     \
	X(16, STATUS)                  \
	X(17, XEN_MMAP)                \
	X(18, SHARED_OBJECT)           \
	X(19, DEVICE_STATE)            \
	X(20, GET_VRING_BASE_INFLIGHT) \
	X(21, GPA_ADDRESSES)           \
	X(22, SHMEM)

#define VU_ENUM_(number, name)   VU_##name = number,
#define VU_F_ENUM_(number, name) VU_F_##name = number,
enum vu_request { VU_REQUESTS(VU_ENUM_) };
enum vu_protocol_feature { VU_PROTOCOL_FEATURES(VU_F_ENUM_) };

#define BIT(n) (UINT64_C(1) << (n))

/* VHOST_USER_F_PROTOCOL_FEATURES: requests 15 and 16 may be sent. */
enum { VU_F_PROTOCOL_FEATURES = 30 };

/* Protocol bits that revisions of the specification have given different meanings. */
#define VU_DRIFTING (BIT(20) | BIT(21) | BIT(22))

/* Virtio feature bits that belong to the device's kind (virtio 1.3, 2.2 Feature Bits). */
#define DEVICE_BITS ((BIT(24) - 1) | ~(BIT(50) - 1))

extern const struct names spec_requests, spec_backend_requests;
extern const struct names spec_protocol_features;
extern const struct names spec_transport_features; /* of every kind */
extern const struct names spec_device_status;

enum config_form {
	CONFIG_NUMBER, /* little-endian, of 1, 2, 4 or 8 bytes */
	CONFIG_HEX,    /* the same as a mask */
	CONFIG_BOOL,   /* one byte */
	CONFIG_SIZE,   /* a number of bytes, after scaling */
	CONFIG_TEXT,   /* bytes up to the first NUL */
	CONFIG_MAC,
};

/* One member of a device's configuration space. */
struct config_field {
	const char *key;
	uint64_t gate; /* it means something only if one of these features is offered; 0:
			  always */
	uint16_t off, size, scale; /* scale 0 is 1 */
	uint8_t form;              /* enum config_form */
};

/* A kind of device. */
struct kind {
	const char *name;
	const char *macro;            /* its part of VIRTIO_*_F_ macros */
	const struct names *features; /* its own bits */
	const struct config_field *config;
	size_t nconfig;
	const uint8_t
		*sizes; /* sizes its config struct has had, descending, ends with 0 */
	uint64_t usual; /* one with features of its own has one of these; 0: any */
};

extern const struct kind *const spec_kinds[]; /* NULL-terminated */

/* All sizes of all kinds, descending, after one that is none's; ends with 0. */
extern const uint8_t spec_config_sizes[];

/* Feature bits by kind: what spec_kinds refers to. */
extern const struct names features_blk, features_net, features_fs, features_scsi,
	features_console, features_vsock, features_gpu, features_input, features_sound,
	features_gpio, features_i2c, features_rng, features_crypto, features_scmi;

#endif

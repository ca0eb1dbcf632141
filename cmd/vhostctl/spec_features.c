/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_features.c - virtio feature bits by name, without their common prefix. */
#include "spec.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_console.h>
#include <linux/virtio_gpio.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_scmi.h>
#include <linux/virtio_scsi.h>
#include <linux/virtio_vsock.h>

/* Rows whose number is the installed header's, and rows that it is too old for. */
#define CONFIG(n)                \
	{                        \
		VIRTIO_F_##n, #n \
	}
#define RING(n)                       \
	{                             \
		VIRTIO_RING_F_##n, #n \
	}
#define BLK(n)                       \
	{                            \
		VIRTIO_BLK_F_##n, #n \
	}
#define NET(n)                       \
	{                            \
		VIRTIO_NET_F_##n, #n \
	}
#define SCSI(n)                       \
	{                             \
		VIRTIO_SCSI_F_##n, #n \
	}
#define CONSOLE(n)                       \
	{                                \
		VIRTIO_CONSOLE_F_##n, #n \
	}
#define GPU(n)                       \
	{                            \
		VIRTIO_GPU_F_##n, #n \
	}
#define SCMI(n)                       \
	{                             \
		VIRTIO_SCMI_F_##n, #n \
	}

static const struct name transport[] = {
	CONFIG(NOTIFY_ON_EMPTY),
	{ 26, "LOG_ALL" }, /* VHOST_F_LOG_ALL, linux/vhost_types.h */
	CONFIG(ANY_LAYOUT),
	RING(INDIRECT_DESC),
	RING(EVENT_IDX),
	{ VU_F_PROTOCOL_FEATURES, "PROTOCOL_FEATURES" },
	CONFIG(VERSION_1),
	CONFIG(ACCESS_PLATFORM),
	CONFIG(RING_PACKED),
	CONFIG(IN_ORDER),
	CONFIG(ORDER_PLATFORM),
	CONFIG(SR_IOV),
	/* virtio 1.3, 6 Reserved Feature Bits */
	{ 38, "NOTIFICATION_DATA" },
	{ 39, "NOTIF_CONFIG_DATA" },
	CONFIG(RING_RESET),
	{ 41, "ADMIN_VQ" },
	{ 43, "SUSPEND" }, /* virtio 1.4 draft, 6 Reserved Feature Bits */
};

static const struct name blk[] = {
	BLK(BARRIER),      BLK(SIZE_MAX),      BLK(SEG_MAX), BLK(GEOMETRY),
	BLK(RO),           BLK(BLK_SIZE),      BLK(SCSI),    BLK(FLUSH),
	BLK(TOPOLOGY),     BLK(CONFIG_WCE),    BLK(MQ),      BLK(DISCARD),
	BLK(WRITE_ZEROES), { 15, "LIFETIME" }, /* virtio 1.3, 5.2.3 */
	BLK(SECURE_ERASE), { 17, "ZONED" },    /* virtio 1.3, 5.2.3 */
};

static const struct name net[] = {
	NET(CSUM),
	NET(GUEST_CSUM),
	NET(CTRL_GUEST_OFFLOADS),
	NET(MTU),
	NET(MAC),
	NET(GSO),
	NET(GUEST_TSO4),
	NET(GUEST_TSO6),
	NET(GUEST_ECN),
	NET(GUEST_UFO),
	NET(HOST_TSO4),
	NET(HOST_TSO6),
	NET(HOST_ECN),
	NET(HOST_UFO),
	NET(MRG_RXBUF),
	NET(STATUS),
	NET(CTRL_VQ),
	NET(CTRL_RX),
	NET(CTRL_VLAN),
	NET(CTRL_RX_EXTRA),
	NET(GUEST_ANNOUNCE),
	NET(MQ),
	NET(CTRL_MAC_ADDR),
	/* virtio 1.3, 5.1.3 */
	{ 50, "DEVICE_STATS" },
	{ 51, "HASH_TUNNEL" },
	{ 52, "VQ_NOTF_COAL" },
	NET(NOTF_COAL),
	{ 54, "GUEST_USO4" },
	{ 55, "GUEST_USO6" },
	{ 56, "HOST_USO" },
	NET(HASH_REPORT),
	{ 59, "GUEST_HDRLEN" },
	NET(RSS),
	NET(RSC_EXT),
	NET(STANDBY),
	NET(SPEED_DUPLEX),
};

static const struct name scsi[] = { SCSI(INOUT), SCSI(HOTPLUG), SCSI(CHANGE),
				    SCSI(T10_PI) };
static const struct name console[] = { CONSOLE(SIZE), CONSOLE(MULTIPORT),
				       CONSOLE(EMERG_WRITE) };
static const struct name gpio[] = { { VIRTIO_GPIO_F_IRQ, "IRQ" } };
static const struct name i2c[] = {
	{ VIRTIO_I2C_F_ZERO_LENGTH_REQUEST, "ZERO_LENGTH_REQUEST" },
};
static const struct name scmi[] = { SCMI(P2A_CHANNELS), SCMI(SHARED_MEMORY) };

static const struct name gpu[] = {
	GPU(VIRGL),         GPU(EDID),
	GPU(RESOURCE_UUID), GPU(RESOURCE_BLOB),
	GPU(CONTEXT_INIT),  { 5, "BLOB_ALIGNMENT" }, /* virtio 1.4 draft, 5.7.3 */
};

static const struct name vsock[] = {
	{ 0, "STREAM" }, /* virtio 1.3, 5.10.3 */
	{ VIRTIO_VSOCK_F_SEQPACKET, "SEQPACKET" },
	{ 2, "NO_IMPLIED_STREAM" }, /* virtio 1.3, 5.10.3 */
};

static const struct name fs[] = { { 0, "NOTIFICATION" } }; /* virtio 1.3, 5.11.3 */
static const struct name sound[] = { { 0, "CTLS" } };      /* virtio 1.3, 5.14.3 */

/* virtio 1.3, 5.9.3 */
static const struct name crypto[] = {
	{ 0, "REVISION_1" },          { 1, "CIPHER_STATELESS_MODE" },
	{ 2, "HASH_STATELESS_MODE" }, { 3, "MAC_STATELESS_MODE" },
	{ 4, "AEAD_STATELESS_MODE" }, { 5, "AKCIPHER_STATELESS_MODE" },
};

const struct names spec_transport_features = NAMES(transport);
const struct names features_blk = NAMES(blk);
const struct names features_net = NAMES(net);
const struct names features_fs = NAMES(fs);
const struct names features_scsi = NAMES(scsi);
const struct names features_console = NAMES(console);
const struct names features_vsock = NAMES(vsock);
const struct names features_gpu = NAMES(gpu);
const struct names features_input = { 0 };
const struct names features_sound = NAMES(sound);
const struct names features_gpio = NAMES(gpio);
const struct names features_i2c = NAMES(i2c);
const struct names features_rng = { 0 };
const struct names features_crypto = NAMES(crypto);
const struct names features_scmi = NAMES(scmi);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spec_config.c - kinds of devices and the layout of their configuration space. */
#include "spec.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_console.h>
#include <linux/virtio_crypto.h>
#include <linux/virtio_fs.h>
#include <linux/virtio_gpio.h>
#include <linux/virtio_gpu.h>
#include <linux/virtio_input.h>
#include <linux/virtio_net.h>
#include <linux/virtio_scsi.h>
#include <linux/virtio_snd.h>
#include <linux/virtio_vsock.h>

/* Where a member lies, told by the installed header. */
#define AT(T, m)                                        \
	.off = offsetof(struct virtio_##T##_config, m), \
	.size = sizeof(((struct virtio_##T##_config *)0)->m)
/* The plain case: the key is the member's name. */
#define NUM(T, m, g)                             \
	{                                        \
		.key = #m, AT(T, m), .gate = (g) \
	}
#define MASK(T, m, g)                                                \
	{                                                            \
		.key = #m, AT(T, m), .gate = (g), .form = CONFIG_HEX \
	}
#define BYTES(T, m)                                               \
	{                                                         \
		.key = #m "_bytes", AT(T, m), .form = CONFIG_SIZE \
	}
/* Members that the header is too old for. */
#define LATER(k, g, at, n, ...)                                                \
	{                                                                      \
		.key = (k), .gate = (g), .off = (at), .size = (n), __VA_ARGS__ \
	}
#define ROWS(table) .config = (table), .nconfig = COUNT(table)
#define SIZES(...)                 \
	.sizes = (const uint8_t[]) \
	{                          \
		__VA_ARGS__, 0     \
	}

#define TOPOLOGY     BIT(VIRTIO_BLK_F_TOPOLOGY)
#define DISCARD      BIT(VIRTIO_BLK_F_DISCARD)
#define WRITE_ZEROES BIT(VIRTIO_BLK_F_WRITE_ZEROES)
#define SECURE_ERASE BIT(VIRTIO_BLK_F_SECURE_ERASE)
#define ZONED        BIT(17)

static const struct config_field blk[] = {
	{ "capacity_bytes", AT(blk, capacity), .scale = 512, .form = CONFIG_SIZE },
	NUM(blk, size_max, BIT(VIRTIO_BLK_F_SIZE_MAX)),
	NUM(blk, seg_max, BIT(VIRTIO_BLK_F_SEG_MAX)),
	{ "cylinders", .gate = BIT(VIRTIO_BLK_F_GEOMETRY), AT(blk, geometry.cylinders) },
	{ "heads", .gate = BIT(VIRTIO_BLK_F_GEOMETRY), AT(blk, geometry.heads) },
	{ "sectors", .gate = BIT(VIRTIO_BLK_F_GEOMETRY), AT(blk, geometry.sectors) },
	NUM(blk, blk_size, BIT(VIRTIO_BLK_F_BLK_SIZE)),
	NUM(blk, physical_block_exp, TOPOLOGY),
	NUM(blk, alignment_offset, TOPOLOGY),
	NUM(blk, min_io_size, TOPOLOGY),
	NUM(blk, opt_io_size, TOPOLOGY),
	{ "writeback", .gate = BIT(VIRTIO_BLK_F_CONFIG_WCE), AT(blk, wce),
	  .form = CONFIG_BOOL },
	NUM(blk, num_queues, BIT(VIRTIO_BLK_F_MQ)),
	NUM(blk, max_discard_sectors, DISCARD),
	NUM(blk, max_discard_seg, DISCARD),
	NUM(blk, discard_sector_alignment, DISCARD),
	NUM(blk, max_write_zeroes_sectors, WRITE_ZEROES),
	NUM(blk, max_write_zeroes_seg, WRITE_ZEROES),
	{ "write_zeroes_may_unmap", .gate = WRITE_ZEROES, AT(blk, write_zeroes_may_unmap),
	  .form = CONFIG_BOOL },
	NUM(blk, max_secure_erase_sectors, SECURE_ERASE),
	NUM(blk, max_secure_erase_seg, SECURE_ERASE),
	NUM(blk, secure_erase_sector_alignment, SECURE_ERASE),
	LATER("zone_sectors", ZONED, 72, 4), /* virtio 1.3, 5.2.4 */
	LATER("max_open_zones", ZONED, 76, 4),
	LATER("max_active_zones", ZONED, 80, 4),
	LATER("max_append_sectors", ZONED, 84, 4),
	LATER("write_granularity_bytes", ZONED, 88, 4, .form = CONFIG_SIZE),
	LATER("zoned_model", ZONED, 92, 1),
};

#define RSS      BIT(VIRTIO_NET_F_RSS)
#define ANY_HASH (RSS | BIT(VIRTIO_NET_F_HASH_REPORT))

static const struct config_field net[] = {
	{ "mac", .gate = BIT(VIRTIO_NET_F_MAC), AT(net, mac), .form = CONFIG_MAC },
	NUM(net, status, BIT(VIRTIO_NET_F_STATUS)),
	NUM(net, max_virtqueue_pairs, RSS | BIT(VIRTIO_NET_F_MQ)),
	NUM(net, mtu, BIT(VIRTIO_NET_F_MTU)),
	{ "speed_mbit", .gate = BIT(VIRTIO_NET_F_SPEED_DUPLEX), AT(net, speed) },
	NUM(net, duplex, BIT(VIRTIO_NET_F_SPEED_DUPLEX)),
	NUM(net, rss_max_key_size, ANY_HASH),
	NUM(net, rss_max_indirection_table_length, RSS),
	MASK(net, supported_hash_types, ANY_HASH),
	LATER("supported_tunnel_types", BIT(51), 24, 4,
	      .form = CONFIG_HEX), /* 1.3, 5.1.4 */
};

static const struct config_field fs[] = {
	{ "tag", AT(fs, tag), .form = CONFIG_TEXT },
	NUM(fs, num_request_queues, 0),
	LATER("notify_buf_size", BIT(0), 40, 4), /* virtio 1.3, 5.11.4 */
};

static const struct config_field scsi[] = {
	NUM(scsi, num_queues, 0),      NUM(scsi, seg_max, 0),
	NUM(scsi, max_sectors, 0),     NUM(scsi, cmd_per_lun, 0),
	NUM(scsi, event_info_size, 0), NUM(scsi, sense_size, 0),
	NUM(scsi, cdb_size, 0),        NUM(scsi, max_channel, 0),
	NUM(scsi, max_target, 0),      NUM(scsi, max_lun, 0),
};

static const struct config_field console[] = {
	NUM(console, cols, BIT(VIRTIO_CONSOLE_F_SIZE)),
	NUM(console, rows, BIT(VIRTIO_CONSOLE_F_SIZE)),
	NUM(console, max_nr_ports, BIT(VIRTIO_CONSOLE_F_MULTIPORT)),
};

static const struct config_field vsock[] = { NUM(vsock, guest_cid, 0) };

static const struct config_field gpu[] = {
	MASK(gpu, events_read, 0), NUM(gpu, num_scanouts, 0), NUM(gpu, num_capsets, 0),
	LATER("blob_alignment_bytes", BIT(5), 16, 4,
	      .form = CONFIG_SIZE), /* virtio 1.4 draft */
};

/* What the union means is chosen by writing `select`, which a look does not do. */
static const struct config_field input[] = {
	NUM(input, select, 0),
	NUM(input, subsel, 0),
	NUM(input, size, 0),
};

static const struct config_field sound[] = {
	NUM(snd, jacks, 0), NUM(snd, streams, 0), NUM(snd, chmaps, 0),
	LATER("controls", BIT(0), 12, 4), /* virtio 1.3, 5.14.4 */
};

static const struct config_field gpio[] = {
	NUM(gpio, ngpio, 0),
	BYTES(gpio, gpio_names_size),
};

static const struct config_field crypto[] = {
	MASK(crypto, status, 0),          NUM(crypto, max_dataqueues, 0),
	MASK(crypto, crypto_services, 0), MASK(crypto, cipher_algo_l, 0),
	MASK(crypto, cipher_algo_h, 0),   MASK(crypto, hash_algo, 0),
	MASK(crypto, mac_algo_l, 0),      MASK(crypto, mac_algo_h, 0),
	MASK(crypto, aead_algo, 0),       BYTES(crypto, max_cipher_key_len),
	BYTES(crypto, max_auth_key_len),  MASK(crypto, akcipher_algo, 0),
	BYTES(crypto, max_size),
};

#define KIND(nm, mac, ...)                                                           \
	static const struct kind kind_##nm = {                                       \
		.name = #nm, .macro = (mac), .features = &features_##nm, __VA_ARGS__ \
	}

#define BLK_USUAL                                                 \
	(BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) | \
	 BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_MQ))
#define NET_USUAL                                                                       \
	(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_MRG_RXBUF) | \
	 BIT(VIRTIO_NET_F_STATUS) | BIT(VIRTIO_NET_F_MQ))

KIND(blk, "BLK", ROWS(blk), SIZES(96, 72, 60, 36, 24, 8), .usual = BLK_USUAL);
KIND(net, "NET", ROWS(net), SIZES(28, 24, 17, 12, 10, 8, 6), .usual = NET_USUAL);
KIND(fs, "FS", ROWS(fs), SIZES(44, 40));
KIND(scsi, "SCSI", ROWS(scsi), SIZES(36));
KIND(console, "CONSOLE", ROWS(console), SIZES(12, 8, 4));
KIND(vsock, "VSOCK", ROWS(vsock), SIZES(8));
KIND(gpu, "GPU", ROWS(gpu), SIZES(20, 16));
KIND(input, "INPUT", ROWS(input), SIZES(136, 8));
KIND(sound, "SND", ROWS(sound), SIZES(16, 12));
KIND(gpio, "GPIO", ROWS(gpio), SIZES(8));
KIND(i2c, "I2C", SIZES(0));
KIND(rng, "RNG", SIZES(0));
KIND(crypto, "CRYPTO", ROWS(crypto), SIZES(56));
KIND(scmi, "SCMI", SIZES(0));

const struct kind *const spec_kinds[] = {
	&kind_blk,   &kind_net, &kind_fs,     &kind_scsi,  &kind_console,
	&kind_vsock, &kind_gpu, &kind_input,  &kind_sound, &kind_gpio,
	&kind_i2c,   &kind_rng, &kind_crypto, &kind_scmi,  NULL,
};

const uint8_t spec_config_sizes[] = {
	255, 136, 96, 72, 60, 56, 44, 40, 36, 28, 24, 20, 17, 16, 12, 10, 8, 6, 4, 0,
};

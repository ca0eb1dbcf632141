/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration spaces of made-up content, read through the structs of the installed
 * headers: for each kind of device its name and bytes, then NAME=VALUE of each member.
 * What these headers are too old for is read through structs written from virtio 1.3.
 */
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

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* virtio 1.3: 5.2.4, 5.1.4, 5.11.4, 5.14.4; the draft of 1.4, 5.7.4. */
struct blk_zoned {
	struct virtio_blk_config old;
	uint32_t zone_sectors, max_open_zones, max_active_zones, max_append_sectors;
	uint32_t write_granularity;
	uint8_t model, unused2[3];
} __attribute__((packed));
struct net_tunnel {
	struct virtio_net_config old;
	uint32_t supported_tunnel_types;
} __attribute__((packed));
struct fs_notify {
	struct virtio_fs_config old;
	uint32_t notify_buf_size;
} __attribute__((packed));
struct gpu_blob {
	struct virtio_gpu_config old;
	uint32_t blob_alignment;
};
struct snd_controls {
	struct virtio_snd_config old;
	uint32_t controls;
};

static uint8_t bytes[256];

static void begin(const char *kind, size_t n)
{
	printf("\n%s ", kind);
	for (size_t i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

#define TELL(name, member) printf(" %s=%llu", name, (unsigned long long)(member))
#define PLAIN(at, member)  TELL(#member, (at).member)

static void tell_blk(void)
{
	struct blk_zoned z;
	struct virtio_blk_config *b = &z.old;

	memcpy(&z, bytes, sizeof(z));
	b->capacity &= 0xffffffffffff; /* in bytes it has to fit in 64 bits */
	memcpy(bytes, &z, sizeof(z));
	begin("blk", sizeof(z));
	TELL("capacity_bytes", b->capacity * 512);
	PLAIN(*b, size_max), PLAIN(*b, seg_max);
	TELL("cylinders", b->geometry.cylinders), TELL("heads", b->geometry.heads);
	TELL("sectors", b->geometry.sectors);
	PLAIN(*b, blk_size), PLAIN(*b, physical_block_exp), PLAIN(*b, alignment_offset);
	PLAIN(*b, min_io_size), PLAIN(*b, opt_io_size), PLAIN(*b, num_queues);
	TELL("writeback", b->wce != 0);
	PLAIN(*b, max_discard_sectors), PLAIN(*b, max_discard_seg);
	PLAIN(*b, discard_sector_alignment), PLAIN(*b, max_write_zeroes_sectors);
	PLAIN(*b, max_write_zeroes_seg);
	TELL("write_zeroes_may_unmap", b->write_zeroes_may_unmap != 0);
	PLAIN(*b, max_secure_erase_sectors), PLAIN(*b, max_secure_erase_seg);
	PLAIN(*b, secure_erase_sector_alignment);
	PLAIN(z, zone_sectors), PLAIN(z, max_open_zones), PLAIN(z, max_active_zones);
	PLAIN(z, max_append_sectors);
	TELL("write_granularity_bytes", z.write_granularity);
	TELL("zoned_model", z.model);
}

static void tell_net(void)
{
	struct net_tunnel t;
	struct virtio_net_config *n = &t.old;
	uint64_t mac = 0;

	memcpy(&t, bytes, sizeof(t));
	begin("net", sizeof(t));
	for (int i = 0; i < 6; i++)
		mac = mac << 8 | n->mac[i];
	TELL("mac", mac);
	PLAIN(*n, status), PLAIN(*n, max_virtqueue_pairs), PLAIN(*n, mtu);
	TELL("speed_mbit", n->speed);
	PLAIN(*n, duplex), PLAIN(*n, rss_max_key_size);
	PLAIN(*n, rss_max_indirection_table_length), PLAIN(*n, supported_hash_types);
	PLAIN(t, supported_tunnel_types);
}

static void tell_scsi(void)
{
	struct virtio_scsi_config s;

	memcpy(&s, bytes, sizeof(s));
	begin("scsi", sizeof(s));
	PLAIN(s, num_queues), PLAIN(s, seg_max), PLAIN(s, max_sectors);
	PLAIN(s, cmd_per_lun), PLAIN(s, event_info_size), PLAIN(s, sense_size);
	PLAIN(s, cdb_size), PLAIN(s, max_channel), PLAIN(s, max_target);
	PLAIN(s, max_lun);
}

static void tell_small(void)
{
	struct virtio_console_config console;
	struct virtio_vsock_config vsock;
	struct virtio_input_config input;
	struct virtio_gpio_config gpio;
	struct snd_controls sound;
	struct fs_notify fs;
	struct gpu_blob gpu;

	memcpy(&console, bytes, sizeof(console));
	begin("console", sizeof(console));
	PLAIN(console, cols), PLAIN(console, rows), PLAIN(console, max_nr_ports);
	memcpy(&vsock, bytes, sizeof(vsock));
	begin("vsock", sizeof(vsock));
	PLAIN(vsock, guest_cid);
	memcpy(&input, bytes, sizeof(input));
	begin("input", sizeof(input));
	PLAIN(input, select), PLAIN(input, subsel), PLAIN(input, size);
	memcpy(&gpio, bytes, sizeof(gpio));
	begin("gpio", sizeof(gpio));
	PLAIN(gpio, ngpio);
	TELL("gpio_names_size_bytes", gpio.gpio_names_size);
	memcpy(&sound, bytes, sizeof(sound));
	begin("sound", sizeof(sound));
	PLAIN(sound.old, jacks), PLAIN(sound.old, streams), PLAIN(sound.old, chmaps);
	PLAIN(sound, controls);
	memcpy(&fs, bytes, sizeof(fs));
	begin("fs", sizeof(fs));
	PLAIN(fs.old, num_request_queues), PLAIN(fs, notify_buf_size);
	memcpy(&gpu, bytes, sizeof(gpu));
	begin("gpu", sizeof(gpu));
	PLAIN(gpu.old, events_read), PLAIN(gpu.old, num_scanouts);
	PLAIN(gpu.old, num_capsets);
	TELL("blob_alignment_bytes", gpu.blob_alignment);
}

static void tell_crypto(void)
{
	struct virtio_crypto_config c;

	memcpy(&c, bytes, sizeof(c));
	begin("crypto", sizeof(c));
	PLAIN(c, status), PLAIN(c, max_dataqueues), PLAIN(c, crypto_services);
	PLAIN(c, cipher_algo_l), PLAIN(c, cipher_algo_h), PLAIN(c, hash_algo);
	PLAIN(c, mac_algo_l), PLAIN(c, mac_algo_h), PLAIN(c, aead_algo);
	TELL("max_cipher_key_len_bytes", c.max_cipher_key_len);
	TELL("max_auth_key_len_bytes", c.max_auth_key_len);
	PLAIN(c, akcipher_algo);
	TELL("max_size_bytes", c.max_size);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	tell_blk();
	tell_net();
	tell_scsi();
	tell_small();
	tell_crypto();
	puts("");
	return 0;
}

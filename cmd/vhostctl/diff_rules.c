/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_rules.c - what a difference of two back-ends means to a guest that moves. Pure.
 *
 * A guest knows virtio features and the configuration; protocol features are between the
 * VMM and the back-end, and most of them can be done without. Tried with QEMU 7.2.
 */
#include "diff_rules.h"

#include "spec.h"
#include "units.h"

#include <linux/vhost_types.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_net.h>

/* As many as a VMM takes where the back-end does not say: one queue, or pair of them
 * (Multiple queue support), and the 8 regions of SET_MEM_TABLE. */
enum { QUEUES_UNSAID = 1, PAIR = 2, SLOTS_UNSAID = 8 };

static const char no_more_moves[] = "a guest can't be moved on from there";

/* Protocol features that are lost. */
static const struct {
	uint8_t bit;
	uint8_t verdict;
	const char *why;
} losses[] = {
	{ VU_F_LOG_SHMFD, CHANGES, no_more_moves },
	{ VU_F_RARP, CHANGES,
	  "the network is not told where a guest without GUEST_ANNOUNCE went" },
	{ VU_F_REPLY_ACK, CHANGES, "what fails is not told to the VMM" },
	{ VU_F_NET_MTU, CHANGES, "the back-end is not told the MTU" },
	{ VU_F_BACKEND_REQ, CHANGES, "the guest is not told of changes, as of the size" },
	{ VU_F_CROSS_ENDIAN, BREAKS,
	  "a guest of the other byte order and without VERSION_1 does not run" },
	{ VU_F_CRYPTO_SESSION, BREAKS, "a crypto device does not start" },
	{ VU_F_PAGEFAULT, CHANGES, "a guest can't be moved on from there by post-copy" },
	{ VU_F_BACKEND_SEND_FD, CHANGES, "the back-end sends no fds to the VMM" },
	{ VU_F_HOST_NOTIFIER, CHANGES, "each notification goes through the VMM" },
	{ VU_F_INFLIGHT_SHMFD, CHANGES,
	  "requests in flight are lost when the back-end dies" },
	{ VU_F_RESET_DEVICE, CHANGES, "a reset only stops the rings" },
	{ VU_F_INBAND_NOTIFICATIONS, CHANGES, "notifications take eventfds" },
	{ VU_F_STATUS, CHANGES, "the back-end is not told the device status" },
	{ VU_F_XEN_MMAP, BREAKS, "memory of a guest under Xen can't be mapped" },
	{ VU_F_SHARED_OBJECT, CHANGES, "objects are not shared with other devices" },
	{ VU_F_GET_VRING_BASE_INFLIGHT, CHANGES,
	  "a guest that moves on from there waits for requests in flight" },
	{ VU_F_GPA_ADDRESSES, CHANGES, "addresses of rings are those of the VMM" },
};

static bool is_one_of(const struct offer *o, const char *const *kinds)
{
	for (; *kinds; kinds++)
		if (!strcmp(o->type, *kinds))
			return true;
	return false;
}

/* Devices whose configuration the VMM makes up itself. */
static bool is_configured_by_vmm(const struct offer *o)
{
	static const char *const kinds[] = { "net", "fs", "scsi", "i2c", "rng", NULL };

	return is_one_of(o, kinds);
}

/* Devices that have no state but what the guest's memory and the configuration hold. */
static bool is_stateless(const struct offer *o)
{
	static const char *const kinds[] = { "blk", "net", "scsi", "i2c", "rng", NULL };

	return is_one_of(o, kinds);
}

/* What a VMM tells its guest of a network device without asking the back-end: those that
 * QEMU's net/vhost-net.c leaves out of what it asks for. */
#define NET_OF_VMM                                                           \
	(BIT(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) | BIT(VIRTIO_NET_F_MAC) |     \
	 BIT(VIRTIO_NET_F_STATUS) | BIT(VIRTIO_NET_F_CTRL_VQ) |              \
	 BIT(VIRTIO_NET_F_CTRL_RX) | BIT(VIRTIO_NET_F_CTRL_VLAN) |           \
	 BIT(VIRTIO_NET_F_CTRL_RX_EXTRA) | BIT(VIRTIO_NET_F_CTRL_MAC_ADDR) | \
	 BIT(VIRTIO_NET_F_STANDBY) | BIT(VIRTIO_NET_F_SPEED_DUPLEX))

struct ruling rule_feature(const struct offer *a, unsigned int bit, bool lost)
{
	if (!lost && bit == VIRTIO_BLK_F_RO && !strcmp(a->type, "blk"))
		return (struct ruling){ BREAKS, "what the guest writes fails" };
	if (!lost)
		return (struct ruling){ GAINS, NULL };
	if (!strcmp(a->type, "net") && NET_OF_VMM & BIT(bit))
		return (struct ruling){ CHANGES, "the VMM has it itself" };
	if (bit == VHOST_F_LOG_ALL)
		return (struct ruling){ CHANGES, no_more_moves };
	if (bit == VU_F_PROTOCOL_FEATURES)
		return (struct ruling){ BREAKS, "no protocol feature can be used" };
	return (struct ruling){ BREAKS, "a guest that has switched it on is refused" };
}

static uint64_t queues_of(const struct offer *o)
{
	return o->queues.has             ? o->queues.v
	       : !strcmp(o->type, "net") ? PAIR
					 : QUEUES_UNSAID;
}

static uint64_t slots_of(const struct offer *o)
{
	return o->max_mem_slots.has ? o->max_mem_slots.v : SLOTS_UNSAID;
}

struct ruling rule_protocol(const struct offer *a, unsigned int bit, bool lost)
{
	if (!lost)
		return (struct ruling){ GAINS, NULL };
	for (size_t i = 0; i < COUNT(losses); i++)
		if (losses[i].bit == bit)
			return (struct ruling){ (enum verdict)losses[i].verdict,
						losses[i].why };
	switch (bit) {
	case VU_F_MQ:
		return (struct ruling){ CHANGES, "it does not say how many queues" };
	case VU_F_CONFIGURE_MEM_SLOTS:
		return (struct ruling){ CHANGES, "memory is given all at once" };
	case VU_F_CONFIG:
		if (is_configured_by_vmm(a))
			return (struct ruling){ CHANGES, "the VMM makes it up" };
		return (struct ruling){ BREAKS, "a device that has one does not start" };
	case VU_F_DEVICE_STATE:
		if (is_stateless(a))
			return (struct ruling){ CHANGES, "it has no state of its own" };
		return (struct ruling){ BREAKS,
					"the state that is saved can't be loaded" };
	case VU_F_SHMEM:
		if (is_stateless(a))
			return (struct ruling){ CHANGES, "it has no use for it" };
		return (struct ruling){ BREAKS,
					"shared memory of the guest is not there" };
	}
	return (struct ruling){ CHANGES, "what it is for is not known" };
}

static struct ruling rule_count(uint64_t a, uint64_t b, const char *why)
{
	return b < a   ? (struct ruling){ BREAKS, why }
	       : b > a ? (struct ruling){ GAINS, NULL }
		       : (struct ruling){ CHANGES, NULL };
}

struct ruling rule_queues(const struct offer *a, const struct offer *b)
{
	return rule_count(queues_of(a), queues_of(b),
			  "a device that has more queues does not start");
}

struct ruling rule_slots(const struct offer *a, const struct offer *b)
{
	return rule_count(slots_of(a), slots_of(b),
			  b->max_mem_slots.has ? "a VM that has more memory regions fails"
					       : "a VM that has more than 8 memory "
						 "regions fails");
}

enum rule { EXTENT, BLOCK, FIXED, KEPT, LIMIT, QUEUES };

/* Members that are no mere figures; others beginning with max_ are limits too. */
static const struct {
	const char *key;
	enum rule rule;
} members[] = {
	{ "capacity_bytes", EXTENT },
	{ "blk_size", BLOCK },
	{ "zoned_model", FIXED },
	{ "zone_sectors", FIXED },
	{ "guest_cid", FIXED },
	{ "ngpio", FIXED },
	{ "jacks", FIXED },
	{ "streams", FIXED },
	{ "chmaps", FIXED },
	{ "controls", FIXED },
	{ "num_scanouts", FIXED },
	{ "num_capsets", FIXED },
	{ "max_nr_ports", FIXED },
	{ "mac", KEPT },
	{ "mtu", KEPT },
	{ "tag", KEPT },
	{ "cylinders", KEPT },
	{ "heads", KEPT },
	{ "sectors", KEPT },
	{ "num_queues", QUEUES },
	{ "num_request_queues", QUEUES },
	{ "max_virtqueue_pairs", QUEUES },
	{ "seg_max", LIMIT },
	{ "size_max", LIMIT },
	{ "cmd_per_lun", LIMIT },
	{ "rss_max_key_size", LIMIT },
	{ "rss_max_indirection_table_length", LIMIT },
};

static struct ruling rule_number(const char *key, uint64_t a, uint64_t b)
{
	enum rule rule = strncmp(key, "max_", 4) ? KEPT : LIMIT;

	for (size_t i = 0; i < COUNT(members); i++)
		if (!strcmp(members[i].key, key))
			rule = members[i].rule;
	switch (rule) {
	case EXTENT:
		return rule_count(a, b, "what is beyond the new end fails");
	case BLOCK:
		/* To the specification it is a matter of speed (virtio 1.1, 5.2.5), and a
		 * guest keeps the size that it has read. */
		if (b > a)
			return (struct ruling){ BREAKS,
						"requests within a block fail on some "
						"back-ends, as on qemu-storage-daemon" };
		return (struct ruling){ CHANGES, NULL };
	case FIXED:
		return (struct ruling){ BREAKS, "a guest has read it and stands on it" };
	case QUEUES:
		return rule_count(a, b, "a guest that uses more queues loses some");
	case LIMIT:
		return rule_count(a, b, "requests that a guest makes may be too big");
	case KEPT:
		break;
	}
	return (struct ruling){ CHANGES, NULL };
}

struct ruling rule_config(const char *key, const char *was, const char *is)
{
	uint64_t a, b;

	if (!strcmp(key, "tag") || !strcmp(key, "mac"))
		return (struct ruling){ CHANGES,
					"a guest keeps the one that it has read" };
	if (parse_u64(was, &a) || parse_u64(is, &b))
		return (struct ruling){ CHANGES, NULL };
	if (strncmp(was, "0x", 2) != 0)
		return rule_number(key, a, b);
	if (a & ~b)
		return (struct ruling){ BREAKS, "a guest may use what is lost" };
	return (struct ruling){ GAINS, NULL };
}

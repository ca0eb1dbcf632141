/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of protocols, flags and control messages, and the headers of small protocols. */
#include "spec.h"

#include <linux/connector.h>
#include <linux/genetlink.h>
#include <linux/netfilter/nfnetlink.h>

/* clang-format off */
#define PROTOCOL(n) { .number = NETLINK_##n, .name = #n }

static const struct name protocols[] = {
	PROTOCOL(ROUTE), PROTOCOL(USERSOCK), PROTOCOL(FIREWALL), PROTOCOL(SOCK_DIAG),
	PROTOCOL(NFLOG), PROTOCOL(XFRM), PROTOCOL(SELINUX), PROTOCOL(ISCSI),
	PROTOCOL(AUDIT), PROTOCOL(FIB_LOOKUP), PROTOCOL(CONNECTOR), PROTOCOL(NETFILTER),
	PROTOCOL(IP6_FW), PROTOCOL(DNRTMSG), PROTOCOL(KOBJECT_UEVENT), PROTOCOL(GENERIC),
	PROTOCOL(SCSITRANSPORT), PROTOCOL(ECRYPTFS), PROTOCOL(RDMA), PROTOCOL(CRYPTO),
	PROTOCOL(SMC),
};
const struct names protocol_names = NAMES(protocols);

#define COMMON_FLAGS								\
	{ 0, "REQUEST" }, { 1, "MULTI" }, { 2, "ACK" }, { 3, "ECHO" },		\
	{ 4, "DUMP_INTR" }, { 5, "DUMP_FILTERED" }

/* Bits 8 and up of what the kernel sends repeat the request that changed something. */
static const struct name data_bits[] = {
	COMMON_FLAGS, { 8, "REPLACE" }, { 9, "EXCL" }, { 10, "CREATE" }, { 11, "APPEND" },
};
const struct names reply_flags = NAMES(data_bits);

/* Of requests that get; those that change give the same bits other names. */
static const struct name request_bits[] = {
	COMMON_FLAGS, { 8, "ROOT" }, { 9, "MATCH" }, { 10, "ATOMIC" }, { 11, "APPEND" },
};
const struct names request_flags = NAMES(request_bits);

static const struct name ack_bits[] = { COMMON_FLAGS, { 8, "CAPPED" }, { 9, "ACK_TLVS" } };
const struct names ack_flags = NAMES(ack_bits);

/* linux/genetlink.h: GENL_ADMIN_PERM, GENL_CMD_CAP_* and GENL_UNS_ADMIN_PERM. */
static const struct name op_bits[] = {
	{ 0, "ADMIN_PERM" }, { 1, "DO" }, { 2, "DUMP" }, { 3, "HASPOL" },
	{ 4, "UNS_ADMIN_PERM" },
};
const struct names op_flags = NAMES(op_bits);

#define SUBSYSTEM(n) { .number = NFNL_SUBSYS_##n, .name = #n }

static const struct name subsystems[] = {
	SUBSYSTEM(CTNETLINK), SUBSYSTEM(CTNETLINK_EXP), SUBSYSTEM(QUEUE), SUBSYSTEM(ULOG),
	SUBSYSTEM(OSF), SUBSYSTEM(IPSET), SUBSYSTEM(ACCT), SUBSYSTEM(CTNETLINK_TIMEOUT),
	SUBSYSTEM(CTHELPER), SUBSYSTEM(NFTABLES), SUBSYSTEM(NFT_COMPAT), SUBSYSTEM(HOOK),
};
const struct names nfnl_subsystems = NAMES(subsystems);

static const struct member genl_members[] = {
	MEMBER(genlmsghdr, cmd), MEMBER(genlmsghdr, version),
};
const struct header genl_header = HEADER(genlmsghdr, MEMBERS(genl_members));

static const struct member nfnl_members[] = {
	MEMBER(nfgenmsg, nfgen_family), MEMBER(nfgenmsg, version), MEMBER(nfgenmsg, res_id),
};
const struct header nfnl_header = HEADER(nfgenmsg, MEMBERS(nfnl_members));

static const struct member connector_members[] = {
	MEMBER(cn_msg, id.idx), MEMBER(cn_msg, id.val), MEMBER(cn_msg, seq),
	MEMBER(cn_msg, ack), MEMBER(cn_msg, len), MEMBER(cn_msg, flags),
};
const struct header connector_header =
	HEADER(cn_msg, .opaque = true, MEMBERS(connector_members));

/* The code itself is shown as the error. */
static const struct member error_members[] = {
	MEMBER(nlmsgerr, msg.nlmsg_len), MEMBER(nlmsgerr, msg.nlmsg_type),
	MEMBER(nlmsgerr, msg.nlmsg_flags), MEMBER(nlmsgerr, msg.nlmsg_seq),
	MEMBER(nlmsgerr, msg.nlmsg_pid),
};
const struct header error_header = HEADER(nlmsgerr, MEMBERS(error_members));
/* clang-format on */

static const struct message control[] = {
	MESSAGE(NLMSG_NOOP, NULL),
	MESSAGE(NLMSG_ERROR, &error_header),
	MESSAGE(NLMSG_DONE, NULL),
	MESSAGE(NLMSG_OVERRUN, NULL),
};
const struct messages control_messages = { control, COUNT(control) };

static const struct message netfilter[] = {
	MESSAGE(NFNL_MSG_BATCH_BEGIN, &nfnl_header),
	MESSAGE(NFNL_MSG_BATCH_END, &nfnl_header),
};
const struct messages netfilter_messages = { netfilter, COUNT(netfilter) };

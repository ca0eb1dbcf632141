/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NETLINK_SOCK_DIAG and NETLINK_XFRM: messages and their fixed headers (sock_diag(7)). */
#include "spec.h"

#include <linux/inet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>
#include <linux/xfrm.h>
#include <sys/socket.h>

/* clang-format off */
static const struct member unix_members[] = {
	MEMBER(unix_diag_msg, udiag_family), MEMBER(unix_diag_msg, udiag_type),
	MEMBER(unix_diag_msg, udiag_state), MEMBER(unix_diag_msg, udiag_ino),
	MEMBER(unix_diag_msg, udiag_cookie),
};
static const struct header unix_msg = HEADER(unix_diag_msg, MEMBERS(unix_members));
static const struct header unix_req = HEADER(unix_diag_req);

static const struct member inet_members[] = {
	MEMBER(inet_diag_msg, idiag_family), MEMBER(inet_diag_msg, idiag_state),
	MEMBER(inet_diag_msg, idiag_timer), MEMBER(inet_diag_msg, idiag_retrans),
	MEMBER(inet_diag_msg, id.idiag_sport), MEMBER(inet_diag_msg, id.idiag_dport),
	MEMBER(inet_diag_msg, id.idiag_src), MEMBER(inet_diag_msg, id.idiag_dst),
	MEMBER(inet_diag_msg, id.idiag_if), MEMBER(inet_diag_msg, id.idiag_cookie),
	MEMBER(inet_diag_msg, idiag_expires), MEMBER(inet_diag_msg, idiag_rqueue),
	MEMBER(inet_diag_msg, idiag_wqueue), MEMBER(inet_diag_msg, idiag_uid),
	MEMBER(inet_diag_msg, idiag_inode),
};
static const struct header inet_msg = HEADER(inet_diag_msg, MEMBERS(inet_members));
static const struct header inet_req = HEADER(inet_diag_req_v2);

static const struct member netlink_members[] = {
	MEMBER(netlink_diag_msg, ndiag_family), MEMBER(netlink_diag_msg, ndiag_type),
	MEMBER(netlink_diag_msg, ndiag_protocol), MEMBER(netlink_diag_msg, ndiag_state),
	MEMBER(netlink_diag_msg, ndiag_portid), MEMBER(netlink_diag_msg, ndiag_dst_portid),
	MEMBER(netlink_diag_msg, ndiag_dst_group), MEMBER(netlink_diag_msg, ndiag_ino),
	MEMBER(netlink_diag_msg, ndiag_cookie),
};
static const struct header netlink_msg = HEADER(netlink_diag_msg, MEMBERS(netlink_members));
static const struct header netlink_req = HEADER(netlink_diag_req);

static const struct member packet_members[] = {
	MEMBER(packet_diag_msg, pdiag_family), MEMBER(packet_diag_msg, pdiag_type),
	MEMBER(packet_diag_msg, pdiag_num), MEMBER(packet_diag_msg, pdiag_ino),
	MEMBER(packet_diag_msg, pdiag_cookie),
};
static const struct header packet_msg = HEADER(packet_diag_msg, MEMBERS(packet_members));
static const struct header packet_req = HEADER(packet_diag_req);

static const struct member xdp_members[] = {
	MEMBER(xdp_diag_msg, xdiag_family), MEMBER(xdp_diag_msg, xdiag_type),
	MEMBER(xdp_diag_msg, xdiag_ino), MEMBER(xdp_diag_msg, xdiag_cookie),
};
static const struct header xdp_msg = HEADER(xdp_diag_msg, MEMBERS(xdp_members));
static const struct header xdp_req = HEADER(xdp_diag_req);

static const struct member vsock_members[] = {
	MEMBER(vsock_diag_msg, vdiag_family), MEMBER(vsock_diag_msg, vdiag_type),
	MEMBER(vsock_diag_msg, vdiag_state), MEMBER(vsock_diag_msg, vdiag_shutdown),
	MEMBER(vsock_diag_msg, vdiag_src_cid), MEMBER(vsock_diag_msg, vdiag_src_port),
	MEMBER(vsock_diag_msg, vdiag_dst_cid), MEMBER(vsock_diag_msg, vdiag_dst_port),
	MEMBER(vsock_diag_msg, vdiag_ino), MEMBER(vsock_diag_msg, vdiag_cookie),
};
static const struct header vsock_msg = HEADER(vsock_diag_msg, MEMBERS(vsock_members));
static const struct header vsock_req = HEADER(vsock_diag_req);

static const struct {
	uint8_t family;
	const struct header *request, *reply;
} diag_families[] = {
	{ AF_UNIX, &unix_req, &unix_msg },	 { AF_INET, &inet_req, &inet_msg },
	{ AF_INET6, &inet_req, &inet_msg },	 { AF_NETLINK, &netlink_req, &netlink_msg },
	{ AF_PACKET, &packet_req, &packet_msg }, { AF_XDP, &xdp_req, &xdp_msg },
	{ AF_VSOCK, &vsock_req, &vsock_msg },
};

const struct header *diag_header(uint8_t family, bool request)
{
	for (size_t i = 0; i < COUNT(diag_families); i++)
		if (diag_families[i].family == family)
			return request ? diag_families[i].request : diag_families[i].reply;
	return NULL;
}

static const struct message diag[] = {
	MESSAGE(TCPDIAG_GETSOCK, NULL),
	MESSAGE(DCCPDIAG_GETSOCK, NULL),
	MESSAGE(SOCK_DIAG_BY_FAMILY, NULL),
	MESSAGE(SOCK_DESTROY, NULL),
};
const struct messages diag_messages = { diag, COUNT(diag) };

static const struct header sa = HEADER(xfrm_usersa_info);
static const struct header sa_id = HEADER(xfrm_usersa_id);
static const struct header policy = HEADER(xfrm_userpolicy_info);
static const struct header policy_id = HEADER(xfrm_userpolicy_id);
static const struct header spi = HEADER(xfrm_userspi_info);
static const struct header acquire = HEADER(xfrm_user_acquire);
static const struct header expire = HEADER(xfrm_user_expire);
static const struct header polexpire = HEADER(xfrm_user_polexpire);
static const struct header flush = HEADER(xfrm_usersa_flush);
static const struct header ae = HEADER(xfrm_aevent_id);
static const struct header report = HEADER(xfrm_user_report);
static const struct header mapping = HEADER(xfrm_user_mapping);
static const struct header standard = HEADER(xfrm_userpolicy_default);
static const struct header none = { .name = "none" };
static const struct header flags = { .name = "flags", .size = sizeof(uint32_t) };

static const struct message xfrm[] = {
	MESSAGE(XFRM_MSG_NEWSA, &sa), MESSAGE(XFRM_MSG_DELSA, &sa_id),
	MESSAGE(XFRM_MSG_GETSA, &sa_id), MESSAGE(XFRM_MSG_NEWPOLICY, &policy),
	MESSAGE(XFRM_MSG_DELPOLICY, &policy_id), MESSAGE(XFRM_MSG_GETPOLICY, &policy_id),
	MESSAGE(XFRM_MSG_ALLOCSPI, &spi), MESSAGE(XFRM_MSG_ACQUIRE, &acquire),
	MESSAGE(XFRM_MSG_EXPIRE, &expire), MESSAGE(XFRM_MSG_UPDPOLICY, &policy),
	MESSAGE(XFRM_MSG_UPDSA, &sa), MESSAGE(XFRM_MSG_POLEXPIRE, &polexpire),
	MESSAGE(XFRM_MSG_FLUSHSA, &flush), MESSAGE(XFRM_MSG_FLUSHPOLICY, &none),
	MESSAGE(XFRM_MSG_NEWAE, &ae), MESSAGE(XFRM_MSG_GETAE, &ae),
	MESSAGE(XFRM_MSG_REPORT, &report), MESSAGE(XFRM_MSG_MIGRATE, &policy_id),
	MESSAGE(XFRM_MSG_NEWSADINFO, &flags), MESSAGE(XFRM_MSG_GETSADINFO, &flags),
	MESSAGE(XFRM_MSG_NEWSPDINFO, &flags), MESSAGE(XFRM_MSG_GETSPDINFO, &flags),
	MESSAGE(XFRM_MSG_MAPPING, &mapping), MESSAGE(XFRM_MSG_SETDEFAULT, &standard),
	MESSAGE(XFRM_MSG_GETDEFAULT, &standard),
};
/* clang-format on */
const struct messages xfrm_messages = { xfrm, COUNT(xfrm) };

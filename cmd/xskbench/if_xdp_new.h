/* SPDX-License-Identifier: GPL-2.0-or-later */
/* if_xdp_new.h - what Debian 12's linux/if_xdp.h is too old for; values are those of
 * include/uapi/linux/if_xdp.h. */
#ifndef XSKBENCH_IF_XDP_NEW_H
#define XSKBENCH_IF_XDP_NEW_H

#include <linux/if_xdp.h>

#ifndef XDP_USE_SG /* 6.6 */
#define XDP_USE_SG (1 << 4)
#endif
#ifndef XDP_PKT_CONTD /* 6.6: the packet goes on in the next descriptor */
#define XDP_PKT_CONTD (1 << 0)
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET /* 6.17 */
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

#ifndef XDP_UMEM_TX_METADATA_LEN /* 6.8 */
#define XDP_UMEM_TX_METADATA_LEN (1 << 2)
#endif

/* struct xdp_umem_reg since 6.8: read by its length. */
struct xdp_umem_reg_new {
	__u64 addr, len;
	__u32 chunk_size, headroom, flags, tx_metadata_len;
};

#endif

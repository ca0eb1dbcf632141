/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session.h - one front-end that we serve: its messages, memory and rings. */
#ifndef VHOSTCTL_SESSION_H
#define VHOSTCTL_SESSION_H

#include "channel.h"
#include "outbox.h"
#include "script.h"
#include "vdev.h"

#include <poll.h>

/* What all front-ends share. */
struct backend {
	struct vdev dev;
	const struct diag *diag;
	uint64_t features, protocol; /* offered */
	uint64_t shmem_size;         /* bytes of the shared memory region; 0: none */
	struct faults faults;
	bool ring_faults;             /* there are some in the rings */
	struct answers *answers;      /* of a script; NULL: none */
	struct vq_chain chain, other; /* scratch: one front-end at a time is worked on */
};

/* Offers all that we have for b->dev. */
void backend_offer(struct backend *b) NONNULL(1);

/* Takes back what stands on a feature that was taken out (vhost-user.rst). */
void backend_settle(struct backend *b) NONNULL(1);

/* The state of the device on its way (SET_DEVICE_STATE_FD). */
struct transfer {
	int fd; /* read from while loading; -1: none */
	struct buf loaded;
	int err; /* -errno: it failed */
	bool loading;
};

struct session {
	struct backend *backend;
	uint64_t number, start_ns;
	struct conn conn;
	struct message rx;
	struct outbox out;
	const char *closed_by; /* where out.close is set: what for */
	struct guest guest;
	struct vdev_client client; /* rings, negotiated virtio features */
	bool features_set;         /* SET_FEATURES came */
	struct fault_counts seen;
	uint64_t asked[64]; /* how often each request came, for a script */
	uint64_t protocol, status;
	struct channel channel;
	struct transfer transfer;
	void *inflight; /* mapped, NULL: none */
	size_t inflight_size;
	struct dirty dirty; /* what we write to is marked there */
	void *log;          /* its mapping, NULL: none */
	size_t log_size;
	int log_fd; /* is told when something was marked, -1: none */
	int shmem;  /* memfd that was mapped by SHMEM_MAP, -1: not yet */
	uint64_t messages, kicks;
	bool over;
	char why[128];     /* it ended */
	char refusal[128]; /* the first request that was refused; "" for none */
};

/* Takes the connection's fd, which is closed in any case. NULL where memory is out. */
struct session *session_new(struct backend *b, int fd, uint64_t number) NONNULL(1);
void session_free(struct session *s);

/* Says why it is over, unless it was before. */
void session_end(struct session *s, const char *fmt, ...) PRINTF(2, 3) NONNULL(1, 2);

enum { SESSION_FDS = 3 }; /* its own, besides one for each ring's kick */

/* What to wait for: fills in at most SESSION_FDS + nrings entries, and shortens *wait_ns
 * where something is due earlier. Returns how many. */
size_t session_poll(const struct session *s, struct pollfd *p, uint64_t now,
		    uint64_t *wait_ns) NONNULL(1, 2, 4);

/* Does what these entries and the time allow. */
void session_move(struct session *s, const struct pollfd *p, size_t n) NONNULL(1, 2);

/* Works on the rings. Returns how many buffers were given back. */
size_t session_work(struct session *s) NONNULL(1);

/* Asks for kicks in all rings, before sleeping. */
void session_want_kicks(struct session *s) NONNULL(1);

/* The disk has another size: the front-end is told. */
void session_config_changed(struct session *s) NONNULL(1);

/* session_answer.c: acts on a whole message: what it answers goes to s->out. */
void session_request(struct session *s) NONNULL(1);

/* session_requests.c: what acts on a request that is in order, adding its answer, if it
 * has one, to reply. Returns 0 or -errno. NULL for requests that are not known. */
typedef int session_handler(struct session *s, struct bytes body, struct buf *reply);
session_handler *session_handles(uint32_t request);

/* session_rings.c: requests about rings. Each returns 0 or -errno. */
int session_vring_num(struct session *s, struct bytes body);
int session_vring_addr(struct session *s, struct bytes body);
int session_vring_base(struct session *s, struct bytes body);
int session_get_vring_base(struct session *s, struct bytes body, struct buf *reply);
int session_vring_fd(struct session *s, struct bytes body);
int session_vring_enable(struct session *s, struct bytes body);
int session_vring_kick(struct session *s, struct bytes body);

/* All rings stopped, and forgotten; or only disabled too. */
void session_reset_rings(struct session *s) NONNULL(1);
void session_stop_rings(struct session *s) NONNULL(1);

/* The regions have changed: rings are translated anew; what is not there any more fails.
 */
void session_remap(struct session *s) NONNULL(1);

/* Whether all rings are stopped: "suspended". */
bool session_suspended(const struct session *s) NONNULL(1);

/* session_log.c: the log of a migration. */
int session_set_log_base(struct session *s, struct bytes body);
int session_set_log_fd(struct session *s);
void session_drop_log(struct session *s) NONNULL(1);

/* session_state.c: inflight memory, device state, shared memory. */
int session_get_inflight(struct session *s, struct bytes body, struct buf *reply);
int session_set_inflight(struct session *s, struct bytes body);
int session_set_state_fd(struct session *s, struct bytes body, struct buf *reply);
int session_check_state(struct session *s, struct bytes body, struct buf *reply);
int session_shmem_config(struct session *s, struct bytes body, struct buf *reply);
void session_map_shmem(struct session *s);
void session_load(struct session *s);
void session_drop_inflight(struct session *s);

/* Takes the first fd of the message at hand; -1 where there is none. */
int session_take_fd(struct session *s) NONNULL(1);

#endif

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl serve --script: answers from a file, their fds and pauses, as a socket of ours
# receives them.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-lib

setup() {
	D=$(mktemp -d)
}

teardown() {
	[ -z "${SERVE-}" ] || end "$SERVE"
	rm -rf "$D"
}

serve() { # OPTION...: a back-end at $D/serve.sock, its records in $D/served
	vhostctl serve -j "$@" "$D/serve.sock" >"$D/served" 3>&- &
	SERVE=$!
	wait_socket "$D/serve.sock"
}

script() { # LINE...: a back-end that answers so
	printf '%s\n' "$@" >"$D/script"
	serve --script "$D/script"
}

# Sends requests without a body, and prints each message that comes then: hex, the fds'
# files, and whether it came 100 ms or more after the one before.
ask() { # REQUEST...
	python3 - "$D/serve.sock" "$@" <<-'PY'
		import array, os, socket, struct, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.settimeout(20)
		s.connect(sys.argv[1])
		for request in sys.argv[2:]:
		    s.send(struct.pack("=III", int(request), 1, 0))
		before = time.monotonic()
		s.shutdown(socket.SHUT_WR)
		fds = array.array("i")
		def take(n):
		    data = b""
		    while len(data) < n:
		        more, anc, _, _ = s.recvmsg(n - len(data), socket.CMSG_SPACE(4 * 253))
		        if not more:
		            sys.exit(len(data))
		        data += more
		        for _, _, d in anc:
		            fds.frombytes(d)
		    return data
		while True:
		    head = take(12)
		    data = head + take(struct.unpack("=I", head[8:])[0])
		    now = time.monotonic()
		    print(data.hex(), *(f"{os.readlink(f'/proc/self/fd/{f}')}:{os.fstat(f).st_size}" for f in fds),
		          "later" if now - before >= 0.1 else "", flush=True)
		    before = now
		    del fds[:]
	PY
}

@test "fds go with the first byte of the message after them, made anew for each" {
	echo content >"$D/file"
	script "GET_FEATURES fd:memfd:1M reply=5 SET_OWNER+reply=7 fd:eventfd fd:$D/file GET_INFLIGHT_FD+reply=4096,0,1,64"
	before= n=0
	fds() { ls "/proc/$SERVE/fd" | wc -l; }
	for _ in 1 2; do
		run -0 ask 1
		equal first "${lines[0]}" "0100000005000000080000000500000000000000 /memfd:vhostctl (deleted):1048576 "
		equal second "${lines[1]}" "0300000005000000080000000700000000000000 "
		[[ "${lines[2]}" = "1f00000005000000"*" anon_inode:[eventfd]:"*" $D/file:8 " ]] || fail "${lines[2]}"
		same() { [ "$(fds)" = "${before:=$(fds)}" ]; }
		left() { [ "$(wc -l <"$D/served")" = "$1" ]; }
		wait_for left $((++n))
		wait_for same
	done
}

@test "a pause is where it stands, and close comes after all of it" {
	script "GET_FEATURES reply=1 sleep:200ms fd:null reply=2 sleep:200ms close"
	run -0 ask 1
	equal messages "${#lines[@]}" 2
	equal first "${lines[0]}" "0100000005000000080000000100000000000000 "
	equal second "${lines[1]}" "0100000005000000080000000200000000000000 /dev/null:0 later"
	served() { grep -q '"end":"closed by the script"' "$D/served"; }
	wait_for served
	[ "$(jq .duration_ns "$D/served")" -ge 400000000 ]
}

@test "a message of the script, and then what the device does, with the fd of the script" {
	script "GET_FEATURES@2 raw:630000000100000000000000 fd:memfd:4K default"
	run -0 ask 1 1
	equal first "${lines[0]:0:24}" 010000000500000008000000
	equal raw "${lines[1]}" "630000000100000000000000 "
	[[ "${lines[2]}" = "${lines[0]% } "*":4096 " ]] || fail "${lines[2]}"
}

@test "what no fd can be made of, or a back-end can't do, is an error with its line" {
	for line in "fd:memfd:x reply" "fd:/no/such/file reply" read; do
		printf '# answers\nGET_FEATURES %s\n' "$line" >"$D/script"
		run -2 --separate-stderr vhostctl serve --script "$D/script" "$D/s"
		[[ "$stderr" = *"line 2: "*"'${line%% *}'"* ]] || fail "$stderr"
	done
}

@test "send takes fd: too, for the next message, before those of --fd" {
	serve --null 1M
	run -0 vhostctl send -j "$D/serve.sock" --fd memfd:1K GET_FEATURES fd:memfd:2K SET_VRING_ERR=0 \
		SET_VRING_CALL=0 fd:memfd:3K SET_VRING_ERR=1 GET_FEATURES
	equal fds "$(jq -rs 'map(select(.kind == "request") | [.fds[]? | .size_bytes] | join("+")) | join(" ")' <<<"$output")" \
		" 2048 1024 3072 "
	run -1 --separate-stderr vhostctl send "$D/serve.sock" fd:memfd:x GET_FEATURES
	[[ "$stderr" = *"fd:memfd:x"*"EINVAL"* ]]
}

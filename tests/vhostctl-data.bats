#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vhostctl blk and net: data under random requests compared with the back-end's file by
# cmp, and the file descriptors of each command by strace.

bats_require_minimum_version 1.5.0
load lib
load helper/vhostctl-lib

setup() {
	D=$(mktemp -d /tmp/vhostctl.XXXXXX)
	S=$D/blk.sock
	truncate -s 8M "$D/blk.img"
	dd if=/dev/urandom of="$D/blk.img" bs=1M count=3 seek=2 conv=notrunc status=none
}

teardown() {
	[ -z "${SERVE-}" ] || end "$SERVE"
	[ ! -e "$D/qsd.pid" ] || end "$(cat "$D/qsd.pid")" || :
	rm -rf "$D"
}

serve() { # OPTION...
	vhostctl serve "$@" "$S" >/dev/null 3>&- &
	SERVE=$!
	wait_socket "$S"
}

random_requests() { # ROUNDS [OPTION...]
	SEED=${SEED:-$RANDOM}
	echo "SEED=$SEED"
	SEED=$SEED python3 "$BATS_TEST_DIRNAME/helper/vhostctl-data.py" "$S" "$D/blk.img" "$D/want" "$@"
	cmp "$D/blk.img" "$D/want"
	vhostctl blk read -q "$S" | cmp - "$D/want"
}

@test "random writes, zeroes and discards make of serve's file what they should" {
	serve --blk "$D/blk.img"
	random_requests 40 packed
}

@test "random writes, zeroes and discards make of a daemon's file what they should" {
	daemon "driver=file,filename=$D/blk.img,node-name=d0,discard=unmap"
	random_requests 40
}

# Which of the calls that make descriptors were not followed by close: what strace saw.
left_open() { # COMMAND...
	traced -qq -f -e trace=desc,network -e signal=none -o "$D/strace" "$@" >/dev/null 2>&1 3>&- </dev/null || :
	python3 - "$D/strace" <<-'PY'
		import re, sys
		made = {}
		for line in open(sys.argv[1]):
		    call = re.match(r"\d+ +(\w+)\((.*)\) += (-?\d+)", line)
		    if not call:
		        continue
		    name, args, result = call[1], call[2], int(call[3])
		    if name == "close":
		        made.pop(int(args), None)
		    elif result < 0:
		        continue
		    elif name in ("socketpair", "pipe2"):
		        for fd in re.search(r"\[(\d+), (\d+)\]", args).groups():
		            made[int(fd)] = line
		    elif name in ("openat", "open", "socket", "accept4", "accept", "dup", "memfd_create", "eventfd2",
		                  "signalfd4", "timerfd_create", "epoll_create1", "pidfd_open"):
		        made[result] = line
		    elif name == "recvmsg":
		        for fds in re.findall(r"cmsg_data=\[([\d, ]*)\]", args):
		            for fd in fds.split(", "):
		                made[int(fd)] = line
		made = [line for line in made.values() if "memfd_create" in line or "eventfd" in line or "socket" in line
		        or "recvmsg" in line or "accept" in line]
		print("".join(made), end="")
	PY
}

fds() { ls "/proc/$SERVE/fd" | wc -l; }

@test "blk and net leave no descriptor, at our side and at the other" {
	serve --blk "$D/blk.img"
	before=$(fds)
	as_before() { [ "$(fds)" = "$before" ]; }
	for command in info "read -q --queues 4" "write -q --length 512" "zero --length 1M" "discard --length 1M" flush \
		"bench -d 20ms --packed --queues 4" "bench -d 20ms --event-idx" "read --queues 60" "read --offset 1G"; do
		# shellcheck disable=SC2086
		equal "blk $command" "$(left_open vhostctl blk $command "$S")" ""
		wait_for as_before
	done
	equal copy "$(left_open vhostctl blk copy "$S" "$D/copy")" ""
	grep -q 'eventfd2(' "$D/strace" # it does see them
	end "$SERVE"
	serve --net-loopback
	before=$(fds)
	for command in "loop -d 50ms" "loop -d 50ms --queues 4 --packed" "bench -d 50ms --mergeable" "loop --queues 60"; do
		# shellcheck disable=SC2086
		equal "net $command" "$(left_open vhostctl net $command "$S")" ""
		wait_for as_before
	done
}

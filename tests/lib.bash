# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What several suites need. Each begins with: load lib

TESTS=${BATS_TEST_DIRNAME:-tests}
O=${O:-$TESTS/../build}
BIN=${BIN:-$O/bin}
PATH=$BIN:$PATH
TOOLS=(nlsock udiag-mem taskstat xskbench vhostctl)

# fail MESSAGE...: ends the test, showing the last `run`.
fail() {
	printf '%s\n' "$@" "status ${status-}, output:" "${output:0:4000}" >&2
	return 1
}

# equal WHAT GOT WANTED
equal() {
	[ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

# wait_for COMMAND...: until it succeeds, 10 s at most.
wait_for() {
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.02
	done
	fail "never came true: $*"
}

# Ends a process that this test started, and waits for it.
end() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# wait_socket PATH: until somebody listens there. The file alone may still be one of a
# socket that is only bound, which refuses.
wait_socket() {
	wait_for listens "$1"
}
listens() {
	grep -q " 00010000 .* $1\$" /proc/net/unix
}

# traced COMMAND...: with strace around it (the leak checker can't work below ptrace).
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace "$@"
}

# json_lines FILE: every line is one object, all with the same keys in the same order, at
# least one line.
json_lines() {
	jq -es 'length > 0 and all(type == "object")' "$1" >/dev/null ||
		fail "not objects: $(head -c 500 "$1")" || return
	equal "objects and lines of $1" "$(jq -s length "$1")" "$(wc -l <"$1")" || return
	equal "key sets in $1" "$(jq -c keys_unsorted "$1" | sort -u | wc -l)" 1
}

# What enters the network namespace of the first ancestor that is in another one than we:
# the suites run apart, but exits are told of in the initial one only. To AT_HOME.
find_home() {
	local pid=$PPID here
	AT_HOME=()
	here=$(readlink /proc/self/ns/net)
	while [ "$pid" -gt 1 ] && [ "$(readlink "/proc/$pid/ns/net")" = "$here" ]; do
		pid=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
	done
	[ "$pid" -le 1 ] || AT_HOME=(nsenter "--net=/proc/$pid/ns/net")
}

# What tests need of the sources of Linux 6.12 is unpacked once, beside what was built.
KERNEL=$O/tests/linux-6.12
kernel_unpack() {
	local sources=/usr/src/linux-source-6.12.tar.xz tmp=$KERNEL.$$
	[ -e "$sources" ] && [ ! -d "$KERNEL" ] || return 0
	mkdir -p "$tmp"
	xz -dc -T0 "$sources" | tar -x -C "$tmp" --strip-components=1 --wildcards \
		'*/Documentation/netlink/specs/*.yaml' '*/tools/net/ynl/*.py' \
		'*/tools/accounting/getdelays.c' '*/include/uapi/linux/taskstats.h'
	mv -T "$tmp" "$KERNEL" 2>/dev/null || rm -r "$tmp"
}

# Skips the test where there are none, but not where AGAIN is set and all must be tested.
kernel_needed() {
	[ -d "$KERNEL" ] && return
	[ -z "${AGAIN-}" ] || fail "there are no sources of Linux 6.12 in /usr/src"
	skip "needs the sources of Linux 6.12 in /usr/src"
}

# blk_start DIR [EXPORT-OPTION...]: a vhost-user-blk daemon on a 1 MiB scratch file in DIR.
# Sets BLK_SOCK and BLK_PID, for blk_stop.
blk_start() {
	local dir=$1
	shift
	BLK_SOCK=$dir/blk.sock
	truncate -s 1M "$dir/blk.img" || return
	local export="type=vhost-user-blk,id=e0,node-name=d0,addr.type=unix,addr.path=$BLK_SOCK"
	local o
	for o in writable=on num-queues=4 "$@"; do
		export+=,$o
	done
	qemu-storage-daemon --blockdev "driver=file,filename=$dir/blk.img,node-name=d0" \
		--export "$export" >"$dir/blk.log" 2>&1 3>&- &
	BLK_PID=$!
	wait_socket "$BLK_SOCK"
}

blk_stop() {
	[ -z "${BLK_PID-}" ] || end "$BLK_PID"
	BLK_PID=
}

# TOOL or TOOL-COMMAND: every command that prints records has a sample (derive.bats sees
# to it): quick, harmless, with more than one record where there can be more.
SAMPLES=(nlsock-list nlsock-send udiag-mem taskstat-get taskstat-top taskstat-listen taskstat-run taskstat-info taskstat-cgroup
	xskbench-suite xskbench-pair xskbench-tx xskbench-rx xskbench-fwd
	xskbench-rtt xskbench-ndr xskbench-rings xskbench-umem xskbench-probe vhostctl-probe vhostctl-send vhostctl-trace vhostctl-blk vhostctl-net vhostctl-check vhostctl-serve vhostctl-decode vhostctl-diff)

# sample_start: what the samples need. sample_stop: in teardown.
sample_start() {
	blk_start "$BATS_TEST_TMPDIR"
}
sample_stop() {
	blk_stop
}

# ask_when_there SOCKET REQUEST...: asks whoever listens there, once somebody does.
ask_when_there() {
	exec bash -c 'for _ in {1..3000}; do
		[ -S "$0" ] && vhostctl send "$0" "$@" && break
		sleep 0.02
	done' "$@" >/dev/null 2>&1 3>&-
}

# A trace of one connection: a front-end waits for the socket and asks two questions.
trace_sample() {
	local at front status=0
	at=$(mktemp -u "$BLK_SOCK.XXXXXX")
	ask_when_there "$at" GET_FEATURES GET_QUEUE_NUM &
	front=$!
	vhostctl trace --once "$at" "$BLK_SOCK" "$@" || status=$?
	{
		kill $front
		wait $front
	} 2>/dev/null || :
	return $status
}

# A back-end that one front-end asks two questions.
serve_sample() {
	local at front status=0
	at=$(mktemp -u "$BLK_SOCK.XXXXXX")
	ask_when_there "$at" GET_FEATURES GET_PROTOCOL_FEATURES &
	front=$!
	vhostctl serve --once --null 1M "$at" "$@" || status=$?
	{
		kill $front
		wait $front
	} 2>/dev/null || :
	return $status
}

# Frames through the loop of a back-end that is there for them.
net_sample() {
	# A shell of its own: bats' traps in this one meet background jobs badly.
	bash -c 'vhostctl serve --net-loopback "$0" >/dev/null 2>&1 3>&- &
		for _ in {1..3000}; do
			grep -q " 00010000 .* $0\$" /proc/net/unix && break
			sleep 0.02
		done
		vhostctl net loop -c 64 --wait 10s "$0" "$@"
		status=$?
		kill $!
		exit $status' "$(mktemp -u "$BLK_SOCK.XXXXXX")" "$@"
}

# The ends of two processes, of which there are enough meanwhile.
listen_sample() {
	local status=0 busy
	find_home
	sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.05; done' >/dev/null 2>&1 3>&- &
	busy=$!
	"${AT_HOME[@]}" "$BIN/taskstat" listen -q -c 2 --no-end "$@" || status=$?
	{
		kill $busy
		wait $busy
	} 2>/dev/null || :
	return $status
}

# Some control groups of this machine: hierarchies of version 1, or groups of version 2.
cgroup_dirs() {
	local dirs=(/sys/fs/cgroup/*/)
	[ -d "${dirs[0]}" ] || dirs=(/sys/fs/cgroup)
	printf '%s\n' "${dirs[@]:0:2}"
}

# sample NAME [OPTION...]: runs it, with the options.
sample() {
	local name=$1
	shift
	case $name in
	nlsock-list) nlsock list "$@" ;;
	nlsock-send) nlsock send route "$@" <<<1400000012000103fdfe385c0000000000000000 ;;
	udiag-mem) udiag-mem "$@" ;;
	taskstat-get) taskstat get 1 $$ -q "$@" ;;
	taskstat-top) taskstat top -q -d 50ms -k 3 --samples 1 "$@" ;;
	taskstat-cgroup) taskstat cgroup $(cgroup_dirs) -q "$@" ;;
	taskstat-info) taskstat info -q "$@" ;;
	taskstat-listen) listen_sample "$@" ;;
	taskstat-run) find_home && "${AT_HOME[@]}" "$BIN/taskstat" run -q "$@" -- sh -c '/bin/true; exec sleep 0' ;;
	xskbench-probe) xskbench probe --quiet "$@" ;;
	xskbench-rings) xskbench rings --quiet --repeat 1 "$@" ;;
	xskbench-umem) xskbench umem --quiet --repeat 1 -s 2M,4M "$@" ;;
	xskbench-*) xskbench "${name#*-}" --quiet -n 64 --frames 64 --ring 64 "$@" ;;
	vhostctl-probe) vhostctl probe "$BLK_SOCK" "$@" ;;
	vhostctl-send) vhostctl send "$BLK_SOCK" GET_FEATURES GET_QUEUE_NUM "$@" ;;
	vhostctl-trace) trace_sample "$@" ;;
	vhostctl-blk) vhostctl blk info "$BLK_SOCK" "$@" ;;
	vhostctl-net) net_sample "$@" ;;
	vhostctl-check) vhostctl check --only '*features*' "$BLK_SOCK" "$@" ;;
	vhostctl-serve) serve_sample "$@" ;;
	vhostctl-decode) vhostctl decode "$@" <<<"$(printf '%s0000000%d000000%s000000' 01 1 00 0f 1 00)" ;;
	vhostctl-diff) vhostctl diff <(echo '{"features":"0x0"}') <(echo '{"features":"0x3"}') "$@" ;;
	*) fail "no sample for $name: add it to tests/lib.bash" ;;
	esac
}

# The commands of a tool by its help, as samples are called.
commands_of() {
	"$1" --help | awk -v tool="$1" '/^Commands:/ { on = 1; next } /^[^ ]/ { on = 0 }
		on && /^  [a-z]/ { print tool "-" $1; n++ } END { if (!n) print tool }'
}

# help_of NAME: the help of a command by its sample's name.
help_of() {
	local t
	for t in "${TOOLS[@]}"; do
		case $1 in
		"$t") "$t" --help ;;
		"$t"-*) "$t" "${1#"$t"-}" --help ;;
		esac
	done
}

# columns_of NAME, options_of NAME: by its help. Options are "-x --name", "--name".
columns_of() {
	help_of "$1" | awk '/^(Columns|Fields)/ { on = 1; next } /^$/ { on = 0 }
		on && substr($0, 3, 1) != " " { print substr($0, 3, index(substr($0, 3) " ", " ") - 1) }'
}
options_of() {
	help_of "$1" | awk '/^Options/ { on = 1; next } /^$/ { on = 0 }
		on && match($0, /^  (-[a-zA-Z0-9], |    )--[a-z0-9-]+/) {
			s = substr($0, RSTART, RLENGTH); sub(",", "", s); sub(/^ */, "", s); print s }'
}

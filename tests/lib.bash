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
	printf '%s\n' "$@" "status ${status-}, output:" "${output-}" >&2
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
	wait_for test -S "$BLK_SOCK"
}

blk_stop() {
	[ -z "${BLK_PID-}" ] || end "$BLK_PID"
	BLK_PID=
}

# Words of a quick harmless command of each tool that prints records.
sample() {
	case $1 in
	nlsock) SAMPLE=(nlsock list) ;;
	udiag-mem) SAMPLE=(udiag-mem) ;;
	taskstat) SAMPLE=(taskstat get 1) ;;
	xskbench) SAMPLE=(xskbench -d 100ms) ;;
	vhostctl) SAMPLE=(vhostctl probe "$BLK_SOCK") ;;
	esac
}

# The commands of a tool by its help; one empty word for a tool without commands.
commands_of() {
	"$1" --help | awk '/^Commands:/ { on = 1; next } /^[^ ]/ { on = 0 } on { print $1; n = 1 }
		END { if (!n) print "" }'
}

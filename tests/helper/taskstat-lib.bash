# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What several suites of taskstat need: processes that count for themselves and come to
# rest, the same numbers from other sources, and the one switch that all of them share.

SYSCTL=/proc/sys/kernel/task_delayacct

# delays_are 0|1: sets the switch of the delays, which is nobody else's until delays_end.
delays_are() {
	[ -n "${DELAYS_LOCK-}" ] || exec {DELAYS_LOCK}</proc/sys/kernel
	flock "$DELAYS_LOCK"
	DELAYS_HAD=${DELAYS_HAD-$(cat $SYSCTL)}
	echo "$1" >$SYSCTL
}

# In teardown, when nothing of ours runs any more.
delays_end() {
	[ -z "${DISK_FILE-}" ] || rm -f "$DISK_FILE"
	[ -n "${DELAYS_LOCK-}" ] || return 0
	[ "$(cat $SYSCTL)" = "$DELAYS_HAD" ] || echo "$DELAYS_HAD" >$SYSCTL
	flock -u "$DELAYS_LOCK"
}

# on_disk: a file that does not exist yet, to DISK_FILE, in a directory whose files go to
# storage and not to memory alone, which the kernel's account of a write tells. Skips where
# there is none; the file goes by delays_end.
on_disk() {
	local at
	for at in "$BATS_TEST_TMPDIR" /var/tmp "$O"; do
		DISK_FILE=$(mktemp -u "$at/taskstat-XXXXXX")
		python3 - "$DISK_FILE" 2>/dev/null <<-'PY' && return
		import os, sys
		f = os.open(sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_WRONLY)
		os.unlink(sys.argv[1]); os.write(f, bytes(65536))
		sys.exit("\nwrite_bytes: 0\n" in open("/proc/self/io").read())
		PY
	done
	skip "no directory whose files go to storage"
}

# Runs a python program that speaks by wait_go() and say(); WORKER_PID is its process. It
# rests whenever it has said something. die_with_it() ends a child when it ends.
worker() {
	coproc WORKER { exec 3>&-; exec python3 -u -c "
import ctypes, mmap, os, resource, signal, sys, threading, time
def die_with_it(): ctypes.CDLL(None).prctl(1, 9)
os.register_at_fork(after_in_child=die_with_it)
def wait_go(): os.read(0, 1)
def say(x): os.write(1, (str(x) + '\n').encode())
$1
say('end'); wait_go()"; }
	hear
}

# The next line that the worker says, to HEARD; returns when the worker rests after it.
hear() {
	read -r -t 20 HEARD <&"${WORKER[0]}" || fail "the worker said nothing"
	wait_for at_rest "$WORKER_PID"
}

# Whether nothing of these processes moves: each thread has left its CPU, to sleep in a call
# that others end, or for ever. One that waits for a lock (python's, or the C library's) will
# go on by itself.
at_rest() {
	local pid task call stat where
	for pid; do
		for task in /proc/"$pid"/task/*; do
			# The kernel names no call before the thread is off its CPU.
			read -r call <"$task/syscall" && [ "$call" != running ] || return
			read -r -d '' stat <"$task/stat" || [ -n "$stat" ] || return
			case ${stat##*) } in
			[ZXTt]*) continue ;;
			S*) ;;
			*) return 1 ;;
			esac
			read -r -d '' where <"$task/wchan" || [[ "$where" != *futex* ]] || return
		done
	done
}

# rests_in CALL PID...: and that call is the one that they sleep in.
rests_in() {
	local pid where
	at_rest "${@:2}" || return
	for pid in "${@:2}"; do
		read -r -d '' where <"/proc/$pid/wchan" || [[ "$where" = *$1* ]] || return
	done
}

# Lets it go on until it has said something again.
go() {
	printf x >&"${WORKER[1]}"
	hear
}

worker_end() {
	[ -z "${WORKER_PID-}" ] || end "$WORKER_PID" || true
	WORKER_PID=
}

# The record of the process, of the thread.
get() { taskstat get -q -j "$1"; }
get_tid() { taskstat get -q -j --tid "$1"; }

# key RECORD KEY
key() { jq -r ".$2" <<<"$1"; }

# /proc/PID/io as the record has it, /proc/PID/stat's field N.
proc_io() {
	awk '{ v[$1] = $2 } END { print v["rchar:"], v["wchar:"], v["syscr:"], v["syscw:"],
		v["read_bytes:"], v["write_bytes:"], v["cancelled_write_bytes:"] }' "/proc/$1/io"
}
proc_stat() { LC_ALL=C sed -z 's/.*) //' "/proc/$1/stat" | cut -d' ' -f$(($2 - 2)); }
io_of() {
	jq -r '"\(.read_chars) \(.write_chars) \(.read_syscalls) \(.write_syscalls) " +
		"\(.read_bytes) \(.write_bytes) \(.cancelled_write_bytes)"' <<<"$1"
}

# The fields of struct taskstats by a client of its own, as "KEY VALUE" in the record's units.
client() {
	python3 "$BATS_TEST_DIRNAME/helper/taskstat-client.py" "$1" "$2"
}

# Compares the client's values before and after with the record's, which were between.
compare() {
	python3 "$BATS_TEST_DIRNAME/helper/taskstat-compare.py" "$@"
}

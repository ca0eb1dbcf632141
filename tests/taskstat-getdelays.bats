#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat against the getdelays of Linux 6.12, built from the package of its sources.

load lib
load helper/taskstat-lib

setup_file() {
	kernel_unpack
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	kernel_needed
	find_home
}

teardown() {
	local p
	for p in ${PEER-} ${LISTENER-}; do end "$p" || true; done
	worker_end
	delays_end
}

# common PID|TGID TEXT RECORDS: of how many ids both say the same; fails where they differ.
common() {
	python3 "$BATS_TEST_DIRNAME/helper/taskstat-getdelays.py" "$@"
}

# enough: whether all of them have told of many ends, of which they share some: each began
# at another time, and other tests' tasks end too. Lines may be half written.
enough() {
	[ "$(common PID text tasks 2>/dev/null)" -ge 40 ] 2>/dev/null &&
		[ "$(common TGID text processes 2>/dev/null)" -ge 6 ] 2>/dev/null
}

# same PID|TGID TEXT RECORDS LEAST: of so many ids at least, both say the same.
same() {
	local n
	n=$(common "${@:1:3}") || fail "$1 of $2"
	[ "$n" -ge "$4" ] || fail "only $n of kind $1"
}

# bats test_tags=root
@test "the kernel's own getdelays tells the same of tasks and processes, alive and at their end" {
	"${CC:-cc}" -w -O1 -I"$KERNEL/include/uapi" -o getdelays "$KERNEL/tools/accounting/getdelays.c"
	delays_are 1
	worker 'f = os.open("f", os.O_RDWR | os.O_CREAT | os.O_SYNC)
for _ in range(5): os.write(f, bytes(70000))
os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED); os.pread(f, 300000, 0)
def burn(): sum(range(2000000))
for _ in range(3):
    t = threading.Thread(target=burn); t.start(); t.join()
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
pid = os.fork()
if not pid: signal.pause()
for i in range(300): x = bytes(5000)
burn()'
	for tid in $(ls "/proc/$WORKER_PID/task"); do
		./getdelays -d -i -q -p "$tid" >text
		get_tid "$tid" >record
		same PID text record 1
	done
	./getdelays -d -i -q -t "$WORKER_PID" >text
	get "$WORKER_PID" >record
	same TGID text record 1

	# Both tell of exits, with ends until there are enough.
	"${AT_HOME[@]}" stdbuf -oL ./getdelays -d -i -q -m "$(cat /sys/devices/system/cpu/online)" -l >text 2>&1 3>&- &
	PEER=$!
	"${AT_HOME[@]}" taskstat listen -q -j -t >tasks 3>&- &
	LISTENER=$!
	"${AT_HOME[@]}" taskstat listen -q -j -w 'threads>1' >processes 3>&- &
	LISTENER+=" $!"
	for ((i = 0; i < 100; i++)); do
		/usr/bin/python3 -c 'import threading
t = [threading.Thread(target=lambda: sum(range(300000))) for _ in range(3)]
for x in t: x.start()
for x in t: x.join()
open("g", "wb").write(bytes(10000))'
		! enough || break
	done
	for p in $PEER $LISTENER; do end "$p" || true; done
	PEER='' LISTENER=''
	same PID text tasks 20
	same TGID text processes 3
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat get against programs that count for themselves, /proc, wait4 and a netlink client.

load lib
load helper/taskstat-lib

setup() {
	ERR=$BATS_TEST_TMPDIR/err
}

teardown() {
	worker_end
	delays_end
}

# bats test_tags=root
@test "--tid prints the kernel's bytes, field by field, as another client unpacks them" {
	on_disk
	delays_are 1
	worker 'say(0); wait_go()
x = mmap.mmap(-1, 1 << 22)
for i in range(0, 1 << 22, 4096): x[i] = 1
b = open("'"$DISK_FILE"'", "wb"); b.write(bytes(3 << 20)); os.fsync(b.fileno())
time.sleep(0.01); sum(range(3000000))'
	go
	before=$(client 1 "$WORKER_PID")
	record=$(get_tid "$WORKER_PID")
	compare "$record" "$before" "$(client 1 "$WORKER_PID")"
	equal tgid "$(key "$record" tgid)" "$WORKER_PID"
	equal ppid "$(key "$record" ppid)" "$BASHPID"
	equal "version of the struct" "$(key "$record" version)" 16
	[ "$(key "$record" blkio_count)" -gt 0 ]
}

# bats test_tags=root
@test "the sums of a process are those of the kernel's answer about the thread group" {
	delays_are 1
	worker 'def burn(): sum(range(2000000))
for _ in range(3):
    t = threading.Thread(target=burn); t.start(); t.join()
for _ in range(3): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
burn()'
	before=$(client 2 "$WORKER_PID")
	record=$(get "$WORKER_PID")
	sums="user_ns system_ns cpu_run_real_ns cpu_run_virtual_ns nvcsw nivcsw"
	for d in cpu blkio swapin freepages thrashing compact wpcopy irq; do
		sums+=" ${d}_count ${d}_delay_ns"
	done
	compare "$record" "$before" "$(client 2 "$WORKER_PID")" "$sums"
	equal threads "$(key "$record" threads)" 4
	equal comm "$(key "$record" comm)" python3
}

# bats test_tags=root
@test "CPU time of a process is what its CPU clock says, dead threads included" {
	worker 'def burn(): sum(range(3000000))
for _ in range(4):
    t = threading.Thread(target=burn); t.start(); t.join()'
	record=$(get "$WORKER_PID")
	clock=$(python3 -c "import time; print(time.clock_gettime_ns(~$WORKER_PID << 3 | 2))")
	equal "CPU time" "$(key "$record" cpu_ns)" "$clock"
	own=$(key "$(get_tid "$WORKER_PID")" cpu_ns)
	[ "$own" -lt $((clock / 2)) ] || fail "the dead threads' $clock is in the leader's $own"
}

# bats test_tags=root
@test "a thread's CPU time, CPU delay and its count are those of its schedstat" {
	worker 'os.setpriority(os.PRIO_PROCESS, 0, 5)
done = threading.Semaphore(0)
def work(): sum(range(1000000)); done.release(); time.sleep(600)
threading.Thread(target=work, daemon=True).start()
sum(range(1000000)); done.acquire()'
	for tid in $(ls "/proc/$WORKER_PID/task"); do
		record=$(get_tid "$tid")
		equal schedstat "$(jq -r '"\(.cpu_ns) \(.cpu_delay_ns) \(.cpu_count)"' <<<"$record")" \
			"$(cat "/proc/$WORKER_PID/task/$tid/schedstat")"
		equal pid "$(key "$record" pid)" "$tid"
		equal tgid "$(key "$record" tgid)" "$WORKER_PID"
	done
	equal nice "$(key "$(get "$WORKER_PID")" nice)" 5
}

# bats test_tags=root
@test "page faults are exact: touching 1,000 pages adds 1,000" {
	worker 'x = mmap.mmap(-1, 1300 * 4096); x.madvise(15)
def touch(n, m):
    for i in range(n, m): x[i * 4096] = 1
touch(0, 10); say(0); wait_go(); say(1); wait_go(); touch(200, 1200); say(2); wait_go()'
	go
	before=$(get "$WORKER_PID")
	go
	after=$(get "$WORKER_PID")
	equal faults $(($(key "$after" minflt) - $(key "$before" minflt))) 1000
	equal minflt "$(key "$after" minflt)" "$(proc_stat "$WORKER_PID" 10)"
	equal majflt "$(key "$after" majflt)" "$(proc_stat "$WORKER_PID" 12)"
	equal "the thread's" "$(key "$(get_tid "$WORKER_PID")" minflt)" "$(key "$after" minflt)"
}

# bats test_tags=root
@test "bytes and calls of a process are exact, those of a thread cut to 1,024" {
	worker 'f = os.open("'"$BATS_TEST_TMPDIR"'/f", os.O_RDWR | os.O_CREAT)
say(0); wait_go()
for _ in range(1500): os.write(f, b"x" * 7)
os.lseek(f, 0, 0)
for _ in range(3000): os.read(f, 3)
say(1); wait_go()'
	before=$(get "$WORKER_PID")
	go
	after=$(get "$WORKER_PID")
	delta() { echo $(($(key "$after" "$1") - $(key "$before" "$1"))); }
	# With the one byte that let it go on and the two that it said.
	equal "bytes read" "$(delta read_chars)" $((3000 * 3 + 1))
	equal "bytes written" "$(delta write_chars)" $((1500 * 7 + 2))
	equal "read calls" "$(delta read_syscalls)" 3001
	equal "write calls" "$(delta write_syscalls)" 1501
	equal "/proc/PID/io" "$(io_of "$after")" "$(proc_io "$WORKER_PID")"
	floor=
	for n in $(proc_io "$WORKER_PID"); do floor+=" $((n / 1024 * 1024))"; done
	equal "the thread's" " $(io_of "$(get_tid "$WORKER_PID")")" "$floor"
}

# bats test_tags=root
@test "I/O and faults of a process include its dead threads" {
	worker 'f = os.open("'"$BATS_TEST_TMPDIR"'/f", os.O_RDWR | os.O_CREAT)
def use():
    for _ in range(2000): os.write(f, bytes(512))
    x = mmap.mmap(-1, 500 * 4096)
    for i in range(500): x[i * 4096] = 1
t = threading.Thread(target=use); t.start(); t.join()'
	record=$(get "$WORKER_PID")
	equal "/proc/PID/io" "$(io_of "$record")" "$(proc_io "$WORKER_PID")"
	equal minflt "$(key "$record" minflt)" "$(proc_stat "$WORKER_PID" 10)"
	[ "$(key "$record" write_syscalls)" -ge 2000 ]
	[ "$(key "$(get_tid "$WORKER_PID")" write_syscalls)" -lt 2000 ]
	equal "accounts of the leader alone" "$(key "$record" rss_mib_us)" null
}

# bats test_tags=root
@test "I/O of a process is its own, not that of children which it has waited for" {
	worker 'def use(n): os.pread(zero, n << 20, 0)
def child():
    pid = os.fork()
    if not pid: use(70); os._exit(0)
    os.waitpid(pid, 0)
zero = os.open("/dev/zero", os.O_RDONLY); say(0); wait_go(); use(3); child(); say("alone"); wait_go()
threading.Thread(target=lambda: (use(5), time.sleep(600)), daemon=True).start()
while threading.active_count() < 2: pass
say("with a thread"); wait_go()
t = threading.Thread(target=use, args=(7,)); t.start(); t.join()'
	own() { cat /proc/"$WORKER_PID"/task/*/io | awk -v k="$1:" '$1 == k { n += $2 } END { print n }'; }
	for what in alone "with a thread"; do
		go
		record=$(get "$WORKER_PID")
		equal "bytes of it, $what" "$(key "$record" read_chars)" "$(own rchar)"
		equal "calls of it, $what" "$(key "$record" write_syscalls)" "$(own syscw)"
		equal "in a list" "$(taskstat -q -j -w "pid=$WORKER_PID" | jq -c .read_chars)" "$(own rchar)"
		[ "$(own rchar)" -gt $((3 << 20)) ] && [ "$(own rchar)" -lt $((10 << 20)) ]
		[ "$(proc_io "$WORKER_PID" | cut -d' ' -f1)" -gt $((73 << 20)) ]
	done
	go
	# What the dead thread has read is told together with what the child has.
	equal "with a dead one" "$(get "$WORKER_PID" | jq -c '[.read_chars, .write_bytes]')" '[null,null]'
}

# bats test_tags=root
@test "context switches of a process are the sum over its threads' status" {
	worker 'done = threading.Semaphore(0)
def nap():
    for _ in range(50): time.sleep(0.001)
    done.release(); time.sleep(600)
for _ in range(3): threading.Thread(target=nap, daemon=True).start()
for _ in range(3): done.acquire()'
	record=$(get "$WORKER_PID")
	sum() { cat /proc/"$WORKER_PID"/task/*/status | awk -v k="$1:" '$1 == k { n += $2 } END { print n }'; }
	equal nvcsw "$(key "$record" nvcsw)" "$(sum voluntary_ctxt_switches)"
	equal nivcsw "$(key "$record" nivcsw)" "$(sum nonvoluntary_ctxt_switches)"
	[ "$(key "$record" nvcsw)" -ge 150 ]
}

# bats test_tags=root
@test "peaks of memory are those of /proc/PID/status" {
	worker 'x = mmap.mmap(-1, 30 << 20)
for i in range(0, 30 << 20, 4096): x[i] = 1
x.close()'
	record=$(get "$WORKER_PID")
	vm=$(awk '/^VmPeak:/ { print $2 * 1024 }' "/proc/$WORKER_PID/status")
	equal "peak of address space" "$(key "$record" vm_peak_bytes)" "$vm"
	# The kernel adds up its per-CPU counters of resident pages in one place only.
	rss=$(awk '/^VmHWM:/ { print $2 * 1024 }' "/proc/$WORKER_PID/status")
	[ $(($(key "$record" rss_peak_bytes) - rss)) -lt 2000000 ]
	[ $((rss - $(key "$record" rss_peak_bytes))) -lt 2000000 ]
	[ "$(key "$record" rss_peak_bytes)" -ge $((30 << 20)) ]
}

# bats test_tags=root
@test "elapsed time and start lie where /proc/PID/stat has them" {
	worker ''
	ticks=$(proc_stat "$WORKER_PID" 22)
	before=$(cut -d' ' -f1 /proc/uptime)
	record=$(get "$WORKER_PID")
	after=$(cut -d' ' -f1 /proc/uptime)
	python3 - "$(key "$record" elapsed_ns)" "$ticks" "$before" "$after" "$(key "$record" start_time)" <<-'PY'
	import datetime, os, sys, time
	elapsed, start = int(sys.argv[1]) / 1e9, int(sys.argv[2]) / os.sysconf("SC_CLK_TCK")
	before, after = float(sys.argv[3]), float(sys.argv[4])
	assert before - start - .03 <= elapsed <= after - start + .03, sys.argv
	begun = datetime.datetime.fromisoformat(sys.argv[5].replace("Z", "+00:00")).timestamp()
	assert abs(begun - (time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + start)) < 2.1
	PY
}

# bats test_tags=root
@test "the longest wait of a process is its threads' longest, the shortest their shortest" {
	worker 'done = threading.Semaphore(0)
def spin(): sum(range(3000000)); done.release(); time.sleep(600)
for _ in range(4): threading.Thread(target=spin, daemon=True).start()
for _ in range(4): done.acquire()'
	record=$(get "$WORKER_PID")
	taskstat get -q -j --tid $(ls "/proc/$WORKER_PID/task") >"$BATS_TEST_TMPDIR/threads"
	equal longest "$(key "$record" cpu_delay_max_ns)" \
		"$(jq -s 'map(.cpu_delay_max_ns) | max' "$BATS_TEST_TMPDIR/threads")"
	equal shortest "$(key "$record" cpu_delay_min_ns)" \
		"$(jq -s 'map(.cpu_delay_min_ns) | min' "$BATS_TEST_TMPDIR/threads")"
	equal sum "$(key "$record" cpu_delay_ns)" \
		"$(jq -s 'map(.cpu_delay_ns) | add' "$BATS_TEST_TMPDIR/threads")"
}

# bats test_tags=root
@test "zombies: how they ended, and what wait4 says they used" {
	python3 - <<-'PY'
	import json, mmap, os, signal, subprocess
	def record(*words):
	    return json.loads(subprocess.run(["taskstat", "get", "-q", "-j", *words],
	                                     stdout=subprocess.PIPE, check=True).stdout)
	def child(end):
	    pid = os.fork()
	    if not pid:
	        x = mmap.mmap(-1, 800 * 4096)
	        for i in range(800): x[i * 4096] = 1
	        sum(range(3000000))
	        end()
	    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
	    return pid
	def kill(n): return lambda: os.kill(os.getpid(), n)
	for end, code, sig in ((lambda: os._exit(7), 7, None), (lambda: os._exit(0), 0, None),
	                       (kill(signal.SIGKILL), None, 9), (kill(signal.SIGTERM), None, 15)):
	    pid = child(end)
	    for r in record(str(pid)), record("--tid", str(pid)):
	        assert (r["exit_code"], r["exit_signal"], r["state"]) == (code, sig, "Z"), r
	        assert r["rss_peak_bytes"] is None and r["vm_peak_bytes"] is None, r
	        assert r["tgid"] == pid and r["ppid"] == os.getpid(), r
	    r = record(str(pid))
	    u = os.wait4(pid, 0)[2]
	    for k, w in (("minflt", u.ru_minflt), ("majflt", u.ru_majflt), ("nvcsw", u.ru_nvcsw),
	                 ("nivcsw", u.ru_nivcsw), ("read_bytes", u.ru_inblock * 512),
	                 ("write_bytes", u.ru_oublock * 512)):
	        assert r[k] == w, (k, r[k], w)
	    assert abs(r["cpu_ns"] - (u.ru_utime + u.ru_stime) * 1e9) < 5000, (r["cpu_ns"], u)
	    assert r["cpu_count"] > 0 and r["minflt"] >= 800
	PY
}

# bats test_tags=root
@test "a process whose main thread has ended lives on, with its threads' peaks" {
	worker 'x = mmap.mmap(-1, 20 << 20)
for i in range(0, 20 << 20, 4096): x[i] = 1
def stay(): say("alone"); time.sleep(600)
threading.Thread(target=stay).start()
ctypes.CDLL(None).pthread_exit(0)'
	record=$(get "$WORKER_PID")
	equal "state and end" "$(jq -c '[.state, .exit_code, .exit_signal, .threads]' <<<"$record")" \
		'["Z",null,null,2]'
	[ "$(key "$record" rss_peak_bytes)" -ge $((20 << 20)) ]
	equal "the main thread's end" "$(key "$(get_tid "$WORKER_PID")" exit_code)" 0
}

# bats test_tags=root
@test "a kernel thread has accounts, but neither memory nor an executable" {
	record=$(get 2)
	equal comm "$(key "$record" comm)" "$(cat /proc/2/comm)"
	equal absent "$(jq -c '[.rss_peak_bytes, .vm_peak_bytes, .exe_dev, .exe_inode, .exit_code]' \
		<<<"$record")" '[null,null,null,null,null]'
	equal "the rest" "$(jq -c '[.tgid, .ppid, .uid, .threads]' <<<"$record")" '[2,0,0,1]'
	[ "$(key "$record" cpu_ns)" -gt 0 ]
}

# bats test_tags=root
@test "device and inode are those of the executable" {
	worker ''
	equal executable "$(get "$WORKER_PID" | jq -r '"\(.exe_dev) \(.exe_inode)"')" \
		"$(stat -Lc '%d %i' "/proc/$WORKER_PID/exe")"
}

# bats test_tags=root
@test "with the sysctl off, delays other than for a CPU are null and one line says so" {
	delays_are 0
	worker ''
	record=$(taskstat get -j "$WORKER_PID" 2>"$ERR")
	equal lines "$(wc -l <"$ERR")" 1
	grep -q 'kernel.task_delayacct is 0' "$ERR"
	for d in blkio swapin freepages thrashing compact wpcopy irq; do
		equal "$d" "$(jq -c "[.${d}_count, .${d}_delay_ns, .${d}_delay_max_ns]" <<<"$record")" \
			'[null,null,null]'
	done
	[ "$(key "$record" cpu_count)" -gt 0 ]
	taskstat get -q "$WORKER_PID" 2>"$ERR"
	[ ! -s "$ERR" ]
}

# bats test_tags=root
@test "with the sysctl on, block I/O and copied pages are counted as they happen" {
	on_disk
	delays_are 1
	worker 'x = mmap.mmap(-1, 700 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
x.madvise(15)
base = ctypes.addressof(ctypes.c_char.from_buffer(x))
def touch(i, n): ctypes.memset(base + i * 4096, 2, n * 4096)
touch(0, 700)
f = os.open("'"$DISK_FILE"'", os.O_RDWR | os.O_CREAT); os.write(f, bytes(8 << 20))
os.fsync(f)
pid = os.fork()
if not pid: signal.pause()
for i in range(0, 100, 50): touch(i, 50); say(i); wait_go()
touch(100, 600); say(2); wait_go(); os.kill(pid, 9); os.wait()
os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED)
for i in range(64): os.pread(f, 4096, i << 17)'
	go
	before=$(get "$WORKER_PID")
	go
	copied=$(get "$WORKER_PID")
	equal "copied pages" $(($(key "$copied" wpcopy_count) - $(key "$before" wpcopy_count))) 600
	[ "$(key "$copied" wpcopy_delay_ns)" -gt "$(key "$before" wpcopy_delay_ns)" ]
	go
	record=$(taskstat get -j "$WORKER_PID" 2>"$ERR")
	[ ! -s "$ERR" ]
	[ "$(key "$record" blkio_count)" -gt "$(key "$copied" blkio_count)" ]
	jq -e '.blkio_delay_ns <= .elapsed_ns' <<<"$record"
	# Where the kernel counts one from the machine's start, so does /proc.
	if [ "$(jq -c .repaired <<<"$record")" = '[]' ]; then
		equal "ticks of block I/O in /proc" $(($(key "$record" blkio_delay_ns) / 10000000)) \
			"$(proc_stat "$WORKER_PID" 42)"
		jq -e '.blkio_delay_min_ns <= .blkio_delay_max_ns and
			.blkio_delay_max_ns <= .blkio_delay_ns' <<<"$record"
	else
		[ "$(key "$record" blkio_delay_ns)" -lt $(($(proc_stat "$WORKER_PID" 42) * 10000000)) ]
	fi
}

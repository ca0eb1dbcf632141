#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat against programs that count for themselves, /proc, wait4 and a netlink client.

load lib

setup() {
	SYSCTL=/proc/sys/kernel/task_delayacct
	HAD=$(cat $SYSCTL)
	ERR=$BATS_TEST_TMPDIR/err
}

teardown() {
	if [ -n "${WORKER_PID-}" ]; then kill "$WORKER_PID" && wait "$WORKER_PID" || true; fi
	[ "$(cat $SYSCTL)" = "$HAD" ] || echo "$HAD" >$SYSCTL
}

# Runs a python program that speaks by wait_go() and say(); WORKER_PID is its process. It
# sleeps in read(2) whenever it has said something.
worker() {
	coproc WORKER { exec python3 -u -c "
import ctypes, mmap, os, resource, signal, sys, threading, time
def wait_go(): os.read(0, 1)
def say(x): os.write(1, (str(x) + '\n').encode())
$1
say('end'); wait_go()"; }
	hear
}

# The next line that the worker says, to HEARD; returns when the worker sleeps after it.
hear() {
	read -r -t 20 HEARD <&"${WORKER[0]}" || fail "the worker said nothing"
	wait_for asleep "$WORKER_PID"
}

asleep() {
	local t
	for t in /proc/"$1"/task/*; do
		[[ "$(LC_ALL=C sed -z 's/.*) //' "$t/stat")" = [SZX]* ]] || return 1
	done
}

go() {
	printf x >&"${WORKER[1]}"
	hear
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
	python3 - "$1" "$2" <<-'PY'
	import socket, struct, sys
	kind, pid = int(sys.argv[1]), int(sys.argv[2])
	s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
	def attr(t, b): return struct.pack("HH", 4 + len(b), t) + b + bytes(-len(b) % 4)
	def call(family, cmd, a):
	    s.send(struct.pack("IHHII", 20 + len(a), family, 1, 1, 0) + struct.pack("BBH", cmd, 1, 0) + a)
	    return s.recv(65536)[20:]
	def parse(b):
	    while b:
	        n, t = struct.unpack_from("HH", b)
	        yield t & 0x3fff, b[4:n]
	        b = b[(n + 3) & ~3:]
	family = struct.unpack("H", dict(parse(call(16, 3, attr(2, b"TASKSTATS\0"))))[1])[0]
	aggregate = dict(parse(call(family, 1, attr(kind, struct.pack("I", pid)))))
	p = dict(parse(aggregate[4 if kind == 1 else 5]))[3]
	version = struct.unpack_from("H", p)[0]
	assert version == 16 and len(p) == 560, (version, len(p))
	# Linux 6.18's header, in its own order and with the compiler's padding.
	a = struct.unpack_from("@HIBB0q8Q32sB3x4xIIIII0q18Q3Q4QQ2QI0q3Q4Q16Q", p)
	names = ("version exitcode flags nice cpu_count cpu_delay_ns blkio_count blkio_delay_ns "
	  "swapin_count swapin_delay_ns cpu_run_real_ns cpu_run_virtual_ns comm sched uid gid "
	  "pid ppid btime elapsed_us user_us system_us minflt majflt rss_mib_us vm_mib_us rss_kib "
	  "vm_kib read_chars write_chars read_syscalls write_syscalls read_bytes write_bytes "
	  "cancelled_write_bytes nvcsw nivcsw user_scaled_us system_scaled_us "
	  "cpu_scaled_run_real_ns freepages_count freepages_delay_ns thrashing_count "
	  "thrashing_delay_ns btime64 compact_count compact_delay_ns tgid group_elapsed_us exe_dev "
	  "exe_inode wpcopy_count wpcopy_delay_ns irq_count irq_delay_ns").split()
	for d in "cpu blkio swapin freepages thrashing compact wpcopy irq".split():
	    names += [d + "_delay_max_ns", d + "_delay_min_ns"]
	assert len(names) == len(a), (len(names), len(a))
	v = dict(zip(names, a))
	for k in list(v):
	    if k.endswith("_us") and not k.endswith("mib_us"): v[k[:-2] + "ns"] = v.pop(k) * 1000
	v["comm"] = v["comm"].split(b"\0")[0].decode()
	v["rss_peak_bytes"], v["vm_peak_bytes"] = v.pop("rss_kib") * 1024, v.pop("vm_kib") * 1024
	for k in v: print(k, v[k])
	PY
}

# Compares the client's values before and after with the record's, which were between.
compare() {
	python3 - "$@" <<-'PY'
	import json, sys
	record = json.loads(sys.argv[1])
	before, after = [dict(l.split(" ", 1) for l in t.splitlines()) for t in sys.argv[2:4]]
	exact = len(sys.argv) == 4
	only = record.keys() if exact else sys.argv[4].split()
	seen, bad = 0, []
	for k in only:
	    if k not in before or k in ("flags", "sched"): continue
	    v, a, b = record[k], before[k], after[k]
	    seen += 1
	    # The kernel counted a wait from the machine's start: it is taken out, no maximum left.
	    if k.replace("_min", "") in record["repaired"] and "_min" in k:
	        ok = v is None or v == int(a)
	    elif k.replace("_max", "") in record["repaired"]:
	        ok = v is None or (v == int(a) - int(before[k.replace("_ns", "_max_ns")])
	                           if exact else v < int(a))
	    elif isinstance(v, str): ok = v == a == b
	    # The longest of no waits and the peak of no memory are absent.
	    elif v is None: ok = a == b == "0"
	    else: ok = int(a) <= v <= int(b)
	    if not ok: bad.append((k, v, a, b))
	sys.exit(f"differ: {bad}" if bad else 0 if seen >= 8 else f"compared only {seen}")
	PY
}

# bats test_tags=root
@test "--tid prints the kernel's bytes, field by field, as another client unpacks them" {
	echo 1 >$SYSCTL
	worker 'say(0); wait_go()
x = mmap.mmap(-1, 1 << 22)
for i in range(0, 1 << 22, 4096): x[i] = 1
b = open("'"$BATS_TEST_TMPDIR"'/f", "wb"); b.write(bytes(3 << 20)); os.fsync(b.fileno())
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
	echo 1 >$SYSCTL
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
t = threading.Thread(target=lambda: (sum(range(1000000)), time.sleep(600)), daemon=True)
t.start(); sum(range(1000000)); time.sleep(0.2)'
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
@test "context switches of a process are the sum over its threads' status" {
	worker 'def nap():
    for _ in range(50): time.sleep(0.001)
    time.sleep(600)
for _ in range(3): threading.Thread(target=nap, daemon=True).start()
time.sleep(0.5)'
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
	worker 'def spin(): sum(range(3000000)); time.sleep(600)
for _ in range(4): threading.Thread(target=spin, daemon=True).start()
time.sleep(1)'
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
def stay():
    time.sleep(0.2); say("alone"); time.sleep(600)
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
	echo 0 >$SYSCTL
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
	echo 1 >$SYSCTL
	worker 'x = mmap.mmap(-1, 700 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
x.madvise(15)
base = ctypes.addressof(ctypes.c_char.from_buffer(x))
def touch(i, n): ctypes.memset(base + i * 4096, 2, n * 4096)
touch(0, 700)
f = os.open("'"$BATS_TEST_TMPDIR"'/f", os.O_RDWR | os.O_CREAT); os.write(f, bytes(8 << 20))
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

# bats test_tags=root
@test "a bare call lists every process once, in a few exchanges" {
	worker 'pids = []
for _ in range(150):
    pid = os.fork()
    if not pid: signal.pause()
    pids.append(pid)
signal.signal(15, lambda *_: ([os.kill(p, 9) for p in pids], os._exit(0)))
say(" ".join(map(str, pids)))
wait_go()'
	traced -f -e trace=sendto -o "$BATS_TEST_TMPDIR/trace" taskstat -q -j >"$BATS_TEST_TMPDIR/all"
	json_lines "$BATS_TEST_TMPDIR/all"
	equal "listed twice" "$(jq .pid "$BATS_TEST_TMPDIR/all" | sort | uniq -d)" ""
	equal "the 150" "$(jq --arg p "$HEARD" 'select(.ppid == '"$WORKER_PID"').pid' \
		"$BATS_TEST_TMPDIR/all" | sort -n | xargs)" "$HEARD"
	grep -q '"comm":"kthreadd"' "$BATS_TEST_TMPDIR/all"
	sends=$(grep -c sendto "$BATS_TEST_TMPDIR/trace")
	[ "$sends" -lt "$(($(wc -l <"$BATS_TEST_TMPDIR/all") / 4))" ] || fail "$sends exchanges"
	equal "taskstat get" "$(taskstat get -q -j | jq -r "select(.ppid == $WORKER_PID).pid" |
		sort -n | xargs)" "$HEARD"
}

# bats test_tags=root
@test "a process with 600 threads is one record, each thread by --tid or -t another" {
	worker 'for _ in range(600): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
time.sleep(0.2)'
	record=$(get "$WORKER_PID")
	equal threads "$(key "$record" threads)" 601
	taskstat get -q -j --tid $(ls "/proc/$WORKER_PID/task") >"$BATS_TEST_TMPDIR/threads"
	equal records "$(wc -l <"$BATS_TEST_TMPDIR/threads")" 601
	equal "by -t" "$(taskstat get -q -j -t "$WORKER_PID" | jq -c 'del(.elapsed_ns, .group_elapsed_ns, .start_time)' | md5sum)" \
		"$(jq -c 'del(.elapsed_ns, .group_elapsed_ns, .start_time)' "$BATS_TEST_TMPDIR/threads" | md5sum)"
	equal "their process" "$(jq .tgid "$BATS_TEST_TMPDIR/threads" | sort -u)" "$WORKER_PID"
	equal "sum of switches" "$(key "$record" nvcsw)" \
		"$(jq -s 'map(.nvcsw) | add' "$BATS_TEST_TMPDIR/threads")"
}

# bats test_tags=root
@test "a hostile name is escaped in text and JSON" {
	worker 'ctypes.CDLL(None).prctl(15, b"a\n\"\\\x1b[31m\xff) R 1")'
	taskstat get -q -j "$WORKER_PID" | jq -e '.comm == "a\\x0a\"\\x5c\\x1b[31m\\xff) R 1"'
	run taskstat get -q -o pid,comm,state --no-headings "$WORKER_PID"
	equal lines "${#lines[@]}" 1
	[[ "$output" = "$WORKER_PID "*'a\x0a"\x5c\x1b[31m\xff) R 1'* ]] || fail escaped
	[[ "$output" = *S ]] || fail "state behind the name"
}

# Prints the id of a process that is over.
gone() { sh -c 'echo $$'; }

# bats test_tags=root
@test "a missing process, and process 0, are errors that name it" {
	for pid in "$(gone)" 0; do
		run taskstat get -q -j "$pid"
		equal status "$status" 1
		equal sentence "$output" "taskstat: process $pid: No such process (ESRCH)"
	done
	run taskstat get -q -j --tid 0
	equal "sentence for a thread" "$output" "taskstat: thread 0: No such process (ESRCH)"
	equal status "$status" 1
}

# bats test_tags=root
@test "some of the processes gone: the others are printed, status 3" {
	pid=$(gone)
	status=0
	taskstat get -q -j 1 "$pid" $$ >"$BATS_TEST_TMPDIR/out" 2>"$ERR" || status=$?
	equal status "$status" 3
	equal printed "$(jq .pid "$BATS_TEST_TMPDIR/out" | xargs)" "1 $$"
	equal said "$(cat "$ERR")" "taskstat: process $pid: No such process (ESRCH)"
}

# bats test_tags=root
@test "a thread's id given as a process is said to be one" {
	worker 'threading.Thread(target=time.sleep, args=(600,), daemon=True).start()'
	tid=$(ls "/proc/$WORKER_PID/task" | grep -v "^$WORKER_PID$")
	run taskstat get -q "$tid"
	equal status "$status" 1
	[[ "$output" = *"thread"*"--tid $tid"*"process $WORKER_PID"* ]] || fail hint
}

@test "words that are no process ids are usage errors, a mistyped command has a hint" {
	for words in "get x1" "get 1x" "get -- -1" "get 4294967296" "get 99999999999999999999" \
		"get 0x1" "--tid" "get ''"; do
		eval run taskstat $words
		equal "status of $words" "$status" 2
		equal "lines of $words" "${#lines[@]}" 1
	done
	run taskstat gte 1
	equal status "$status" 2
	[[ "$output" = *"did you mean 'get'"* ]] || fail hint
}

# bats test_tags=root
@test "without CAP_NET_ADMIN it fails and names it; with it alone, it works" {
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	run as_nobody --inh-caps=-all --bounding-set=-all "$BIN/taskstat" get -q -j 1
	equal status "$status" 1
	[[ "$output" = *"(EPERM)"*"CAP_NET_ADMIN"* ]] || fail sentence
	equal lines "${#lines[@]}" 1
	run as_nobody --inh-caps=-all,+net_admin --ambient-caps=-all,+net_admin \
		"$BIN/taskstat" get -q -j $$
	equal status "$status" 0
	equal "its own" "$(jq .pid <<<"$output")" $$
	run unshare -Ur "$BIN/taskstat" get -q 1
	equal "status of a namespace's root" "$status" 1
	[[ "$output" = *"(EPERM)"*"initial user namespace"* ]] || fail sentence
}

# bats test_tags=root
@test "I/O that can't be read elsewhere is still known of a process without threads" {
	worker 'os.write(os.open("/dev/null", 1), bytes(5000)); say(0); wait_go()
t = threading.Thread(target=lambda: 0); t.start(); t.join(); say(1); wait_go()'
	alone() {
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all,+net_admin \
			--ambient-caps=-all,+net_admin "$BIN/taskstat" get -j "$WORKER_PID" 2>"$ERR"
	}
	equal "as the thread's" "$(io_of "$(alone)")" "$(io_of "$(get_tid "$WORKER_PID")")"
	go
	equal "with a dead thread" "$(io_of "$(alone)")" "null null null null null null null"
	grep -q CAP_SYS_PTRACE "$ERR"
}

# bats test_tags=root
@test "a kernel without the family, and one that answers no more, are told apart" {
	run traced -o /dev/null -e inject=sendto:error=ENOENT:when=1 taskstat get -q 1
	equal status "$status" 1
	[[ "$output" = *TASKSTATS*"(ENOENT)"*CONFIG_TASKSTATS* ]] || fail sentence
	run traced -o /dev/null -e inject=sendto:error=ENOMEM:when=2 taskstat get -q 1
	equal status "$status" 1
	[[ "$output" = *"(ENOMEM)"* ]] || fail sentence
}

# bats test_tags=root
@test "a sysctl or a /proc/PID that can't be read leaves no false zeros" {
	run traced -o /dev/null -P $SYSCTL -e inject=openat:error=EACCES taskstat get -j $$
	equal status "$status" 0
	[[ "$output" = *"task_delayacct"*"EACCES"* ]] || fail warning
	equal delays "$(tail -n 1 <<<"$output" | jq -c '[.blkio_count, .irq_delay_ns]')" '[null,null]'
	run traced -o /dev/null -P /proc/$$/stat -e inject=openat:error=EMFILE taskstat get -q -j $$
	equal status "$status" 1
	[[ "$output" = *"/proc/$$"*"(EMFILE)"* ]] || fail sentence
}

# bats test_tags=root
@test "in a pid namespace it asks about the namespace's processes" {
	run unshare -pf --mount-proc taskstat -q -j
	equal status "$status" 0
	equal pids "$(jq -c '[.pid, .comm]' <<<"$output")" '[1,"taskstat"]'
	run unshare -pf taskstat -q -j
	equal "status without a /proc of its own" "$status" 1
	[[ "$output" = *"/proc"* ]] || fail sentence
	run unshare -pf taskstat get -q -j 1
	equal "its own process" "$(jq -c '[.pid, .comm, .state, .threads]' <<<"$output")" \
		'[1,"taskstat",null,null]'
}

# bats test_tags=root
@test "-t prints each thread of what is named, and of all" {
	worker 'for _ in range(5): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()'
	tids=$(ls "/proc/$WORKER_PID/task" | sort -n | xargs)
	equal named "$(taskstat get -q -j -t "$WORKER_PID" | jq .pid | sort -n | xargs)" "$tids"
	taskstat -q -j -t >"$BATS_TEST_TMPDIR/all"
	equal all "$(jq "select(.tgid == $WORKER_PID).pid" "$BATS_TEST_TMPDIR/all" | sort -n | xargs)" "$tids"
	equal "states" "$(jq -r "select(.tgid == $WORKER_PID).state" "$BATS_TEST_TMPDIR/all" | sort -u)" S
	run taskstat get -q -t "$(gone)"
	equal "status of one gone" "$status" 1
}

# bats test_tags=root
@test "a listing tells of each process what asking for it alone tells" {
	worker 'f = os.open("'"$BATS_TEST_TMPDIR"'/f", os.O_RDWR | os.O_CREAT)
kids = []
for i in range(300):
    pid = os.fork()
    if not pid:
        for _ in range(i): os.write(f, b"abc")
        if i % 10 == 0: t = threading.Thread(target=lambda: os.write(f, b"x" * 5000)); t.start(); t.join()
        signal.pause()
    kids.append(pid)
time.sleep(1); os.kill(kids[7], 9)
signal.signal(15, lambda *_: ([os.kill(p, 9) for p in kids], os._exit(0)))'
	all_asleep() {
		local p
		for p in $(cat "/proc/$WORKER_PID/task/$WORKER_PID/children"); do asleep "$p" || return; done
	}
	wait_for all_asleep
	taskstat get -q -j -w "ppid=$WORKER_PID" >"$BATS_TEST_TMPDIR/all"
	equal children "$(wc -l <"$BATS_TEST_TMPDIR/all")" 300
	taskstat get -q -j $(jq .pid "$BATS_TEST_TMPDIR/all") >"$BATS_TEST_TMPDIR/each"
	strip='del(.elapsed_ns, .group_elapsed_ns, .start_time)'
	equal records "$(jq -c "$strip" "$BATS_TEST_TMPDIR/all" | md5sum)" \
		"$(jq -c "$strip" "$BATS_TEST_TMPDIR/each" | md5sum)"
	equal zombies "$(jq -r 'select(.state == "Z").exit_signal' "$BATS_TEST_TMPDIR/all")" 9
	# Without BPF it says the same.
	traced -f -o /dev/null -e inject=bpf:error=EPERM "$BIN/taskstat" get -q -j \
		-w "ppid=$WORKER_PID" >"$BATS_TEST_TMPDIR/proc"
	equal "by /proc" "$(jq -c "$strip" "$BATS_TEST_TMPDIR/proc" | md5sum)" \
		"$(jq -c "$strip" "$BATS_TEST_TMPDIR/all" | md5sum)"
}

# bats test_tags=root
@test "-c, -u and -w choose records, all that are given at once" {
	worker 'ctypes.CDLL(None).prctl(15, b"odd name")
pid = os.fork()
if not pid: os.setuid(12345); ctypes.CDLL(None).prctl(15, b"odd"); signal.pause()
say(pid); wait_go(); os.kill(pid, 9)'
	child=$HEARD
	equal "by name" "$(taskstat get -q -j -c "odd name" | jq .pid)" "$WORKER_PID"
	equal "two names" "$(taskstat get -q -j -c odd -c "odd name" | jq -s length)" 2
	equal "by user" "$(taskstat get -q -j -u 12345 | jq .pid)" "$child"
	equal "by user's name" "$(taskstat get -q -j -u root "$child" "$WORKER_PID" | jq .pid)" "$WORKER_PID"
	equal "both" "$(taskstat get -q -j -c "odd name" -u 12345)" ""
	equal "where" "$(taskstat get -q -j -w 'comm=odd*' -w 'uid>12000' | jq .pid)" "$child"
	for words in "-w nosuch=1" "-w cpu_ns>x" "-u no-such-user"; do
		run taskstat get $words
		equal "status of $words" "$status" 2
		equal "lines of $words" "${#lines[@]}" 1
	done
	go
}

# bats test_tags=root
@test "-g takes a cgroup's processes and those below it, by either version" {
	for root in /sys/fs/cgroup/unified /sys/fs/cgroup/pids; do
		top=$root/taskstat-test-$$
		mkdir -p "$top/below"
		worker 'pid = os.fork()
if not pid: signal.pause()
say(pid); wait_go(); os.kill(pid, 9); os.wait()'
		child=$HEARD
		echo "$WORKER_PID" >"$top/cgroup.procs"
		echo "$child" >"$top/below/cgroup.procs"
		equal "$root" "$(taskstat get -q -j -g "$top" | jq .pid | sort -n | xargs)" "$WORKER_PID $child"
		equal "by its path in it" "$(taskstat get -q -j -g "/taskstat-test-$$/below" | jq .pid)" "$child"
		go
		kill "$WORKER_PID" && wait "$WORKER_PID" || true
		WORKER_PID=
		wait_for rmdir "$top/below" "$top"
	done
	run taskstat get -q -g /tmp
	equal "status of no cgroup" "$status" 1
	run taskstat get -q -g /no/such
	equal "status of none" "$status" 1
}

# bats test_tags=root
@test "--prometheus adds up by command name" {
	worker 'ctypes.CDLL(None).prctl(15, b"twice")
pid = os.fork()
if not pid: signal.pause()
signal.signal(15, lambda *_: (os.kill(pid, 9), os._exit(0)))'
	taskstat get -q --prometheus >"$BATS_TEST_TMPDIR/metrics"
	grep -qx 'taskstat_tasks{comm="twice"} 2' "$BATS_TEST_TMPDIR/metrics"
	sum=$(taskstat get -q -j -c twice | jq -s 'map(.nvcsw) | add')
	grep -qx "taskstat_nvcsw{comm=\"twice\"} $sum" "$BATS_TEST_TMPDIR/metrics"
	equal "repeated families" "$(grep '^# TYPE' "$BATS_TEST_TMPDIR/metrics" | sort | uniq -d)" ""
}

# bats test_tags=root
@test "--delays switches the sysctl on and back, SIGKILL or not, and the last one does it" {
	on() { [ "$(cat $SYSCTL)" = 1 ]; }
	off() { [ "$(cat $SYSCTL)" = 0 ]; }
	echo 0 >$SYSCTL
	taskstat get -q --delays 1 >/dev/null
	off
	mkfifo "$BATS_TEST_TMPDIR/out"
	for signal in TERM KILL; do
		# It hangs in opening or writing its output, the switch is on.
		exec {hold}<>"$BATS_TEST_TMPDIR/out"
		taskstat get -q -t -j --delays $(seq 400 | sed 's/.*/1/') >"$BATS_TEST_TMPDIR/out" &
		first=$!
		wait_for on
		wait_for asleep $first
		taskstat get -q --delays 1 >/dev/null
		on
		kill -$signal $first
		wait $first || true
		wait_for off
		exec {hold}>&-
	done
	echo 1 >$SYSCTL
	taskstat get -q --delays 1 >/dev/null
	on
	# Those who started before have not been measured.
	echo 0 >$SYSCTL
	equal "an older task" "$(taskstat get --delays -j $$ | jq .blkio_count)" null
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$BIN/taskstat" get --delays 1
	equal status "$status" 1
	[[ "$output" = *task_delayacct*"(EACCES)"* ]] || fail sentence
}

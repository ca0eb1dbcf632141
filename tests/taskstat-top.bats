#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat top against processes that say what they did in the interval.

load lib
load helper/taskstat-lib

STORM=$O/tests/helper/taskstat-storm

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	find_home
	NAME=s$$
	PIDS=()
}

teardown() {
	local p
	worker_end
	for p in "${PIDS[@]}"; do end "$p" || true; done
}

# top_start [OPTION...]: in the background, to the file out, when an interval has passed.
top_start() {
	"${AT_HOME[@]}" taskstat top -q -j "$@" >out 3>&- &
	TOP=$!
	PIDS+=($TOP)
	wait_for test -s out
}

# Whether top waits for its first interval to pass.
hears() {
	[[ "$(cat "/proc/$1/comm") $(cat "/proc/$1/wchan")" = taskstat*poll* ]]
}

# ended PATTERN N: whether so many lines of processes that have ended are there.
ended() {
	[ "$(grep -- "$1" out | grep -c '"ended":true')" = "$2" ]
}

# bats test_tags=root
@test "percentages and rates of all intervals are what a process did from birth to end" {
	top_start -d 200ms -o all
	/usr/bin/python3 - >truth <<-'PY'
	import json, os, time
	f = os.open("f", os.O_WRONLY | os.O_CREAT)
	for _ in range(20):
	    for _ in range(100): os.pwrite(f, bytes(4096), 0)
	    sum(range(1000000))
	    time.sleep(0.02)
	io = dict(l.split() for l in open("/proc/self/io"))
	print(json.dumps([os.getpid(), time.process_time(), int(io["wchar:"]), int(io["syscw:"])]))
	PY
	pid=$(jq '.[0]' truth)
	wait_for ended "\"pid\":$pid," 1
	end $TOP
	python3 - <<-'PY'
	import json
	pid, cpu, wchar, syscw = json.load(open("truth"))
	rows = [r for r in map(json.loads, open("out")) if r["pid"] == pid]
	assert [r["born"] for r in rows] == [True] + [False] * (len(rows) - 1), rows
	assert [r["ended"] for r in rows] == [False] * (len(rows) - 1) + [True], rows
	def total(key, part): return sum(r[key] * r["interval_ns"] * part for r in rows)
	# Its last record lacks what it used since the last clock tick; counts are cut to 1,024.
	assert abs(total("cpu_pct", 1e-11) - cpu) < 0.03, (rows, cpu)
	assert abs(total("write_chars_per_s", 1e-9) - wchar) < 1030, (rows, wchar)
	assert abs(total("write_syscalls_per_s", 1e-9) - syscw) < 1030, (rows, syscw)
	PY
}

# bats test_tags=root
@test "processes that were born and died in an interval are in it, each once" {
	top_start -d 300ms -o pid,comm,born,ended,exit_code
	n=$("$STORM" fork 300 2 "$NAME")
	wait_for ended "\"$NAME\"" $((n + 1))
	end $TOP
	jq -c "select(.comm == \"$NAME\" and .ended)" out >mine
	# Numbers of processes come again where many others end meanwhile.
	equal records "$(wc -l <mine)" $((n + 1))
	equal "told twice" "$(jq -c '[.pid, .time]' mine | sort | uniq -d)" ""
	equal failed "$(jq 'select(.exit_code == 1)' mine | jq -s length)" 60
	# Who was there at the end of an interval was born before the next one.
	jq "select(.comm == \"$NAME\" and (.ended | not)).pid" out | sort -u >before
	equal "born before" "$(jq 'select(.born | not).pid' mine | sort | comm -23 - before)" ""
	equal "seen before" "$(jq 'select(.born).pid' mine | sort | comm -12 - before)" ""
}

# bats test_tags=root
@test "a process that gets the number of one that has just ended is not taken for it" {
	top_start -d 500ms -o pid,comm,born,ended,cpu_pct,interval_ns
	/usr/bin/python3 - >truth <<-'PY'
	import ctypes, os, signal, struct, time
	libc = ctypes.CDLL(None, use_errno=True)
	def burn(s):
	    while time.process_time() < s: pass
	def name(s): libc.prctl(15, s)
	def seen(pid, comm):
	    for _ in range(1000):
	        if any('"pid":%d,"comm":"%s"' % (pid, comm) in l for l in open("out")): return
	        time.sleep(0.01)
	    raise SystemExit("not seen")
	a = os.fork()
	if not a: name(b"first"); burn(0.3); signal.pause()
	seen(a, "first")
	os.kill(a, 9); os.waitpid(a, 0)
	# clone3(2) may choose the number.
	tid = ctypes.c_int(a)
	args = struct.pack("8QQQ", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(tid), 1)
	b = libc.syscall(435, args, len(args))
	if not b: name(b"second"); burn(0.05); signal.pause(); os._exit(0)
	assert b == a, (a, b, ctypes.get_errno())
	seen(b, "second")
	os.kill(b, 9); os.waitpid(b, 0)
	print(a)
	PY
	wait_for ended "\"pid\":$(cat truth)," 2
	end $TOP
	jq -c "select(.pid == $(cat truth)) | [.comm, .born, .ended]" out | uniq >rows
	equal "births and ends" "$(grep first rows | head -n 1) $(grep first rows | tail -n 1)" \
		'["first",true,false] ["first",false,true]'
	equal "of the second" "$(grep -c second.,true rows) $(grep -c second.*true] rows)" "1 1"
	# All that the second one used is its own.
	jq -es "map(select(.pid == $(cat truth) and .comm == \"second\") | .cpu_pct * .interval_ns / 1e11) |
		add > 0.03" out
}

# bats test_tags=root
@test "-c, -u and -w choose among the living and the dead" {
	worker 'ctypes.CDLL(None).prctl(15, b"top '$$'")
threading.Thread(target=time.sleep, args=(600,), daemon=True).start(); say(0); wait_go()
threading.Thread(target=lambda: (say(1), time.sleep(600))).start()
ctypes.CDLL(None).pthread_exit(0)'
	mine() { jq -r '[.comm, .uid, .state, .threads] | join(" ")' out | sort -u; }
	"${AT_HOME[@]}" taskstat top -q -j -d 10ms -n 2 -c "top $$" -c nobody >out
	equal living "$(mine)" "top $$ 0 S 2"
	go
	# Its main thread has ended, the process has not.
	"${AT_HOME[@]}" taskstat top -q -j -d 10ms -n 2 -c "top $$" -u root -w 'threads>1' >out
	equal "with other threads" "$(mine)" "top $$ 0 Z 3"
	"${AT_HOME[@]}" taskstat top -q -j -d 10ms -n 2 -c "top $$" -u 12345 >out
	equal "of nobody" "$(cat out)" ""
	"${AT_HOME[@]}" taskstat top -q -j -d 200ms -w "comm=$NAME" -w exit_code=1 >out 3>&- &
	PIDS+=($!)
	wait_for hears $!
	"$STORM" fork 50 1 "$NAME"
	wait_for ended ""$NAME"" 5
	equal "who ended otherwise" "$(jq -c '[.ended, .exit_code]' out | sort -u)" '[true,1]'
	run "${AT_HOME[@]}" taskstat top -q -w nosuch=1
	equal status "$status" 2
}

# bats test_tags=root
@test "-n ends it after so many intervals, -k keeps the first, a signal ends it with status 0" {
	"${AT_HOME[@]}" taskstat top -q -j -d 50ms -n 3 -k 2 >out
	equal lines "$(wc -l <out)" 6
	equal intervals "$(jq .time out | uniq | wc -l)" 3
	jq -es '.[0].cpu_pct >= .[1].cpu_pct' out
	json_lines out
	"${AT_HOME[@]}" taskstat top -q -j -d 50ms >more 3>&- &
	PIDS=($!)
	wait_for test -s more
	kill -INT "${PIDS[0]}"
	status=0
	wait "${PIDS[0]}" || status=$?
	PIDS=()
	equal status "$status" 0
	json_lines more
}

# bats test_tags=root
@test "into a pipe it is a text table for people, and JSON Lines with --json only" {
	"${AT_HOME[@]}" taskstat top -q -d 10ms -n 2 -k 2 -o pid,comm,cpu_pct | cat >out
	equal headings "$(grep -c '^ *PID COMM  *CPU$' out)" 2
	equal lines "$(wc -l <out)" 6
	if grep -q $'[{\033]' out; then fail "JSON, or a terminal's sequences"; fi
	"${AT_HOME[@]}" taskstat top -q -j -d 10ms -n 2 -k 2 -o pid,comm,cpu_pct | cat >out
	equal lines "$(wc -l <out)" 4
	json_lines out
}

@test "no interval, no record and no time is none to ask for" {
	for words in "top -n 0" "top -k 0" "top -d 0" "listen -c 0" "listen --for 0"; do
		run taskstat $words
		equal "status of $words" "$status" 2
		[[ "$output" = *"'0' is out of range"* ]] || fail "$words: $output"
	done
}

# bats test_tags=root
@test "where exits don't arrive it says so, and shows the living" {
	unshare -n "$BIN/taskstat" top -j -d 50ms -n 1 >out 2>err
	grep -q "exits can't be listened to" err
	[ "$(jq -s 'map(select(.ended)) | length' out)" = 0 ]
	[ "$(jq -s length out)" -gt 10 ]
}

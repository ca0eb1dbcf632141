#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat listen and run against programs that count what they end, and wait4.

load lib

STORM=$O/tests/helper/taskstat-storm

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	NAME=s$$
	find_home
}

teardown() {
	if [ -n "${LISTENER-}" ]; then end "$LISTENER"; fi
}

# listen_start FILE [OPTION...]: the listener in the background, when it hears.
listen_start() {
	local file=$1
	shift
	"${AT_HOME[@]}" taskstat listen -q -j "$@" >"$file" 2>"$file.err" 3>&- &
	LISTENER=$!
	wait_for is_listening "$LISTENER"
}

# It sleeps in poll(2) only when all is set up.
is_listening() {
	[[ "$(cat "/proc/$1/comm") $(cat "/proc/$1/wchan")" = taskstat*poll* ]]
}

# All that has ended until now is on its way; its status to $status.
listen_end() {
	kill -"${1:-INT}" "$LISTENER"
	status=0
	wait "$LISTENER" || status=$?
	LISTENER=
}

# The storm's records, without those who fork them.
records() {
	jq -c "select(.comm == \"$NAME\")" "$1"
}

# bats test_tags=root
@test "each of 20,000 processes that end is told of, with its exit code, and none is lost" {
	listen_start out
	n=$("$STORM" vfork 10000 2 "$NAME")
	listen_end
	equal status "$status" 0
	# And the one who counted.
	equal records "$(grep -c "\"comm\":\"$NAME\"" out)" $((n + 1))
	equal failed "$(grep "\"comm\":\"$NAME\"" out | grep -c '"exit_code":1,')" 2000
	equal "the last record" "$(tail -n 1 out | jq -c 'del(.received)')" '{"event":"end","lost":0}'
	[ "$(tail -n 1 out | jq .received)" -ge $((n + 1)) ]
	head -n -1 out >all
	json_lines all
}

# bats test_tags=root
@test "5,000 processes, and 5,000 threads, that end at once are all told of" {
	listen_start out -t -o comm,pid,tgid
	a=$("$STORM" burst 5000 1 "$NAME")
	b=$("$STORM" burst-threads 5000 1 "$NAME")
	listen_end
	records out >mine
	equal records "$(wc -l <mine)" $((a + b + 2))
	equal "told twice" "$(sort mine | uniq -d)" ""
	equal "without end's keys" "$(tail -n 1 out | jq -c keys)" '["event","lost","received"]'
}

# bats test_tags=root
@test "with a buffer of any size, what came and what was lost is exactly what ended" {
	local size came lost
	for size in 2K 16K 256K; do
		# Strangers are kept out by the kernel, and count as neither.
		listen_start out -t -o comm,event -w "comm=$NAME" --rcvbuf $size
		n=$("$STORM" burst-threads 3000 1 "$NAME")
		listen_end
		came=$(grep -c '"event":"exit"' out)
		lost=$(tail -n 1 out | jq .lost)
		equal "received by $size" "$(tail -n 1 out | jq .received)" "$came"
		equal "received and lost by $size" $((came + lost)) $((n + 1))
		equal "status with $lost lost" "$status" $((lost ? 3 : 0))
		[ "$lost" -gt 0 ] || [ $size != 2K ] || fail "none was lost"
		[ "$lost" = 0 ] || equal "said when it happened" \
			"$(jq -c 'select(.event == "lost") | keys' out | sort -u)" '["event","lost","received"]'
	done
}

# bats test_tags=root
@test "--failed lets only those in that did not end well, by a filter in the kernel" {
	listen_start out --failed -t
	"$STORM" fork 500 1 "$NAME"
	(exec -a x bash -c 'kill -9 $$') || true
	listen_end
	equal records "$(records out | jq -c '[.exit_code, .exit_signal]' | sort | uniq -c | xargs)" '50 [1,null]'
	equal "by a signal" "$(jq -c 'select(.exit_signal == 9).exit_code' out | sort -u)" null
	# What the kernel sent has been printed: it did not send the others.
	equal received "$(tail -n 1 out | jq .received)" $(($(wc -l <out) - 1))
}

# bats test_tags=root
@test "what options and conditions keep out in the kernel is what they would keep out here" {
	local i=0 options kept base pids=() cases=(
		"--failed:.exit_code != 0" "-t --failed:.exit_code != 0"
		"-u 12345:.uid == 12345" "-t -u 12345:.uid == 12345"
		"-w comm=$NAME,python3:.comm == \"$NAME\" or .comm == \"python3\""
		"-t -w comm=abc-threads:.comm == \"abc-threads\""
		"-w exit_code=3,7:.exit_code == 3 or .exit_code == 7" "-w exit_code!=0:.exit_code != 0"
		"-t -w exit_signal=9,11:.exit_signal == 9 or .exit_signal == 11"
		"-w exit_signal!=9:.exit_signal != 9" "-w gid!=0:.gid != 0"
		"-w uid!=0 -w exit_code=3:.uid != 0 and .exit_code == 3" "-w ppid=$$:.ppid == $$"
		"-w elapsed_ns>3ms:.elapsed_ns > 3000000" "-t -w nvcsw<=1:.nvcsw <= 1" "-w minflt>=70:.minflt >= 70"
		"-w write_chars<4K -w exit_code<7:.write_chars != null and .write_chars < 4096 and .exit_code != null and .exit_code < 7"
		"-w !fork:(.flags | index(\"fork\")) == null" "-t -w comm!=python3:.comm != \"python3\"" "-w threads>1:.threads > 1")
	for options in "" -t "${cases[@]%%:*}"; do
		"${AT_HOME[@]}" taskstat listen -q -j $options >records.$i 3>&- &
		pids+=($!)
		i=$((i + 1))
	done
	for i in "${pids[@]}"; do wait_for is_listening "$i"; done
	"$O/tests/helper/taskstat-tree" 3 abc >truth
	"$STORM" fork 20 1 "$NAME"
	setpriv --reuid=12345 --regid=12345 --clear-groups python3 -c 'import json, os, threading, time
print(json.dumps(dict(pid=os.getpid())), flush=True)
t = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(3)]
for x in t: x.start()
for x in t: x.join()
os._exit(3)' >>truth || true
	kill -INT "${pids[@]}"
	for i in "${pids[@]}"; do wait "$i"; done
	for ((i = 0; i < ${#cases[@]}; i++)); do
		options=${cases[i]%%:*}
		base=records.$([[ $options = *-t* ]] && echo 1 || echo 0)
		mine "${cases[i]#*:}" <"$base" >wanted
		mine true <"$base" >all
		mine true <"records.$((i + 2))" >got
		diff wanted got >diff || fail "$options: $(head -n 4 diff)"
		[ -s got ] || [[ $options = *ppid* ]] || fail "nothing of $options"
		# Where more are kept out than strangers can end while the listeners do.
		kept=$(($(wc -l <all) - $(wc -l <got)))
		[ $kept -lt 40 ] || [ "$(received $((i + 2)))" -lt "$(received 0)" ] || fail "$options came in"
	done
	for options in --failed "-u 0" "-w comm=sh"; do
		traced -o trace -e trace=setsockopt "${AT_HOME[@]}" "$BIN/taskstat" listen -q $options --for 10ms >out || true
		equal "filters of $options" "$(grep -c SO_ATTACH_FILTER trace)" 1
	done
	run "${AT_HOME[@]}" taskstat listen -q -j --for 10ms $(printf -- ' -u %s' {1..300})
	equal "status with 300 users" "$status" 0
}

# mine EXPRESSION: of the records that come in, those of the processes of truth or the storm.
mine() {
	jq -c --slurpfile t truth --arg name "$NAME" '(reduce $t[] as $x ({}; .[$x.pid | tostring] = 1)) as $pids |
		select(.event == "exit" and ($pids[.tgid | tostring] or .comm == $name)) | select('"$1"') |
		del(.time)' | sort
}
received() { tail -n 1 "records.$1" | jq .received; }

# bats test_tags=root
@test "an exit's record is what wait4 says, of a process without and with threads" {
	listen_start out
	python3 - <<-'PY' >truth
	import ctypes, json, mmap, os, threading, time
	def use(n):
	    x = mmap.mmap(-1, n * 4096); x.madvise(15)
	    for i in range(n): x[i * 4096] = 1
	    sum(range(2000000))
	    for _ in range(20): time.sleep(0.001)
	def end(threads, code):
	    pid = os.fork()
	    if not pid:
	        t = [threading.Thread(target=use, args=(300 + 100 * i,)) for i in range(threads)]
	        for x in t: x.start()
	        use(500)
	        for x in t: x.join()
	        os._exit(code)
	    s, u = os.wait4(pid, 0)[1:]
	    print(json.dumps(dict(pid=pid, code=os.waitstatus_to_exitcode(s), minflt=u.ru_minflt,
	        majflt=u.ru_majflt, nvcsw=u.ru_nvcsw, nivcsw=u.ru_nivcsw, parent=os.getpid(),
	        cpu=(u.ru_utime + u.ru_stime), threads=threads)))
	end(0, 0); end(0, 7); end(1, 3); end(5, 0)
	PY
	listen_end
	python3 - <<-'PY'
	import json
	records = {}
	for l in open("out"):
	    r = json.loads(l)
	    if r.get("event") == "exit":
	        assert r["pid"] not in records, r
	        records[r["pid"]] = r
	for l in open("truth"):
	    t = json.loads(l); r = records[t["pid"]]
	    assert (r["exit_code"], r["exit_signal"], r["state"]) == (t["code"], None, "X"), (r, t)
	    assert r["tgid"] == t["pid"] and r["ppid"] == t["parent"] and r["comm"] == "python3", r
	    assert r["minflt"] == t["minflt"] and r["majflt"] == t["majflt"], (r, t)
	    # Between its message and its end a task may be switched away.
	    assert 0 <= t["nvcsw"] - r["nvcsw"] <= 8 + 8 * t["threads"], (r, t)
	    assert 0 <= t["nivcsw"] - r["nivcsw"] <= 8 + 8 * t["threads"], (r, t)
	    assert abs(r["cpu_ns"] / 1e9 - t["cpu"]) < 0.012 * (1 + t["threads"]), (r, t)
	    if t["threads"]: assert r["threads"] == t["threads"] + 1, r
	    assert r["cpu_delay_max_ns"] <= r["cpu_delay_ns"], r
	PY
}

# bats test_tags=root
@test "a process that had threads is one record; its extremes are its threads' of -t" {
	listen_start whole
	first=$LISTENER
	listen_start tasks -t
	python3 -c '
import os, threading, time
f = os.open("/dev/null", os.O_WRONLY)
def use(n):
    for _ in range(n): os.write(f, bytes(1024)); sum(range(2000))
t = [threading.Thread(target=use, args=(1024 * (i + 1),)) for i in range(3)]
for x in t: x.start()
for x in t: x.join()
print(os.getpid())' >pid
	listen_end
	LISTENER=$first
	listen_end
	jq -c "select(.pid == $(cat pid))" whole >one
	equal records "$(wc -l <one)" 1
	equal extremes "$(jq -c '[.cpu_delay_max_ns, .cpu_delay_min_ns, .rss_peak_bytes, .cpu_count]' one)" \
		"$(jq -sc "map(select(.tgid == $(cat pid))) | [(map(.cpu_delay_max_ns) | max),
			(map(.cpu_delay_min_ns) | map(select(. != null)) | min),
			(map(.rss_peak_bytes) | max), (map(.cpu_count) | add)]" tasks)"
	equal "sums of I/O" "$(jq .write_syscalls one)" \
		"$(jq -s "map(select(.tgid == $(cat pid)).write_syscalls) | add" tasks)"
	[ "$(jq .write_syscalls one)" -ge 6144 ]
}

# bats test_tags=root
@test "listening ends by SIGINT, SIGTERM, --for and -c, each with the last record" {
	for s in INT TERM; do
		listen_start out
		listen_end $s
		equal "status by SIG$s" "$status" 0
		equal "last" "$(tail -n 1 out | jq -r .event)" end
	done
	run "${AT_HOME[@]}" taskstat listen -q -j --for 50ms
	equal "status by --for" "$status" 0
	equal "last" "$(tail -n 1 <<<"$output" | jq -r .event)" end
	listen_start out -c 3 -o pid -w "comm=$NAME"
	"$STORM" vfork 10 1 "$NAME"
	wait_for test ! -d "/proc/$LISTENER"
	equal lines "$(wc -l <out)" 4
}

# bats test_tags=root
@test "--by adds up, and -u and -w choose" {
	listen_start out --by comm -w "comm=$NAME"
	n=$("$STORM" fork 100 2 "$NAME")
	listen_end
	equal sum "$(head -n -1 out | jq -c '[.event, .comm, .tasks, .failed]')" "[\"sum\",\"$NAME\",$((n + 1)),20]"
	for by in uid ppid exe; do
		listen_start out --by $by -w "comm=$NAME"
		n=$("$STORM" fork 100 2 "$NAME")
		listen_end
		equal "sums by $by" "$(head -n -1 out | jq -s 'map(.tasks) | add')" $((n + 1))
	done
	listen_start out -u $((100000 + $$))
	setpriv --reuid=$((100000 + $$)) --clear-groups true
	true
	listen_end
	equal users "$(head -n -1 out | jq .uid)" $((100000 + $$))
}

# bats test_tags=root
@test "where exits never arrive, and CPUs that are none, are said" {
	run unshare -n "$BIN/taskstat" listen -q --for 1s
	equal "status in a network namespace" "$status" 1
	[[ "$output" = *"initial network namespace"* ]] || fail sentence
	run "${AT_HOME[@]}" unshare -pf "$BIN/taskstat" listen -q --for 1s
	equal "status in a pid namespace" "$status" 1
	[[ "$output" = *"(EINVAL)"*"pid namespace"* ]] || fail sentence
	for list in x 0-x; do
		run "${AT_HOME[@]}" taskstat listen -q --for 1s --cpus $list
		equal "status of $list" "$status" 1
		[[ "$output" = *"CPUs '$list'"*"(EINVAL)"* ]] || fail sentence
	done
	run "${AT_HOME[@]}" taskstat listen -q --for 1s --cpus 0,99999
	equal status "$status" 1
	[[ "$output" = *"(ERANGE)"* ]] || fail sentence
	run "${AT_HOME[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups "$BIN/taskstat" listen -q
	equal "status of nobody" "$status" 1
	[[ "$output" = *"(EPERM)"*CAP_NET_ADMIN* ]] || fail sentence
}

# bats test_tags=root
@test "--cpus hears only those CPUs" {
	[ "$(nproc)" -gt 1 ] || return 0
	listen_start out --cpus 1
	taskset -c 0 "$STORM" vfork 50 1 "$NAME"
	taskset -c 1 "$STORM" vfork 70 1 "$NAME"
	listen_end
	equal records "$(records out | wc -l)" 72
}

# bats test_tags=root
@test "-v tells the real size of the buffer" {
	run "${AT_HOME[@]}" taskstat listen -v --for 1ms --rcvbuf 1M
	[[ "$output" = *"receive buffer: 2097152 bytes"* ]] || fail size
	run "${AT_HOME[@]}" taskstat listen -v --for 1ms
	[[ "$output" = *"receive buffer: 67108864 bytes"* ]] || fail size
}

# bats test_tags=root
@test "run accounts for each process of a tree, orphans and their children too" {
	"${AT_HOME[@]}" taskstat run -q -j -- "$STORM" vfork 1000 3 "$NAME" >out
	n=$(head -n 1 out)
	equal tasks "$(tail -n 1 out | jq -c '[.tasks, .failed]')" "[$((n + 1)),300]"
	# Parents that do not wait for their children.
	"${AT_HOME[@]}" taskstat run -q -j --by comm -- sh -c '
		(sleep 0.1; sh -c "(sleep 0.1; /bin/true) & /bin/true") & exit 0' >out
	equal "by name" "$(jq -sc 'map(select(.comm != "sh") | {(.comm): .tasks}) | add' out | jq -cS .)" '{"sleep":2,"true":2}'
	# Who belongs to nobody's tree.
	"$STORM" vfork 200 1 "$NAME" 3>&- &
	"${AT_HOME[@]}" taskstat run -q -j --by comm -- sleep 0.3 >out
	wait $!
	equal "only its own" "$(jq -c '[.comm, .tasks]' out)" '["sleep",1]'
}

# bats test_tags=root
@test "whatever a process does in its life and however it ends, it is one record, and run's" {
	listen_start out
	tag=$(printf '%03x' $((RANDOM % 4096)))
	"${AT_HOME[@]}" taskstat run -q -j --by comm -- "$O/tests/helper/taskstat-tree" 15 "$tag" >run
	listen_end
	grep '"written"' run >truth
	grep '"event":"sum"' run >sums
	[ "$(wc -l <truth)" -gt 500 ]
	python3 "$BATS_TEST_DIRNAME/helper/taskstat-tree.py" "$tag" truth out sums
}

# bats test_tags=root
@test "run's sums are what wait4 and the programs themselves say" {
	"${AT_HOME[@]}" taskstat run -q -j -- /usr/bin/python3 -c '
import json, mmap, os, resource
def use(n):
    x = mmap.mmap(-1, n * 4096); x.madvise(15)
    for i in range(n): x[i * 4096] = 1
    sum(range(3000000))
for i in range(4):
    pid = os.fork()
    if not pid: use(1000); os._exit(0)
    os.wait()
a, b = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps(dict(cpu=a.ru_utime + a.ru_stime + b.ru_utime + b.ru_stime, minflt=a.ru_minflt + b.ru_minflt)), flush=True)
os._exit(0)' >out
	python3 - <<-'PY'
	import json
	t, r = (json.loads(l) for l in open("out"))
	assert r["tasks"] == 5 and r["failed"] == 0, r
	assert 0 <= r["cpu_ns"] / 1e9 - t["cpu"] < 0.03, (r, t)
	assert 0 <= r["minflt"] - t["minflt"] < 300, (r, t)
	PY
}

# bats test_tags=root
@test "CPU time that no message tells of is in a single sum, and said where there are more" {
	"${AT_HOME[@]}" taskstat run -q -j --by uid -- "$STORM" fork 300 1 "$NAME" >one
	"${AT_HOME[@]}" taskstat run -j --by comm -- sh -c "'$STORM' fork 300 1 $NAME" >more 2>err
	equal sums "$(tail -n +2 one | jq -c '[.uid, .tasks]')" "[0,302]"
	python3 - "$NAME" <<-'PY'
	import json, re, sys
	one, more = (json.loads(open(f).read().split("\n", 1)[1].split("\n")[0]) for f in ("one", "more"))
	lines = open("more").read().split("\n")[1:-1]
	known = sum(json.loads(l)["cpu_ns"] or 0 for l in lines)
	whole, lack = map(int, re.search(r"of (\d+) us of CPU time, (\d+) us are in no sum", open("err").read()).groups())
	# 300 forks and exits: more than what one clock tick shows of them.
	assert one["cpu_ns"] > 300 * 10000, one
	assert abs(known // 1000 + lack - whole) <= len(lines), (known, lack, whole)
	PY
}

# bats test_tags=root
@test "run's status is the command's, 127 and 126 where there is none, 125 for our own" {
	run "${AT_HOME[@]}" taskstat run -q -- sh -c 'exit 42'
	equal "an exit" "$status" 42
	run "${AT_HOME[@]}" taskstat run -q -- sh -c 'kill -TERM $$'
	equal "a signal" "$status" 143
	status=0
	"${AT_HOME[@]}" taskstat run -q -- /no/such/command 2>err || status=$?
	equal "no command" "$status" 127
	grep -q "/no/such/command.*(ENOENT)" err
	run "${AT_HOME[@]}" taskstat run -q -- /etc/passwd
	equal "not executable" "$status" 126
	run unshare -n "$BIN/taskstat" run -q -- touch started
	equal "no exits" "$status" 125
	[ ! -e started ] || fail "it was started"
	run taskstat run -q
	equal "no command" "$status" 2
}

# bats test_tags=root
@test "signals reach the command, and --no-wait ends with it" {
	"${AT_HOME[@]}" taskstat run -q -j -- sh -c 'trap "exit 9" TERM; : >ready; while :; do sleep 0.02; done' >out 3>&- &
	LISTENER=$!
	wait_for test -e ready
	listen_end TERM
	equal status "$status" 9
	[ "$(jq .tasks out)" -ge 2 ]
	begin=$SECONDS
	"${AT_HOME[@]}" taskstat run -q -j --no-wait --by comm -- sh -c 'sleep 30 & echo $!; exit 3' >out || status=$?
	equal status "$status" 3
	[ $((SECONDS - begin)) -lt 20 ]
	kill "$(head -n 1 out)"
	equal sums "$(tail -n 1 out | jq -c '[.comm, .tasks]')" '["sh",1]'
}

# bats test_tags=root
@test "children that it had before are none of the command's" {
	cat >inherit <<-'SH'
	(while [ ! -e over ]; do :; done; /bin/true) &
	exec "$@"
	SH
	begin=$SECONDS
	"${AT_HOME[@]}" sh inherit "$BIN/taskstat" run -q -j -- sh -c '/bin/true; sleep 0.3; exit 3' >out || status=$?
	equal status "$status" 3
	[ $((SECONDS - begin)) -lt 5 ] || fail "it waited for others"
	equal tasks "$(jq -c '[.tasks, .failed]' out)" '[3,1]'
	[ "$(jq .cpu_ns out)" -lt 200000000 ] || fail "others' CPU time: $(cat out)"
	"${AT_HOME[@]}" sh inherit "$BIN/taskstat" run -q -j -- sh -c \
		'trap "exit 9" TERM; : >ready; while :; do sleep 0.02; done' >out 3>&- &
	LISTENER=$!
	wait_for test -e ready
	listen_end TERM
	equal "status by SIGTERM" "$status" 9
	: >over
}

# bats test_tags=root
@test "where SIGCHLD is ignored, statuses are told and delays measured all the same" {
	ignoring=(/usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN); signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])')
	"${AT_HOME[@]}" "${ignoring[@]}" "$BIN/taskstat" run -q --delays -- sh -c 'exit 3' || status=$?
	equal status "$status" 3
	"${AT_HOME[@]}" "${ignoring[@]}" "$BIN/taskstat" run -q -- grep SigIgn /proc/self/status >out
	"${ignoring[@]}" grep SigIgn /proc/self/status >plain
	equal "what the command ignores" "$(head -n 1 out)" "$(cat plain)"
}

# bats test_tags=root
@test "the command inherits no descriptor and no blocked signal" {
	show=(/usr/bin/python3 -c 'import os, signal
print(sorted(os.listdir("/proc/self/fd")), signal.pthread_sigmask(signal.SIG_BLOCK, []))')
	"${AT_HOME[@]}" "${show[@]}" >plain 3>&-
	"${AT_HOME[@]}" taskstat run -q -j -- "${show[@]}" >out 3>&-
	equal "descriptors and signals" "$(head -n 1 out)" "$(cat plain)"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat get: which tasks, in which form, and what it says where it can't.

load lib
load helper/taskstat-lib

setup() {
	ERR=$BATS_TEST_TMPDIR/err
}

teardown() {
	worker_end
	[ -z "${HANGING-}" ] || end "$HANGING" || true
	delays_end
}

# same_but_time FILE FILE: the same records, whenever they were made, in whatever order.
same_but_time() {
	local time='sort_by(.pid)[] | del(.elapsed_ns, .group_elapsed_ns, .start_time)'
	diff <(jq -cs "$time" "$1") <(jq -cs "$time" "$2") >"$BATS_TEST_TMPDIR/diff" ||
		fail "$(head -n 4 "$BATS_TEST_TMPDIR/diff")"
}

# bats test_tags=root
@test "a bare call lists every process once" {
	worker 'pids = []
for _ in range(150):
    pid = os.fork()
    if not pid: signal.pause()
    pids.append(pid)
say(" ".join(map(str, pids)))
wait_go()'
	taskstat -q -j >"$BATS_TEST_TMPDIR/all"
	json_lines "$BATS_TEST_TMPDIR/all"
	equal "listed twice" "$(jq .pid "$BATS_TEST_TMPDIR/all" | sort | uniq -d)" ""
	equal "the 150" "$(jq --arg p "$HEARD" 'select(.ppid == '"$WORKER_PID"').pid' \
		"$BATS_TEST_TMPDIR/all" | sort -n | xargs)" "$HEARD"
	grep -q '"comm":"kthreadd"' "$BATS_TEST_TMPDIR/all"
	equal "taskstat get" "$(taskstat get -q -j | jq -r "select(.ppid == $WORKER_PID).pid" |
		sort -n | xargs)" "$HEARD"
}

# bats test_tags=root
@test "many processes are asked about in a few exchanges" {
	# In a namespace of their own, where none of others with threads are, which take more.
	traced -f -e trace=sendto -o "$BATS_TEST_TMPDIR/trace" \
		unshare --pid --fork --mount-proc /usr/bin/python3 -c 'import os, signal, subprocess
for _ in range(300):
    if not os.fork(): signal.pause()
subprocess.run(["taskstat", "-q", "-j"], check=True)' >"$BATS_TEST_TMPDIR/all"
	equal "processes" "$(jq -r .comm "$BATS_TEST_TMPDIR/all" | grep -c python)" 301
	sends=$(grep -c sendto "$BATS_TEST_TMPDIR/trace")
	[ "$sends" -lt 20 ] || fail "$sends exchanges"
}

# bats test_tags=root
@test "a process with 600 threads is one record, each thread by --tid or -t another" {
	delays_are 1
	worker 'for _ in range(600): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()'
	record=$(get "$WORKER_PID")
	equal threads "$(key "$record" threads)" 601
	taskstat get -q -j --tid $(ls "/proc/$WORKER_PID/task") >"$BATS_TEST_TMPDIR/threads"
	equal records "$(wc -l <"$BATS_TEST_TMPDIR/threads")" 601
	taskstat get -q -j -t "$WORKER_PID" >"$BATS_TEST_TMPDIR/by-t"
	same_but_time "$BATS_TEST_TMPDIR/by-t" "$BATS_TEST_TMPDIR/threads"
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

# Prints the id of no process: those of processes that are over come again.
gone() { cat /proc/sys/kernel/pid_max; }

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
	delays_are 1
	worker 'f = os.open("'"$BATS_TEST_TMPDIR"'/f", os.O_RDWR | os.O_CREAT)
kids = []
for i in range(300):
    pid = os.fork()
    if not pid:
        for _ in range(i): os.write(f, b"abc")
        if i % 10 == 0: t = threading.Thread(target=lambda: os.write(f, b"x" * 5000)); t.start(); t.join()
        if i % 10 < 2:
            for _ in range(3): threading.Thread(target=lambda: os.write(f, b"y" * 3000) and time.sleep(1000)).start()
            if i % 4 < 2: os.waitpid(os.fork() or os._exit(0), 0)
        signal.pause()
    kids.append(pid)
os.kill(kids[7], 9)'
	wait_for at_rest $(cat "/proc/$WORKER_PID/task/$WORKER_PID/children")
	taskstat get -q -j -w "ppid=$WORKER_PID" >"$BATS_TEST_TMPDIR/all"
	equal children "$(wc -l <"$BATS_TEST_TMPDIR/all")" 300
	taskstat get -q -j $(jq .pid "$BATS_TEST_TMPDIR/all") >"$BATS_TEST_TMPDIR/each"
	same_but_time "$BATS_TEST_TMPDIR/all" "$BATS_TEST_TMPDIR/each"
	equal zombies "$(jq -r 'select(.state == "Z").exit_signal' "$BATS_TEST_TMPDIR/all")" 9
	# Without BPF it says the same.
	traced -f -o /dev/null -e inject=bpf:error=EPERM "$BIN/taskstat" get -q -j \
		-w "ppid=$WORKER_PID" >"$BATS_TEST_TMPDIR/proc"
	same_but_time "$BATS_TEST_TMPDIR/proc" "$BATS_TEST_TMPDIR/all"
}

# bats test_tags=root
@test "-c, -u and -w choose records, all that are given at once" {
	worker 'ctypes.CDLL(None).prctl(15, b"a b '$$'")
pid = os.fork()
if not pid:
    os.setuid(12345); die_with_it(); ctypes.CDLL(None).prctl(15, b"a'$$'"); signal.pause()
say(pid); wait_go()'
	child=$HEARD
	named() { [ "$(cat "/proc/$1/comm")" = "$2" ]; }
	wait_for named "$child" "a$$"
	equal "by name" "$(taskstat get -q -j -c "a b $$" | jq .pid)" "$WORKER_PID"
	equal "two names" "$(taskstat get -q -j -c a$$ -c "a b $$" | jq -s length)" 2
	equal "by user" "$(taskstat get -q -j -u 12345 "$child" "$WORKER_PID" | jq .pid)" "$child"
	equal "by user's name" "$(taskstat get -q -j -u root "$child" "$WORKER_PID" | jq .pid)" "$WORKER_PID"
	equal "both" "$(taskstat get -q -j -c "a b $$" -u 12345)" ""
	equal "where" "$(taskstat get -q -j -w "comm=a$$" -w "uid>12000" | jq .pid)" "$child"
	for words in "-w nosuch=1" "-w cpu_ns>x" "-u no-such-user"; do
		run taskstat get $words
		equal "status of $words" "$status" 2
		equal "lines of $words" "${#lines[@]}" 1
	done
}

# bats test_tags=root
@test "-g takes a cgroup's processes and those below it, by either version" {
	for root in /sys/fs/cgroup/unified /sys/fs/cgroup/pids; do
		top=$root/taskstat-test-$$
		mkdir -p "$top/below"
		worker 'pid = os.fork()
if not pid: signal.pause()
say(pid); wait_go()'
		child=$HEARD
		echo "$WORKER_PID" >"$top/cgroup.procs"
		echo "$child" >"$top/below/cgroup.procs"
		equal "$root" "$(taskstat get -q -j -g "$top" | jq .pid | sort -n | xargs)" "$WORKER_PID $child"
		equal "by its path in it" "$(taskstat get -q -j -g "/taskstat-test-$$/below" | jq .pid)" "$child"
		worker_end
		wait_for rmdir "$top/below" "$top"
	done
	run taskstat get -q -g /tmp
	equal "status of no cgroup" "$status" 1
	run taskstat get -q -g /no/such
	equal "status of none" "$status" 1
}

# bats test_tags=root
@test "--prometheus adds up by command name" {
	worker 'ctypes.CDLL(None).prctl(15, b"twice'$$'")
pid = os.fork()
if not pid: signal.pause()'
	wait_for at_rest $(cat "/proc/$WORKER_PID/task/$WORKER_PID/children")
	taskstat get -q --prometheus >"$BATS_TEST_TMPDIR/metrics"
	grep -qx 'taskstat_tasks{comm="'"twice$$"'"} 2' "$BATS_TEST_TMPDIR/metrics"
	sum=$(taskstat get -q -j -c twice$$ | jq -s 'map(.nvcsw) | add')
	grep -qx "taskstat_nvcsw{comm=\"twice$$\"} $sum" "$BATS_TEST_TMPDIR/metrics"
	equal "repeated families" "$(grep '^# TYPE' "$BATS_TEST_TMPDIR/metrics" | sort | uniq -d)" ""
}

# bats test_tags=root
@test "--delays switches the sysctl on and back, SIGKILL or not, and the last one does it" {
	on() { [ "$(cat $SYSCTL)" = 1 ]; }
	off() { [ "$(cat $SYSCTL)" = 0 ]; }
	hangs() { [[ "$(cat "/proc/$1/wchan")" = *pipe_write* ]]; }
	delays_are 0
	taskstat get -q --delays 1 >/dev/null
	off
	mkfifo "$BATS_TEST_TMPDIR/out"
	for signal in TERM KILL; do
		# It hangs in writing its output, the switch is on.
		exec {hold}<>"$BATS_TEST_TMPDIR/out"
		taskstat get -q -t -j --delays $(seq 400 | sed 's/.*/1/') >"$BATS_TEST_TMPDIR/out" 3>&- &
		HANGING=$!
		wait_for on
		wait_for hangs $HANGING
		taskstat get -q --delays 1 >/dev/null
		on
		kill -$signal $HANGING
		wait $HANGING || true
		HANGING=
		wait_for off
		exec {hold}>&-
	done
	delays_are 1
	taskstat get -q --delays 1 >/dev/null
	on
	# Those who started before have not been measured.
	delays_are 0
	equal "an older task" "$(taskstat get --delays -j $$ | jq .blkio_count)" null
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$BIN/taskstat" get --delays 1
	equal status "$status" 1
	[[ "$output" = *task_delayacct*"(EACCES)"* ]] || fail sentence
}

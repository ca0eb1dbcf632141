#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat beside the least that a program can do, and beside its peers: listing 1,000 and
# 10,000 tasks, threads, one process; a burst and a storm of exits, and what each exit costs.
. "$(dirname "$0")/lib.sh"
STORM_SECONDS=${STORM_SECONDS:-10}

tasks=$O/tests/bench/taskstat-tasks floor=$O/tests/bench/taskstat-floor
storm=$O/tests/helper/taskstat-storm

# tasks_start N [threads]: so many that sleep. TASKS is their first process.
tasks_start() {
	coproc SLEEPERS { exec "$tasks" "$@"; }
	TASKS=$SLEEPERS_PID
	read -r -t 60 _ <&"${SLEEPERS[0]}" || exit 1
}
tasks_stop() {
	local end=${SLEEPERS[1]}
	exec {end}>&-
	wait "$TASKS" 2>/dev/null
}
at_exit+=('kill "${TASKS:-}" "${LISTENER:-}" 2>/dev/null || :')

peer() {
	if command -v "$1" >/dev/null; then
		versus "$1" "$2"
	else
		printf '%-28s is not installed\n' "$1"
	fi
}

for n in 1000 10000; do
	echo
	echo "-- $n processes beside those of the machine"
	tasks_start $n
	versus "floor (list, ask, drop)" "$floor"
	versus "taskstat -j (every column)" "taskstat -q -j"
	versus "taskstat (text)" "taskstat -q"
	peer iotop-c "iotop-c -b -n1"
	peer ps "ps -eo pid,ppid,stat,time,rss,comm"
	peer pidstat "pidstat -d"
	table $n process
	tasks_stop
done

echo
echo "-- 10,000 threads of one process"
tasks_start 10000 threads
versus "floor (list, ask, drop)" "$floor $TASKS"
versus "taskstat -t -j" "taskstat get -q -t -j $TASKS"
versus "taskstat -j (composed)" "taskstat get -q -j $TASKS"
peer ps "ps -L -o lwp,stat,time,comm $TASKS"
peer pidstat "pidstat -t -d"
table 10000 thread
tasks_stop

echo
echo "-- one process, cold"
versus "taskstat get 1 -j" "taskstat get -q -j $$"
peer getdelays "getdelays -d -p $$"
peer pidstat "pidstat -d -p $$"
peer ps "ps -o pid,ppid,stat,time,rss,comm $$"
table

# listened WHAT OPTIONS STORM-WORDS...: what the listener got, lost and used of the CPU.
listened() {
	local what=$1 options=$2 n got ticks
	shift 2
	# shellcheck disable=SC2086
	taskstat listen -q -j $options >"$dir/exits" &
	LISTENER=$!
	until [[ $(cat /proc/$LISTENER/wchan) = *poll* ]]; do sleep 0.01; done
	n=$("$storm" "$@" stormy) || exit 1
	until [[ $(cat /proc/$LISTENER/wchan) = *poll* ]]; do sleep 0.01; done
	ticks=$(python3 -c "import time; print(time.clock_gettime_ns(~$LISTENER << 3 | 2))")
	kill -INT $LISTENER
	wait $LISTENER
	got=$(grep -c '"comm":"stormy"' "$dir/exits")
	printf '%-28s %9d counted, %9d got (with the counter), lost %s, %s ns of CPU each\n' "$what" \
		"$n" "$got" "$(tail -n 1 "$dir/exits" | jq .lost)" $((ticks / got))
	rm "$dir/exits"
}

dozen="-o pid,tgid,ppid,uid,comm,exit_code,exit_signal,elapsed_ns,cpu_ns,cpu_delay_ns,rss_peak_bytes,minflt"
echo
echo "-- exits"
listened "burst of processes" "" burst 10000 1
listened "burst of threads" "-t" burst-threads 10000 1
listened "vfork, every column" "" vfork 20000 2
listened "vfork, a dozen columns" "$dozen" vfork 20000 2
listened "threads, a dozen columns" "-t $dozen" threads 20000 2
rate=$({ time -p "$storm" vfork 10000 4 >/dev/null; } 2>&1 | awk '/real/ { print int(10000 / ($2 + 0.001)) }')
listened "storm of ${STORM_SECONDS} s" "$dozen" vfork $((rate * STORM_SECONDS)) 4

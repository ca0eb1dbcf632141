#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat beside the least that a program can do, and beside its peers: listing 1,000 and
# 10,000 tasks, threads, one process; bursts and storms of exits, and what each exit costs.
# GETDELAYS names the kernel's tools/accounting/getdelays where that is not in PATH; where
# it names none, it is built from the sources of Linux 6.12, if they are installed.
. "$(dirname "$0")/lib.sh"
STORM_SECONDS=${STORM_SECONDS:-10} COST_SECONDS=${COST_SECONDS:-3} COST_RUNS=${COST_RUNS:-3}
GETDELAYS=${GETDELAYS:-getdelays}
if ! command -v "$GETDELAYS" >/dev/null; then
	(. "$(dirname "$0")/../lib.bash" && kernel_unpack)
	"${CC:-cc}" -w -O2 -I"$O/tests/linux-6.12/include/uapi" -o "$dir/getdelays" \
		"$O/tests/linux-6.12/tools/accounting/getdelays.c" 2>/dev/null && GETDELAYS=$dir/getdelays
fi

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
at_exit+=('kill ${TASKS:-} ${LISTENER:-} 2>/dev/null || :')

has() {
	command -v "$1" >/dev/null || ! printf '%-28s is not installed\n' "$1"
}
peer() {
	unset "median[$1]"
	has "${2%% *}" && versus "$1" "$2"
}

for n in 1000 10000; do
	echo
	echo "-- $n processes beside those of the machine"
	tasks_start $n
	versus "floor (list, ask, drop)" "$floor"
	versus "taskstat -j" "taskstat -q -j"
	versus "taskstat (text)" "taskstat -q"
	peer iotop-c "iotop-c -b -n1"
	peer ps "ps -eo pid,ppid,stat,time,rss,comm"
	peer pidstat "pidstat -d"
	table $n process
	share "taskstat -j" "floor (list, ask, drop)" 1.4
	faster "taskstat -j" iotop-c 7
	faster "taskstat -j" ps 10
	faster "taskstat -j" pidstat 10
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
echo "-- one process, cold: from before its start until it has been waited for"
versus "a program that ends at once" "true"
versus "taskstat get -j PID" "taskstat get -q -j $$"
peer getdelays "$GETDELAYS -d -p $$"
peer pidstat "pidstat -d -p $$"
peer ps "ps -o pid,ppid,stat,time,rss,comm $$"
RUNS=101 table
keeps "taskstat get -j PID, ms" "$(awk "BEGIN { print ${median[taskstat get -j PID]} / 1e6 }")" most 1.5

# listen_start OUT COMMAND...: in the background, once it sleeps. LISTENER is its process.
listen_start() {
	local out=$1
	shift
	"$@" >"$out" &
	LISTENER=$!
	until [[ $(cat "/proc/$LISTENER/wchan") =~ poll|packets ]]; do
		kill -0 "$LISTENER" || exit 1
		sleep 0.01
	done
}
# CPU time so far in ns, once it takes less than 3 %: what has come is read then.
listen_cpu() {
	local i now before
	read -r now _ <"/proc/$LISTENER/schedstat" || exit 1
	for ((i = 0, before = 0; i < 100 && now > before + 3000000; i++)); do
		before=$now
		sleep 0.1
		read -r now _ <"/proc/$LISTENER/schedstat"
	done
	echo "$now"
}
listen_stop() {
	kill "$LISTENER"
	wait "$LISTENER" 2>/dev/null
}

# counted WHAT OPTIONS STORM-WORDS...: what was ended, what the kernel told, what was lost.
counted() {
	local what=$1 options=$2 n got lost
	shift 2
	# shellcheck disable=SC2086
	listen_start "$dir/exits" taskstat listen -q -j $options
	n=$("$storm" "$@" stormy) || exit 1
	listen_cpu >/dev/null
	listen_stop
	lost=$(tail -n 1 "$dir/exits" | jq .lost)
	# The storm's own end is one more.
	got=$(($(grep -c '"comm":"stormy"' "$dir/exits") - 1))
	printf '%-28s %9d ended, %9d received, %d lost\n' "$what" "$n" "$got" "$lost"
	keeps "$what, lost" "$lost" most 0
	keeps "$what, ended but neither received nor lost" $((n - got - lost)) most 0
	rm "$dir/exits"
}

dozen="-o pid,tgid,ppid,uid,comm,exit_code,exit_signal,elapsed_ns,cpu_ns,cpu_delay_ns,rss_peak_bytes,minflt"
echo
echo "-- exits: are all of them told?"
counted "burst of processes" "" burst 10000 1
counted "burst of threads" "-t" burst-threads 10000 1
counted "storm of ${STORM_SECONDS} s" "$dozen" vfork "${STORM_SECONDS}s" 4

# cost NAME COMMAND...: CPU time of a record in ns while tasks end as fast as can be, its
# output thrown away; the kernel's work of receiving is in it.
cost() {
	local name=$1 begin n
	shift
	listen_start /dev/null "$@"
	begin=$(listen_cpu)
	n=$("$storm" vfork "${COST_SECONDS}s" 4 stormy) || exit 1
	echo $((($(listen_cpu) - begin) / n)) "$n" >>"$dir/cost.$name"
	listen_stop
}
# The same of getdelays, which can't count what it prints: its output goes to a file.
getdelays_cost() {
	local begin cpus n got
	cpus=$(cat /sys/devices/system/cpu/possible)
	listen_start "$dir/told" "$GETDELAYS" -d -l -m "$cpus" -r 67108864
	begin=$(listen_cpu)
	n=$("$storm" vfork "${COST_SECONDS}s" 4 stormy) || exit 1
	n=$(listen_cpu)
	listen_stop
	got=$(grep -c ^PID "$dir/told")
	echo $(((n - begin) / (got + 1))) "$got" >>"$dir/cost.getdelays"
	rm "$dir/told"
}

echo
echo "-- exits: CPU time of a record, median of $COST_RUNS storms of $COST_SECONDS s in turns, output to /dev/null"
for ((i = 0; i < COST_RUNS; i++)); do
	cost "floor (receive, drop)" "$floor" exits
	# shellcheck disable=SC2086
	cost "taskstat, a dozen columns" taskstat listen -q -j $dozen
	cost "taskstat, every column" taskstat listen -q -j
	cost "taskstat (text)" taskstat listen -q
	! has "$GETDELAYS" >/dev/null || getdelays_cost
done
has "$GETDELAYS"
declare -A each
for name in "floor (receive, drop)" "taskstat, a dozen columns" "taskstat, every column" "taskstat (text)" getdelays; do
	[ -e "$dir/cost.$name" ] || continue
	read -r "each[$name]" n < <(sort -n "$dir/cost.$name" | sed -n "$(((COST_RUNS + 1) / 2))p")
	printf '%-28s %8d ns a record, %8d above the floor, %9d records\n' "$name" \
		"${each[$name]}" $((${each[$name]} - ${each[floor (receive, drop)]})) "$n"
done
keeps "a dozen columns, us" "$(awk "BEGIN { print ${each[taskstat, a dozen columns]} / 1000 }")" most 1.5
keeps "every column, us" "$(awk "BEGIN { print ${each[taskstat, every column]} / 1000 }")" most 3
exit "$missed"

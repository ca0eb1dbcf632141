#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat cgroup and info: control groups with known members, and what the system says.

load lib
load helper/taskstat-lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	find_home
	GROUP=taskstat-cgroup-$$
	PIDS=()
}

teardown() {
	local p
	for p in "${PIDS[@]}"; do kill -KILL "$p" 2>/dev/null; done
	for p in "${PIDS[@]}"; do wait "$p" 2>/dev/null || true; done
	for p in /sys/fs/cgroup/{pids,unified}/$GROUP; do
		[ ! -d "$p" ] || wait_for rmdir $(find "$p" -depth -type d)
	done
	delays_end
}

# member GROUP-DIRECTORY COMMAND...: runs in it; PIDS gets its id.
member() {
	local dir=$1
	shift
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$dir" "$@" >/dev/null 2>&1 3>&- &
	PIDS+=($!)
	wait_for grep -qx $! "$dir/cgroup.procs"
}

# bats test_tags=root
@test "of version 1, the kernel counts the tasks of that one cgroup by state" {
	dir=/sys/fs/cgroup/pids/$GROUP
	mkdir -p "$dir/below"
	for i in 1 2 3; do member "$dir" /usr/bin/python3 -c 'import signal; signal.pause()'; done
	member "$dir" /usr/bin/python3 -c 'import signal; signal.raise_signal(signal.SIGSTOP)'
	member "$dir/below" sleep 600
	wait_for rests_in pause "${PIDS[@]:0:3}"
	wait_for grep -q '^State:.T' "/proc/${PIDS[3]}/status"
	taskstat cgroup -q -j "$dir" >out
	equal counts "$(jq -c '[.cgroup, .cgroup_version, .tasks, .sleeping, .stopped, .running]' out)" \
		"[\"$dir\",1,4,3,1,0]"
	equal "what it does not know" "$(jq -c '[.cpu_ns, .cpu_delay_ns, .read_bytes]' out)" '[null,null,null]'
}

# bats test_tags=root
@test "of version 2, the processes of it and of those below are added up" {
	dir=/sys/fs/cgroup/unified/$GROUP
	mkdir -p "$dir/below/deep"
	member "$dir" sleep 600
	member "$dir/below" /usr/bin/python3 -c 'sum(range(3000000)); import time; time.sleep(600)'
	member "$dir/below/deep" sleep 600
	wait_for rests_in nanosleep "${PIDS[@]}"
	taskstat cgroup -q -j "$dir" >out
	taskstat get -q -j "${PIDS[@]}" >each
	equal counts "$(jq -c '[.cgroup_version, .tasks, .sleeping, .running]' out)" '[2,3,3,0]'
	sums='[.cpu_ns, .cpu_count, .cpu_delay_ns, .minflt, .nvcsw, .read_chars, .write_bytes]'
	equal sums "$(jq -c "$sums" out)" \
		"$(jq -sc '[map(.cpu_ns), map(.cpu_count), map(.cpu_delay_ns), map(.minflt), map(.nvcsw),
			map(.read_chars), map(.write_bytes)] | map(add)' each)"
	equal "peak" "$(jq .rss_peak_bytes out)" "$(jq -s 'map(.rss_peak_bytes) | max' each)"
	equal "by its path" "$(taskstat cgroup -q -j "/$GROUP/below" | jq .tasks)" 2
	taskstat cgroup -q --prometheus "$dir" >metrics
	grep -qx "taskstat_cgroup_tasks{cgroup=\"$dir\"} 3" metrics
}

# bats test_tags=root
@test "an empty cgroup has no tasks; one that is none is an error, the others are printed" {
	dir=/sys/fs/cgroup/unified/$GROUP
	mkdir -p "$dir"
	equal tasks "$(taskstat cgroup -q -j "$dir" | jq -c '[.tasks, .cpu_ns]')" '[0,null]'
	status=0
	taskstat cgroup -q -j /tmp "$dir" /no/such >out 2>err || status=$?
	equal status "$status" 3
	equal records "$(wc -l <out)" 1
	equal sentences "$(wc -l <err)" 2
	run taskstat cgroup -q /tmp
	equal status "$status" 1
	[[ "$output" = *"/tmp: not a cgroup"* ]] || fail sentence
}

# bats test_tags=root
@test "info says what the kernel sends, and what it refuses here and why" {
	delays_are 1
	"${AT_HOME[@]}" taskstat info -j >out
	equal kernel "$(jq -r .kernel out)" "$(uname -r)"
	equal "version and length" "$(jq -c '[.version, .length]' out)" '[16,560]'
	equal answers "$(jq -c '[.queries, .exits, .initial_userns, .initial_pidns, .proc]' out)" \
		'["yes","yes",true,true,true]'
	equal buffers "$(jq -c '[.rcvbuf_default, .rcvbuf_max, .rcvbuf_got]' out)" \
		"[$(</proc/sys/net/core/rmem_default),$(</proc/sys/net/core/rmem_max),67108864]"
	equal headers "$(jq .header_version out)" \
		"$(awk '$2 == "TASKSTATS_VERSION" { print $3 }' /usr/include/linux/taskstats.h)"
	equal delays "$(jq -r '.delays[0:1]' out)" 1
	equal "in a network namespace" "$(unshare -n "$BIN/taskstat" info -j | jq -r .exits)" \
		"no: not the initial network namespace"
	equal "in a pid namespace" "$("${AT_HOME[@]}" unshare -pf --mount-proc "$BIN/taskstat" info -j |
		jq -c '[.exits, .initial_pidns]')" '["no: not the initial pid namespace",false]'
	equal "as nobody" "$(setpriv --reuid=65534 --regid=65534 --clear-groups "$BIN/taskstat" info -j |
		jq -r .queries)" "no: it takes CAP_NET_ADMIN"
	equal "as a namespace's root" "$(unshare -Ur "$BIN/taskstat" info -j | jq -r .queries)" \
		"no: it takes CAP_NET_ADMIN in the initial user namespace"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat top against processes that say what they did in the interval.

load lib

STORM=$O/tests/helper/taskstat-storm

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	find_home
	NAME=s$$
	PIDS=()
}

teardown() {
	local p
	for p in "${PIDS[@]}"; do end "$p"; done
}

# bats test_tags=root
@test "percentages and rates are what a process did in the interval" {
	/usr/bin/python3 - >truth 3>&- <<-'PY' &
	import json, os, time
	f = os.open("f", os.O_WRONLY | os.O_CREAT)
	end = time.monotonic() + 30
	while time.monotonic() < end and not os.path.exists("stop"):
	    for _ in range(100): os.pwrite(f, bytes(4096), 0)
	    print(json.dumps([time.monotonic_ns(), time.process_time_ns(), [int(l.split()[1])
	        for l in open("/proc/self/io") if l.startswith(("wchar", "syscw"))]]), flush=True)
	    time.sleep(0.005)
	PY
	worker=$!
	PIDS=($worker)
	wait_for test -s truth
	"${AT_HOME[@]}" taskstat top -q -j -d 500ms -n 2 -o all >out
	: >stop
	wait "${PIDS[0]}"
	PIDS=()
	python3 - "$worker" <<-'PY'
	import json, sys
	t = [json.loads(l) for l in open("truth")]
	rows = [r for r in map(json.loads, open("out")) if r["pid"] == int(sys.argv[1])]
	assert len(rows) == 2, rows
	s = (t[-1][0] - t[0][0]) / 1e9
	for r in rows:
	    assert not r["born"] and not r["ended"], r
	    assert 5e8 <= r["interval_ns"] < 2e9, r
	    # It does the same all the time; two intervals are a part of that.
	    for mine, true in ((r["cpu_pct"] / 100, (t[-1][1] - t[0][1]) / 1e9 / s),
	                       (r["write_chars_per_s"], (t[-1][2][0] - t[0][2][0]) / s),
	                       (r["write_syscalls_per_s"], (t[-1][2][1] - t[0][2][1]) / s)):
	        assert 0.3 < mine / true < 3, (r, mine, true)
	PY
}

# bats test_tags=root
@test "processes that were born and died in an interval are in it, each once" {
	"${AT_HOME[@]}" taskstat top -q -j -d 1500ms -n 2 -o pid,comm,born,ended,exit_code >out 3>&- &
	PIDS=($!)
	sleep 0.4
	n=$("$STORM" fork 300 2 "$NAME")
	wait "${PIDS[0]}"
	PIDS=()
	jq -c "select(.comm == \"$NAME\" and .ended)" out >mine
	equal records "$(wc -l <mine)" $((n + 1))
	equal "told twice" "$(jq .pid mine | sort | uniq -d)" ""
	equal born "$(jq .born mine | sort -u)" true
	equal failed "$(jq 'select(.exit_code == 1)' mine | jq -s length)" 60
}

# bats test_tags=root
@test "-n ends it after so many intervals, -k keeps the first, a signal ends it with status 0" {
	"${AT_HOME[@]}" taskstat top -q -j -d 50ms -n 3 -k 2 >out
	equal lines "$(wc -l <out)" 6
	equal intervals "$(jq .interval_ns out | uniq | wc -l)" 3
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
@test "where exits don't arrive it says so, and shows the living" {
	unshare -n "$BIN/taskstat" top -j -d 50ms -n 1 >out 2>err
	grep -q "exits can't be listened to" err
	[ "$(jq -s 'map(select(.ended)) | length' out)" = 0 ]
	[ "$(jq -s length out)" -gt 10 ]
}

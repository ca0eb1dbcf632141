#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What every tool keeps to, run against all of them: a further tool joins by TOOLS and
# SAMPLES in lib.bash.

load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	sample_stop
}

# capture COMMAND...: its output in the files out and err, its status in $status.
capture() {
	status=0
	"$@" >out 2>err </dev/null || status=$?
	# bash says so when a process number comes again soon
	sed -i '/: No record of process [0-9]*$/d' err
	output=$(tail -n 20 out err)
}

# sampled NAME [OPTION...]: capture for a sample, which must succeed.
sampled() {
	capture sample "$@"
	[ "$status" = 0 ] || fail "$*"
}

# usage_error WORD: the last capture ended with 2, nothing on stdout, one line on stderr
# that names the word and --help.
usage_error() {
	equal "status for $1" "$status" 2 && equal "stdout for $1" "$(cat out)" "" &&
		equal "lines for $1" "$(wc -l <err)" 1 &&
		{ grep -qF -- "$1" err || fail "$1 is not named"; } &&
		{ grep -qF -- "--help" err || fail "--help is not named"; }
}

# No control byte but the newline, and valid UTF-8.
clean() {
	! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$1" || fail "control bytes in $1"
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fail "$1 is not UTF-8"
}

@test "--help and -h print the same to stdout and exit 0, for tools and commands" {
	for t in "${TOOLS[@]}"; do
		capture "$t" --help
		[ "$status" = 0 ] && [ -s out ] && [ ! -s err ] || fail "$t --help"
		grep -q "^Usage: $t" out || fail "$t: no usage"
		cp out long
		capture "$t" -h
		cmp out long
		for c in $(commands_of "$t"); do
			help_of "$c" >out 2>err || fail "help of $c"
			grep -q "^Usage: ${c/#$t-/$t }" out && [ ! -s err ] || fail "help of $c"
			awk 'length > 400 { exit 1 }' out || fail "$c: endless lines in its help"
		done
	done
}

@test "--version and -V print name and version" {
	for t in "${TOOLS[@]}"; do
		for o in --version -V; do
			capture "$t" $o
			equal "$t $o" "$status $(cat out err)" "0 $t ${VERSION:-0.1.0}"
		done
	done
}

@test "an unknown option is named with the nearest one, status 2" {
	for t in "${TOOLS[@]}"; do
		capture "$t" --jsno
		usage_error "'--jsno'"
		grep -q "did you mean '--json'" err || fail "$t: no suggestion"
		capture "$t" --no-such-thing-at-all
		usage_error "'--no-such-thing-at-all'"
		capture "$t" -%
		usage_error "'-%'"
	done
}

@test "an unknown command or operand is named, with the nearest command, status 2" {
	for t in "${TOOLS[@]}"; do
		capture "$t" no-such-word-at-all
		usage_error "'no-such-word-at-all'"
		for c in $(commands_of "$t"); do
			[ "$c" != "$t" ] || continue
			c=${c#"$t"-}
			capture "$t" "${c}x"
			usage_error "'${c}x'"
			grep -q "did you mean '$c'" err || fail "$t: no suggestion for ${c}x"
		done
	done
}

@test "a flag takes no value, an option needs one, a choice is one of its words" {
	for t in "${TOOLS[@]}"; do
		capture "$t" --json=yes
		usage_error "--json"
		capture "$t" --columns
		usage_error "--columns"
		capture "$t" --color=sometimes
		usage_error "'sometimes'"
		capture "$t" --top=many
		usage_error "'many'"
		capture "$t" --top=0
		usage_error "at least 1"
	done
}

# bats test_tags=root
@test "an unknown column is named with the nearest one, for -o and --sort, status 2" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		column=$(columns_of "$s" | head -n 1)
		for o in -o --sort; do
			capture sample "$s" $o "${column}x"
			usage_error "'${column}x'"
			grep -q "did you mean '$column'" err || fail "$s $o: no suggestion"
			capture sample "$s" $o no_such_column_at_all
			usage_error "'no_such_column_at_all'"
		done
	done
}

# The line of headings; a summary for people may stand above it.
headings() {
	grep -m 1 -v '[a-z]' "$1" | xargs
}

# bats test_tags=root
@test "-o chooses columns, +COL adds one to the default, all takes every one" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		mapfile -t all < <(columns_of "$s")
		first=${all[0]} last=${all[-1]}
		sampled "$s" --json -o "$last,$first"
		equal "$s -o $last,$first" "$(head -n 1 out | jq -r 'keys_unsorted | join(",")')" "$last,$first"
		sampled "$s" --json -o "$first,$first"
		equal "$s twice" "$(head -n 1 out | jq -r 'keys_unsorted | join(",")')" "$first"
		sampled "$s" --json -o all
		equal "$s -o all" "$(head -n 1 out | jq -r 'keys_unsorted | join(" ")')" "${all[*]}"
		help_of "$s" | grep -q '^Columns' || continue
		extra=$(help_of "$s" | awk '/^Columns/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1; exit }')
		[ -n "$extra" ] || continue
		sampled "$s"
		default=$(headings out)
		sampled "$s" -o "+$extra"
		[[ $(headings out) == "$default "* ]] || fail "$s +$extra"
		first=$(help_of "$s" | awk '$1 == "*" { print $2; exit }')
		sampled "$s" -o "+$first"
		equal "$s +$first" "$(headings out)" "$default"
	done
}

# bats test_tags=root
@test "every record is one JSON object on one line with the same keys" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		sampled "$s" --json
		json_lines out
		clean out
		sampled "$s" -j -o all
		json_lines out
	done
}

# bats test_tags=root
@test "--sort orders the records by a column, and backwards with -" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		sampled "$s" --json
		column=$(jq -rs 'first as $f | [$f | keys_unsorted[]] |
			map(select($f[.] | type == "number")) | first // empty' out)
		[ -n "$column" ] || column=$(columns_of "$s" | head -n 1)
		sampled "$s" --json --sort "$column"
		jq -es --arg c "$column" 'map(.[$c] | select(. != null)) | . == sort' out >/dev/null ||
			fail "$s --sort $column"
		sampled "$s" --json --sort "-$column"
		jq -es --arg c "$column" 'map(.[$c] | select(. != null)) | . == (sort | reverse)' out >/dev/null ||
			fail "$s --sort -$column"
	done
}

# bats test_tags=root
@test "--no-headings leaves the headings out and nothing else" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		help_of "$s" | grep -q '^Columns' || continue
		sampled "$s"
		head -n 1 out | grep -q '^ *[A-Z]' || fail "$s has no headings"
		rows=$(wc -l <out)
		sampled "$s" --no-headings
		case $s in
		udiag-mem) ;; # others make sockets meanwhile
		*) equal "rows of $s" "$(wc -l <out)" "$((rows - 1))" ;;
		esac
	done
}

# bats test_tags=root
@test "a full standard output is an error with status 1, in text and JSON, help too" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		for o in --color=never --json --help; do
			status=0
			sample "$s" $o >/dev/full 2>err || status=$?
			equal "$s $o >/dev/full" "$status" 1
			grep -q ENOSPC err || fail "$s $o: $(cat err)"
		done
	done
	for t in "${TOOLS[@]}"; do
		status=0
		"$t" --version >/dev/full 2>err || status=$?
		equal "$t --version >/dev/full" "$status" 1
	done
}

# bats test_tags=root
@test "a closed standard output is an error with status 1, and no socket takes its place" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		status=0
		sample "$s" >&- 2>err || status=$?
		equal "$s >&-" "$status" 1
		grep -q EBADF err || fail "$s: $(cat err)"
	done
}

# bats test_tags=root
@test "a reader that has gone ends a tool quietly" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		mkfifo gone
		exec {r}<>gone {w}>gone {r}<&- # a pipe that nobody reads any more
		status=0
		sample "$s" --json >&"$w" 2>err || status=$?
		exec {w}>&-
		rm gone
		[ "$status" = 141 ] || [ "$status" = 1 ] || fail "$s: status $status"
		[ ! -s err ] || fail "$s: $(cat err)"
		sample "$s" 2>err | head -n 1 >out
		[ -s out ] && [ ! -s err ] || fail "$s | head -n 1: $(cat err)"
	done
}

# bats test_tags=root
@test "colour only for terminals, unless asked; NO_COLOR and TERM=dumb are honoured" {
	sample_start
	tty() { # NAME [VARIABLE=VALUE]: the sample's output on a terminal
		export -f sample fail
		export BLK_SOCK
		SHELL=/bin/bash script -qec "${2-} bash -c 'sample $1'" /dev/null </dev/null
	}
	for s in nlsock-list udiag-mem taskstat-get; do
		sampled "$s"
		! grep -q $'\e' out || fail "$s: colour in a file"
		sampled "$s" --color=always
		grep -q $'\e\[' out || fail "$s: no colour with always"
		TERM=xterm tty "$s" | grep -q $'\e\[' || fail "$s: no colour on a terminal"
		! TERM=xterm tty "$s" NO_COLOR=1 | grep -q $'\e\[' || fail "$s: NO_COLOR"
		! TERM=dumb tty "$s" | grep -q $'\e\[' || fail "$s: TERM=dumb"
	done
	TERM=xterm tty taskstat-top | grep -q $'\e\[H' || fail "top is not drawn in place"
	! TERM=dumb tty taskstat-top | grep -q $'\e' || fail "taskstat-top: TERM=dumb"
}

# bats test_tags=root
@test "options may follow operands, and -- ends them" {
	sample_start
	for s in "${SAMPLES[@]}"; do # those samples end with their operands
		sampled "$s" --json
		head -n 1 out | jq -e . >/dev/null
	done
	capture taskstat get -- --json
	usage_error "'--json'"
	capture vhostctl probe -- --json
	equal "a file called --json" "$status" 1
	grep -qF -- --json err
}

# bats test_tags=root
@test "--top prints that many records" {
	sample_start
	for s in "${SAMPLES[@]}"; do
		sampled "$s" --json --top=1
		equal "$s --top=1" "$(wc -l <out)" 1
	done
}

# bats test_tags=root
@test "socket names of any bytes come back whole, and nothing else gets through" {
	unshare -n python3 "$TESTS/helper/names.py" udiag-mem
}

# bats test_tags=root
@test "a process name of any bytes is escaped the same way in text and JSON" {
	python3 "$TESTS/helper/comm.py" taskstat
}

@test "words of any bytes are escaped in errors" {
	for t in "${TOOLS[@]}"; do
		for w in $'--\e[31m\n' $'-o\xff\x80\r' $'\e]0;x\a' $'\xc2\x9b31m' $'a\nb' "--sort=\"'\\"; do
			capture "$t" "$w"
			[ "$status" = 2 ] || [ "$status" = 1 ] || fail "$t $w"
			clean err
			equal "lines of $t" "$(wc -l <err)" 1
		done
	done
}

# Whether a process is a tool by now and looks for signals to end, SIGINT (2) among them.
looks_for_signals() {
	awk -v tools=" ${TOOLS[*]} " '/^Name:/ { tool = index(tools, " " $2 " ") }
		/^Sig(Blk|Cgt):.*[2367abef]$/ { looks = 1 }
		END { exit !(tool && looks) }' "/proc/$1/status"
}

# ended SIGNAL STATUS COMMAND...: once it looks for the signal it ends of it.
ended() {
	local signal=$1 wanted=$2
	shift 2
	env --default-signal=INT,TERM "$@" >out 2>err </dev/null 3>&- &
	wait_for looks_for_signals $!
	kill "-$signal" $!
	status=0
	wait $! || status=$?
	output=$(tail -n 20 out err)
	equal "status of $*" "$status" "$wanted"
}

# bats test_tags=root
@test "SIGINT and SIGTERM end what waits, with its last line whole and no file left" {
	sample_start
	find_home
	mkdir files
	for s in INT:130 TERM:143; do
		n=${s#*:} s=${s%:*}
		ended "$s" 0 nlsock listen rt-link --with-dump -j
		ended "$s" 0 udiag-mem --watch 60 -j
		ended "$s" 0 taskstat top -qj -d 60s
		ended "$s" 0 "${AT_HOME[@]}" "$BIN/taskstat" listen -qj
		tail -n 1 out | jq -e '.event == "end"' >/dev/null || fail "taskstat listen"
		ended "$s" 0 vhostctl serve --null 1M files/a.sock
		ended "$s" 0 vhostctl trace files/a.sock "$BLK_SOCK"
		ended "$s" 0 xskbench pair -q -d 60s --frames 64 --ring 64 -j
		jq -e .result.pps out >/dev/null || fail "xskbench pair"
		ended "$s" 1 xskbench ndr -q -d 60s --frames 64 --ring 64 -j
		ended "$s" "$n" vhostctl probe -l files/a.sock
		ended "$s" "$n" vhostctl blk info --listen files/a.sock
		equal "files after SIG$s" "$(ls files)" ""
	done
}

# fuzz_words TOOL OPTION...: 1,000 random byte strings as words, as -o lists and as stdin.
fuzz_words() {
	unshare -n python3 "$TESTS/helper/random_words.py" "$@"
}

# bats test_tags=root
@test "1,000 random byte strings never crash nlsock or break its output" {
	fuzz_words nlsock --stdin nlsock send route --json --stdin nlsock send generic
}
# bats test_tags=root
@test "1,000 random byte strings never crash udiag-mem or break its output" {
	fuzz_words udiag-mem --stdin udiag-mem
}
# bats test_tags=root
@test "1,000 random byte strings never crash taskstat or break its output" {
	fuzz_words taskstat get 1 --stdin taskstat get 1 --json
}
# bats test_tags=root
@test "1,000 random byte strings never crash xskbench or break its output" {
	fuzz_words xskbench -d 1ms
}
# bats test_tags=root
@test "1,000 random byte strings never crash vhostctl or break its output" {
	sample_start
	fuzz_words vhostctl --stdin vhostctl probe "$BLK_SOCK" --json
}

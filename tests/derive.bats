#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Help, manual page, completion, JSON keys and metrics come from the same tables. Here each
# is read on its own, and all must say the same.

load lib

MAN=$O/share/man/man8
COMP=$O/share/bash-completion/completions

teardown() {
	sample_stop
}

# Names with records: commands whose help lists columns.
with_records() {
	local t c
	for t in "${TOOLS[@]}"; do
		for c in $(commands_of "$t"); do
			help_of "$c" | grep -qE '^(Columns|Fields)' && echo "$c"
		done
	done
	return 0
}

# tool_of NAME
tool_of() {
	local t
	for t in "${TOOLS[@]}"; do
		case $1 in "$t" | "$t"-*) echo "$t" ;; esac
	done
}

# man_part NAME SECTION: the lines of a manual's section that are about that command.
man_part() {
	local t
	t=$(tool_of "$1")
	awk -v section="$2" -v title="$t ${1#"$t"-}" '
		/^\.Sh / { on = $2 == section; sub_on = 1; next }
		/^\.Ss / { s = substr($0, 5); gsub("\\\\", "", s)
			sub_on = s == title || s == "All commands"; next }
		on && sub_on' "$MAN/$t.8"
}

# complete WORDS...: what bash would offer for the last word, one a line.
complete_line() {
	(
		compopt() { :; }
		complete() { function=$4; }
		# shellcheck disable=SC1090
		source "$COMP/$1"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		"$function"
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

# The words of a command line that reach the command of that name.
words_of() {
	local t
	t=$(tool_of "$1")
	[ "$1" = "$t" ] && echo "$t" || echo "$t ${1#"$t"-}"
}

@test "each command that prints records has a sample in lib.bash" {
	equal samples "$(printf '%s\n' "${SAMPLES[@]}" | sort | xargs)" "$(with_records | sort | xargs)"
}

# bats test_tags=root
@test "the JSON keys are the columns of the help, in its order" {
	sample_start
	for s in $(with_records); do
		columns=$(columns_of "$s" | xargs)
		[ -n "$columns" ] || fail "$s has no columns"
		for o in --json "--json -o all"; do
			# shellcheck disable=SC2086
			equal "$s $o" "$(sample "$s" $o | head -n 1 | jq -r 'keys_unsorted | join(" ")')" "$columns"
		done
	done
}

# bats test_tags=root
@test "-o all in text prints one column for each of the help" {
	sample_start
	for s in $(with_records); do
		columns=$(columns_of "$s" | wc -l)
		if help_of "$s" | grep -q ^Fields; then
			equal "$s" "$(sample "$s" | awk '/^[a-z]/ { if (seen[$1]++) exit
				n++ } END { print n }')" "$columns"
		else
			equal "$s" "$(sample "$s" -o all | head -n 1 | wc -w)" "$columns"
		fi
	done
}

# man_said NAME SECTION: its part of the manual, or that of the command it refers to.
man_said() {
	local same
	same=$(man_part "$1" "$2" | sed -n 's/^As \(.*\)\.$/\1/p')
	man_part "${same:+$(tool_of "$1")-}${same:-$1}" "$2"
}

@test "the manual lists the columns of the help" {
	for s in $(with_records); do
		equal "$s" "$(man_said "$s" COLUMNS | awk '/^\.(It )?Cm/ { print $1 == ".It" ? $3 : $2 }' |
			sort | xargs)" "$(columns_of "$s" | sort | xargs)"
	done
}

@test "the manual lists the options of the help" {
	for t in "${TOOLS[@]}"; do
		for s in $(commands_of "$t"); do
			in_man=$(man_said "$s" OPTIONS | awk '/^\.It Fl/ {
				s = ""
				for (i = 2; i <= NF; i++)
					if ($i == "Fl") { w = $(i + 1); sub(/^\\-/, "-", w)
						gsub(/\\-/, "-", w); s = s " -" w }
				print substr(s, 2) }' | sort)
			equal "$s" "$in_man" "$(options_of "$s" | sort)"
		done
	done
}

@test "the completion offers the options of the help" {
	for t in "${TOOLS[@]}"; do
		for s in $(commands_of "$t"); do
			# shellcheck disable=SC2046
			equal "$s" "$(complete_line $(words_of "$s") - | tr -d = | sort | xargs)" \
				"$(options_of "$s" | tr ' ' '\n' | sort | xargs)"
		done
	done
}

@test "the completion offers the columns of the help, also behind a comma" {
	for s in $(with_records); do
		mapfile -t columns < <(columns_of "$s")
		# shellcheck disable=SC2046
		equal "$s" "$(complete_line $(words_of "$s") -o '' | xargs)" "${columns[*]} all"
		# shellcheck disable=SC2046
		equal "$s" "$(complete_line $(words_of "$s") -o "${columns[0]},${columns[1]}" | head -n 1)" \
			"${columns[0]},${columns[1]}"
		# shellcheck disable=SC2046
		equal "$s" "$(complete_line $(words_of "$s") --sort "${columns[0]}" | head -n 1)" "${columns[0]}"
	done
}

@test "the completion offers the commands of the help" {
	for t in "${TOOLS[@]}"; do
		commands=$(commands_of "$t" | sed "s/^$t-\{0,1\}//" | sort | xargs)
		equal "$t" "$(complete_line "$t" '' | sort | xargs)" "$commands"
	done
}

# bats test_tags=root
@test "metrics are named after columns that the help lists" {
	sample_start
	for s in $(with_records); do
		help_of "$s" | grep -q -- --prometheus || continue
		t=$(tool_of "$s")
		# Sums have records of their own, whose name may stand before the column's.
		columns=$(help_of "$s" | awk '/^[A-Z].*:$/ { on = 1; next } /^$/ { on = 0 }
			on && /^[* ] [a-z]/ { print substr($0, 3, index(substr($0, 3) " ", " ") - 1) }' |
			paste -sd'|')
		sample "$s" --prometheus | awk '$2 == "TYPE" { print $3, $4 }' >"$BATS_TEST_TMPDIR/types"
		[ -s "$BATS_TEST_TMPDIR/types" ] || fail "$s: no metrics"
		! grep -vE "^${t//-/_}_([a-z]+_)?(($columns) gauge|($columns)_total counter)\$" \
			"$BATS_TEST_TMPDIR/types" || fail "$s: named after no column"
	done
}

@test "the manual pages are clean for mandoc and have the sections that each has" {
	for t in "${TOOLS[@]}"; do
		# Whether other pages are installed is not the page's matter.
		output=$(mandoc -T lint "$MAN/$t.8" 2>&1 | grep -vE 'mandoc\.db|referenced manual not found' || :)
		[ -z "$output" ] || fail "$t.8"
		for s in NAME SYNOPSIS DESCRIPTION OPTIONS COLUMNS 'EXIT STATUS' EXAMPLES; do
			equal "$t.8: section $s" "$(grep -c "^\.Sh $s\$" "$MAN/$t.8")" 1
		done
		! grep -n '@[A-Z]*@' "$MAN/$t.8" || fail "$t.8: a mark was left"
	done
}

# SPDX-License-Identifier: GPL-2.0-or-later
# The manual's sections OPTIONS and COLUMNS in mdoc(7), from `TOOL --help-table`.
BEGIN { FS = "\t" }

# Text that begins with a dot or holds a backslash would be read as a request.
function text(s) {
	gsub(/\\/, "\\e", s)
	return (s ~ /^[.']/ ? "\\&" : "") s
}

function option(letter, name, arg, help) {
	return ".It " (letter != "-" ? "Fl " letter " , " : "") "Fl \\-" name \
		(arg != "" ? " Ns = Ns Ar " arg : "") "\n" text(help) ".\n"
}

function list(items) {
	return items == "" ? "" : ".Bl -tag -width Ds\n" items ".El\n"
}

function title(c) {
	return command[c] == "" ? "" : ".Ss " tool " " command[c] "\n"
}

$1 == "tool" { tool = $2 }
$1 == "command" { command[++n] = $2 }
$1 == "option" && $2 == "own" { own[n] = own[n] option($3, $4, $5, $6) }
$1 == "option" && $2 == "common" {
	item = option($3, $4, $5, $6)
	common[n, ++ncommon[n]] = item
	having[item]++
}
$1 == "record" {
	end_list()
	columns[n] = columns[n] ($2 != "" ? ".Ss " text($2) "\n" : "") ".Bl -tag -width Ds\n"
	open = n
}
$1 == "column" {
	columns[n] = columns[n] ".It Cm " $2 ($3 == "shown" ? " Pq shown by default" : "") \
		"\n" text($4) ".\n"
}
$1 == "command" { end_list() }

function end_list() {
	if (open)
		columns[open] = columns[open] ".El\n"
	open = 0
}

END {
	end_list()
	print ".Sh OPTIONS"
	for (c = 1; c <= n; c++) {
		items = own[c]
		own_list = list(items)
		items = all = ""
		for (i = 1; i <= ncommon[c]; i++)
			if (having[common[c, i]] == n)
				all = all common[c, i]
			else
				items = items common[c, i]
		if (own_list items != "")
			printf "%s%s%s", title(c), own_list, list(items)
	}
	if (command[1] != "")
		print ".Ss All commands"
	printf "%s", list(all)
	print ".Sh COLUMNS"
	print "These names are the columns of the text and the keys of the JSON objects."
	for (c = 1; c <= n; c++) {
		if (columns[c] == "")
			continue
		printf "%s", title(c)
		if (columns[c] in first)
			print "As " first[columns[c]] "."
		else {
			first[columns[c]] = command[c]
			printf "%s", columns[c]
		}
	}
}

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
	heading[n, ++nlists[n]] = $2
	whole[n] = whole[n] $0 "\n"
}
$1 == "column" {
	l = n SUBSEP nlists[n]
	column[l, ++ncolumns[l]] = $2
	shown[l, ncolumns[l]] = $3 == "shown"
	help[l, ncolumns[l]] = $4
	whole[n] = whole[n] $0 "\n"
}

# What an earlier list says of a column in the same words is not said again, where that
# spares much: then they are only named.
function named(l, want, before, lead,    i, s) {
	for (i = 1; i <= ncolumns[l]; i++)
		if (old[l, i] && shown[l, i] == want)
			s = s (s == "" ? "" : " ,\n") ".Cm " column[l, i]
	return before (s == "" ? "" : (before == "" ? "" : ".Pp\n") lead "\n" s " .\n")
}

function columns(l,    i, many, items) {
	for (i = 1; i <= ncolumns[l]; i++)
		many += old[l, i] = (column[l, i], help[l, i]) in told
	for (i = 1; i <= ncolumns[l]; i++) {
		if (many < 10)
			old[l, i] = 0
		if (!old[l, i])
			items = items ".It Cm " column[l, i] \
				(shown[l, i] ? " Pq shown by default" : "") "\n" text(help[l, i]) ".\n"
		told[column[l, i], help[l, i]]
	}
	items = named(l, 1, list(items), "Shown by default, as told above:")
	return named(l, 0, items, "As told above:")
}

END {
	print ".Sh OPTIONS"
	for (c = 1; c <= n; c++) {
		items = all = ""
		for (i = 1; i <= ncommon[c]; i++)
			if (having[common[c, i]] == n)
				all = all common[c, i]
			else
				items = items common[c, i]
		items = list(own[c]) list(items)
		if (items == "")
			continue
		printf "%s", title(c)
		if (items in first)
			print "As " first[items] "."
		else {
			first[items] = command[c]
			printf "%s", items
		}
	}
	if (command[1] != "")
		print ".Ss All commands"
	printf "%s", list(all)
	print ".Sh COLUMNS"
	print "These names are the columns of the text and the keys of the JSON objects."
	for (c = 1; c <= n; c++) {
		if (!nlists[c])
			continue
		printf "%s", title(c)
		if (whole[c] in first) {
			print "As " first[whole[c]] "."
			continue
		}
		first[whole[c]] = command[c]
		for (i = 1; i <= nlists[c]; i++)
			printf "%s%s", heading[c, i] == "" ? "" : ".Ss " text(heading[c, i]) "\n", \
				columns(c SUBSEP i)
	}
}

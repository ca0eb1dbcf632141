# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for bash from `TOOL --help-table`: what each command offers, then the script
# that chooses of it, which is completion.bash.
BEGIN { FS = "\t" }

$1 == "tool" { tool = $2 }
$1 == "command" {
	command[++n] = $2
	commands = commands (n > 1 && $2 != "" ? " " : "") $2
}
$1 == "option" {
	letter = $3 == "-" ? "" : "-" $3
	options[n] = options[n] (letter == "" ? "" : letter " ") "--" $4 ($5 == "" ? " " : "= ")
	if ($7 != "")
		choices[n] = choices[n] "\t\t" (letter == "" ? "" : letter " | ") "--" $4 \
			") words='" $7 "' ;;\n"
}
$1 == "record" { part = $2 }
$1 == "column" && part == "" { columns[n] = columns[n] $2 " " }

END {
	printf "# bash completion for %s, generated from its tables\n", tool
	printf "_%s()\n{\n\tlocal commands='%s'\n", tool, commands
	while ((getline line < script) > 0)
		if (line != "@COMMANDS@")
			print line
		else {
			printf "\tcase ${cmd:-%s} in\n", command[1]
			for (c = 1; c <= n; c++) {
				printf "\t%s)\n", command[c] == "" ? "*" : command[c]
				printf "\t\topts='%s'\n", options[c]
				printf "\t\tcols='%s'\n", columns[c] == "" ? "" : columns[c] "all"
				printf "\t\tcase $prev in\n%s\t\tesac ;;\n", choices[c]
			}
			print "\tesac"
		}
	printf "complete -o default -F _%s %s\n", tool, tool
}

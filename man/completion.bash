	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local w cmd='' opts='' cols='' words='' list=''
	if [[ $cur == = ]]; then cur=''; fi
	if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	for w in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ " $commands " == *" $w "* ]]; then cmd=$w; break; fi
	done
@COMMANDS@
	if [[ $prev == -s && $opts == *'-s --sort='* ]]; then prev=--sort; fi
	case $prev in
	-o | --columns)
		if [[ $cur == *,* ]]; then list=${cur%,*},; fi
		if [[ -z $list && $cur == +* ]]; then list=+; fi
		words=$cols ;;
	--sort) words="${cols% all} -${cols// / -}" ;;
	esac
	if [[ -n $words ]]; then
		COMPREPLY=($(compgen -P "$list" -W "$words" -- "${cur#"$list"}"))
		compopt -o nospace
	elif [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$opts" -- "$cur"))
		if [[ ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
	elif [[ -z $cmd && -n $commands ]]; then
		COMPREPLY=($(compgen -W "$commands" -- "$cur"))
	fi
}

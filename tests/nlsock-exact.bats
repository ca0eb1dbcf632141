#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What decode prints has all of a message: encode makes the same bytes of it, whatever it was.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

# All that is said and heard in a network that has something of everything, in one capture.
record() {
	# shellcheck disable=SC2046
	unshare -Urn -- bash "$TESTS/helper/nlsock-talks.bash" $(names) >out 2>&1
	for f in events.* dump.* get.* error.* filtered policy task; do
		[ ! -s all ] && cp "$f" all || tail -c +25 "$f" >>all
	done
}

# names: of our own specs.
names() {
	basename -s .yaml "$O"/share/sockutils/specs/*.yaml | xargs
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	record
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	ALL=$BATS_FILE_TMPDIR/all
}

# there_and_back PCAP STATUS: decoded with that status, encoded as hex and as bytes, compared.
there_and_back() {
	local rc=0
	nlsock decode -j "$1" >lines || rc=$?
	equal "status of decode" "$rc" "$2"
	nlsock encode lines >hex
	nlsock encode --binary lines >bytes
	python3 "$TESTS/helper/nlsock-roundtrip.py" "$1" hex bytes >count || fail
}

@test "all that was said and heard comes back byte by byte, with no bytes kept aside" {
	there_and_back "$ALL" 0
	[ "$(cat count)" -gt 500 ] || fail "only $(cat count) messages"
	equal "families that are not in it" \
		"$(comm -13 <(jq -r .nlsock.family lines | sort -u) <(names | xargs -n 1 | sort) | grep -vE '^(audit|connector|conntrack|taskstats)$' | xargs)" ""
	equal "kinds of message" "$(jq -r .nlsock.op lines | grep -cE '^NLMSG_(DONE|ERROR)$' | sed 's/..*/some/')" some
	# Flags of attributes and versions have names; no values were beyond them.
	equal bodies "$(jq -c 'select(.nlsock.wire.body)' lines | head -n 1)" ""
	equal "patched replies" "$(jq -c 'select(.nlsock.wire.patch and (.nlsock.flags | index("REQUEST") | not))' lines | head -n 1)" ""
}

@test "changed, cut and random messages come back byte by byte" {
	for seed in 1 2 3; do
		python3 "$TESTS/helper/nlsock-mutate.py" $seed 600 "$ALL" >made
		there_and_back made 3
		jq -es . lines >/dev/null || fail "invalid JSON of $seed"
	done
}

@test "an error's echo of the request, its words and attributes are all there" {
	nlsock decode -j "$BATS_FILE_TMPDIR/error.2" | tail -n 1 >error
	equal code "$(jq -c '[.error.errno, .nlsock.op, .nlsock.flags]' error)" '["EINVAL","NLMSG_ERROR",["ACK_TLVS"]]'
	equal echo "$(jq -r .payload error | cut -c 33-)" \
		"$(nlsock decode -j --raw "$BATS_FILE_TMPDIR/error.2" | head -n 1 | jq -r .nlsock.raw | cut -c 65-)"
	equal words "$(jq -r '.attrs[] | select(.type == 1).string' error)" "$(jq -r .error.message error | sed 's/ (.*//')"
}

@test "what was decoded can be changed: flags stay with their attributes, a patch says that it is lost" {
	nlsock decode -j "$BATS_FILE_TMPDIR/dump.rt-link.getlink" | jq -c 'select(.ifname == "v1")' >link
	equal nested "$(jq -c '.nlsock.wire.nested | index("linkinfo")' link)" null
	jq -c '.mtu = 1234 | .ifname = "other-name"' link | nlsock encode | nlsock decode --as rt-link -j >changed
	diff <(jq -c '.mtu = 1234 | .ifname = "other-name" | del(.nlsock)' link) <(jq -c 'del(.nlsock)' changed)
	equal wire "$(jq -c .nlsock.wire changed)" "$(jq -c .nlsock.wire link)"
	# Behind the name comes an attribute with a byte of padding that is not zero.
	echo 300000001200010000000000000000000000000000000000000000000000000007000300616200070800040001000000 >hex
	nlsock decode --as rt-link -j hex >odd
	equal patch "$(jq -c .nlsock.wire.patch odd)" '[{"at":39,"old":"00","new":"07"}]'
	diff hex <(nlsock encode odd)
	run nlsock encode <<<"$(jq -c '.ifname = "abcd"' odd)"
	equal status "$status" 1
	[[ $output == *"line 1: nlsock.wire.patch is of other values than these"* ]] || fail
}

@test "a capture above 4 MiB is decoded and encoded, line by line" {
	python3 - "$ALL" >big <<-'EOF'
		import sys
		data = open(sys.argv[1], "rb").read()
		sys.stdout.buffer.write(data[:24] + data[24:] * (5000000 // len(data) + 1))
	EOF
	[ "$(stat -c %s big)" -gt 4194304 ] || fail
	equal lines "$(nlsock decode -j big | nlsock encode | wc -l)" "$(nlsock decode -j big | wc -l)"
}

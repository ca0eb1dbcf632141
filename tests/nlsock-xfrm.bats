#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# IPsec by names: against ip-xfrm(8), and byte by byte with what that sends.

load lib

POLICY="src 10.1.0.0/16 dst 10.2.0.0/16 sport 0 dport 443 proto tcp dir out priority 5 mark 0x7 mask 0xff
	tmpl src 10.0.0.1 dst 10.0.0.2 proto esp reqid 9 mode tunnel
	tmpl src 10.0.0.1 dst 10.0.0.2 proto comp mode transport level use"

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# in_net SCRIPT: in a network of its own.
in_net() {
	unshare --user --map-root-user --net bash -ec "$1"
}

# sent COMMAND: what it sends after the message header, in hex.
sent() {
	traced -f -xx -s 4096 -e trace=sendmsg unshare --user --map-root-user --net $1 2>&1 |
		sed -nE 's/.*iov_base=(.*), iov_len=.*/\1/p' | tail -n 1 |
		python3 -c 'import re, sys; print("".join(re.findall(r"\\x([0-9a-f]{2})", sys.stdin.read())))'
}

@test "policies are those of ip xfrm, addresses by their family" {
	in_net "ip xfrm policy add ${POLICY//$'\n'/ }
		ip xfrm policy add src 2001:db8::/32 dst 2001:db8:1::/48 dir fwd action block
		nlsock dump xfrm getpolicy -j; ip xfrm policy >ip" >got
	equal selectors "$(jq -r '.sel | "src \(.saddr)/\(."prefixlen-s") dst \(.daddr)/\(."prefixlen-d")"' \
		got | sort)" "$(grep -o '^src [^ ]* dst [^ ]*' ip | sort)"
	out=$(jq -c 'select(.dir == "out")' got)
	equal "the first" "$(jq -c '[.priority, .action, .sel.dport, .sel."dport-mask", .sel.proto, .mark]' <<<"$out")" \
		'[5,"allow",443,"0xffff",6,{"v":"0x7","m":"0xff"}]'
	equal templates "$(jq -c '.tmpl[] | [.saddr, .daddr, .proto, .reqid, .mode, .optional]' <<<"$out")" \
		'["10.0.0.1","10.0.0.2","esp",9,"tunnel",0]
["10.0.0.1","10.0.0.2","comp",0,"transport",1]'
	equal "the second" "$(jq -c 'select(.dir == "fwd") | [.action, .sel.family, has("tmpl")]' got)" \
		'["block",10,false]'
}

@test "a policy and an association are sent as ip xfrm sends them" {
	equal policy "$(nlsock do xfrm newpolicy sel.daddr=10.2.0.0 sel.saddr=10.1.0.0 sel.dport=443 \
		sel.dport-mask=0xffff sel.prefixlen-d=16 sel.prefixlen-s=16 sel.proto=6 sel.family=2 priority=5 \
		'{"lft": {"soft-byte-limit": 18446744073709551615, "hard-byte-limit": 18446744073709551615,
		"soft-packet-limit": 18446744073709551615, "hard-packet-limit": 18446744073709551615},
		"tmpl": [{"daddr": "10.0.0.2", "saddr": "10.0.0.1", "proto": "esp", "family": 2, "reqid": 9,
		"mode": "tunnel", "aalgos": 4294967295, "ealgos": 4294967295, "calgos": 4294967295},
		{"daddr": "10.0.0.2", "saddr": "10.0.0.1", "proto": "comp", "family": 2, "optional": 1,
		"aalgos": 4294967295, "ealgos": 4294967295, "calgos": 4294967295}]}' dir=out mark.v=7 mark.m=255 \
		--dry-run | cut -c33- )" "$(sent "ip xfrm policy add $POLICY")"
	equal association "$(nlsock do xfrm newsa daddr=2001:db8::2 saddr=2001:db8::1 spi=0x1000 proto=esp \
		reqid=7 mode=tunnel family=10 sel.family=0 flags=noecn \
		'{"lft": {"soft-byte-limit": 18446744073709551615, "hard-byte-limit": 18446744073709551615,
		"soft-packet-limit": 18446744073709551615, "hard-packet-limit": 18446744073709551615},
		"alg-aead": {"name": "rfc4106(gcm(aes))", "key-len": 160, "icv-len": 128,
		"key": "00112233445566778899aabbccddeeff01020304"}}' --dry-run | cut -c33-)" \
		"$(sent "ip xfrm state add src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x1000 reqid 7 mode tunnel flag noecn \
		aead rfc4106(gcm(aes)) 0x00112233445566778899aabbccddeeff01020304 128")"
}

@test "events of policies are named, the removed one by its selector" {
	in_net 'nlsock listen xfrm --group policy --count 4 --timeout 10s -j >events &
		until grep -q " 00000008 " /proc/self/net/netlink; do sleep 0.02; done
		ip xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir in
		ip xfrm policy del src 10.1.0.0/16 dst 10.2.0.0/16 dir in
		ip xfrm policy add src 10.3.0.0/16 dst 10.2.0.0/16 dir in
		ip xfrm policy flush
		wait'
	equal events "$(jq -c '[.nlsock.op, .dir, .sel.saddr, .policy.dir]' events)" \
		'["newpolicy-ntf","in","10.1.0.0",null]
["delpolicy-ntf","in","10.1.0.0","in"]
["newpolicy-ntf","in","10.3.0.0",null]
["flushpolicy-ntf",null,null,null]'
}

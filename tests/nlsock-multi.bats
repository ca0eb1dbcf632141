#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock multi: several requests in one datagram, all answered.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "several requests go in one datagram, the answers come in their order" {
	unshare -Urn bash -ec '
		nlsock multi --create rt-link newlink ifname=b0 linkinfo.kind=bridge , newlink ifname=b1 linkinfo.kind=bridge
		ip -j link >links
		nlsock multi rt-link getlink ifname=b1 , getlink ifname=lo , getlink ifname=b0 -j --pcap c >out'
	equal links "$(jq -r '.[].ifname' links | xargs)" "lo b0 b1"
	equal answers "$(jq -r .ifname out | xargs)" "b1 lo b0"
	equal "one sent" "$(tshark -r c -Y 'frame[0:2] == 00:04' 2>/dev/null | wc -l)" 1
	equal family "$(nlsock multi nlctrl getfamily family-name=nlctrl , getfamily family-name=ethtool -j | jq -r '."family-name"' | xargs)" \
		"nlctrl ethtool"
}

@test "an error names its request, the others are carried out" {
	unshare -Urn bash -c '
		nlsock multi --create --excl rt-link newlink ifname=b0 linkinfo.kind=bridge , newlink ifname=b0 linkinfo.kind=bridge , newlink ifname=b1 linkinfo.kind=bridge 2>err
		echo $? >rc
		ip -j link >links'
	equal rc "$(cat rc)" 1
	equal err "$(cat err)" "nlsock: rt-link newlink (request 2 of 3): File exists (EEXIST)"
	equal links "$(jq -r '.[].ifname' links | xargs)" "lo b0 b1"
}

@test "a batch of nftables is taken whole or not at all" {
	unshare -Urn bash -c '
		nlsock multi --create nftables batch-begin res-id=10 , newtable nfgen-family=2 name=t1 , newchain nfgen-family=2 table=t1 name=c1 , batch-end res-id=10 || exit 1
		nlsock multi --create nftables batch-begin res-id=10 , newtable nfgen-family=2 name=t2 , newchain nfgen-family=2 table=nope name=c , batch-end res-id=10 2>err
		echo $? >rc
		nft list ruleset >rules'
	equal rc "$(cat rc)" 1
	equal err "$(cat err)" "nlsock: nftables newchain (request 3 of 4): No such file or directory (ENOENT): attribute table"
	equal rules "$(xargs <rules)" "table ip t1 { chain c1 { } }"
}

@test "nothing is sent without privileges, by mistake or with --dry-run" {
	equal dry "$(nlsock multi rt-link getlink ifname=lo , getlink ifname=lo --dry-run | wc -l)" 1
	run nlsock multi rt-link , getlink
	equal status "$status" 2
	run nlsock multi rt-link getlink , getlnk
	equal status "$status" 2
	[[ $output == *"did you mean 'getlink'"* ]] || fail
	run nlsock multi rt-link getlink ifname=lo ,
	equal status "$status" 2
	[[ $output == *"none follows the last"* ]] || fail
}

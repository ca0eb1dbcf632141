#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock do and dump: requests and answers by the names of a spec, against ip, genl and
# peers that misbehave.

bats_require_minimum_version 1.5.0
load lib

unset NLSOCK_SPECS

# apart SCRIPT: in a user and network namespace of its own, as anybody may.
apart() {
	unshare -Urn -- bash -ec "$1"
}

# no_specs: ./nlsock is a copy that has no specs beside it.
no_specs() {
	cd "$BATS_TEST_TMPDIR" && cp "$BIN/nlsock" .
}

LAB='ip link set lo up
ip link add br0 type bridge vlan_filtering 1 2>/dev/null || ip link add br0 type bridge
ip link add v0 type veth peer name v1 address 02:00:00:00:00:07
ip link set v0 master br0
for l in v0 v1 br0; do ip link set $l addrgenmode none; done
ip addr add 10.9.8.7/24 dev v1 label v1:x
ip addr add fd00::1/64 dev v1 nodad
ip link set v1 up; ip link set v0 up; ip link set br0 up
ip route add 10.1.0.0/16 via 10.9.8.1 metric 5 mtu 1400
ip route add blackhole 10.2.0.0/16 table 1000
ip -6 route add fd01::/64 via fd00::2
ip neigh add 10.9.8.9 lladdr 02:00:00:00:00:09 dev v1 nud permanent
ip rule add from 10.0.0.0/8 fwmark 5 table 1000 priority 77
ip rule add iif v0 blackhole priority 78
for ((i = 0; i < 500; i++)); do # the carrier of a bridge comes a little later
	ip -6 route show table all | grep -q "multicast ff00::/8 dev br0" && break; sleep 0.02
done
'

# A spec for a peer of our own over NETLINK_USERSOCK.
usersock_spec() {
	cat >"$BATS_TEST_TMPDIR/peer.yaml" <<'EOF'
name: peer
protocol: netlink-raw
protonum: 2
attribute-sets:
  - name: top
    attributes:
      - { name: id, type: u32 }
      - { name: word, type: string }
      - { name: nest, type: nest, nested-attributes: top }
operations:
  enum-model: directional
  list:
    - { name: get, doc: x, attribute-set: top,
        do: { request: { value: 20 }, reply: { value: 21 } },
        dump: { request: { value: 20 }, reply: { value: 21 } } }
EOF
	SPEC=(--spec "$BATS_TEST_TMPDIR/peer.yaml")
}

# As in nlsock.bats: answers each datagram with what answer(seq, port) lists.
peer() {
	usersock_spec
	coproc PEER { exec python3 -u -c "
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
s.bind((0, 0))
def attr(type, data):
    return struct.pack('HH', 4 + len(data), type) + data + bytes(-len(data) % 4)
def msg(type, flags, seq, port, data=b''):
    return struct.pack('IHHII', 16 + len(data), type, flags, seq, port) + data
def one(n, seq, port, flags=2):
    return msg(21, flags, seq, port, attr(1, struct.pack('I', n)))
def done(seq, port, error=0, flags=0, tail=b''):
    return msg(3, 2 | flags, seq, port, struct.pack('i', error) + tail)
def error(seq, port, code, flags=0, tail=b''):
    return msg(2, flags, seq, port, struct.pack('iIHHII', code, 16, 20, 5, seq, 0) + tail)
count = 0
$1
print(s.getsockname()[0])
while True:
    data, (port, group) = s.recvfrom(65536)
    seq = struct.unpack_from('I', data, 8)[0]
    count += 1
    for a in answer(seq, port): s.sendto(a, (port, 0))
"; }
	read -r -t 10 PORT <&"${PEER[0]}"
}

teardown() {
	if [ -n "${PEER_PID:-}" ]; then kill "$PEER_PID" && wait "$PEER_PID" || true; fi
}

@test "dump rt-link agrees with ip -j link" {
	apart "$LAB
		ip -j -d link | jq -S '[.[] | [.ifindex, .ifname, .mtu, .address, .linkinfo.info_kind,
			.linkinfo.info_slave_kind, .txqlen, .num_tx_queues, .promiscuity]]' >'$BATS_TEST_TMPDIR/ip'
		nlsock dump rt-link -j | jq -S -s '[.[] | [.\"ifi-index\", .ifname, .mtu, .address,
			.linkinfo.kind, .linkinfo.\"slave-kind\", .txqlen, .\"num-tx-queues\",
			.promiscuity]]' >'$BATS_TEST_TMPDIR/ours'"
	diff "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/ours"
	equal links "$(jq length "$BATS_TEST_TMPDIR/ours")" 4
}

@test "the flags and statistics of a link agree with ip -j -s link" {
	apart "$LAB
		ip -j -s link show v1 | jq -c '.[0] | [(.flags | sort), .stats64.rx.bytes != null]' >'$BATS_TEST_TMPDIR/ip'
		nlsock do rt-link getlink ifname=v1 -j | jq -c '[([.\"ifi-flags\"[] | ascii_upcase |
			gsub(\"-\"; \"_\")] | sort), .stats64.\"rx-bytes\" != null]' >'$BATS_TEST_TMPDIR/ours'
		sed -i 's/\"RUNNING\",//' '$BATS_TEST_TMPDIR/ours' '$BATS_TEST_TMPDIR/ip'"
	diff "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/ours"
}

@test "dump rt-addr agrees with ip -j addr" {
	apart "$LAB
		ip -j addr | jq -c '.[] | .ifindex as \$i | .addr_info[] | [\$i, .local, .prefixlen, .label,
			.valid_life_time]' | sort >'$BATS_TEST_TMPDIR/ip'
		nlsock dump rt-addr -j | jq -c '[.\"ifa-index\", (.\"ifa-local\" // .\"ifa-address\"),
			.\"ifa-prefixlen\", .\"ifa-label\", .\"ifa-cacheinfo\".\"ifa-valid\"]' |
			sort >'$BATS_TEST_TMPDIR/ours'"
	diff "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/ours"
}

@test "dump rt-route agrees with ip -j route, of all tables and both families" {
	apart "$LAB
		for f in 4 6; do ip -\$f -j -N -d route show table all; done | jq -c '.[] |
			[(if .dst == \"default\" then null else .dst end), .gateway, .metric,
			 (.table // \"254\" | tostring), .type, .metrics[0].mtu]' | sort >'$BATS_TEST_TMPDIR/ip'
		for f in 2 10; do nlsock dump rt-route rtm-family=\$f -j; done | jq -c '
			(if .\"rtm-family\" == 2 then 32 else 128 end) as \$all |
			[if .\"rta-dst\" == null then null elif .\"rtm-dst-len\" == \$all then .\"rta-dst\"
			 else \"\(.\"rta-dst\")/\(.\"rtm-dst-len\")\" end, .\"rta-gateway\", .\"rta-priority\",
			 (.\"rta-table\" | tostring), .\"rtm-type\", .\"rta-metrics\".\"rtax-mtu\"]' |
			sort >'$BATS_TEST_TMPDIR/ours'
		sed -i -E 's/\"(unicast|1)\"/1/; s/\"(local|2)\"/2/; s/\"(broadcast|3)\"/3/; s/\"(blackhole|6)\"/6/; s/\"(multicast|5)\"/5/; s/\"(anycast|4)\"/4/' '$BATS_TEST_TMPDIR/ours' '$BATS_TEST_TMPDIR/ip'"
	diff "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/ours"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ours")" -ge 8 ]
}

@test "dump rt-neigh and rt-rule agree with ip -j" {
	apart "$LAB
		ip -j neigh show nud all | jq -c '.[] | select(.state != [\"NOARP\"]) | [.dst, .lladdr, (.state | map(ascii_downcase))]' | sort >'$BATS_TEST_TMPDIR/ip'
		nlsock dump rt-neigh -j | jq -c 'select(.\"ndm-state\" != [\"noarp\"]) | [.dst, .lladdr, .\"ndm-state\"]' | sort >'$BATS_TEST_TMPDIR/ours'
		for f in 4 6; do ip -\$f -j -N rule; done | jq -c '.[] | [.priority, (if .src == \"all\" then null else .src end),
			(.table // \"0\" | tonumber), .fwmark, .iif]' | sort >>'$BATS_TEST_TMPDIR/ip'
		for f in 2 10; do nlsock dump rt-rule family=\$f -j; done | jq -c '[(.priority // 0), .src,
			.table, (.fwmark | if . then \"0x\(.)\" else . end), .iifname]' | sort >>'$BATS_TEST_TMPDIR/ours'"
	diff "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/ours"
	equal rules "$(grep -c '^\[[0-9]' "$BATS_TEST_TMPDIR/ours")" 7
}

@test "do nlctrl getfamily tells what genl ctrl tells" {
	run nlsock do nlctrl getfamily family-name=nlctrl -j
	equal status "$status" 0
	equal family "$(jq -c '[."family-id", .version, [.ops[][].id], [."mcast-groups"[][].name],
		.nlsock.op, .nlsock.cmd]' <<<"$output")" '[16,2,[3,10],["notify"],"getfamily",1]'
	genl ctrl list | grep -c '^Name:' | diff - <(nlsock dump nlctrl -j | wc -l)
}

@test "a dump's text has the attributes line by line, an empty line between messages" {
	apart "ip link add v0 type veth peer name v1; nlsock dump rt-link" >"$BATS_TEST_TMPDIR/out"
	grep -qx 'ifname: v1' "$BATS_TEST_TMPDIR/out"
	grep -A 1 -x 'linkinfo:' "$BATS_TEST_TMPDIR/out" | grep -qx '  kind: veth'
	equal messages "$(grep -c '^$' "$BATS_TEST_TMPDIR/out")" 2
	! grep -q nlsock "$BATS_TEST_TMPDIR/out"
}

@test "links, addresses, routes and rules are made and removed by names, as ip sees them" {
	run apart 'nlsock do rt-link newlink --create --excl ifname=b7 linkinfo.kind=bridge linkinfo.data.forward-delay=500 mtu=1400
		nlsock do rt-link newlink ifname=b7 ifi-flags=up ifi-change=1
		nlsock do rt-addr newaddr --create "{\"ifa-family\": 2, \"ifa-prefixlen\": 24, \"ifa-index\": $(cat /sys/class/net/b7/ifindex 2>/dev/null || ip -j link show b7 | jq ".[0].ifindex"), \"ifa-local\": \"10.3.2.1\"}"
		nlsock do rt-route newroute --create rtm-family=2 rtm-dst-len=16 rtm-table=254 rtm-protocol=4 rtm-type=unicast rta-dst=10.77.0.0 rta-gateway=10.3.2.9 rta-metrics.rtax-mtu=1300
		nlsock do rt-rule newrule --create family=2 action=to-tbl priority=99 table=5000 src=10.0.0.0 src-len=8
		ip -d -j link show b7 | jq -c ".[0] | [.mtu, .linkinfo.info_data.forward_delay, (.flags | index(\"UP\") != null)]"
		ip -j addr show b7 | jq -c ".[0].addr_info[0].local"
		ip -j route show 10.77.0.0/16 | jq -c "[.[0].gateway, .[0].metrics[0].mtu]"
		ip -j -N rule show priority 99 | jq -c ".[0] | [.src, .srclen, .table]"
		nlsock do rt-link dellink ifname=b7
		ip -j link | jq -c "map(.ifname)"'
	equal status "$status" 0
	equal seen "$(xargs <<<"$output")" \
		'[1400,500,true] 10.3.2.1 [10.3.2.9,1300] [10.0.0.0,8,5000] [lo]'
}

@test "the name of an interface stands for its index, also within lists, and of attributes alone" {
	apart "$LAB
		ip link property add dev v1 altname other
		nlsock do rt-addr newaddr --create ifa-family=2 ifa-index=v1 ifa-prefixlen=24 ifa-local=10.3.0.1
		nlsock do rt-link setlink ifi-index=v1 master=br0
		nlsock do rt-route newroute --create rtm-family=2 rtm-table=254 rtm-protocol=4 rtm-type=unicast \
			rtm-dst-len=24 rta-dst=10.4.0.0 'rta-multipath=[{rtnh-ifindex: other, rta-gateway: 10.3.0.9},
				{rtnh-ifindex: v1, rta-gateway: 10.3.0.8}]'
		ip -j route show 10.4.0.0/24 | jq -e '[.[].nexthops[].dev] == [\"v1\", \"v1\"]'
		ip -j addr show v1 | jq -e 'any(.[].addr_info[]; .local == \"10.3.0.1\")'
		ip -j link show v1 | jq -e '.[].master == \"br0\"'
		[ \$(nlsock dump rt-addr -j ifa-index=v1 | jq -s 'map(.\"ifa-index\") | unique | length') = 1 ]
		! nlsock do rt-link setlink ifi-index=v1 mtu=v0 2>/dev/null || exit 1"
	run nlsock do rt-link getlink ifi-index=no-such-link --dry-run
	equal status "$status" 2
	[[ $output == *"'ifi-index'"* ]] || fail
}

@test "limits that a spec tells are the kernel's to hold, who may have others" {
	sed 's/{ name: txqlen, type: u32 }/{ name: txqlen, type: u32, checks: { max: 5 } }/' \
		"$O/share/sockutils/specs/rt-link.yaml" >"$BATS_TEST_TMPDIR/rt-link.yaml"
	equal told "$(nlsock describe rt-link newlink --spec "$BATS_TEST_TMPDIR/rt-link.yaml" -j | jq .attributes.txqlen.max)" 5
	apart "$LAB
		nlsock do rt-link setlink --spec '$BATS_TEST_TMPDIR/rt-link.yaml' ifi-index=v0 txqlen=9
		ip -j link show v0 | jq -e '.[].txqlen == 9'"
}

@test "values come from a file, standard input and JSON alike, and bytes are what --dry-run says" {
	cd "$BATS_TEST_TMPDIR"
	want=$(nlsock do rt-link newlink ifname=v1 linkinfo.kind=veth --create --excl --dry-run)
	echo '{"ifname": "v1", "linkinfo": {"kind": "veth"}}' >request.json
	equal file "$(nlsock do rt-link newlink @request.json --create --excl --dry-run)" "$want"
	equal stdin "$(nlsock do rt-link newlink - --create --excl --dry-run <request.json)" "$want"
	equal json "$(nlsock do rt-link newlink "$(cat request.json)" --create --excl --dry-run)" "$want"
	# nlmsghdr of RTM_NEWLINK with REQUEST ACK EXCL CREATE, ifinfomsg, IFLA_IFNAME, IFLA_LINKINFO
	equal bytes "$want" "3800000010000506""$(printf '0%.0s' {1..16})""$(printf '0%.0s' {1..32})""07000300763100001000128009000100""7665746800000000"
}

@test "a comma that nothing follows is refused in JSON, in YAML's brackets, and in a file" {
	for words in '{"ifname":"lo",}|character 15' '{"a":[1,2, ]}|character 10' '{ifname: lo,}|character 12' \
		'linkinfo=["a",]|character 5' '{"a":[1,,2]}|line 1: did not find'; do
		run nlsock do rt-link getlink "${words%|*}" --dry-run
		equal "status of $words" "$status" 2
		[[ $output == *"${words#*|}"* ]] || fail "$words"
		run nlsock multi rt-link getlink "${words%|*}" --dry-run
		equal "status of multi $words" "$status" 2
	done
	run nlsock do rt-link getlink - --dry-run <<<$'{"ifname": "lo"\n,}'
	[[ $output == *"nothing follows this comma"* ]] || fail
	equal "in text" "$(nlsock do rt-link getlink '{"ifname":"a,]"}' --dry-run | tail -c 17)" "08000300612c5d00"
}

@test "what is printed can be given back: the same bytes" {
	apart "ip link add br0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master br0
		nlsock dump rt-link -j" | jq -c 'del(."af-spec", ."devlink-port", .nlsock)' >"$BATS_TEST_TMPDIR/links"
	[ -s "$BATS_TEST_TMPDIR/links" ]
	while read -r link; do
		bytes=$(nlsock do rt-link newlink "$link" --dry-run)
		equal lengths "$(python3 -c '
import struct, sys
b = bytes.fromhex(sys.argv[1])
print(struct.unpack_from("I", b)[0] == len(b))' "$bytes")" True
	done <"$BATS_TEST_TMPDIR/links"
}

@test "an unknown attribute, operation or member is named, with the nearest one, status 2" {
	for words in "rt-link getlink ifnam=v0|'ifnam': no such attribute, did you mean 'ifname'?" \
		"rt-link getlinx|did you mean 'getlink'?" \
		"rt-link newlink linkinfo.kid=veth|did you mean 'kind'?" \
		"rt-link newlink mtu=abc|'mtu': this is no number" \
		"rt-link newlink mtu=4294967296|'mtu': the number is out of range" \
		"rt-link newlink =x|KEY=VALUE" \
		"rt-link newlink {|line " \
		"rt-route newroute rta-dst=10.0.0.x|'rta-dst': this is neither hex" \
		"rt-link newlink ifi-flags=upp|'ifi-flags': this is no number and no name" \
		"rt-link newlink-ntf|is a notification" \
		"rt-link getlink @|'@'" \
		"rt-linc|unknown protocol or family 'rt-linc'"; do
		# shellcheck disable=SC2086
		run nlsock do ${words%%|*} --dry-run
		equal "status of ${words%%|*}" "$status" 2
		[[ $output == *"${words#*|}"* ]] || fail "${words%%|*}"
	done
}

@test "attributes that the spec does not know come with number, guess and bytes" {
	sed '/name: mtu,/d; /name: txqlen,/d' "$O/share/sockutils/specs/rt-link.yaml" >"$BATS_TEST_TMPDIR/rt-link.yaml"
	run apart "ip link add v0 type veth peer name v1
		nlsock do rt-link getlink ifname=v0 -j --spec $BATS_TEST_TMPDIR/rt-link.yaml"
	equal status "$status" 0
	jq -e '[.[] | objects | select(.guess != null)] | length >= 1 and all(.hex != null or .attrs != null)' <<<"$output"
}

@test "a spec elsewhere comes by --spec and by NLSOCK_SPECS, which comes before our own" {
	sed 's/name: ifname,/name: label,/' "$O/share/sockutils/specs/rt-link.yaml" >"$BATS_TEST_TMPDIR/rt_link.yaml"
	equal env "$(NLSOCK_SPECS=/nowhere:$BATS_TEST_TMPDIR nlsock do rt-link getlink ifi-index=1 -j | jq -r .label)" lo
	equal option "$(nlsock do rt-link getlink ifi-index=1 -j --spec "$BATS_TEST_TMPDIR/rt_link.yaml" | jq -r .label)" lo
	echo 'name: [' >"$BATS_TEST_TMPDIR/bad.yaml"
	run nlsock dump bad --spec "$BATS_TEST_TMPDIR/bad.yaml"
	equal status "$status" 1
	[[ $output == "nlsock: spec "*"bad.yaml: line 2: "* ]] || fail
}

# bats test_tags=root
@test "a family without a spec is asked by number" {
	no_specs
	run ./nlsock do TASKSTATS 1 1=$(printf '%08x' $((1 << 24))) -j --raw
	equal status "$status" 0
	equal answer "$(jq -c '[.nlsock.family, .nlsock.cmd, .attrs[0].type, .attrs[0].attrs[0].number]' \
		<<<"$output")" '["TASKSTATS",2,4,1]'
	run nlsock do generic 3
	equal status "$status" 2
	[[ $output == *"name a family"* ]] || fail
}

@test "the kernel's words name the attribute, and the range that is allowed" {
	run apart 'ip link add br0 type bridge; nlsock do rt-link setlink ifname=br0 mtu=10'
	equal status "$status" 1
	equal words "$output" "nlsock: rt-link setlink: Invalid argument (EINVAL): mtu less than device minimum"
	run apart 'nlsock do rt-link newlink --create ifname=x linkinfo.kind=veth linkinfo.data.peer=00'
	equal status "$status" 1
	run apart 'ip link add br0 type bridge; nlsock do rt-link newlink ifname=br0 "{linkinfo: {kind: bridge, data: {1: \"00\"}}}"'
	equal status "$status" 1
	[[ $output == *"attribute linkinfo.data."* ]] || fail
}

@test "the end of a dump carries its errno and words, with --no-strict it is silent" {
	run apart 'nlsock dump rt-route rtm-family=2 rta-table=999999 -j'
	equal status "$status" 1
	equal words "$output" "nlsock: rt-route getroute: No such file or directory (ENOENT): ipv4: FIB table does not exist"
	run apart 'nlsock dump rt-route rtm-family=2 rta-table=999999 --no-strict -j'
	equal "status without" "$status" 0
}

@test "an interrupted dump is dumped again, and only the whole one is shown" {
	peer 'def answer(seq, port):
    flags = 0x12 if count < 3 else 2
    return [one(count * 10, seq, port), one(count * 10 + 1, seq, port, flags), done(seq, port)]'
	run --separate-stderr nlsock dump peer get "${SPEC[@]}" --connect "$PORT" -j
	equal status "$status" 0
	equal ids "$(jq .id <<<"$output" | xargs)" "30 31"
	equal stderr "$stderr" ""
}

@test "a dump that is interrupted each time ends with status 3" {
	peer 'answer = lambda seq, port: [one(count, seq, port, 0x12), done(seq, port)]'
	run --separate-stderr nlsock dump peer "${SPEC[@]}" --connect "$PORT" -j --retry 2
	equal status "$status" 3
	equal ids "$(jq .id <<<"$output" | xargs)" 3
	[[ $stderr == *"changed meanwhile, each time"* ]] || fail "$stderr"
}

@test "a long dump that is interrupted says so in a record, and marks what comes again" {
	peer 'def answer(seq, port):
    many = [one(i, seq, port) * 8 for i in range(300)]
    return many + [one(0, seq, port, 0x12 if count == 1 else 2) + done(seq, port)]
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4000000)'
	run --separate-stderr nlsock dump peer "${SPEC[@]}" --connect "$PORT" -j
	equal status "$status" 0
	equal events "$(jq -r .nlsock.event <<<"$output" | uniq -c | xargs)" \
		"2401 null 1 interrupted 2401 again"
}

@test "errors beyond errno, malformed answers and silence are told apart" {
	peer 'answer = lambda seq, port: [error(seq, port, -4097)]'
	run nlsock do peer get "${SPEC[@]}" --connect "$PORT"
	equal status "$status" 1
	equal output "$output" "nlsock: peer get: error -4097"
	teardown
	peer 'answer = lambda seq, port: [one(5, seq, port) + b"\xff\0\0\0rest", error(seq, port, 0)]'
	run --separate-stderr nlsock do peer get "${SPEC[@]}" --connect "$PORT" -j
	equal status "$status" 1
	equal records "$(jq -c '[.id, .nlsock.event, .nlsock.raw]' <<<"$output" | xargs)" \
		'[5,null,null] [null,malformed,ff00000072657374]'
	teardown
	peer 'answer = lambda seq, port: []'
	run nlsock do peer get "${SPEC[@]}" --connect "$PORT" --timeout 50ms
	equal status "$status" 3
}

@test "an ack's path and range are told by names, also where one end of the range lacks" {
	peer 'pol = lambda *v: attr(4, b"".join(attr(t, struct.pack("q", x)) for t, x in v))
at = lambda n: attr(2, struct.pack("I", n))
answers = [at(20) + pol((4, 3), (5, 9)), at(16) + pol((5, 9)), at(16) + pol((2, -3)), at(16) + pol((12, 7))]
answer = lambda seq, port: [error(seq, port, -34, 0x300, answers[count - 1])]'
	for words in "nest.id=5|attribute nest.id; allowed is from 3 to 9" "id=5|attribute id; allowed is at most 9" \
		"id=5|attribute id; allowed is at least -3" "id=5|attribute id; allowed bits are 0x7"; do
		run nlsock do peer get "${SPEC[@]}" --connect "$PORT" "${words%|*}"
		equal status "$status" 1
		equal words "$output" "nlsock: peer get: Numerical result out of range (ERANGE): ${words#*|}"
	done
}

@test "acks that point nowhere, errors without a name and ends that are cut are told apart" {
	peer 'tlv = lambda type, n: attr(type, struct.pack("I", n))
answers = [
    lambda *a: [error(*a, -22, 0x300, tlv(2, 0xffffffff) + tlv(5, 9) + tlv(6, 0xfffffff0))],
    lambda *a: [error(*a, -22, 0x300, tlv(2, 3) + bytes([255, 255, 1, 0]) + b"words")],
    lambda *a: [error(*a, -2**31)],
    lambda *a: [one(6, *a), msg(3, 2, *a)],
    lambda *a: [one(7, *a), msg(3, 0x12, *a, bytes(4))],
    lambda *a: [one(8, *a), done(*a)],
    lambda *a: [one(9, *a), done(*a, -2, 0x200, attr(1, b"it is gone" + bytes(1)))]]
answer = lambda seq, port: answers[count - 1](seq, port)'
	for want in "Invalid argument (EINVAL)" "Bad message (EBADMSG)" "error -2147483648"; do
		run nlsock dump peer "${SPEC[@]}" --connect "$PORT"
		equal status "$status" 1
		[[ $output == *"$want"* ]] || fail "$want"
	done
	run nlsock dump peer "${SPEC[@]}" --connect "$PORT" -j
	equal "ended by a header alone" "$status $(jq .id <<<"$output" | xargs)" "0 6"
	run nlsock dump peer "${SPEC[@]}" --connect "$PORT" -j
	equal "interrupted at its end" "$status $(jq .id <<<"$output" | xargs)" "0 8"
	run --separate-stderr nlsock dump peer "${SPEC[@]}" --connect "$PORT" -j
	equal "ended by an error" "$status $(jq .id <<<"$output" | xargs)" "1 9"
	[[ $stderr == *"No such file or directory (ENOENT): it is gone"* ]] || fail "$stderr"
}

@test "NLMSG_OVERRUN among the answers is loss" {
	peer 'answer = lambda seq, port: [one(1, seq, port) + msg(4, 2, seq, port), done(seq, port)]'
	run --separate-stderr nlsock dump peer "${SPEC[@]}" --connect "$PORT" -j
	equal status "$status" 3
	[[ $stderr == *"part of the answer is lost"* ]] || fail "$stderr"
}

@test "strangers and other questions' answers are not taken for the answer" {
	peer 'o = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2)
def answer(seq, port):
    o.sendto(one(1, seq, port), (port, 0))
    return [one(2, seq + 1, port), one(3, seq, port + 1), one(4, seq, port), error(seq, port, 0)]'
	run nlsock do peer get "${SPEC[@]}" --connect "$PORT" -j
	equal status "$status" 0
	equal ids "$(jq .id <<<"$output" | xargs)" 4
}

# bats test_tags=root
@test "--netns talks within another network namespace" {
	unshare -n sleep 60 &
	pid=$!
	# shellcheck disable=SC2016
	wait_for bash -c '[ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ]' - $pid
	nsenter -n -t $pid ip link add nsv0 type veth peer name nsv1
	run nlsock do rt-link getlink ifname=nsv0 -j --netns $pid
	kill $pid
	equal status "$status" 0
	equal name "$(jq -r .ifname <<<"$output")" nsv0
	run nlsock dump rt-link --netns no-such-name
	equal status "$status" 1
	[[ $output == *"network namespace no-such-name"* ]] || fail
}

@test "--bind takes the port, and --raw and --meta show the message" {
	run nlsock do nlctrl getfamily family-name=nlctrl -j --bind 7654321 --raw
	equal status "$status" 0
	equal portid "$(jq .nlsock.portid <<<"$output")" 7654321
	[[ $(jq -r .nlsock.raw <<<"$output") == *6e6c6374726c00* ]] || fail
	nlsock do nlctrl getfamily family-name=nlctrl --meta | grep -qx '  op: getfamily'
	nlsock do nlctrl getfamily family-name=nlctrl --raw | grep -q '^raw: .*6e6c6374726c00'
}

@test "a full standard output is an error with status 1" {
	status=0
	nlsock dump nlctrl -j >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	equal status "$status" 1
	grep -q ENOSPC "$BATS_TEST_TMPDIR/err"
}

@test "describe tells operations and attributes by the spec, with types, enums and flags" {
	equal ops "$(nlsock describe nlctrl -j | jq -r '"\(.op) \(.do) \(.dump) \(.request)"' | head -n 1)" \
		"getfamily true true 3"
	run nlsock describe rt-route newroute -j
	equal status "$status" 0
	equal described "$(jq -c '[.request, .admin, .header."rtm-dst-len", .attributes."rta-oif".type,
		.attributes."rta-metrics".holds, .do.request."rta-gateway".number]' <<<"$output")" \
		'[24,true,"u8","u32","rta-metrics",5]'
	nlsock describe rt-route newroute | grep -qx 'op: newroute'
	run nlsock describe rt-route no-such
	equal status "$status" 2
	run nlsock describe usersock
	equal status "$status" 1
}

@test "describe shows what attributes hold, with limits and enums, indented and in JSON" {
	run nlsock describe rt-link newlink -j
	equal nested "$(jq -c '.attributes.linkinfo.attributes.data.formats | [.bridge.attributes."forward-delay".type,
		.vlan.attributes.protocol["byte-order"]]' <<<"$output")" '["u32","big-endian"]'
	equal members "$(jq -c '.attributes.map.members."mem-end"' <<<"$output")" '"u64"'
	run nlsock describe rt-link newlink
	[[ $output == *$'\n  linkinfo (18, nest, holds linkinfo-attrs):\n    kind: 1, string\n'* ]] || fail
	cat >"$BATS_TEST_TMPDIR/x.yaml" <<-EOF
		name: x
		definitions: [{name: color, type: enum, entries: [red, green]}]
		attribute-sets:
		  - name: a
		    attributes:
		      - {name: in, type: nest, nested-attributes: b}
		      - {name: level, type: s8, checks: {min: -5, max: 7}}
		      - {name: hue, type: u8, enum: color}
		  - {name: b, attributes: [{name: back, type: nest, nested-attributes: a}, {name: leaf, type: string, checks: {max-len: 9}}]}
		operations: {list: [{name: get, doc: "One.\\n\\nTwo.", attribute-set: a, do: {request: {attributes: [in, level]}}}]}
	EOF
	run nlsock describe x get --spec "$BATS_TEST_TMPDIR/x.yaml"
	equal status "$status" 0
	equal text "$(sed -n '/^attributes/,$p' <<<"$output")" "attributes:
  in (1, nest, holds b):
    back: 1, nest, holds a
    leaf: 2, string, max-len 9
  level: 2, s8, min -5, max 7
  hue: 3, u8, enum red|green"
	grep -qx '  request: in level' <<<"$output"
	grep -qx 'doc: One. Two.' <<<"$output"
	nlsock describe x --spec "$BATS_TEST_TMPDIR/x.yaml" | grep -q ' doc=One.$'
}

@test "describe of sets that hold each other without end ends" {
	{
		echo 'name: x'
		echo 'attribute-sets:'
		for ((i = 0; i < 30; i++)); do
			echo "  - {name: s$i, attributes: [$(for ((k = 0; k < 30; k++)); do
				echo "{name: a$k, type: nest, nested-attributes: s$k}, "; done)]}"
		done
		echo 'operations: {list: [{name: get, attribute-set: s0}]}'
	} >"$BATS_TEST_TMPDIR/x.yaml"
	timeout 20 nlsock describe x get -j --spec "$BATS_TEST_TMPDIR/x.yaml" >"$BATS_TEST_TMPDIR/out"
	equal objects "$(jq -c '.attributes.a1.attributes | keys | length' "$BATS_TEST_TMPDIR/out")" 30
}

@test "structs of structs of nothing are refused before they fill the memory" {
	{
		echo 'name: x'
		echo 'definitions:'
		for ((i = 0; i < 6; i++)); do
			echo "  - {name: s$i, type: struct, members: [$(for ((k = 0; k < 50; k++)); do
				((i)) && echo "{name: m$k, type: binary, struct: s$((i - 1))}, " || echo "{name: m$k, type: string, len: 0}, "; done)]}"
		done
		echo 'attribute-sets: [{name: a, attributes: [{name: b, type: binary, struct: s5}]}]'
		echo 'operations: {list: [{name: get, attribute-set: a}]}'
	} >"$BATS_TEST_TMPDIR/x.yaml"
	run timeout 20 nlsock describe x get --spec "$BATS_TEST_TMPDIR/x.yaml"
	equal status "$status" 1
	[[ $output == *"a struct has more than 65536 members"* ]] || fail
}

@test "describe tells what a family without a spec takes, as genl ctrl policy does" {
	local op
	no_specs
	equal ops "$(./nlsock describe TASKSTATS -j | jq -c '[.op, .from, .do, .dump]' | xargs)" \
		"[1,policy,true,false] [4,policy,true,false]"
	for op in 1 4; do
		./nlsock describe TASKSTATS $op -j
	done | jq -r '.attributes | to_entries[].value | "\(.number) \(.type)"' >"$BATS_TEST_TMPDIR/ours"
	genl ctrl policy name TASKSTATS | sed -nE 's/.*attr\[([0-9]+)\]: type=([A-Z0-9]+).*/\1 \L\2/p' |
		diff - "$BATS_TEST_TMPDIR/ours"
	equal limit "$(./nlsock describe SEG6 1 -j 2>/dev/null | jq '.attributes["1"].type')" \
		"$(genl ctrl policy name SEG6 | sed -nE '/attr\[1\]/{s/.*type=([A-Z0-9]+).*/"\L\1"/p;q}')"
	run ./nlsock describe TASKSTATS 3
	equal status "$status" 2
}

@test "list tells where names of a protocol or family come from" {
	equal names "$(nlsock list -j | jq -r 'select(.name == "ROUTE" or .name == "USERSOCK" or
		.name == "nlctrl" or .name == "SEG6").names' | xargs)" "spec none spec policy"
	sed 's/name: nlctrl/name: SEG6/' "$O/share/sockutils/specs/nlctrl.yaml" >"$BATS_TEST_TMPDIR/x.yaml"
	equal ours "$(NLSOCK_SPECS=$BATS_TEST_TMPDIR nlsock list -j | jq -r 'select(.name == "SEG6").names')" spec
}

@test "nexthops and MPTCP endpoints are made by names and agree with ip -j" {
	run apart 'ip link set lo up; ip link add v0 type veth peer name v1; ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up
		nlsock do rt-nexthop newnexthop --create nh-family=2 id=7 gateway=10.0.0.9 oif=$(ip -j link show v0 | jq ".[0].ifindex")
		nlsock do rt-nexthop newnexthop --create nh-family=2 id=8 blackhole=true
		ip -j nexthop | jq -c ".[] | [.id, .gateway]" >'"$BATS_TEST_TMPDIR"'/ip
		nlsock dump rt-nexthop -j | jq -c "[.id, .gateway]" >'"$BATS_TEST_TMPDIR"'/ours
		nlsock do mptcp_pm add-addr "{addr: {family: 2, id: 3, addr4: 10.0.0.1, flags: [signal]}}"
		nlsock do mptcp_pm set-limits rcv-add-addrs=2 subflows=3
		ip mptcp endpoint show
		nlsock dump mptcp_pm get-addr -j | jq -c "[.addr.id, .addr.addr4, .addr.flags]"
		nlsock do mptcp_pm get-limits -j | jq -c "[.\"rcv-add-addrs\", .subflows]"'
	equal status "$status" 0
	equal seen "$(xargs <<<"$output")" "10.0.0.1 id 3 signal [3,10.0.0.1,[signal]] [2,3]"
	diff "$BATS_TEST_TMPDIR/ip" "$BATS_TEST_TMPDIR/ours"
}

@test "a TCP metric that the kernel keeps is told by names" {
	run apart 'ip link set lo up
		python3 -c "
import socket
l = socket.create_server((\"127.0.0.1\", 0))
for i in range(3):
    c = socket.create_connection(l.getsockname()); s, _ = l.accept()
    for k in range(50): c.send(b\"x\" * 1000); s.recv(1000)
    c.close(); s.close()
"
		ip tcp_metrics | wc -l
		nlsock dump tcp_metrics -j | jq -c ".\"addr-ipv4\""'
	equal status "$status" 0
	equal seen "$(sort -u <<<"$output" | xargs)" "127.0.0.1 1"
}

@test "a dump whose messages are above 4 KiB comes whole" {
	run apart 'ip link add v0 type veth peer name v1
		nlsock dump ethtool features-get -j | jq -c ".header.\"dev-name\""'
	equal status "$status" 0
	equal links "$(sort <<<"$output" | xargs)" "lo v0 v1"
}

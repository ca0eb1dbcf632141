#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nlsock listen uevent: what the kernel and udev tell of devices.

bats_require_minimum_version 1.5.0
load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# joined PID: waits until it is in a group of KOBJECT_UEVENT.
joined() {
	for ((i = 0; i < 500; i++)); do
		awk -v pid="$1" '$2 == 15 && $3 == pid && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink && return
		sleep 0.02
	done
	return 1
}
export -f joined

@test "uevents are members by name, of a link as sysfs has it, and come back from a capture" {
	unshare -Urn --mount bash -ec '
		nlsock listen uevent --pcap c --until INTERFACE=v0 --timeout 60s -j >out & pid=$!
		joined $pid
		ip link add v0 type veth peer name v1
		wait $pid
		ip -j link >links'
	for v in v0 v1; do
		equal index "$(jq -r "select(.INTERFACE == \"$v\").IFINDEX" out | head -n 1)" \
			"$(jq -r ".[] | select(.ifname == \"$v\").ifindex" links)"
	done
	equal first "$(head -n 1 out | jq -c '[.ACTION, .SUBSYSTEM, .nlsock.op, .text[0] == "add@" + .DEVPATH, .nlsock.event]')" \
		'["add","net","add",true,null]'
	diff <(jq -c 'del(.nlsock)' out) <(nlsock decode c -j | jq -c 'del(.nlsock)')
}

@test "what udev sends is read past its header, and what is neither key nor value is kept" {
	python3 - <<-'EOF'
		import struct
		text = b"ACTION=change\0A=\xc3\xa4\x1b\0no pair\0"
		head = b"libudev\0" + struct.pack(">I", 0xfeedcafe) + struct.pack("=IIIIIII", 40, 40, len(text), 0, 0, 0, 0)
		open("udev", "wb").write(head + text)
		open("cut", "wb").write(head[:30])
	EOF
	equal udev "$(nlsock decode --as uevent -j udev | jq -c '[.ACTION, .A, .text, .nlsock.op]')" \
		'["change","ä\\x1b",["no pair"],"change"]'
	nlsock decode --as uevent -j cut | jq -e .text >out
}

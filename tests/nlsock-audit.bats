#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The audit system by names, against its structs as Python unpacks them. Nothing is changed.

load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# raw TYPE FORMAT: the answer of that type to a request of that type, its numbers in a line.
raw() {
	python3 - "$@" <<'EOF'
import socket, struct, sys
kind, form = int(sys.argv[1]), sys.argv[2]
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)
s.settimeout(5)
s.bind((0, 0))
s.send(struct.pack("=IHHII", 16, kind, 1, 7, 0))
d = s.recv(9000)
assert struct.unpack_from("=IH", d)[1] == kind, d
print(*struct.unpack_from("=" + form, d, 16))
EOF
}

# bats test_tags=root
@test "state and features are those of the kernel's structs" {
	nlsock do audit get -j >got
	equal state "$(jq -r '[.enabled, .pid, ."rate-limit", ."backlog-limit", .lost,
		."backlog-wait-time"] | map(tostring) | join(" ")' got)" \
		"$(raw 1000 11I | awk '{ print $2, $4, $5, $6, $7, $10 }')"
	names=(silent printk panic)
	equal failure "$(jq -r .failure got)" "${names[$(raw 1000 11I | cut -d' ' -f3)]}"
	equal "bits of features" "$(jq '."feature-bitmap" | length' got)" \
		"$(raw 1000 11I | awk '{ n = 0; for (v = $9; v; v = int(v / 2)) n += v % 2; print n }')"
	equal "features" "$(nlsock do audit get-feature -j | jq -c '[.vers, (.mask | length)]')" "[1,32]"
	nlsock dump audit list-rules >/dev/null
}

@test "a rule is packed as the kernel's struct" {
	rule=$(python3 -c 'import struct
print((struct.pack("=3I", 4, 2, 1) + struct.pack("=64I", 1 << 2, *[0] * 62, 1 << 31) +
    struct.pack("=64I", 210, *[0] * 63) + struct.pack("=64I", 4, *[0] * 63) +
    struct.pack("=64I", 0x40000000, *[0] * 63) + struct.pack("=I", 4) + b"keys").hex())')
	equal rule "$(nlsock do audit add-rule --dry-run flags=exit action=always field-count=1 buflen=4 buf=keys \
		"{\"mask\": [4, $(printf '0, %.0s' {1..62}) 2147483648], \"fields\": [210], \"values\": [4],
		\"fieldflags\": [1073741824]}" | cut -c33-)" "$rule"
}

@test "records are text, escaped, by the names of their types" {
	python3 -c 'import struct, sys
text = b"audit(1.2:3): pid=1 comm=\x1b[31m\xff"
sys.stdout.buffer.write(struct.pack("=IHHII", 16 + len(text), 1300, 0, 0, 0) + text +
    b"\0" * (-len(text) % 4))' >records
	equal record "$(nlsock decode --as audit -j records | jq -r '[.nlsock.op, .text] | join("|")')" \
		'syscall|audit(1.2:3): pid=1 comm=\x1b[31m\xff'
}

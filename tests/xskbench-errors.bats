#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# xskbench: what is refused, and what is said about it.

load lib
load helper/xskbench-lib

# bats test_tags=root
@test "a UMEM of reserved huge pages works, or says how many are missing" {
	free=$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)
	bench pair -n 100 --pages 2m --frames 4096
	if [ "$free" -ge 16 ]; then
		equal status "$status" 0
		holds '.config.pages == "2m" and .loss.received == 100'
	else
		equal status "$status" 1
		# Both sides have a UMEM of 8 MiB; one that is shared is as large as both.
		grep -qE "ENOMEM.*HugePages_Total/Free are [0-9]+/$free, 8 of 2 MiB.*vm.nr_hugepages=" err ||
			fail "$(cat err)"
		bench pair -n 100 --pages 2m --frames 4096 --shared-umem
		grep -q "/$free, 8 of 2 MiB" err || fail "$(cat err)"
		bench rx -n 100 --pages 2m --frames 4096
		grep -q "/$free, 4 of 2 MiB" err || fail "$(cat err)"
	fi
}

# bats test_tags=root
@test "a headroom that the kernel refuses is named" {
	status=0
	xskbench pair -n 10 -s 60 --headroom 1700 >out 2>err || status=$?
	if [ "$status" = 0 ]; then return; fi # a kernel with the older rule
	equal status "$status" 1
	grep -q 'EINVAL.*headroom of 1700 is too large' err || fail "$(cat err)"
}

# bats test_tags=root
@test "a queue that the interface lacks, or does not use, is told by their number" {
	with_veth '
		ip link add w0 numrxqueues 3 numtxqueues 2 type veth peer name w1
		ip link set w0 up && ip link set w1 up
		xskbench tx w0 --queue 3 -n 1 2>err && exit 1
		grep -q "queue 3 of w0.*EINVAL.*3 queues.*up to 2" err
		ethtool -L v0 rx 1 tx 1
		xskbench tx v0 --queue 1 -n 1 2>err && exit 1
		grep -q "queue 1 of v0.*EINVAL.*not in use" err'
}

# bats test_tags=root
@test "zero-copy that the driver lacks is said so" {
	bench pair -n 100 --zerocopy
	equal status "$status" 1
	grep -q 'EOPNOTSUPP.*lacks zero-copy, by its own xdp-features.*--copy' err || fail "$(cat err)"
	nothing_stays
}

# bats test_tags=root
@test "a missing capability is named" {
	for cap in sys_admin net_admin net_raw; do
		status=0
		setpriv --bounding-set=-$cap --inh-caps=-$cap xskbench pair -d 10ms >out 2>err ||
			status=$?
		equal "status without $cap" "$status" 1
		equal "lines without $cap" "$(wc -l <err)" 1
		grep -q 'EPERM' err && grep -qi "cap_$cap" err || fail "$cap: $(cat err)"
	done
}

@test "without privileges all that are missing are named" {
	drop=()
	[ "$(id -u)" != 0 ] || drop=(setpriv --bounding-set=-all --inh-caps=-all)
	status=0
	"${drop[@]}" xskbench >out 2>err || status=$?
	equal status "$status" 1
	equal lines "$(wc -l <err)" 1
	for cap in SYS_ADMIN NET_ADMIN NET_RAW BPF; do
		grep -q "CAP_$cap" err || fail "$cap is not named: $(cat err)"
	done
}

# bats test_tags=root
@test "an interface needs no CAP_SYS_ADMIN, and what is missing else is named" {
	with_veth '
		without() { caps=$1; shift; setpriv --bounding-set=$caps --inh-caps=$caps "$@"; }
		without -sys_admin xskbench tx v0 -n 500 -j >out 2>err
		without -sys_admin xskbench rx v1 -n 500 -j >rx 2>rx.err & pid=$!
		until_true attached v1
		sleep 0.2
		without -sys_admin xskbench tx v0 -n 500 --quiet >/dev/null
		wait $pid
		without -all xskbench tx v0 -n 5 2>tx.err && exit 1
		without -all xskbench rx v1 -n 5 2>none.err && exit 1
		without -sys_admin,-bpf xskbench rx v1 -n 5 2>bpf.err && exit 1
		detached v1'
	holds '.loss.sent == 500 and .loss.received == 500'
	jq -e '.loss.received == 500 and .verify.bad == 0' rx >/dev/null || fail "$(cat rx rx.err)"
	for f in tx none; do
		grep -qE 'AF_XDP socket.*EPERM.*CAP_NET_RAW' $f.err || fail "$(cat $f.err)"
	done
	grep -qE 'XDP program.*EPERM.*CAP_BPF' bpf.err || fail "$(cat bpf.err)"
	! grep -q CAP_NET_RAW bpf.err || fail "$(cat bpf.err)"
}

# bats test_tags=root
@test "another program at the interface is named by its id, in either mode" {
	with_veth '
		printf "__attribute__((section(\"xdp\"), used)) int pass(void *c) { return 2; }\n" >pass.c
		clang -O2 -g -target bpf -c -o pass.o pass.c
		for mode in xdpdrv xdpgeneric; do
			ip link set v1 $mode obj pass.o sec xdp 2>/dev/null
			ip -j link show v1 | jq ".[0].xdp.prog.id" >id
			xskbench rx v1 -n 5 2>$mode && exit 1
			grep -q "program $(cat id) is attached" $mode
			ip link set v1 $mode off
		done'
	grep -q EBUSY xdpdrv || fail "$(cat xdpdrv)"
	grep -q 'EEXIST.*in the other mode' xdpgeneric || fail "$(cat xdpgeneric)"
}

# bats test_tags=root
@test "too few file descriptors are told, whatever they would have been for" {
	for c in pair "tx --source kernel" "rx --libxdp" probe "tx lo"; do
		for n in 12 20 40; do
			status=0
			# shellcheck disable=SC2086
			prlimit --nofile=$n:$n "$BIN/xskbench" $c -n 10 >out 2>err || status=$?
			equal "status of $c with $n" "$status" 1
			grep -qE "EMFILE.*64 are needed, the limit is $n.*ulimit -n" err || fail "$c, $n: $(cat err)"
		done
	done
}

# bats test_tags=root
@test "it works where RLIMIT_MEMLOCK can't be raised, or says what it needs" {
	no_lock=(setpriv --bounding-set=-ipc_lock,-sys_resource --inh-caps=-ipc_lock,-sys_resource)
	status=0
	"${no_lock[@]}" prlimit --memlock=8388608 xskbench pair -j -n 1000 --frames 512 --ring 512 \
		>out 2>err || status=$?
	equal status "$status" 0
	holds '.loss.sent == 1000 and .loss.unexplained == 0'
	status=0
	"${no_lock[@]}" prlimit --memlock=1048576 xskbench pair -n 1000 --frames 1024 >out 2>err ||
		status=$?
	equal status "$status" 1
	grep -q 'ENOBUFS.*two UMEMs of 1024 frames need 4 MiB.*limit is 1 MiB.*CAP_IPC_LOCK' err ||
		fail "$(cat err)"
	# What a run before has just given back is enough; of a user who is nobody else's,
	# for all of a user counts.
	caps=-all,+net_admin,+net_raw,+bpf,+sys_admin,+dac_override
	alone=(setpriv "--reuid=$((100000 + BASHPID))" --clear-groups "--bounding-set=$caps"
		"--inh-caps=$caps" "--ambient-caps=$caps")
	for o in "pair -d 5ms --repeat 9 --frames 1024" "umem -s 4M --pages 4k --repeat 9"; do
		status=0
		# shellcheck disable=SC2086
		prlimit --memlock=4194304 "${alone[@]}" xskbench $o >out 2>err || status=$?
		equal "status of $o: $(cat err)" "$status" 0
	done
	status=0
	# What couldn't be tried is not what the kernel can't do.
	status=0
	"${no_lock[@]}" prlimit --memlock=65536 xskbench probe >out 2>err || status=$?
	equal "status of probe" "$status" 1
	grep -q 'ENOBUFS.*64 frames needs 0.125 MiB.*limit is 0.0625 MiB' err && [ ! -s out ] || fail "$(cat out err)"
}

# bats test_tags=root
@test "a queue that is busy for a moment is tried again, one that stays so is reported" {
	# The first two binds are those of the netlink sockets.
	traced -qq -o trace -e trace=bind -e inject=bind:error=EBUSY:when=3..4 \
		xskbench pair -j -n 100 >out 2>err
	holds '.loss.sent == 100 and .loss.unexplained == 0'
	status=0
	traced -qq -o trace -e trace=bind -e inject=bind:error=EBUSY:when=3+ \
		xskbench pair -n 100 >out 2>err || status=$?
	equal status "$status" 1
	grep -q 'queue 0 of xskrx.*EBUSY.*another process' err || fail "$(cat err)"
	nothing_stays
}

# bats test_tags=root
@test "too large an MTU for native XDP is said so" {
	status=0
	xskbench pair -s 3600 --frame-size 4K >out 2>err || status=$?
	equal status "$status" 1
	grep -q 'ERANGE.*MTU.*--mode skb' err || fail "$(cat err)"
	bench pair -n 100 -s 3600 --frame-size 4K --mode skb
	equal status "$status" 0
	holds '.loss.received == 100 and .verify.bad == 0'
}

@test "options that don't go together are named, exit 2" {
	while read -r word options; do
		status=0
		# shellcheck disable=SC2086
		case $options in [a-z]*) ;; *) options="pair $options" ;; esac
		xskbench $options >out 2>err || status=$?
		equal "status of $options" "$status" 2
		equal "lines of $options" "$(wc -l <err)" 1
		grep -q -- "$word" err || fail "$options: $(cat err)"
	done <<-END
		--ring --ring 1000
		--frame-size --frame-size 3000
		--frame-size --frame-size 1024
		--headroom --headroom 1792
		--size --size 1793
		--size --size 59
		--batch -b 100 --ring 64
		--batch -b 100 --frames 64
		--batch tx --frags -s 20000 --ring 256
		--size fwd --frags -s 3500
		--size fwd --frags -s 31000 --source xsk
		--frames rtt --frags -s 3000 --frames 3 -b 1
		--ring rtt --frags -s 4090 --ring 2 -b 1
		--napi --napi threaded --mode skb
		--cpu --cpu 0
		--cpu --cpu 0,x
		--cpu --cpu 0,99999
		--duration -d 0
		--batch -b 1,x
		--batch -b 0
		--size -s 64,
		--repeat --repeat 0
		--copy --copy --zerocopy
		--source --source kernel
		--sink --sink ifb
		--shared-umem tx --shared-umem
		--rate rx -r 5
		--wait tx --wait poll
		--wait rtt --wait spin
		--force rx --force
		--queue rx --queue 1
		--source tx --source kernel --mode skb
		--source tx --source kernel --sink ifb
		--tx-budget --tx-budget 256 --ring 64
		lists suite -b 1,2
		--pages umem --pages 1g
		--rate ndr -r 5
		--mode --mode native
	END
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For suites about a daemon that runs for all their tests, at $S. Begin with:
# load lib; load helper/vhostctl-daemon

load helper/vhostctl-lib

setup_file() {
	daemon_start
}

teardown_file() {
	daemon_stop
}

teardown() {
	peer_stop
}

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""xskbench-turns.py JOB TURNS NAME=COMMAND...: programs beside each other, in turns.

Each command, in which IF is the interface that it works on, has a veth pair of its own in
this network namespace, and is stopped (SIGSTOP) but for its turns of a tenth of a second:
what else the machine does meets all of them alike. JOB is tx (what it sends is dropped by
XDP at the other end), rx or fwd (xskbench sends the kernel's own packets from the other
end); the source is on CPU 0, what is measured has to be on CPU 1 then.

Packets are those of the interface's counters: what has been sent, what has come back, or
what has come but for the drops, which is where veth counts what an AF_XDP socket had no
room for: the programs' own counts of received packets are the same.

A turn is looked at in slices. Those in which the program or the source had to wait for a
CPU that others used (/proc/PID/task/TID/schedstat) don't count, and a turn with few others
is none: it is taken again, for a minute and a half at most.

Prints "NAME MEDIAN RATIO" for each: packets a second, and the median of the ratios to the
first one's rate in the same round. One that ends, or attaches nothing, is told on stderr
and left out.
"""
import glob
import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SETTLE, SLICE, SLICES = 0.01, 0.005, 20
ENOUGH, WAITED = 6, 0.1  # slices of a turn, and share of one that was waited for a CPU
PATIENCE, LIMIT = 2, 90  # seconds to wait for idle CPUs before a turn, and for all turns

DROP = '__attribute__((section("xdp"), used)) int drop(void *c) { return 1; }\n'


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def make_drop(folder):
    source, program = os.path.join(folder, "drop.c"), os.path.join(folder, "drop.o")
    with open(source, "w", encoding="ascii") as f:
        f.write(DROP)
    subprocess.run(["clang", "-O2", "-g", "-target", "bpf", "-c", source, "-o", program],
                   check=True)
    return program


def settle():
    """Waits, for some time at most, until nothing takes more than a tenth of the CPUs."""
    def look():
        with open("/proc/stat", encoding="ascii") as f:
            v = [int(n) for n in f.readline().split()[1:9]]
        return v[3] + v[4], sum(v)

    end, before = time.monotonic() + PATIENCE, look()
    while time.monotonic() < end:
        time.sleep(0.05)
        now = look()
        if now[0] - before[0] >= 0.9 * (now[1] - before[1]):
            return
        before = now


def waited(process):
    """Seconds that the thread of a process that does the work could have run and had no CPU.

    It is the one that has run most: testpmd's first one, on the source's CPU, only talks.
    """
    threads = []
    for path in glob.glob(f"/proc/{process.pid}/task/*/schedstat"):
        try:
            with open(path, encoding="ascii") as f:
                threads.append([int(n) for n in f.read().split()[:2]])
        except OSError:
            pass  # a thread that has ended
    return max(threads, default=(0, 0))[1] / 1e9


class Peer:
    def __init__(self, number, job, name, command, drop):
        self.job, self.name = job, name
        self.far, self.near = f"far{number}", f"near{number}"
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        for end in (self.near, self.far):
            ip("link", "set", end, "up")
        if job == "tx":
            ip("link", "set", self.far, "xdpdrv", "obj", drop, "sec", "xdp")
        self.log = tempfile.TemporaryFile()
        words = [w.replace("IF", self.near) for w in shlex.split(command)]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        self.works = self.ready()
        if not self.works:
            self.complain()
        self.signal(signal.SIGSTOP)

    def ready(self):
        for _ in range(100):
            time.sleep(0.05)
            if self.process.poll() is not None:
                return False
            if self.sent() if self.job == "tx" else "xdp" in ip("link", "show", self.near):
                return True
        return False

    def complain(self):
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines() or ["nothing"]
        print(f"{self.name} doesn't {self.job} here; it says: {lines[-1]}", file=sys.stderr)

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def counters(self, end):
        """Packets received, those of them that were dropped, and packets sent."""
        with open("/proc/self/net/dev", encoding="ascii") as f:
            words = next(line for line in f if line.strip().startswith(end + ":")).split()
        return int(words[2]), int(words[4]), int(words[10])

    def sent(self):
        return self.counters(self.near)[2]

    def count(self):
        if self.job == "tx":
            return self.sent()
        if self.job == "fwd":
            return self.counters(self.far)[0]
        received, dropped, _ = self.counters(self.near)
        return received - dropped

    def measure(self, *processes):
        """Packets a second, the median of undisturbed slices, or None."""
        time.sleep(SETTLE)
        rates = []
        before = time.monotonic(), self.count(), [waited(p) for p in processes]
        for _ in range(SLICES):
            time.sleep(SLICE)
            now = time.monotonic(), self.count(), [waited(p) for p in processes]
            took = now[0] - before[0]
            if all(b - a < WAITED * took for a, b in zip(before[2], now[2])):
                rates.append((now[1] - before[1]) / took)
            before = now
        return (statistics.median(rates) or None) if len(rates) >= ENOUGH else None

    def turn(self):
        settle()
        self.signal(signal.SIGCONT)
        try:
            if self.job == "tx":
                return self.measure(self.process)
            before = self.count()
            source = subprocess.Popen(["xskbench", "tx", self.far, "--source", "kernel",
                                       "--cpu", "0,1", "-d", "20s", "--repeat", "1", "--quiet"],
                                      stdout=subprocess.DEVNULL)
            while source.poll() is None and self.count() == before:
                time.sleep(0.01)
            rate = self.measure(self.process, source)
            source.send_signal(signal.SIGINT)
            source.wait()
            return rate
        finally:
            self.signal(signal.SIGSTOP)

    def end(self):
        self.process.kill()
        self.process.wait()


def main():
    with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w", encoding="ascii") as f:
        f.write("1")
    job, turns = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        drop = make_drop(folder) if job == "tx" else None
        peers = [Peer(i, job, *word.split("=", 1), drop) for i, word in enumerate(sys.argv[3:])]
    working = [p for p in peers if p.works]
    rounds = []
    try:
        end, number = time.monotonic() + LIMIT, 0
        while time.monotonic() < end and not all(
                sum(r[p] is not None for r in rounds) >= turns for p in working):
            number += 1
            rounds.append({p: p.turn() for p in working[::-1 if number % 2 else 1]})
    finally:
        for p in peers:
            p.end()
    for p in working:
        rates = [r[p] for r in rounds if r[p] is not None]
        ratios = [r[p] / r[peers[0]] for r in rounds if r[p] is not None and r.get(peers[0])]
        if rates:
            print(p.name, round(statistics.median(rates)),
                  round(statistics.median(ratios), 3) if ratios else 0)
        if len(rates) < turns:
            print(f"{job}: of {p.name} only {len(rates)} turns of {len(rounds)} were undisturbed",
                  file=sys.stderr)


main()

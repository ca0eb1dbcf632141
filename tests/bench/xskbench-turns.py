#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""xskbench-turns.py JOB TURNS NAME=COMMAND...: programs beside each other, in turns.

Each command, in which IF is the interface that it works on, has a veth pair of its own in
this network namespace, and is stopped (SIGSTOP) but for its turns of a tenth of a second:
what else the machine does meets all of them alike. JOB is tx (what it sends is dropped by
XDP at the other end), rx or fwd (xskbench sends the kernel's own packets from the other
end); the source is on CPU 0, what is measured has to be on CPU 1 then.

Prints "NAME MEDIAN RATIO" for each: packets a second by the kernel's counters, and the
median of the ratios to the first one's rate in the same round. One that ends, or attaches
nothing, is told on stderr and left out.
"""
import json
import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SETTLE, TURN = 0.01, 0.1

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
        return json.loads(ip("-j", "-s", "link", "show", end))[0]["stats64"]

    def sent(self):
        return self.counters(self.near)["tx"]["packets"]

    def count(self):
        if self.job == "tx":
            return self.sent()
        if self.job == "fwd":
            return self.counters(self.far)["rx"]["packets"]
        rx = self.counters(self.near)["rx"]
        return rx["packets"] - rx["dropped"]

    def measure(self):
        time.sleep(SETTLE)
        start, before = time.monotonic(), self.count()
        time.sleep(TURN)
        end, after = time.monotonic(), self.count()
        return (after - before) / (end - start)

    def turn(self):
        self.signal(signal.SIGCONT)
        try:
            if self.job == "tx":
                return self.measure()
            before = self.count()
            source = subprocess.Popen(["xskbench", "tx", self.far, "--source", "kernel",
                                       "--cpu", "0,1", "-d", "20s", "--repeat", "1", "--quiet"],
                                      stdout=subprocess.DEVNULL)
            while source.poll() is None and self.count() == before:
                time.sleep(0.01)
            rate = self.measure()
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
    rates = {p: [] for p in peers if p.works}
    try:
        for number in range(turns):
            for p in list(rates)[::-1 if number % 2 else 1]:
                rates[p].append(p.turn())
    finally:
        for p in peers:
            p.end()
    first = rates.get(peers[0], [])
    for p, v in rates.items():
        ratios = [b / a for a, b in zip(first, v) if a]
        print(p.name, round(statistics.median(v)),
              round(statistics.median(ratios), 3) if ratios else 0)


main()

# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat-getdelays.py PID|TGID TEXT RECORDS: whether what the kernel's own getdelays -d -i
# -q told of tasks (PID), of processes (TGID), is in our records of the same ids. Prints
# how many of them there were in both.
import collections, json, re, sys

ROWS = dict(CPU="cpu", IO="blkio", SWAP="swapin", RECLAIM="freepages", THRASHING="thrashing",
            COMPACT="compact", WPCOPY="wpcopy", IRQ="irq")


def told(kind, text):
    """Each block of the kind: its id and our keys of what it says."""
    for block in re.split(r"^(?=T?G?PID\t|TGID\t)", text, flags=re.M)[1:]:
        head = re.match(r"(PID|TGID)\t(\d+)", block)
        # The last one may be cut.
        if not head or head[1] != kind or "voluntary" not in block:
            continue
        values = {}
        for name, d in ROWS.items():
            row = re.search(rf"^{name}\s+count.*\n\s*([\d ]+)\s", block, re.M)
            n = list(map(int, row[1].split())) if row else []
            if name == "CPU":
                values["cpu_run_real_ns"], values["cpu_run_virtual_ns"] = n.pop(1), n.pop(1)
            if n:
                values[d + "_count"], values[d + "_delay_ns"] = n[:2]
        if kind == "PID":
            io = re.search(r"read=(\d+), write=(\d+), cancelled_write=(\d+)", block)
            for i, k in enumerate(("read_bytes", "write_bytes", "cancelled_write_bytes")):
                values[k] = int(io[i + 1])
        row = re.search(r"voluntary\s+nonvoluntary\s+(\d+)\s+(\d+)", block)
        values["nvcsw"], values["nivcsw"] = int(row[1]), int(row[2])
        yield int(head[2]), values


records = collections.defaultdict(list)
for r in map(json.loads, open(sys.argv[3])):
    if "pid" in r:
        records[r["pid"]].append(r)
both = 0
for pid, values in told(sys.argv[1], open(sys.argv[2]).read()):
    # A number may have been given again.
    if len(records[pid]) != 1:
        continue
    r = records[pid][0]
    both += 1
    for key, value in values.items():
        d = key.rsplit("_delay_ns")[0]
        if key not in r or d + "_delay_ns" in r["repaired"]:
            continue
        # The sum over the threads' own ends, a moment after those that the kernel added up.
        more = 0
        if sys.argv[1] == "TGID" and r.get("event"):
            more = r["threads"] * (10**7 if key.endswith("_ns") else 2) + (3 * 10**8 if key.endswith("_ns") else 0)
        assert value <= (r[key] or 0) <= value + more, (key, value, r)
print(both)

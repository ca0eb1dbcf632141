# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat-tree.py TAG TRUTH EXITS SUMS: whether each process that taskstat-tree noted is one
# record of an exit, as it noted it; and the sums by comm that run printed are theirs.
import collections, json, sys

tag = sys.argv[1] + "-"
truth = [json.loads(l) for l in open(sys.argv[2]) if l.startswith('{"comm":"' + tag)]
records = collections.defaultdict(list)
for r in map(json.loads, open(sys.argv[3])):
    if r.get("event") == "exit" and r["comm"].startswith(tag):
        records[r["pid"], r["comm"]].append(r)
assert len(truth) == sum(map(len, records.values())), (len(truth), sum(map(len, records.values())))
threads = collections.defaultdict(lambda: 1, {"threads": 8, "main-ends": 2, "killed": 6, "raced": 2, "leaf": 3, "ring": 2})
unseen = 0

for t in truth:
    r = records[t["pid"], t["comm"]].pop(0)
    end = (None, t["signal"]) if t["signal"] else (t["code"], None)
    assert (r["exit_code"], r["exit_signal"]) == end, (t, r)
    assert r["uid"] == t["uid"] and r["tgid"] == r["pid"] and r["state"] == "X", (t, r)
    what = t["comm"].removeprefix(tag)
    n = threads[what]
    assert ("xsig" in r["flags"], "fork" in r["flags"]) == (bool(t["signal"]), what != "leaf"), (t, r)
    # The message of a thread may come after that of the one that the kernel calls the last.
    if n > 1 and r["threads"] is None:
        unseen += 1
        continue
    assert r["threads"] == (n if n > 1 else None), (t, r)
    # What an exec has replaced, and what follows the note, is not in the note.
    assert r["minflt"] >= t["minflt"] and (what == "leaf" or r["minflt"] <= t["minflt"] + 60 * n), (t, r)
    assert what == "leaf" or abs(r["write_chars"] - t["written"]) < 1024 * n, (t, r)
    # Each thread's time since its last clock tick may be lacking.
    cpu_us = (r["cpu_ns"] or 0) / 1000
    assert cpu_us > t["cpu_us"] - 10500 * n, (t, r)

assert unseen <= len(truth) / 200, unseen

count = collections.Counter(t["comm"] for t in truth)
failed = collections.Counter(t["comm"] for t in truth if t["code"] or t["signal"])
sums = [r for r in map(json.loads, open(sys.argv[4])) if r["comm"].startswith(tag)]
got = {r["comm"]: (r["tasks"], r["failed"]) for r in sums if "tasks" in r}
assert got == {c: (n, failed[c]) for c, n in count.items()}, (got, count, failed)

# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat-compare.py RECORD BEFORE AFTER [KEYS]: whether the record lies between what the
# client said before and after; without KEYS, whether it is the client's in every field.
import json, sys
record = json.loads(sys.argv[1])
before, after = [dict(l.split(" ", 1) for l in t.splitlines()) for t in sys.argv[2:4]]
exact = len(sys.argv) == 4
only = record.keys() if exact else sys.argv[4].split()
seen, bad = 0, []
for k in only:
    if k not in before or k in ("flags", "sched"): continue
    v, a, b = record[k], before[k], after[k]
    seen += 1
    # The kernel counted a wait from the machine's start: it is taken out, no maximum left.
    if k.replace("_min", "") in record["repaired"] and "_min" in k:
        ok = v is None or v == int(a)
    elif k.replace("_max", "") in record["repaired"]:
        ok = v is None or (v == int(a) - int(before[k.replace("_ns", "_max_ns")])
                           if exact else v < int(a))
    elif isinstance(v, str): ok = v == a == b
    # The longest of no waits and the peak of no memory are absent.
    elif v is None: ok = a == b == "0"
    else: ok = int(a) <= v <= int(b)
    if not ok: bad.append((k, v, a, b))
sys.exit(f"differ: {bad}" if bad else 0 if seen >= 8 else f"compared only {seen}")

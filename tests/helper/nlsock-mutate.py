# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-mutate.py SEED COUNT PCAP >PCAP: COUNT datagrams of a capture of LINKTYPE_NETLINK with
bytes changed, cut out, repeated and cut off, of this protocol or another; some are random, some
several messages, some have lengths that lie.
"""
import random
import struct
import sys

seed, count, path = sys.argv[1:]
rng = random.Random(int(seed))
data = open(path, "rb").read()
records, at = [], 24
while at < len(data):
    kept = struct.unpack_from("=I", data, at + 8)[0]
    cooked = data[at + 16:at + 16 + kept]
    records.append((cooked[:14], struct.unpack_from(">H", cooked, 14)[0], cooked[16:]))
    at += 16 + kept


def change(d):
    d = bytearray(d)
    for _ in range(rng.choice((0, 1, 1, 2, 8))):
        if not d:
            break
        i = rng.randrange(len(d))
        how = rng.randrange(6)
        if how == 0:
            d[i] = rng.randrange(256)
        elif how == 1:
            d[i] ^= 1 << rng.randrange(8)
        elif how == 2:
            del d[i:i + rng.choice((1, 4, 8, 20))]
        elif how == 3:
            d[i:i] = d[i & ~3:(i & ~3) + rng.choice((4, 8, 40))]
        elif how == 4:
            d[i:i] = rng.randbytes(rng.choice((1, 4, 12)))
        else:
            del d[i:]
    return bytes(d)


def message(d):
    """With a length that is true, mostly, so that it is looked into."""
    if rng.random() < 0.05:
        d = struct.pack("=IHHII", 0, rng.choice((0, 1, 2, 3, 4, 15, rng.randrange(65536))),
                        rng.randrange(65536), 1, 2) + rng.randbytes(rng.randrange(64))
    if len(d) >= 4 and rng.random() < 0.95:
        d = struct.pack("=I", len(d)) + d[4:]
    return d


out = sys.stdout.buffer
out.write(data[:24])
for _ in range(int(count)):
    head, protocol, d = rng.choice(records)
    if protocol != 15 and rng.random() < 0.1:
        protocol = rng.choice((0, 2, 4, 6, 7, 9, 11, 12, 16))
    n = rng.choice((1, 1, 1, 2, 3))
    parts = [message(change(d)) for _ in range(n)]
    whole = b"".join(p + bytes(-len(p) % 4) for p in parts[:-1]) + parts[-1]
    out.write(struct.pack("=IIII", 1, 2, 16 + len(whole), 16 + len(whole)) + head +
              struct.pack(">H", protocol) + whole)

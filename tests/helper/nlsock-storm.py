#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-storm.py SEED N: N changes of links and of what depends on them, for ip -batch;
many of them can't be done."""
import random
import sys

r = random.Random(int(sys.argv[1]))
for i in range(int(sys.argv[2])):
    n, m = r.randrange(16), r.randrange(16)
    changes = [
        f"link add d{n} type bridge\nlink set d{n} up",
        f"link del d{n}",
        f"link add v{n} type veth peer name p{n}\nlink set v{n} up\nlink set p{n} up",
        f"link set v{n} master d{m}",
        f"link set v{n} mtu {1000 + i % 400}",
        f"link set p{n} {r.choice(['up', 'down'])}",
        f"addr {r.choice(['add', 'del'])} 10.{n}.0.1/24 dev v{n}",
        f"rule add pref {1000 + n} iif v{n} table 100",
        f"nexthop add id {1 + n} dev v{n}",
        f"route add 10.{100 + n}.0.0/16 nhid {1 + m}",
        f"route add 10.{200 + n}.0.0/16 dev v{m} metric {i % 3}",
        f"route del 10.{200 + n}.0.0/16 metric {i % 3}",
    ]
    print(r.choice(changes))

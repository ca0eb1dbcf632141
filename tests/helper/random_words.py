# SPDX-License-Identifier: GPL-2.0-or-later
"""random_words.py COMMAND... [--stdin COMMAND...]...: 1,000 random byte strings as a word
behind the first command, as its -o list, and as standard input of the others. None may
crash or hang, and whatever is printed is clean; with --json it is JSON Lines."""
import os
import random
import subprocess
import sys

from escaped import clean, objects

seed = int(os.environ.get("SEED", "7"))
count = int(os.environ.get("COUNT", "1000"))
random.seed(seed)

commands = [[]]
for word in sys.argv[1:]:
    if word == "--stdin":
        commands.append([])
    else:
        commands[-1].append(word)
base, readers = commands[0], commands[1:]
known = subprocess.run([base[0], "--help"], stdout=subprocess.PIPE, check=True).stdout.split()


def some_bytes():
    """Mostly noise; some of it an option, or a known word with a byte changed."""
    noise = random.randbytes(random.choice([1, 2, 4, 8, 16, 20, 40, 100, 1000]))
    kind = random.randrange(4)
    if kind == 0:
        return b"-" + noise
    if kind == 1:
        word = bytearray(random.choice(known))
        word[random.randrange(len(word))] = random.randrange(1, 256)
        return bytes(word)
    if kind == 2:
        return b"--" + random.choice(known).strip(b"-") + b"=" + noise
    return noise


def run(argv, stdin):
    where = (seed, argv, stdin)
    try:
        p = subprocess.run(argv, input=stdin, capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        sys.exit(f"hangs: {where}")
    if not 0 <= p.returncode <= 4:
        sys.exit(f"status {p.returncode}: {where}\n{p.stderr.decode(errors='replace')}")
    for out in p.stdout, p.stderr:
        if clean(out):
            sys.exit(f"{clean(out)}: {where}")
    if "--json" in argv:
        try:
            objects(p.stdout)
        except (ValueError, AssertionError) as e:
            sys.exit(f"{e}: {where}\n{p.stdout!r}")


for i in range(count):
    s = some_bytes()
    word = s.replace(b"\0", b"\1")
    run(base + [word], b"")
    run(base + ["--json", "-o", word], b"")
    for reader in readers:
        run(reader, s)

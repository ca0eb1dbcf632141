#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-ynl-made KERNEL FAMILY...

Makes messages of every operation of a family's spec, with every attribute, struct and
format of a sub-message that they can have, and has nlsock and ynl (whose sources lie below
KERNEL) decode them: families that this kernel lacks are compared so too. What nlsock
decoded it makes a request of again, which must have the same bytes. Prints how many of a
spec are the same, or what differs; status 1 if anything does.
"""
import json
import random
import struct
import subprocess
import sys

from nlsock_ynl import YnlFamily, differences, known, nlsock_lines, plain, spec_path, ynl_module

DEEPEST = 5
NESTED = 0x8000
NESTS = ("nest", "indexed-array", "nest-type-value", "sub-message")
SIZES = {"u8": 1, "s8": 1, "u16": 2, "s16": 2, "u32": 4, "s32": 4, "u64": 8, "s64": 8}


class Maker:
    """Messages of one spec; variant chooses the formats of sub-messages."""

    def __init__(self, ynl):
        self.ynl = ynl
        self.random = random.Random(ynl.name)
        self.variant = 0
        self.formats = 1
        self.turns = {}

    def number(self, kind, order=None, enum=None, as_flags=False):
        size = SIZES[kind]
        v = self.random.getrandbits(8 * size)
        if enum:
            e = self.ynl.consts[enum]
            if e.type == "flags" or as_flags:
                bits = [n for n in e.entries_by_val if n < 8 * size]
                v = sum(1 << n for n in self.random.sample(bits, min(2, len(bits))))
            else:
                v = self.random.choice([n for n in e.entries_by_val if n < 1 << 8 * size])
        return v.to_bytes(size, "big" if order == "big-endian" else "little")

    def some(self, n):
        return self.random.randbytes(n)

    def struct(self, name):
        out = b""
        for m in self.ynl.consts[name].members:
            if m.struct:
                out += self.struct(m.struct)
            elif m.type in ("pad", "binary", "string"):
                out += bytes(m.len) if m.type == "pad" else self.some(m.len)
            else:
                out += self.number(m.type, m.byte_order, m.enum, m.get("enum-as-flags"))
        return out

    def binary(self, a):
        length = {"ipv4": 4, "ipv6": 16, "mac": 6, "uuid": 16}.get(a.display_hint, 8)
        if a.struct_name:
            return self.struct(a.struct_name)
        return self.some(length)

    def array(self, a, depth):
        out = b""
        for i in (1, 2):
            kind = a["sub-type"]
            if kind == "nest":
                item = self.attrs(a["nested-attributes"], depth + 1)
            elif kind == "binary":
                item = self.binary(a)
            else:
                item = self.number(kind, a.byte_order)
            out += attribute(i | (NESTED if kind == "nest" else 0), item)
        return out

    def levels(self, a, depth):
        out = self.attrs(a["nested-attributes"], depth + 1)
        for i, _ in enumerate(a["type-value"]):
            out = attribute(7 + i | NESTED, out)
        return out

    def sub_message(self, a, scope, depth):
        """The format that the selector's value, made before, stands for."""
        chosen = next((s[a.selector] for s in scope if a.selector in s), None)
        f = self.ynl.sub_msgs[a.sub_message].formats.get(chosen)
        if not f:
            return None
        out = self.struct(f.fixed_header) if f.fixed_header else b""
        return out + (self.attrs(f.attr_set, depth + 1, scope) if f.attr_set else b"")

    def payload(self, a, scope, depth):
        kind = a["type"]
        if kind == "nest":
            return self.attrs(a["nested-attributes"], depth + 1, scope)
        if kind == "string":
            return self.random.choice([b"one", b"a name", b"x"]) + b"\0"
        if kind == "flag":
            return b""
        if kind in ("uint", "sint"):
            return self.some(self.random.choice([4, 8]))
        if kind in SIZES:
            return self.number(kind, a.byte_order, a.get("enum"), a.get("enum-as-flags"))
        if kind == "bitfield32":
            return 2 * self.number("u32", None, a.get("enum"), True)
        if kind == "indexed-array":
            return self.array(a, depth)
        if kind == "nest-type-value":
            return self.levels(a, depth)
        if kind == "sub-message":
            return self.sub_message(a, scope, depth)
        return self.binary(a)

    def selectors(self, name):
        """The selectors of a set and the sub-messages they choose for, if they are text."""
        r = {}
        for a in self.ynl.attr_sets[name].attrs.values():
            if a["type"] == "sub-message":
                r.setdefault(a.selector, a.sub_message)
        return r

    def format(self, sub_message, depth):
        """The variant's, or the next where the message has many."""
        formats = list(self.ynl.sub_msgs[sub_message].formats)
        turn = self.variant
        if depth:
            turn = self.turns[sub_message] = self.turns.get(sub_message, -1) + 1
        self.formats = max(self.formats, len(formats))
        return formats[turn % len(formats)]

    def attrs(self, name, depth=0, scope=()):
        """Every attribute of a set that ynl can read, a selector's value by the variant."""
        if depth > DEEPEST:
            return b""
        mine, out = {}, b""
        chosen = self.selectors(name)
        for a in sorted(self.ynl.attr_sets[name].attrs_by_val.values(),
                        key=lambda a: a.name not in chosen):
            if a.name in chosen and a["type"] == "string":
                mine[a.name] = self.format(chosen[a.name], depth)
                data = mine[a.name].encode() + b"\0"
            else:
                data = self.payload(a, [mine, *scope], depth)
            if a["type"] in ("uint", "sint") and a.get("enum"):
                continue  # which ynl shows as a number
            if data is not None and len(data) < 1 << 14:
                number = a.value | (NESTED if a["type"] in NESTS else 0)
                out += attribute(number, data) * (2 if a.is_multi else 1)
        return out if len(out) < 1 << 15 or not depth else b""

    def message(self, op):
        b = self.struct(op.fixed_header) if op.fixed_header else b""
        return b + bytes(-len(b) % 4) + (self.attrs(op.attr_set.name) if op.attr_set else b"")


def attribute(number, data):
    return struct.pack("HH", len(data) + 4, number) + data + bytes(-len(data) % 4)


def whole(ynl, op, body):
    """With its headers: as an answer, or as a request of what has none."""
    command = op.req_value if op.rsp_value is None else op.rsp_value
    flags = 1 if op.rsp_value is None else 0
    if ynl.proto == "netlink-raw":
        return struct.pack("IHHII", len(body) + 16, command, flags, 1, 0) + body
    number = 0x10 if ynl.name == "nlctrl" else 0x30
    return struct.pack("IHHIIBBH", len(body) + 20, number, flags, 1, 0, command, 1, 0) + body


def read_by_ynl(ynl, op, m):
    got = ynl.nlproto.decode(ynl, ynl_module.NlMsg(m, 0), op)
    r = ynl._decode(got.raw_attrs, op.attr_set.name) if op.attr_set else {}
    if op.fixed_header:
        r.update(ynl._decode_struct(got.raw, op.fixed_header))
    return r


def open_family(path):
    """A family of this kernel or not: decoding needs no more of it than a number."""
    name = ynl_module.yaml.safe_load(open(path))["name"]
    ynl_module.genl_family_name_to_id = {name: {"id": 0x30, "mcast": {}}}
    return YnlFamily(path, "", True)


def twins(ynl, op):
    """Members of the header that are attributes too: ynl shows those only."""
    names = {m.name for m in ynl.consts[op.fixed_header].members} if op.fixed_header else set()
    return names & op.attr_set.attrs.keys() if op.attr_set else ()


def again(path, ynl, op, values):
    """What nlsock sends when it is given the values, without the headers."""
    how = "do" if "do" in op.modes else "dump"
    r = subprocess.run(["nlsock", how, "x", "--spec", path, op.name, "--dry-run", "-"],
                       input=json.dumps(values), capture_output=True, text=True)
    if r.returncode:
        return r.stderr
    return bytes.fromhex(r.stdout)[16 if ynl.proto == "netlink-raw" else 20:].hex()


def judge(path):
    ynl = open_family(path)
    maker = Maker(ynl)
    made = []
    for op in ynl.msgs.values():
        if op.is_resv:
            continue
        maker.variant = maker.formats = 0
        while maker.variant <= maker.formats:
            made.append((op, whole(ynl, op, maker.message(op))))
            maker.variant += 1
    got = nlsock_lines(["decode", "--as", "x", "--spec", path, "-j"],
                       b"".join(m for _, m in made))
    bad = 0 if len(got) == len(made) else 1
    for (op, m), g in zip(made, got):
        without = {"nlsock", *twins(ynl, op)}
        want = known(plain(read_by_ynl(ynl, op, m)), without)
        for d in differences(known(plain(g), without), want):
            print(f"{ynl.name} {op.name}: {d}")
            bad += 1
        body = m[16 if ynl.proto == "netlink-raw" else 20:].hex()
        if op.is_call and (sent := again(path, ynl, op, g)) != body:
            at = next((i for i, (x, y) in enumerate(zip(sent, body)) if x != y), 0) // 8 * 8
            print(f"{ynl.name} {op.name}: {g} at byte {at // 2} "
                  f"sent as {sent[at:at + 100]}, not {body[at:at + 100]}")
            bad += 1
    if not bad:
        print(f"{ynl.name}: same, {len(made)} messages")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(max(judge(spec_path(sys.argv[1], f)) for f in sys.argv[2:]))

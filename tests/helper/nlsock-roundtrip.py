# SPDX-License-Identifier: GPL-2.0-or-later
"""nlsock-roundtrip.py PCAP HEX [BYTES]: are the lines of HEX the messages of PCAP, one by one?

PCAP is a capture of LINKTYPE_NETLINK, HEX what `nlsock decode -j PCAP | nlsock encode` printed,
BYTES the same with --binary: all datagrams, one after the other. Prints how many messages there
are, and how many attributes less than a whole line had to be told in nlsock.wire where a third
file, the output of decode, is given by --lines.
"""
import struct
import sys


def datagrams(path):
    data = open(path, "rb").read()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    at = 24
    while at < len(data):
        _, _, kept, length = struct.unpack_from(order + "IIII", data, at)
        assert kept == length
        protocol = struct.unpack_from(">H", data, at + 16 + 14)[0]
        yield protocol, data[at + 32:at + 16 + kept]
        at += 16 + kept


def messages(protocol, data):
    """The messages of a datagram, and what is left of it where that is none."""
    if protocol == 15:  # text
        yield data
        return
    while len(data) >= 16:
        n = struct.unpack_from("=I", data)[0]
        if n < 16 or n > len(data):
            break
        yield data[:n]
        data = data[(n + 3) & ~3:]
    if data:
        yield data


def main():
    pcap, lines = sys.argv[1:3]
    count = 0
    with open(lines) as made:
        for protocol, data in datagrams(pcap):
            for message in messages(protocol, data):
                line = made.readline().strip()
                count += 1
                if line != message.hex():
                    sys.exit("message %d of protocol %d:\n%s\nbecame\n%s" %
                             (count, protocol, message.hex(), line))
        rest = made.read()
    if rest:
        sys.exit("more than there was: " + rest[:200])
    if len(sys.argv) > 3:
        whole = b"".join(data for _, data in datagrams(pcap))
        got = open(sys.argv[3], "rb").read()
        if got != whole:
            at = next((i for i, (a, b) in enumerate(zip(got, whole)) if a != b), min(len(got), len(whole)))
            sys.exit("bytes differ at %d: %d are there, %d were" % (at, len(got), len(whole)))
    print(count)


main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tools print: undoing the escaping, and seeing that it is clean."""
import json
import re


def undo(text):
    """The bytes that an escaped string stands for."""
    return re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode())


def clean(out):
    """Why out is not clean text, or None: UTF-8, no control character but the newline."""
    try:
        text = out.decode("utf-8")
    except UnicodeDecodeError as e:
        return str(e)
    bad = [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
    return f"control character {bad[0]!r}" if bad else None


def objects(out):
    """The records of JSON Lines; an error where a line is not one object."""
    records = [json.loads(line) for line in out.decode("utf-8").splitlines()]
    for r in records:
        assert isinstance(r, dict), r
    return records

#!/usr/bin/env python3
"""Searches all memory that a process can write to for secrets, and prints where they are as one JSON object, never what
they are.

    scan.py [--stop] [--around N] PID SECRETS

SECRETS is a file with one JSON object: a label for each secret, and the secret, at least 16 bytes long: a text, or bytes as
{"hex": …}. Each is searched
for as it is, in base64 (both alphabets, at all three alignments), in hexadecimal digits (both cases), in UTF-16 (both byte
orders), percent-encoded (what a URL must not hold, and every byte), and by the part in its middle ("part"), which is what
is left of one whose ends have been overwritten. Each hit tells:

    label, encoding, address; mapping: what it is called in /proc/PID/maps ("" is an anonymous one); locked: whether the
    kernel keeps the mapping out of swap (VmFlags "lo" of /proc/PID/smaps); dumped: whether a core would hold it; around:
    with --around, N bytes before and behind it; of secrets there are stars, of their pieces too.

With --stop the process is held by SIGSTOP meanwhile. Who is neither root nor has CAP_SYS_PTRACE cannot look.
"""

import argparse
import base64
import functools
import json
import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

CHUNK = 8 << 20
BLOCK = 16 << 10
SHORTEST = 16
MANY = 64
GROUP = 12
# So many bytes in a row as a secret has them, in any of its forms, are starred out.
TRACE = 6
HEADER = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)$")


@dataclass(frozen=True)
class Needle:
    label: str
    encoding: str
    bytes: bytes


@dataclass
class Mapping:
    start: int
    end: int
    access: str
    name: str
    flags: frozenset = frozenset()


def needles(label, secret):
    """The forms that a secret may have, the secret itself first."""
    forms = {"raw": secret}
    for shift in range(3):
        for name, alphabet in (("base64", None), ("base64url", b"-_")):
            # Characters that depend on what stands before or behind it are left out.
            text = base64.b64encode(b"\0" * shift + secret, alphabet)
            first, end = (0, 2, 3)[shift], (shift + len(secret)) * 8 // 6
            forms[f"{name}+{shift}"] = text[first:end]
    forms["hex"], forms["HEX"] = secret.hex().encode(), secret.hex().upper().encode()
    text = secret.decode("utf-8", "replace")
    forms["utf-16le"], forms["utf-16be"] = text.encode("utf-16-le"), text.encode("utf-16-be")
    for name, safe in (("percent", ""), ("percent, but for /", "/")):
        forms[name] = quote_from_bytes(secret, safe=safe).encode()
        forms[f"{name}, lower case"] = re.sub(rb"%..", lambda m: m[0].lower(), forms[name])
    for name, digits in (("percent, every byte", "%{:02X}"), ("percent, every byte, lower case", "%{:02x}")):
        forms[name] = "".join(map(digits.format, secret)).encode()
    part = len(secret) // 4
    forms["part"] = secret[part : max(part + SHORTEST // 2, len(secret) - part)]
    found = {}
    for encoding, form in forms.items():
        found.setdefault(form, Needle(label, encoding, form))
    return list(found.values())


def needles_of_bytes(label, secret):
    """The forms of a secret that is no text."""
    forms = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    for shift in range(3):
        first, end = (0, 2, 3)[shift], (shift + len(secret)) * 8 // 6
        forms[f"base64+{shift}"] = base64.b64encode(b"\0" * shift + secret)[first:end]
    return [Needle(label, encoding, form) for encoding, form in forms.items()]


def mappings(pid):
    """Everything in /proc/PID/smaps that can be read and written."""
    found = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if match := HEADER.match(line):
                found.append(Mapping(int(match[1], 16), int(match[2], 16), match[3], match[4]))
            elif line.startswith("VmFlags:"):
                found[-1].flags = frozenset(line.split()[1:])
    return [mapping for mapping in found if mapping.access.startswith("rw")]


def places(haystack, needle):
    at = haystack.find(needle)
    while at >= 0:
        yield at
        at = haystack.find(needle, at + 1)


def written(chunk, size):
    """Where something stands other than zeros: most of what a process maps has never been touched."""
    start = None
    for at in range(0, size, BLOCK):
        block = chunk[at : min(at + BLOCK, size)]
        if block.count(0) != len(block):
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, size


class Search:
    def __init__(self, pid, secrets, around):
        self.pid, self.around = pid, around
        self.needles = [
            needle for label, (secret, is_text) in secrets.items()
            for needle in (needles if is_text else needles_of_bytes)(label, secret)
        ]
        # Where there are many secrets those that begin alike are looked for together, and parts of them not at all.
        if len(secrets) > MANY:
            self.needles = [needle for needle in self.needles if needle.encoding != "part"]
        self.groups = {}
        for needle in self.needles:
            self.groups.setdefault(needle.bytes[:GROUP], []).append(needle)
        self.overlap = max(len(needle.bytes) for needle in self.needles) - 1
        self.hits, self.bytes, self.mappings, self.unread = [], 0, 0, []

    @functools.cached_property
    def traces(self):
        return {needle.bytes[at : at + TRACE] for needle in self.needles for at in range(len(needle.bytes) - TRACE + 1)}

    def run(self):
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            for mapping in mappings(self.pid):
                self.mappings += 1
                self.search(memory, mapping)
        whole = {(hit["label"], hit["address"]): hit for hit in self.hits if hit["encoding"] != "part"}
        self.hits = [hit for hit in self.hits if hit["encoding"] != "part" or not self.is_in_whole(hit, whole)]

    def is_in_whole(self, part, whole):
        """A part is told only where the whole is not."""
        return any(
            label == part["label"] and hit["encoding"] == "raw" and address <= part["address"] < address + hit["length"]
            for (label, address), hit in whole.items()
        )

    def search(self, memory, mapping):
        place = mapping.start
        while place < mapping.end:
            size = min(CHUNK, mapping.end - place)
            chunk = self.read(memory, place, min(size + self.overlap, mapping.end - place))
            if chunk is None:
                self.unread.append(f"{mapping.start:x}-{mapping.end:x} {mapping.name}")
                return
            self.bytes += size
            for start, end in written(chunk, size):
                part = chunk[start : end + self.overlap]
                self.look(part, place + start, end - start, memory, mapping)
            place += size

    def look(self, chunk, base, size, memory, mapping):
        for beginning, group in self.groups.items():
            for at, needle in ((at, needle) for at in places(chunk, beginning) for needle in group):
                if at >= size or not chunk.startswith(needle.bytes, at):
                    continue  # Another secret; or the next chunk begins there.
                hit = {
                    "label": needle.label, "encoding": needle.encoding, "address": base + at,
                    "length": len(needle.bytes), "mapping": mapping.name, "locked": "lo" in mapping.flags,
                    "dumped": "dd" not in mapping.flags,
                }
                if self.around:
                    hit["around"] = self.surroundings(memory, mapping, base + at, len(needle.bytes))
                self.hits.append(hit)

    def surroundings(self, memory, mapping, address, length):
        margin = self.around + TRACE
        start, end = max(mapping.start, address - margin), min(mapping.end, address + length + margin)
        seen = bytearray(self.read(memory, start, end - start) or b"")
        hidden = bytearray(seen)
        for at in range(len(seen) - TRACE + 1):
            if bytes(seen[at : at + TRACE]) in self.traces:
                hidden[at : at + TRACE] = b"*" * TRACE
        first = max(0, address - start - self.around)
        shown = hidden[first : address - start + length + self.around]
        return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in shown)

    def read(self, memory, address, size):
        """Nil for what the kernel does not show, such as a device's memory."""
        parts = []
        try:
            memory.seek(address)
            while size > 0:
                part = memory.read(size)
                if not part:
                    return None
                parts.append(part)
                size -= len(part)
        except (OSError, OverflowError):
            return None
        return b"".join(parts)


def read_secrets(path):
    with open(path, encoding="utf-8") as file:
        secrets = {
            label: (bytes.fromhex(text["hex"]), False) if isinstance(text, dict) else (text.encode(), True)
            for label, text in json.load(file).items()
        }
    for label, (secret, _) in secrets.items():
        if len(secret) < SHORTEST:
            sys.exit(f"scan.py: the secret '{label}' has fewer than {SHORTEST} bytes: it could be found by chance")
    return secrets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--around", type=int, default=0, metavar="N")
    parser.add_argument("pid", type=int)
    parser.add_argument("secrets")
    options = parser.parse_args()
    search = Search(options.pid, read_secrets(options.secrets), options.around)
    start = time.monotonic()
    if options.stop:
        os.kill(options.pid, signal.SIGSTOP)
    try:
        search.run()
    except OSError as error:
        sys.exit(f"scan.py: {error.strerror}: {error.filename}")
    finally:
        if options.stop:
            os.kill(options.pid, signal.SIGCONT)
    json.dump(
        {
            "pid": options.pid, "mappings": search.mappings, "bytes": search.bytes, "unread": search.unread,
            "seconds": round(time.monotonic() - start, 3),
            "hits": [{**hit, "address": hex(hit["address"])} for hit in search.hits],
        },
        sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()

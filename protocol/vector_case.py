"""One vector, as vectors/README.md defines it: what is sent, what is expected, and whether a reply matches."""

import json
import os
import pathlib
import re

VECTORS = pathlib.Path(__file__).resolve().parent / "vectors"
LONGEST_REPLY = 1048576
CLOSE = {"$close": True}


class Failed(Exception):
    """A case has failed; the text says how."""


def case_folders(kind="broker"):
    """The cases that try the "broker" or a "client", as {name: folder}: this project's and PROTOCOL_VECTORS'."""
    further = [pathlib.Path(path) for path in os.environ.get("PROTOCOL_VECTORS", "").split(":") if path]
    marks = {"broker": "input.jsonl", "client": "calls.jsonl"}
    found = {}
    for parent in [VECTORS, *further]:
        if not parent.is_dir():
            raise Failed(f"PROTOCOL_VECTORS: {parent} is no folder")
        for folder in sorted(parent.iterdir()):
            if not (folder / marks[kind]).exists():
                if folder.is_dir() and not any((folder / mark).exists() for mark in marks.values()):
                    raise Failed(f"{folder} is no case: it has none of {', '.join(marks.values())}")
                continue
            if folder.name in found:
                raise Failed(f"two cases are called {folder.name}: {found[folder.name]} and {folder}")
            found[folder.name] = folder
    return found


# What is to be sent, and what is expected

def read_steps(case):
    """input.jsonl as a list of ("send", bytes), ("await", count) and ("half-close", None)."""
    for line in (case / "input.jsonl").read_bytes().split(b"\n")[:-1]:
        if not line.startswith(b'{"$'):
            yield "send", line + b"\n"
            continue
        step = strict_json(line)
        if "$text" in step:
            yield "send", step["$text"].encode()
        elif "$hex" in step:
            yield "send", bytes.fromhex(step["$hex"])
        elif "$repeat" in step:
            yield "send", step["$repeat"].encode() * step["times"]
        elif "$await" in step:
            yield "await", step["$await"]
        elif step == {"$halfClose": True}:
            yield "half-close", None
        else:
            raise Failed(f"input.jsonl: unknown step {line.decode()}")


def read_expectations(case):
    """expect.jsonl as the expected replies, and whether the broker must close by itself."""
    expected = [strict_json(line) for line in (case / "expect.jsonl").read_bytes().splitlines()]
    closes = expected[-1:] == [CLOSE]
    return (expected[:-1] if closes else expected), closes


def strict_json(line):
    """The value of one line of JSON, refusing what PROTOCOL.md section 4 refuses."""
    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a name appears twice in one object")
        return dict(pairs)

    def no_constant(name):
        raise ValueError(f"{name} is not JSON")

    value = json.loads(line.decode("utf-8"), object_pairs_hook=members, parse_constant=no_constant)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises on half a surrogate pair
    return value


# The replies

def compare(expected, received):
    """What is wrong with the replies; empty when nothing is."""
    wrong = []
    waiting = list(expected)
    lines = bytes(received).split(b"\n")
    if lines.pop():
        wrong.append("the last reply does not end with a LF")
    for line in lines:
        shown = shortened(line.decode("utf-8", "backslashreplace"))
        try:
            reply = strict_json(line)
        except ValueError as error:
            wrong.append(f"a reply is not strict JSON ({error})\n       got {shown}")
            continue
        if len(line) > LONGEST_REPLY or not is_reply(reply):
            wrong.append(f"not a reply\n       got {shown}")
            continue
        of_this_id = [other for other in waiting if same(other["id"], reply["id"])]
        if reply["id"] is None:
            of_this_id = of_this_id[:1]
        match = next((other for other in of_this_id if not mismatch(other, reply)), None)
        if match is None and of_this_id:
            match = of_this_id[0]
            wrong.append(f"{mismatch(match, reply)}\n  expected {shortened(show(match))}\n       got {shown}")
        if match is None:
            wrong.append(f"an unexpected reply\n       got {shown}")
        else:
            waiting.remove(match)
    wrong += [f"no reply\n  expected {shortened(show(other))}" for other in waiting]
    return "\n".join(wrong)


def is_reply(value):
    envelopes = ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"})
    return isinstance(value, dict) and set(value) in envelopes and value["jsonrpc"] == "2.0"


def show(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def shortened(text, characters=2000):
    return text if len(text) <= characters else f"{text[:characters]}… ({len(text)} characters)"


# The rules of matching

TYPES = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3}){0,2})?Z", re.ASCII)


def mismatch(expected, value, where="reply"):
    """Says where and how a value does not match; None when it does."""
    if isinstance(expected, dict) and "$oneOf" in expected:
        found = [mismatch(one, value, where) for one in expected["$oneOf"]]
        return found[0] if all(found) else None
    if isinstance(expected, dict) and "$includes" in expected:
        if not isinstance(value, list):
            return f"{where} is not an array"
        for one in expected["$includes"]:
            if all(mismatch(one, element) for element in value):
                return f"{where} does not include {show(one)}"
        return None
    if isinstance(expected, dict):
        return mismatch_of_objects(expected, value, where)
    if isinstance(expected, list):
        if not isinstance(value, list) or len(value) != len(expected):
            return f"{where} is not an array of {len(expected)}"
        found = (mismatch(one, element, f"{where}[{i}]") for i, (one, element) in enumerate(zip(expected, value)))
        return next((text for text in found if text), None)
    if isinstance(expected, str) and expected.startswith("$"):
        return None if matches_rule(expected, value) else f"{where} is not {expected}"
    return None if same(expected, value) else f"{where} is not {show(expected)}"


def mismatch_of_objects(expected, value, where):
    if not isinstance(value, dict):
        return f"{where} is not an object"
    for name, rule in expected.items():
        if name == "$exact":
            further = sorted(set(value) - set(expected))
            text = f"{where} has a further member {further[0]}" if further else None
        elif rule == "$absent":
            text = f"{where}.{name} is there" if name in value else None
        elif name not in value:
            text = f"{where}.{name} is not there"
        else:
            text = mismatch(rule, value[name], f"{where}.{name}")
        if text:
            return text
    return None


def matches_rule(rule, value):
    if rule == "$any":
        return True
    if rule == "$timestamp":
        return isinstance(value, str) and TIMESTAMP.fullmatch(value) is not None
    if rule == "$sha256":
        return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value, re.ASCII) is not None
    if rule == "$me:uid":
        return same(os.geteuid(), value)
    if rule == "$me:gid":
        return same(os.getegid(), value)
    if rule.startswith("$contains:"):
        return isinstance(value, str) and rule.removeprefix("$contains:") in value
    if rule.startswith("$type:") and rule[6:] in TYPES:
        return TYPES[rule[6:]](value)
    raise Failed(f"expect.jsonl: unknown rule {rule}")


def same(one, other):
    """Same type and value; True is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)

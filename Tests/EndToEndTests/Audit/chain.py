"""An independent reading of an audit: chain.py [--answered FILE]... FILE...

The FILEs are one chain, in their order. Each line is a record whose "seq" is one more than that of the record before and
whose "prev" is the SHA-256 of that record's line, LF not counted; 64 zeros before the first. A line that is none is
forgiven only where a crash can have left it: the record after it must be "recovered" and tell its length and its SHA-256.

Each line of an ANSWERED file is a reply that a client has got: {"id":…,"outcome":…}. Each of them must be among the
records of requests, exactly once, with that outcome.

Prints a summary as JSON and ends with 0; else says what is wrong, and ends with 1.
"""

import argparse
import collections
import hashlib
import json
import sys


class Fault(Exception):
    pass


def no_name_twice(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name twice")
    return dict(pairs)


def record_of(line):
    """The record that a line is; None when it is none."""
    try:
        record = json.loads(line.decode("utf-8"), object_pairs_hook=no_name_twice)
    except ValueError:
        return None
    return record if isinstance(record, dict) and {"seq", "prev", "time", "event"} <= record.keys() else None


def check_torn(torn, record, place):
    """Whether what stands before `record` is what it says was found there."""
    rest = b"\n".join(torn)
    told = (record.get("tornBytes"), record.get("tornSHA256"))
    if record["event"] != "recovered" or told != (len(rest), hashlib.sha256(rest).hexdigest()):
        raise Fault(f"{place}: what stands before it is no record, and it does not say so: {rest[:80]!r}")


def read(files):
    """The records of all files in order, after holding each to the one before."""
    sequence, digest, records = 0, "0" * 64, []
    for name in files:
        with open(name, "rb") as file:
            lines = file.read().split(b"\n")
        if lines.pop() != b"":
            raise Fault(f"{name}: does not end with a line feed")
        torn = []
        for number, line in enumerate(lines, 1):
            record = record_of(line)
            if record is None:
                torn.append(line)
                continue
            place = f"{name}:{number}"
            if records and record["seq"] != sequence + 1 or not records and record["seq"] < 1:
                raise Fault(f"{place}: record {record['seq']} after {sequence}")
            if not records and record["seq"] > 1:
                digest = record["prev"]
            if record["prev"] != digest:
                raise Fault(f"{place}: record {record['seq']} does not follow the line before it")
            if torn:
                check_torn(torn, record, place)
                torn = []
            sequence, digest = record["seq"], hashlib.sha256(line).hexdigest()
            records.append(record)
        if torn:
            raise Fault(f"{name}: ends in what is no record")
    return records, digest


def check_answered(records, files):
    """How many replies there were, each with its record."""
    requests = collections.defaultdict(list)
    for record in records:
        if record["event"] == "request":
            requests[record["id"]].append(record["outcome"])
    count = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            for reply in map(json.loads, file):
                count += 1
                if requests[reply["id"]] != [reply["outcome"]]:
                    raise Fault(f"{reply} was answered; its records: {requests[reply['id']]}")
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answered", action="append", default=[])
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    try:
        records, digest = read(arguments.files)
        answered = check_answered(records, arguments.answered)
    except Fault as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
    events = collections.Counter(record["event"] for record in records)
    print(
        json.dumps(
            {
                "records": len(records), "first": records[0]["seq"] if records else 0,
                "last": records[-1]["seq"] if records else 0, "sha256": digest, "answered": answered, "events": events,
            }
        )
    )


main()

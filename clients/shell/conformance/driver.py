#!/usr/bin/env python3
"""Reads calls, a JSON object a line, makes each with macie-broker.sh as a library, and writes what came of it."""

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "macie-broker.sh")
SCRIPT = '. "$1"; shift; macie_broker "$@"'


def session(call):
    arguments = ["session", "--output", "json", "--errors", "json"]
    for name, option in (("profile", "--profile"), ("region", "--region"), ("maxAgeSeconds", "--max-age"),
                         ("timeoutSeconds", "--timeout")):
        if name in call:
            arguments += [option, format(call[name], "g") if name == "timeoutSeconds" else str(call[name])]
    done = subprocess.run(["sh", "-c", SCRIPT, "sh", LIBRARY, *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, close_fds=False)
    if done.returncode == 0:
        assert done.stderr == b"", done.stderr
        return answer(json.loads(done.stdout, parse_float=number))
    assert done.stdout == b"", done.stdout
    return error(json.loads(done.stderr), done.returncode)


def number(text):
    """1e400 is JSON, and the shell passes it on; Python's own writer would make another thing of it."""
    value = float(text)
    return value if abs(value) != float("inf") else 1e308


def answer(result):
    session = result["session"]
    for name in ("createdAt", "updatedAt"):
        if name in session:
            session[name] = instant(session[name])
    return {"session": session, "provenance": result["provenance"]}


def instant(text):
    """RFC 3339 to UTC with three decimals; the shell has seen to it that the form is right."""
    stamp, fraction, zone = re.fullmatch(r"(.{19})(?:\.(\d+))?(Z|[-+]..:..)?", text).groups()
    moment = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S")
    if zone not in (None, "Z"):
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        moment += offset if zone[0] == "-" else -offset
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + ((fraction or "") + "000")[:3] + "Z"


def error(said, status):
    family, error = said["family"], said["error"]
    data = error.pop("data", {})
    outcome = {"family": family, "type": data.get("type", family), **error}
    outcome.update({name: data[name] for name in ("remedy", "retryable", "retryAfterSeconds", "httpStatus", "requestId")
                    if name in data})
    expected = exit_status(outcome)
    assert status == expected, f"exit status {status}, not {expected}: {outcome}"
    return {"error": outcome}


def exit_status(outcome):
    family = outcome["family"]
    if family == "broker" and outcome["type"] == "PermissionDenied":
        return 77
    if outcome.get("retryable") or family in ("timeout", "closed"):
        return 75
    return {"aws": 1, "usage": 64, "no-broker": 69}.get(family, 70)


def concurrent(of, count):
    calls = of if isinstance(of, list) else [of] * count
    # An inherited connection is for one process at a time (section 1.1).
    with ThreadPoolExecutor(1 if os.environ.get("MACIE_BROKER_FD") else len(calls)) as pool:
        return {"all": list(pool.map(perform, calls))}


def perform(call):
    kind = call["call"]
    if kind == "session":
        return session(call)
    if kind == "concurrent":
        return concurrent(call["of"], call.get("count"))
    if kind == "fork":  # every call is a child of its own
        return {"forked": session(call)}
    if kind == "pause":
        time.sleep(call["seconds"])
        return {"paused": True}
    return {"unsupported": kind}


for line in sys.stdin:
    print(json.dumps(perform(json.loads(line))), flush=True)

"""One client case with one client."""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time

from broker import ScriptedBroker
from vector_case import Failed, mismatch, shortened, show, strict_json

SECONDS_PER_CASE = 60


@dataclasses.dataclass
class Outcome:
    kind: str
    failure: str = ""
    seconds: float = 0

    PASSED, FAILED, UNSUPPORTED = "passed", "failed", "unsupported"
    NONE = "none"  # nothing of the kind for this client, and nothing that it should have


def json_lines(path):
    return [strict_json(line) for line in path.read_bytes().splitlines()]


def tried(stage, client, trial):
    """What comes of a trial, which returns an outcome or nothing if all is well; and how long it takes."""
    began = time.monotonic()
    try:
        if client.language in stage.broken:
            raise Failed(stage.broken[client.language])
        outcome = trial() or Outcome(Outcome.PASSED)
    except Failed as failure:
        outcome = Outcome(Outcome.FAILED, str(failure))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        outcome = Outcome(Outcome.FAILED, f"{type(error).__name__}: {error}")
    outcome.seconds = time.monotonic() - began
    return outcome


class Player:
    def __init__(self, stage):
        self.stage = stage

    def play(self, client, case):
        return tried(self.stage, client, lambda: self.judge(client, case))

    def judge(self, client, case):
        if case.name in client.not_there:
            return Outcome(Outcome.UNSUPPORTED)
        start = json.loads((case / "start.json").read_bytes()) if (case / "start.json").exists() else {}
        expected = json_lines(case / "expect.jsonl")
        with contextlib.ExitStack() as cleanup:
            folder = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory(dir=self.stage.folder)))
            if (case / "broker.jsonl").exists():
                place = folder / start.get("socket", "broker.sock")
                place.parent.mkdir(parents=True, exist_ok=True)
                broker = ScriptedBroker(self.stage.programs, case / "broker.jsonl", str(place), client.connection_per_call)
                cleanup.callback(broker.process.process.kill)
                outcomes = self.run(client, case, start, str(place), folder)
                verdict = broker.verdict()
            elif start.get("broker") == "none":
                outcomes, verdict = self.run(client, case, start, str(folder / "broker.sock"), folder), None
            else:
                outcomes, verdict = self.run_with_real_broker(client, case, start, folder), None
        return verdict_of(expected, outcomes, verdict)

    def run_with_real_broker(self, client, case, start, folder):
        broker = self.stage.real_broker(client)
        with broker.lock:
            told = json.loads((case / "simulator.json").read_bytes()) if (case / "simulator.json").exists() else {}
            broker.set(told)
            try:
                return self.run(client, case, start, broker.socket, folder)
            finally:
                if told:
                    broker.reset()

    def run(self, client, case, start, place, folder):
        """The driver's outcomes, and its exit; with an inherited descriptor, whether that is as before."""
        environment = self.stage.environment(client, MACIE_BROKER_SOCKET=place)
        for name, value in start.get("environment", {}).items():
            environment.pop(name, None)
            if value is not None:
                environment[name] = value.replace("$SOCKET", place).replace("$FOLDER", str(folder))
        if not start.get("descriptor"):
            return drive(self.stage.driver(client), environment, case)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(place)
            before = socket_state(connection)
            environment["MACIE_BROKER_FD"] = str(connection.fileno())
            outcomes = drive(self.stage.driver(client), environment, case, pass_fds=[connection.fileno()])
            if socket_state(connection) != before:
                raise Failed(f"the inherited socket was changed: {before} before, {socket_state(connection)} after")
            return outcomes


def socket_state(connection):
    """What belongs to the socket and not to the descriptor (PROTOCOL.md section 1.1)."""
    timeouts = [connection.getsockopt(socket.SOL_SOCKET, option, 16)
                for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)]
    return fcntl.fcntl(connection, fcntl.F_GETFL) & os.O_NONBLOCK, timeouts


def drive(command, environment, case, **options):
    calls = (case / "calls.jsonl").read_bytes()
    try:
        done = subprocess.run(
            command, input=calls, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/",
            timeout=SECONDS_PER_CASE, **options)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"the driver was not done after {SECONDS_PER_CASE} s\n"
                     f"       got {shortened(str(late.stdout))}\n{shortened(str(late.stderr))}") from None
    if done.returncode:
        raise Failed(f"the driver ended with {done.returncode}\n       got {shortened(done.stdout.decode(errors='replace'))}"
                     f"\n{shortened(done.stderr.decode(errors='replace'))}")
    return [strict_json(line) for line in done.stdout.splitlines()]


def verdict_of(expected, outcomes, verdict):
    wrong = []
    if len(outcomes) != len(expected):
        wrong.append(f"{len(outcomes)} outcomes, not {len(expected)}")
    unsupported = [one for one in outcomes if "unsupported" in one]
    for number, (one, outcome) in enumerate(zip(expected, outcomes), start=1):
        if "unsupported" in outcome:
            break  # what comes after it may rest on it
        if found := mismatch(one, outcome, f"outcome {number}"):
            wrong.append(f"{found}\n  expected {shortened(show(one))}\n       got {shortened(show(outcome))}")
    if verdict and not unsupported:
        wrong.append(f"the scripted broker: {verdict}")
    if wrong:
        return Outcome(Outcome.FAILED, "\n  ".join(wrong))
    return Outcome(Outcome.UNSUPPORTED, "") if unsupported else Outcome(Outcome.PASSED)

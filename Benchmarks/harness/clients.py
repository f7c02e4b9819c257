"""The clients of clients/, each as a user has it: the first answer of a fresh process, and warm round trips.

Every one is a program that is told a number of calls, makes one call, then those, and prints the seconds that those took.
Beside them stand boto3, the same way, and the AWS CLI, whose every call is a process; both ask the simulator, with keys.
A broker's answer comes from its cache, as it does for all but one client in thirty seconds; boto3 and the CLI have none.
"""

import os
import shutil
from dataclasses import dataclass
from statistics import median

from .processes import Failed, text_of
from .tools import BUILT, HERE, ROOT
from .wall import Program, aws_cli, python_with, run_once, summary

CLIENTS = os.path.join(ROOT, "clients")
ASK = os.path.join(HERE, "clients")
PYTHON, BARE_PYTHON = "Python", "(`python3 -c pass`, asking nobody)"
WARM_TURNS = 5
WARM_SECONDS = 0.25
SLOW_RUNS = 5


@dataclass
class Client:
    name: str
    argv: list         # before the number of calls; what follows it is `more`
    environment: dict
    more: tuple = ()
    runs: int = 60
    is_warm: bool = True

    def command(self, calls):
        return [*self.argv, str(calls), *self.more] if self.is_warm else self.argv


@dataclass
class Row:
    name: str
    first: object              # a Wall
    trips_per_second: float | None


def find(tools, broker, simulator):
    """What can be measured, and the names of what cannot because it is not installed."""
    # Python's modules are compiled by the run that is not measured, as an installation does it.
    environment = {**os.environ, "MACIE_BROKER_SOCKET": broker.socket, "PYTHONPATH": os.path.join(CLIENTS, "python"),
                   "MACIE_BROKER_SH": os.path.join(CLIENTS, "shell/macie-broker.sh"),
                   "PYTHONPYCACHEPREFIX": os.path.join(BUILT, "python")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found, absent = [], []

    def add(name, argv, **options):
        if argv and argv[0]:
            found.append(Client(name, argv, options.pop("environment", environment), **options))
        else:
            absent.append(name)

    compiler = shutil.which(os.environ.get("CC", "cc"))
    add("C", [compiler and build_c(compiler)])
    add("Swift", [tools.swift_client, "ask"] if tools.swift_client else None)
    add("Go", [shutil.which("go") and build_go()])
    python = shutil.which("python3", path="/usr/bin") or shutil.which("python3")
    add(BARE_PYTHON, [python, "-c", "pass"], is_warm=False)
    add(PYTHON, [python, os.path.join(ASK, "ask.py")])
    node = shutil.which("node")
    add("Node", [node, os.path.join(ASK, "ask.mjs")])
    add("POSIX shell", ["sh", os.path.join(ASK, "ask.sh")], runs=SLOW_RUNS)
    boto3 = python_with("boto3", tools)
    add("boto3", boto3 and [boto3, os.path.join(ASK, "ask.py")], more=("boto3",), environment=simulator.environment,
        runs=SLOW_RUNS)
    cli = aws_cli(tools)
    add("the AWS CLI", cli and [*cli, "macie2", "get-macie-session", "--endpoint-url", simulator.url],
        environment=simulator.environment, runs=SLOW_RUNS, is_warm=False)
    return found, absent


def beyond_bare_python(rows):
    """How many milliseconds the first answer takes beyond a Python that does nothing; None when not measured."""
    median_ms = {row.name: row.first.milliseconds for row in rows}
    if PYTHON in median_ms and BARE_PYTHON in median_ms:
        return median_ms[PYTHON] - median_ms[BARE_PYTHON]
    return None


def build_c(compiler):
    program = os.path.join(BUILT, "ask-c")
    folder = os.path.join(CLIENTS, "c")
    os.makedirs(BUILT, exist_ok=True)
    text_of([compiler, "-std=c11", "-O2", f"-I{folder}", "-o", program, os.path.join(ASK, "ask.c"),
             os.path.join(folder, "macie_broker.c")])
    return program


def build_go():
    program = os.path.join(BUILT, "ask-go")
    os.makedirs(BUILT, exist_ok=True)
    text_of(["go", "build", "-o", program, "."], cwd=os.path.join(ASK, "go"), timeout=300)
    return program


def measure(clients, progress):
    return [measure_one(client, progress) for client in clients]


def measure_one(client, progress):
    progress(f"client {client.name}")
    program = Program(client.name, client.command(0), client.environment, client.runs)
    run_once(program)
    first = summary(client.name, [run_once(program) for _ in range(client.runs)])
    return Row(client.name, first, trips_per_second(client) if client.is_warm else None)


def trips_per_second(client):
    """The median of some turns, each long enough to count and short enough for a whole run."""
    calls = 1
    while (taken := seconds_of(client, calls)) < WARM_SECONDS / 2:
        calls = max(calls * 2, min(calls * 20, int(calls * WARM_SECONDS / max(taken, 1e-6))))
    return calls / median(seconds_of(client, calls) for _ in range(WARM_TURNS))


def seconds_of(client, calls):
    said = text_of(client.command(calls), env=client.environment)
    try:
        return float(said)
    except ValueError:
        raise Failed(f"{client.name} said {said!r}") from None


def markdown(rows):
    lines = ["| client | first answer of a fresh process, median ms | 90th percentile ms | warm round trips/s |",
             "| --- | ---: | ---: | ---: |"]
    for row in rows:
        warm = "" if row.trips_per_second is None else f"{row.trips_per_second:,.0f}"
        lines.append(f"| {row.name} | {row.first.milliseconds:.2f} | {row.first.slowest_tenth:.2f} | {warm} |")
    return "\n".join(lines)

"""Wall time of whole processes: from posix_spawn to the end, or to the ready line."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from statistics import median

from .processes import Failed

SESSION = "`macie-broker session`"
BOTO3 = "import boto3; boto3.client('macie2').get_macie_session()"


@dataclass
class Program:
    name: str
    argv: list
    environment: dict
    runs: int


@dataclass
class Wall:
    name: str
    runs: int
    milliseconds: float   # median
    slowest_tenth: float  # 90th percentile


def programs(tools, broker, simulator, agent):
    """What is timed, the cheapest first, and the names of what cannot be because it is not installed."""
    plain, chosen, absent = dict(os.environ), [Program("`true`", ["true"], dict(os.environ), 200)], []
    if broker:
        argv, environment = [tools.broker, "session", "--output", "json"], {"MACIE_BROKER_SOCKET": broker.socket}
        chosen.append(Program(SESSION, argv, {**plain, **environment}, 200))
    if agent:
        chosen.append(Program("`ssh-add -l`", ["ssh-add", "-l"], {**plain, **agent.environment}, 200))
    if simulator:
        if python := python_with("boto3", tools):
            chosen.append(Program("a boto3 script", [python, "-c", BOTO3], simulator.environment, 10))
        else:
            absent.append("boto3")
        if cli := aws_cli(tools):
            # `--endpoint-url` because versions before 1.29 do not look at AWS_ENDPOINT_URL_MACIE2.
            argv = [*cli, "macie2", "get-macie-session", "--endpoint-url", simulator.url]
            chosen.append(Program("the AWS CLI", argv, simulator.environment, 10))
        else:
            absent.append("The AWS CLI")
    return chosen, absent


def aws_cli(tools):
    """How to call it. By its Python where there is one: a version manager's `aws` would be timed with its wrapper."""
    python = python_with("awscli", tools)
    if python:
        return [python, "-m", "awscli"]
    return ["aws"] if shutil.which("aws") else None


def python_with(module, tools):
    """The Python itself, never a wrapper of it, that has the module: the project's own before any on the path."""
    others = [os.path.join(folder, "python3") for folder in os.get_exec_path()]
    for python in [tools.python, *filter(os.path.exists, others)]:
        question = [python, "-c", f"import sys, {module}; print(sys.executable)"]
        done = subprocess.run(question, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def measure(chosen, progress):
    """All programs turn by turn; those with fewer runs drop out."""
    times = {program.name: [] for program in chosen}
    for program in chosen:
        run_once(program)
    for turn in range(max(program.runs for program in chosen)):
        if turn % 50 == 0:
            progress(f"whole processes, turn {turn + 1}")
        for program in chosen:
            if turn < program.runs:
                times[program.name].append(run_once(program))
    return [summary(name, taken) for name, taken in times.items()]


def run_once(program):
    """Seconds from before posix_spawn(3) to after waitpid(2); standard output goes nowhere."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    begun = time.perf_counter()
    pid = os.posix_spawnp(program.argv[0], program.argv, program.environment, file_actions=quiet)
    _, status = os.waitpid(pid, 0)
    taken = time.perf_counter() - begun
    if status != 0:
        raise Failed(f"{program.name} ended with {os.waitstatus_to_exitcode(status)}")
    return taken


def time_to_ready(start, runs, progress):
    """From spawn to the ready line, of a server that `start` starts anew each time."""
    taken = []
    for turn in range(runs):
        progress(f"time to ready, {turn + 1} of {runs}")
        with start() as server:
            taken.append(server.seconds_to_ready)
    return summary(server.name, taken)


def summary(name, taken):
    ordered = sorted(taken)
    return Wall(name, len(taken), median(ordered) * 1000, ordered[int(len(ordered) * 0.9)] * 1000)


def markdown(walls, what):
    lines = [f"| {what} | runs | median ms | 90th percentile ms |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {w.name} | {w.runs} | {w.milliseconds:.2f} | {w.slowest_tenth:.2f} |" for w in walls]
    return "\n".join(lines)

"""What came out, as the matrix of clients/README.md: no cell of it is written by hand."""

import pathlib
import re

import starts
from play import Outcome

README = pathlib.Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- made by run-conformance --write; not by hand -->", "<!-- end of what run-conformance made -->"
# Groups of cases, by how their names begin; each in one row.
GROUPS = {
    "request": "requests", "answer": "answers: members and values, known and not",
    "timestamp": "timestamps", "error": "errors: every type of the broker's and of AWS's",
    "order": "many calls at once, answers out of order", "ids": "answers to nobody", "fork": "fork",
    "line": "lines: cut at every byte, 1 MiB, endless", "closed": "a broker that hangs up, also in mid-line",
    "refused": "a broker that refuses at accept", "farewell": "a farewell between two calls",
    "restart": "a broker that restarts, between calls and in mid-request", "timeout": "a broker that never answers",
    "garbage": "garbage", "wrong-type": "members of the wrong type", "start": "where the broker is",
    "descriptor": "an inherited descriptor", "broker": "the real broker, with the simulator",
}


def group_of(case):
    name = case.removeprefix("client-")
    return next((group for group in GROUPS if name.startswith(group)), name)


def table(clients, cases, trials, results):
    """The lines of the matrix."""
    yield "| | cases | " + " | ".join(client.title for client in clients) + " |"
    yield "| --- |" + " ---: |" * (1 + len(clients))
    groups = {}
    for case in sorted(cases):
        groups.setdefault(group_of(case), []).append(case)
    for group in sorted(groups, key=lambda name: list(GROUPS).index(name) if name in GROUPS else len(GROUPS)):
        cells = [cell([results[client.name, case] for case in groups[group]]) for client in clients]
        yield f"| {GROUPS.get(group, group)} | {len(groups[group])} | " + " | ".join(cells) + " |"
    whole = [cell([results[client.name, case] for case in cases]) for client in clients]
    yield f"| **all cases** | {len(cases)} | " + " | ".join(whole) + " |"
    for trial in trials:
        marks = [mark(results[client.name, trial]) for client in clients]
        yield f"| {trial} | | " + " | ".join(marks) + " |"
    yield "| lines of source | | " + " | ".join(
        "" if client.variant else str(starts.source_lines(client)) for client in clients) + " |"


def cell(outcomes):
    """How many passed; and how many failed, or are not for this client."""
    kinds = [outcome.kind for outcome in outcomes]
    text = str(kinds.count(Outcome.PASSED))
    if failed := kinds.count(Outcome.FAILED):
        text += f", {failed} failed"
    if unsupported := kinds.count(Outcome.UNSUPPORTED):
        text += f", {unsupported} not there"
    return text


def mark(outcome):
    return {Outcome.PASSED: "yes", Outcome.FAILED: "**no**", Outcome.UNSUPPORTED: "not there", Outcome.NONE: ""}[outcome.kind]


def unsupported(results):
    """What some clients do not have, and why their cases say so."""
    found = {}
    for (client, name), outcome in results.items():
        if outcome.kind == Outcome.UNSUPPORTED:
            found.setdefault(name, []).append(client)
    return [f"{name}: {', '.join(clients)}" for name, clients in sorted(found.items())]


def update(clients, cases, trials, results, write):
    """Writes the matrix, or says how the one that is there differs from what came out."""
    made = list(table(clients, cases, trials, results))
    left_out = unsupported({key: outcome for key, outcome in results.items() if key[1] in cases})
    if left_out:
        made += ["", "Not there, by the client's own word:", "", *(f"- `{line.replace(': ', '`: ')}" for line in left_out)]
    text = README.read_text()
    there = re.search(re.escape(BEGIN) + r"\n(.*?)\n?" + re.escape(END), text, re.DOTALL)
    if there is None:
        return f"{README.name} has no place for the matrix: {BEGIN} … {END}"
    if write:
        README.write_text(text[:there.start(1)] + "\n".join(["", *made, ""]) + "\n" + text[there.end(1):].lstrip("\n"))
        return None
    wanted = [line for line in made if line]
    differing = [line for line in wanted if line not in there[1].splitlines()]
    further = [line for line in there[1].splitlines() if line and line not in wanted]
    if differing or further:
        shown = "\n".join([*(f"  came out {line}" for line in differing), *(f"  is there {line}" for line in further)])
        return f"the matrix of clients/README.md is not what came out (run-conformance --write):\n{shown}"
    return None

"""Makes questions about policy, and compares what the broker answered with the oracle.

    matrix.py make people FOLDER FIRST SECOND   for real callers; FIRST and SECOND are the programs that they run
    matrix.py make admin FOLDER                 about anybody, for a running broker's admin.Explain
    matrix.py make offline FOLDER               about anybody at any time, for macie-brokerd explain
    matrix.py check FOLDER                      reads the answers, and prints how many there are and which are wrong

FOLDER/N.json is a configuration. The questions about it are lines in FOLDER/N.requests; the answers belong in
FOLDER/N.answers, of real callers in FOLDER/N.I.answers for each caller I of FOLDER/callers.json.
"""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path

import oracle
from worlds import FUTURE, PAST, Chance, callers, every_request, thought_of

SEED = 20260301
CONFIGURATIONS, QUESTIONS = 40, 60


def as_request(number, method, parameters):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}, separators=(",", ":"))


def write(folder, number, configuration, asked, lines):
    """`asked` is what the oracle is asked: (caller or None, request, instant or None)."""
    (folder / f"{number}.json").write_text(json.dumps(configuration, indent=1))
    (folder / f"{number}.asked").write_text(json.dumps(asked))
    (folder / f"{number}.requests").write_text("".join(line + "\n" for line in lines))


def make_people(folder, first, second):
    everybody = callers([first, second])
    (folder / "callers.json").write_text(json.dumps(everybody))
    requests = list(every_request())
    for number, configuration in enumerate(thought_of(first, second)):
        lines = [as_request(place, "broker.Explain", request) for place, request in enumerate(requests)]
        write(folder, number, configuration, [(None, request, None) for request in requests], lines)


def make_admin(folder):
    for number in range(CONFIGURATIONS):
        chance = Chance(SEED + number)
        configuration, asked = chance.configuration(), []
        while len(asked) < QUESTIONS:
            caller = chance.caller()
            # The protocol has no words for a process that is known to be in no unit.
            if caller["unit"] != "":
                asked.append((caller, chance.request(), None))
        lines = []
        for place, (caller, request, _) in enumerate(asked):
            about = {"user": str(caller["uid"]), "groups": [str(g) for g in [caller["gid"], *caller["groups"]]]}
            known = {name: caller[name] for name in ("executable", "unit") if caller[name] is not None}
            lines.append(as_request(place, "admin.Explain", {**about, **known, **request}))
        write(folder, number, configuration, asked, lines)


def make_offline(folder):
    """One question a configuration, at instants about the ends of rules: each line is the words of a command."""
    instants = [PAST, "2020-02-29T12:00:00.001Z", "2020-02-29T13:59:59.9+02:00", FUTURE, "3000-01-01T00:00:00Z"]
    for number in range(CONFIGURATIONS):
        chance = Chance(SEED - 1 - number)
        configuration, caller, request = chance.configuration(), chance.caller(), chance.request()
        at = chance.random.choice(instants)
        words = ["--user", str(caller["uid"]), "--at", at, "--output", "json"]
        for group in [caller["gid"], *caller["groups"]]:
            words += ["--group", str(group)]
        options = {"profile": "--profile", "region": "--region", "maxAgeSeconds": "--max-age"}
        for name, option in options.items():
            words += [option, str(request[name])] if name in request else []
        for name in ("executable", "unit"):
            words += [f"--{name}", caller[name]] if caller[name] is not None else []
        write(folder, number, configuration, [(caller, request, at)], [json.dumps([*words, request["action"]])])


def name_of(rule):
    return rule["name"] if isinstance(rule, dict) else rule


def read_answers(file, count):
    """As many answers as there are questions, in the order of those: by their ids, where they have any."""
    refused = {"error": {"data": {"type": "InvalidParams"}}}  # macie-brokerd explain prints nothing then
    answers = [json.loads(line) if line else refused for line in file.read_text().split("\n")[:-1]]
    if answers and "id" in answers[0]:
        answers.sort(key=lambda answer: answer["id"])
        if [answer["id"] for answer in answers] != list(range(count)):
            sys.exit(f"{file.name} does not answer each question once")
    if len(answers) != count:
        sys.exit(f"{file.name} has {len(answers)} answers to {count} questions")
    return answers


def compare(expected, answer):
    """What an answer and the oracle disagree about."""
    if "error" in answer or "error" in expected:
        got = answer.get("error", {}).get("data", {}).get("type")
        return [] if got == expected.get("error") else ["error"]
    answer = answer.get("result", answer)
    wrong = [name for name in ("allowed", "rule") if name_of(answer.get(name)) != expected[name]]
    if expected["allowed"]:
        wrong += [name for name in ("profile", "region") if answer.get(name) != expected[name]]
    elif not answer["reason"].startswith(expected["reason"]):
        wrong.append("reason")
    if "uid" in answer:  # to an administrator, who hears all of it
        wrong += [name for name in ("nearest", "lacks") if name_of(answer.get(name)) != expected.get(name)]
    return wrong


def check(folder):
    everybody = folder / "callers.json"
    everybody = json.loads(everybody.read_text()) if everybody.exists() else [None]
    now = datetime.now(timezone.utc)
    seen, wrong, decided, ruling = set(), [], {}, set()
    for file in sorted(folder.glob("*.json")):
        if not file.stem.isdigit():
            continue
        configuration = json.loads(file.read_text())
        asked = json.loads(file.with_suffix(".asked").read_text())
        for index, someone in enumerate(everybody):
            answers = folder / (f"{file.stem}.answers" if someone is None else f"{file.stem}.{index}.answers")
            for (caller, request, at), answer in zip(asked, read_answers(answers, len(asked))):
                caller = caller or someone
                expected = oracle.decide(configuration, caller, request, oracle.instant(at) if at else now)
                seen.add(json.dumps([configuration, caller, request, at], sort_keys=True))
                kind = expected.get("error") or ("allowed" if expected["allowed"] else expected["reason"].split(",")[0])
                kind = "denied by a rule" if kind.endswith(" denies it") else kind
                decided[kind] = decided.get(kind, 0) + 1
                ruling.add((file.name, expected.get("rule")))
                about = compare(expected, answer)
                if about:
                    wrong.append({"about": about, "configuration": file.name, "caller": caller, "request": request,
                                  "at": at, "expected": expected, "answer": answer})
    print(json.dumps({"combinations": len(seen), "wrong": len(wrong), "first": wrong[:5], "decided": decided, "kinds": len(decided),
                      "idle": sorted(idle_rules(folder, ruling))}))


def idle_rules(folder, ruling):
    """Rules of the policies thought of that decide nothing: such a matrix would show less than it seems to."""
    for file in (folder / "0.json", folder / "1.json") if (folder / "callers.json").exists() else ():
        configuration = json.loads(file.read_text())
        for rule in oracle.rules(configuration, "grants") + oracle.rules(configuration, "denies"):
            if rule.get("notAfter") != PAST and (file.name, rule["name"]) not in ruling:
                yield f"{file.name}: {rule['name']}"


def main():
    task, *words = sys.argv[1:]
    if task == "check":
        return check(Path(words[0]))
    kind, folder, *programs = words
    {"people": make_people, "admin": make_admin, "offline": make_offline}[kind](Path(folder), *programs)


main()

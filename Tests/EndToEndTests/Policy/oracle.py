"""What docs/POLICY.md says, done the slow and plain way, and knowing nothing of the broker's code.

decide(configuration, caller, request, now) answers what the broker has to. A configuration is the file, parsed; a caller is
{"uid", "gid", "groups", "executable", "unit"}, where None is "not known" and the unit "" is "in none"; a request is
{"action"} and perhaps "profile", "region", "maxAgeSeconds"; now is a datetime.
"""

import grp
import pwd
import re
from datetime import datetime

# The order of the conditions in the table of POLICY.md, "How it is decided".
CONDITIONS = ["caller", "action", "profile", "region", "executable", "unit", "time", "freshness"]

REGION = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def matches(pattern, name):
    """A pattern and a whole name; `*` is any run of bytes."""
    parts = [re.escape(part) for part in pattern.encode().split(b"*")]
    return re.fullmatch(b".*".join(parts), name.encode(), re.DOTALL) is not None


def any_matches(patterns, name):
    return any(matches(pattern, name) for pattern in patterns)


def number_of_user(user):
    return int(user) if str(user).isdigit() else pwd.getpwnam(user).pw_uid


def number_of_group(group):
    return int(group) if str(group).isdigit() else grp.getgrnam(group).gr_gid


def names(rule, caller):
    users = rule.get("users", [])
    if "*" in users or caller["uid"] in [number_of_user(user) for user in users if user != "*"]:
        return True
    mine = {caller["gid"], *caller["groups"]}
    return any(number_of_group(group) in mine for group in rule.get("groups", []))


class Invalid(Exception):
    """No rule is asked: InvalidParams."""


def settle(configuration, request):
    """What a request says: the profile and region that are meant, and whether the region is configured."""
    profiles = configuration.get("profiles", {"default": {}})
    name = request.get("profile")
    if name is None:
        if "default" in profiles:
            name = "default"
        elif len(profiles) == 1:
            (name,) = profiles
        else:
            raise Invalid
    profile = profiles.get(name, {})
    region = request.get("region")
    if region is None:
        region = profile.get("region")
    elif not REGION.fullmatch(region):
        raise Invalid
    configured = region is not None and region in [profile.get("region"), *profile.get("regions", [])]
    return name, region, configured


def conditions(rule, caller, request, settled, now):
    """For each condition True, False, or None where it hangs on what is not known."""
    profile, region, configured = settled
    age, floor = request.get("maxAgeSeconds"), rule.get("maxAgeAtLeast")
    executable, unit = True, True
    if "executables" in rule:
        known = caller["executable"]
        executable = None if known is None else any_matches(rule["executables"], known)
    if "units" in rule:
        known = caller["unit"]
        unit = None if known is None else known != "" and any_matches(rule["units"], known)
    return {
        "caller": names(rule, caller),
        "action": any_matches(rule["actions"], request["action"]),
        "profile": "profiles" not in rule or any_matches(rule["profiles"], profile),
        "region": region is None
        or (any_matches(rule["regions"], region) if "regions" in rule else configured),
        "executable": executable,
        "unit": unit,
        "time": "notAfter" not in rule or now <= instant(rule["notAfter"]),
        "freshness": floor is None or age is None or age >= floor,
    }


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def rules(configuration, kind):
    """The rules of a list, each with the name that is told of it."""
    return [{"name": f"{kind}[{place}]", **rule} for place, rule in enumerate(configuration.get(kind, []))]


def lacking(found):
    return [name for name in CONDITIONS if found[name] is not True]


def nearest(candidates):
    """Of (rule, conditions) the one that lacks least, the first of several, with what it lacks."""
    best = None
    for rule, found in candidates:
        lacks = lacking(found)
        if best is None or len(lacks) < len(best[1]):
            best = (rule, lacks)
    return best


def decide(configuration, caller, request, now):
    try:
        settled = settle(configuration, request)
    except Invalid:
        return {"error": "InvalidParams"}
    told = {"profile": settled[0], "region": settled[1]}
    for deny in rules(configuration, "denies"):
        found = conditions(deny, caller, request, settled, now)
        # What is unknown counts against the caller: only a known "no" keeps a deny from covering.
        if all(value is not False for value in found.values()):
            reason = f"the rule {deny['name']} denies it"
            return {**told, "allowed": False, "rule": deny["name"], "reason": reason}
    grants = [(g, conditions(g, caller, request, settled, now)) for g in rules(configuration, "grants")]
    for grant, found in grants:
        if all(value is True for value in found.values()):
            return {**told, "allowed": True, "rule": grant["name"]}
    answer = {**told, "allowed": False, "rule": None, "nearest": None, "lacks": None}
    if grants:
        rule, answer["lacks"] = nearest(grants)
        answer["nearest"] = rule["name"]
    return {**answer, "reason": reason_for_caller([pair for pair in grants if pair[1]["caller"]])}


def reason_for_caller(grants):
    """What a client hears of grants that name it; the end of the longest is for people, and left out."""
    if not grants:
        return "no grant names this user"
    rule, lacks = nearest(grants)
    if set(lacks) <= {"action", "profile", "region"}:
        return "no grant of this user covers the action, profile and region"
    return f"no grant of this user covers it; the nearest, {rule['name']}, "

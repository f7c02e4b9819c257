"""Configurations, callers and requests for the matrix: some thought of, some drawn by chance with a fixed seed."""

import random

PAST, FUTURE = "2020-02-29T12:00:00Z", "2999-12-31T23:59:59.999Z"
USERS = [0, 41000, 41001, 41002]
GROUPS = [0, 52000, 52001, 52002, 52003]
ACTIONS = ["macie2:GetMacieSession", "macie2:ListFindings", "macie2:Get", "s3:ListBuckets"]
PROFILES = ["audit", "prod", "bare", "nosuch", None]
REGIONS = ["us-east-1", "eu-west-1", "ap-south-2", None]
AGES = [None, 0, 59, 60]
UNITS = ["deploy.service", "other.service", ""]

CONFIGURED = {
    "audit": {"region": "us-east-1", "regions": ["eu-west-1"]},
    "prod": {"region": "eu-west-1"},
    "bare": {},
}


def configuration(grants, denies, mode="enforce", profiles=None):
    """As the broker reads it. No profile has keys: none of the questions goes to AWS."""
    chosen = profiles or CONFIGURED
    return {
        "profiles": {name: {**profile, "credentials": {"source": "environment"}} for name, profile in chosen.items()},
        "mode": mode,
        "grants": grants,
        "denies": denies,
    }


def thought_of(first, second):
    """Two policies of the same callers, of which nearly no rule is the same. `first` and `second` are programs."""
    before = configuration(
        [
            {"name": "own", "users": ["41000"], "actions": ["macie2:Get*"], "profiles": ["audit"]},
            {"name": "by program", "groups": ["52000"], "actions": ["macie2:*"], "regions": ["eu-*"],
             "executables": [first]},
            {"name": "by unit", "groups": ["52002", "52003"], "actions": ["*"], "units": ["deploy.service"],
             "maxAgeAtLeast": 60},
            {"name": "over", "users": ["*"], "actions": ["s3:*"], "notAfter": PAST},
            {"name": "lasting", "users": ["*"], "actions": ["*:ListFindings"], "profiles": ["b*e", "n*"],
             "notAfter": FUTURE},
            {"name": "root", "users": ["root"], "groups": ["52001"], "actions": ["macie2:GetMacieSession", "s3:*"],
             "regions": ["*"], "executables": [second], "units": ["*.service"]},
            {"users": ["*"], "actions": ["macie2:GetMacieSession"], "profiles": ["prod"], "maxAgeAtLeast": 0},
        ],
        [
            {"name": "no prod", "users": ["41001"], "actions": ["*"], "profiles": ["prod"], "regions": ["*"]},
            {"name": "no second", "groups": ["52001"], "actions": ["macie2:Get"], "executables": [second]},
            {"name": "none in other", "users": ["*"], "actions": ["*"], "profiles": ["a*"], "units": ["other.service"]},
            {"name": "was forbidden", "users": ["*"], "actions": ["*"], "notAfter": PAST},
            {"groups": ["52002"], "actions": ["s3:*"], "executables": ["*/second"], "units": ["deploy.*"]},
        ],
    )
    after = configuration(
        [
            {"name": "others", "users": ["41001", "41002"], "actions": ["macie2:*"], "regions": ["eu-*", "us-east-1"]},
            {"name": "own", "users": ["41000"], "actions": ["*"], "executables": ["*/second"], "maxAgeAtLeast": 59},
            {"name": "root", "groups": ["root"], "actions": ["*"], "profiles": ["*"], "regions": ["a*", "e*"]},
            {"name": "listing", "groups": ["52000", "52001"], "actions": ["*:List*"], "notAfter": FUTURE},
        ],
        [
            {"name": "no deploy", "users": ["41000"], "actions": ["macie2:*"], "units": ["deploy.service"]},
            {"name": "no first", "users": ["41001"], "actions": ["*"], "executables": [first], "regions": ["us-*"]},
            {"name": "for ever", "groups": ["52003"], "actions": ["macie2:List*"], "notAfter": FUTURE},
        ],
        mode="observe",
    )
    return [before, after]


# uid, gid, supplementary groups, program (0, 1, None: its process has ended), unit (None: ended)
CALLERS = [
    (41000, 52000, [], 0, "deploy.service"), (41000, 52001, [52000, 52002], 1, "deploy.service"),
    (41000, 52001, [], 0, "other.service"), (41000, 52001, [], 1, ""), (41000, 52000, [], None, None),
    (41001, 52000, [], 1, ""), (41001, 52003, [52002], 0, "deploy.service"), (41001, 52003, [], 0, ""),
    (41001, 52003, [52000, 52001], None, None), (41002, 52003, [], 0, "other.service"),
    (41002, 52002, [52001], 0, ""), (0, 0, [], 0, ""), (0, 0, [52001], 1, "deploy.service"),
    (65534, 65534, [], 1, "other.service"),
]


def callers(programs):
    return [
        {"uid": uid, "gid": gid, "groups": groups, "executable": None if program is None else programs[program],
         "unit": unit}
        for uid, gid, groups, program, unit in CALLERS
    ]


def every_request():
    for action in ACTIONS:
        for profile in PROFILES:
            for region in REGIONS:
                for age in AGES:
                    request = {"action": action, "profile": profile, "region": region, "maxAgeSeconds": age}
                    yield {name: value for name, value in request.items() if value is not None}


class Chance:
    """Draws policies, callers and requests; the same for the same seed."""

    programs = ["/opt/a/tool", "/opt/b/tool", "/usr/bin/tool*", "/a"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, things, most=2):
        return self.random.sample(things, self.random.randint(1, min(most, len(things))))

    def rule(self, number, is_grant):
        chance = self.random.random
        rule = {"name": f"{'grant' if is_grant else 'deny'} {number}"} if chance() < 0.8 else {}
        who = chance()
        if who < 0.7:
            rule["users"] = [str(user) for user in self.some(USERS + ["*", "root"])]
        if who > 0.4:
            rule["groups"] = [str(group) for group in self.some(GROUPS)]
        rule["actions"] = self.some(["*", "macie2:*", "macie2:Get*", "*:List*", "s3:ListBuckets", "macie2:Get", "*e*"])
        if chance() < 0.5:
            rule["profiles"] = self.some(["audit", "a*", "prod", "*d", "default", "nosuch", "*"])
        if chance() < 0.6:
            rule["regions"] = self.some(["*", "eu-*", "us-east-1", "*-2", "*-*-*", "cn-*"])
        if chance() < 0.4:
            rule["executables"] = self.some([*self.programs[:2], "/opt/*", "*/tool", "/usr/bin/tool*", "*"])
        if chance() < 0.4:
            rule["units"] = self.some(["deploy.service", "*.service", "d*", "other.service", "*"])
        if chance() < 0.3:
            rule["notAfter"] = self.random.choice([PAST, FUTURE])
        if is_grant and chance() < 0.3:
            rule["maxAgeAtLeast"] = self.random.choice([0, 1, 60, 86400])
        return rule

    def configuration(self):
        grants = [self.rule(number, True) for number in range(self.random.randint(0, 6))]
        denies = [self.rule(number, False) for number in range(self.random.randint(0, 3))]
        profiles = {name: CONFIGURED[name] for name in self.some(list(CONFIGURED), most=3)}
        if self.random.random() < 0.3:
            profiles["default"] = {"region": "ap-south-2"}
        return configuration(grants, denies, self.random.choice(["enforce", "observe"]), profiles)

    def caller(self):
        draw = self.random.choice
        return {
            "uid": draw(USERS), "gid": draw(GROUPS), "groups": sorted(self.random.sample(GROUPS, draw([0, 0, 1, 2]))),
            "executable": draw([None, *self.programs]), "unit": draw([None, *UNITS]),
        }

    def request(self):
        draw = self.random.choice
        request = {
            "action": draw(ACTIONS), "profile": draw([*PROFILES, "default"]), "region": draw([*REGIONS, "Oregon", "us-"]),
            "maxAgeSeconds": draw([*AGES, 1, 86400]),
        }
        return {name: value for name, value in request.items() if value is not None}

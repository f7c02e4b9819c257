# What is sent and what comes: parameters, strict JSON (PROTOCOL.md, 4), a reply's form (6), and the
# dict of boto3.
from __future__ import annotations

import sys
from datetime import datetime, timezone

from .exceptions import TYPE_CHECKING, ParamValidationError, ProtocolError, failure, link_botocore

if TYPE_CHECKING:
    from typing import Any, Callable

    # Returns the answer, or raises what there is instead.
    Outcome = Callable[[], Any]

LINE_BYTES = 1048576
_LEVELS = 32
_REMEDY = "check that the socket is macie-broker's, and of the same version as this client"
_REGION = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_PROFILE = _REGION.union("ABCDEFGHIJKLMNOPQRSTUVWXYZ_.@+=,")
# What is in a reply's objects; a name with "?" may be missing, `float` is any number of 0 or more.
_FORMS: dict[str, dict[str, type]] = {
    "result": {"session": dict, "provenance": dict},
    "session": {"createdAt?": datetime, "findingPublishingFrequency?": str, "serviceRole?": str,
                "status?": str, "updatedAt?": datetime},
    "provenance": {"profile": str, "region": str, "requestId?": str, "fetchedAt": datetime,
                   "ageSeconds": float, "cached": bool, "attempts": int},
    "error": {"code": int, "message": str, "data": dict},
    "data": {"type": str, "origin": str, "retryable": bool, "retryAfterSeconds?": float,
             "httpStatus?": int, "requestId?": str, "remedy?": str},
}
_WIRE_TYPES = {float: (int, float), datetime: (str,)}
# What timestamps look like, with 0 for any digit.
_ZEROS = str.maketrans("123456789", "000000000")
_ZONES = ("", "Z", "+00:00", "-00:00")
_TIMES = {f"0000-00-00T00:00:00.{'0' * digits}{zone}" for digits in range(1, 10) for zone in _ZONES}
_TIMES.update(f"0000-00-00T00:00:00{zone}" for zone in _ZONES)


# The parameters as JSON; checked, so that nothing is sent that the protocol does not have
# (PROTOCOL.md, 7.1).
def parameters(profile: object, region: object, max_age: object, unknown: dict[str, Any]) -> str:
    given = {"profile": profile, "region": region, "maxAgeSeconds": max_age}
    names = ", ".join(given)
    wrong = [f'Unknown parameter in input: "{name}", must be one of: {names}' for name in unknown]
    wanted = {name: value for name, value in given.items() if value is not None}
    wrong += [f"Invalid value for parameter {name}: {value!r}"
              for name, value in wanted.items() if not _valid(name, value)]
    if wrong:
        link_botocore()
        raise ParamValidationError("Parameter validation failed: " + "; ".join(wrong))
    quoted = {n: f'"{v}"' if isinstance(v, str) else v for n, v in wanted.items()}
    return ",".join(f'"{name}":{value}' for name, value in quoted.items())


def _valid(name: str, value: Any) -> bool:
    if name == "maxAgeSeconds":
        return type(value) is int and 0 <= value <= 86400
    most, signs = (64, _PROFILE) if name == "profile" else (63, _REGION)
    is_name = isinstance(value, str) and 1 <= len(value) <= most and signs.issuperset(value)
    return is_name and (name == "profile" or value[0].isalpha() and value[-1] != "-")


def request(number: int, params: str) -> bytes:
    call = f'"id":{number},"method":"macie2.GetMacieSession","params":{{{params}}}'
    return f'{{"jsonrpc":"2.0",{call}}}\n'.encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return members


# -0, and what is longer than int() reads, are numbers but no integers.
def _integer(digits: str) -> float:
    return float(digits) if digits == "-0" or len(digits) > 400 else int(digits)


# NaN and Infinity are no JSON: int() refuses them.
class _Rules:
    strict, object_hook, object_pairs_hook = True, None, _object
    parse_float, parse_int, parse_constant = float, _integer, int


try:
    # The scanner that the json module rests on. The module itself also loads re and enum: 5 ms.
    from _json import make_scanner

    _scan: Callable[[str, int], tuple[Any, int]] = make_scanner(_Rules)  # type: ignore[arg-type]
except ImportError:
    import json

    _decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=int)
    _scan = _decoder.raw_decode


# The value of a line; or ValueError, StopIteration (nothing there) or RecursionError.
def strict_json(line: bytes) -> Any:
    text = line.decode("utf-8").strip(" \t\r")
    value, end = _scan(text, 0)
    if end != len(text):
        raise ValueError("something follows the value")
    if b"\\u" in line or line.count(b"{") + line.count(b"[") > _LEVELS:
        _check(value, 1)
    return value


# Levels, and what strings may hold once their escapes are resolved.
def _check(value: Any, level: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("U+0000 in a string")
        value.encode("utf-8")  # refuses half a surrogate pair
    elif isinstance(value, (dict, list)):
        if level > _LEVELS:
            raise ValueError("too many levels")
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            _check(inner, level + 1)


# A reply's id, and what comes of the request.
def reply(line: bytes) -> tuple[int | str | None, Outcome]:
    if len(line) > LINE_BYTES:
        raise violation(f"a line of more than {LINE_BYTES} bytes")
    try:
        value = strict_json(line)
    except (ValueError, StopIteration, RecursionError) as wrong:
        raise violation(f"not strict JSON: {wrong}") from None
    is_ours = type(value) is dict and value.get("jsonrpc") == "2.0"
    if not is_ours or ("result" in value) == ("error" in value):
        raise violation("not a reply")
    number = value.get("id", False)
    if type(number) not in (int, str) and not (number is None and "error" in value):
        raise violation("the id is missing, or not of its type")
    return number, lambda: _answer(value)


def violation(what: str) -> ProtocolError:
    return ProtocolError(f"what came is not the broker's protocol: {what}", _REMEDY)


# AWS's members as boto3 types them; the broker's provenance is ResponseMetadata's "MacieBroker".
def _answer(value: dict[str, Any]) -> dict[str, Any]:
    if "error" in value:
        raise failure(_member(value, "error", dict))
    result = _member(value, "result", dict)
    provenance = result["provenance"]
    if provenance["attempts"] < 1:
        raise violation("attempts is less than 1")
    metadata = {"RequestId": provenance["requestId"]} if "requestId" in provenance else {}
    metadata.update(HTTPStatusCode=200, HTTPHeaders={}, RetryAttempts=provenance["attempts"] - 1)
    return {**result["session"], "ResponseMetadata": {**metadata, "MacieBroker": provenance}}


# The member, which must be there and of that type; of an object, the members that are known.
def _member(of: dict[str, Any], name: str, kind: type) -> Any:
    value: Any = of.get(name)
    is_right = type(value) in _WIRE_TYPES.get(kind, (kind,))
    if not is_right or kind is float and not 0 <= value < float("inf"):
        raise violation(f"{name} is missing, or not of its type")
    if kind is dict:
        form = [(entry.rstrip("?"), entry, kind) for entry, kind in _FORMS[name].items()]
        return {n: _member(value, n, kind) for n, entry, kind in form if n == entry or n in value}
    return _instant(value) if kind is datetime else value


# RFC 3339 with any offset, or none for UTC. Digits beyond the microsecond are cut off, as by boto3.
def _instant(text: str) -> datetime:
    # In boto3's UTC, dateutil's, where that is loaded and so can be compared with.
    utc: Any = getattr(sys.modules.get("dateutil.tz"), "tzutc", lambda: timezone.utc)
    local, offset = text.rstrip("Zz"), "+00:00"
    if text[-6:-5] in ("+", "-"):
        local, offset = text[:-6], text[-6:]
    try:
        if text.upper().translate(_ZEROS) not in _TIMES or offset[4:] > "59":
            raise ValueError
        found = datetime.fromisoformat(f"{local[:19]}.{local[20:26]:0<6}{offset}")
        return found.astimezone(timezone.utc).replace(tzinfo=utc())
    except (ValueError, OverflowError):
        raise violation("a timestamp is not RFC 3339") from None

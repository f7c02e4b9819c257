# What is sent and what comes: parameters, strict JSON (PROTOCOL.md, 4), a reply's form (6), and the dict of boto3.
from __future__ import annotations

import sys
from datetime import datetime, timezone

from .exceptions import ParamValidationError, ProtocolError, link_botocore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Any, Callable

    from .types import GetMacieSessionResponse

LINE_BYTES = 1048576
_LEVELS = 32
_REMEDY = "check that the socket is macie-broker's, and of the same version as this client"
_REGION = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_PROFILE = _REGION.union("ABCDEFGHIJKLMNOPQRSTUVWXYZ_.@+=,")
_SESSION: dict[str, type] = {"createdAt": datetime, "findingPublishingFrequency": str, "serviceRole": str}
_SESSION.update(status=str, updatedAt=datetime)
_PROVENANCE: dict[str, type] = {"profile": str, "region": str, "fetchedAt": datetime, "ageSeconds": float}
_PROVENANCE.update(cached=bool, attempts=int)
_ZEROS = str.maketrans("123456789", "000000000")


# The parameters as JSON; checked, so that nothing is sent that the protocol does not have (PROTOCOL.md, 7.1).
def parameters(profile: object, region: object, max_age: object, unknown: dict[str, Any]) -> str:
    given = {"profile": profile, "region": region, "maxAgeSeconds": max_age}
    wrong = [f'Unknown parameter in input: "{name}", must be one of: {", ".join(given)}' for name in unknown]
    wanted = {name: value for name, value in given.items() if value is not None}
    wrong += [f"Invalid value for parameter {n}: {v!r} ({type(v)})" for n, v in wanted.items() if not _valid(n, v)]
    if wrong:
        link_botocore()
        raise ParamValidationError("Parameter validation failed: " + "; ".join(wrong))
    return ",".join(f'"{n}":"{v}"' if isinstance(v, str) else f'"{n}":{v}' for n, v in wanted.items())


def _valid(name: str, value: Any) -> bool:
    if name == "maxAgeSeconds":
        return type(value) is int and 0 <= value <= 86400
    if name == "profile":
        return isinstance(value, str) and 1 <= len(value) <= 64 and _PROFILE.issuperset(value)
    is_label = isinstance(value, str) and 1 <= len(value) <= 63 and _REGION.issuperset(value)
    return is_label and value[0].isalpha() and value[-1] != "-"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return members


# -0, and what is longer than int() reads, are numbers but no integers.
def _integer(digits: str) -> float:
    return float(digits) if digits == "-0" or len(digits) > 400 else int(digits)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class _Rules:
    strict, object_hook, object_pairs_hook = True, None, _object
    parse_float, parse_int, parse_constant = float, _integer, _constant


try:
    # The scanner that the json module rests on. The module itself also loads re and enum: 5 ms.
    from _json import make_scanner

    _scan: Callable[[str, int], tuple[Any, int]] = make_scanner(_Rules)  # type: ignore[arg-type]
except ImportError:
    import json

    _scan = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant).raw_decode


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


# A reply's id, its result or error, and whether it is an error.
def reply(line: bytes) -> tuple[int | str | None, dict[str, Any], bool]:
    try:
        value = strict_json(line)
    except (ValueError, StopIteration, RecursionError) as wrong:
        raise violation(f"not strict JSON: {wrong}") from None
    if type(value) is not dict or value.get("jsonrpc") != "2.0" or ("result" in value) == ("error" in value):
        raise violation("not a reply")
    number, failed = value.get("id", False), "error" in value
    if type(number) not in (int, str) and not (failed and number is None):
        raise violation("the id is missing, or not of its type")
    content: dict[str, Any] = _member(value, "error" if failed else "result", dict)
    if failed:
        _members(content, {"code": int, "message": str, "data": dict})
        _members(content["data"], {"type": str, "origin": str, "retryable": bool})
        optional = {"httpStatus": int, "requestId": str, "retryAfterSeconds": float, "remedy": str}
        _members(content["data"], optional, False)
    return number, content, failed


def violation(what: str) -> ProtocolError:
    return ProtocolError(f"what came is not the broker's protocol: {what}", _REMEDY)


# Those members, each of its type. What else there is is ignored.
def _members(of: dict[str, Any], kinds: dict[str, type], required: bool = True) -> dict[str, Any]:
    return {name: _member(of, name, kind) for name, kind in kinds.items() if required or name in of}


# The member, which must be there and of that type; `float` stands for a number of 0 or more, datetime for a timestamp.
def _member(of: dict[str, Any], name: str, kind: Any) -> Any:
    value: Any = of.get(name)
    if kind is float and type(value) in (int, float) and 0 <= value < float("inf"):
        return value
    if kind is float or type(value) is not (str if kind is datetime else kind):
        raise violation(f"{name} is missing, or not of its type")
    return _instant(value) if kind is datetime else value


# AWS's members as boto3 types them; the broker's provenance is ResponseMetadata's "MacieBroker".
def response(result: dict[str, Any]) -> GetMacieSessionResponse:
    answer: Any = _members(_member(result, "session", dict), _SESSION, False)
    origin = _member(result, "provenance", dict)
    provenance = {**_members(origin, _PROVENANCE), **_members(origin, {"requestId": str}, False)}
    if provenance["attempts"] < 1:
        raise violation("attempts is less than 1")
    metadata = {"RequestId": provenance["requestId"]} if "requestId" in provenance else {}
    metadata.update(HTTPStatusCode=200, HTTPHeaders={}, RetryAttempts=provenance["attempts"] - 1)
    answer["ResponseMetadata"] = {**metadata, "MacieBroker": provenance}
    return answer  # type: ignore[no-any-return]


# RFC 3339 with any offset, or none for UTC. Digits beyond the microsecond are cut off, as by boto3.
def _instant(text: str) -> datetime:
    shape = text.translate(_ZEROS).upper()
    digits = len(shape[20:]) - len(shape[20:].lstrip("0")) if shape[19:20] == "." else -1
    zone = shape[20 + digits :]
    try:
        if shape[:19] != "0000-00-00T00:00:00" or digits == 0 or digits > 9:
            raise ValueError
        if zone not in ("", "Z", "+00:00", "-00:00") or text[-2:] > "59" and len(zone) == 6:
            raise ValueError
        offset = text[-6:] if len(zone) == 6 else "+00:00"
        found = datetime.fromisoformat(f"{text[:19]}.{text[20:26][:max(digits, 0)]:0<6}{offset}")
        return found.astimezone(timezone.utc).replace(tzinfo=_utc())
    except (ValueError, OverflowError):
        raise violation("a timestamp is not RFC 3339") from None


# What boto3 has, dateutil's, where that is loaded and so can be compared with; else the standard library's.
def _utc() -> tzinfo:
    loaded: Any = sys.modules.get("dateutil.tz")
    found: tzinfo = loaded.tzutc() if hasattr(loaded, "tzutc") else timezone.utc
    return found

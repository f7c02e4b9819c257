"""What is sent and what comes: parameters, strict JSON (PROTOCOL.md, 4), a reply's form (6), and the dict of boto3."""

from __future__ import annotations

import sys

from .exceptions import ParamValidationError, ProtocolError, link_botocore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime, timezone, tzinfo
    from typing import Any, Callable

    from .types import GetMacieSessionResponse
else:
    try:
        from _datetime import datetime, timezone  # the same classes, without the 2 ms of the module they are in
    except ImportError:
        from datetime import datetime, timezone

LINE_BYTES = 1048576
_LEVELS = 32
_REMEDY = "check that the socket is macie-broker's, and of the same version as this client"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PROFILE = frozenset(_LETTERS + _LETTERS.upper() + "0123456789_.@+=,-")
_REGION = frozenset(_LETTERS + "0123456789-")
_VALID: dict[str, tuple[type, str, Callable[[Any], bool]]] = {
    "profile": (str, "1 to 64 of A-Z a-z 0-9 _ . @ + = , -", lambda v: 1 <= len(v) <= 64 and _PROFILE.issuperset(v)),
    "region": (
        str,
        "a region's name, such as us-east-1",
        lambda v: 1 <= len(v) <= 63 and _REGION.issuperset(v) and v[0] in _LETTERS and v[-1] != "-",
    ),
    "maxAgeSeconds": (int, "0 to 86400", lambda v: 0 <= v <= 86400),
}


def parameters(given: dict[str, Any], unknown: dict[str, Any]) -> str:
    """The parameters as JSON; checked, so that nothing is sent that the protocol does not have (PROTOCOL.md, 7.1)."""
    wrong = [f'Unknown parameter in input: "{name}", must be one of: {", ".join(_VALID)}' for name in unknown]
    wanted = {name: value for name, value in given.items() if value is not None}
    for name, value in wanted.items():
        kind, words, valid = _VALID[name]
        if type(value) is not kind:
            is_now = f"value: {value}, type: {type(value)}, valid types: {kind}"
            wrong.append(f"Invalid type for parameter {name}, {is_now}")
        elif not valid(value):
            wrong.append(f"Invalid value for parameter {name}, value: {value}, valid: {words}")
    if wrong:
        link_botocore()
        raise ParamValidationError("Parameter validation failed: " + "; ".join(wrong))
    return ",".join(f'"{n}":{v}' if type(v) is int else f'"{n}":"{v}"' for n, v in wanted.items())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return members


def _integer(digits: str) -> float:
    """-0, and what is longer than int() reads, are numbers but no integers."""
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


def strict_json(line: bytes) -> Any:
    """The value of a line, or ValueError."""
    text = line.decode("utf-8").strip(" \t\r")
    try:
        value, end = _scan(text, 0)
    except (StopIteration, RecursionError):
        raise ValueError("not JSON, or too many levels") from None
    if end != len(text):
        raise ValueError("something follows the value")
    if b"\\u" in line or line.count(b"{") + line.count(b"[") > _LEVELS:
        _check(value, 1)
    return value


def _check(value: Any, level: int) -> None:
    """Levels, and what strings may hold once their escapes are resolved."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("U+0000 in a string")
        value.encode("utf-8")  # refuses half a surrogate pair
    elif isinstance(value, (dict, list)):
        if level > _LEVELS:
            raise ValueError("too many levels")
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            _check(inner, level + 1)


def reply(line: bytes) -> tuple[int | str | None, dict[str, Any], bool]:
    """A reply's id, its result or error, and whether it is an error."""
    try:
        value = strict_json(line)
    except ValueError as wrong:
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
        _members(content["data"], {"httpStatus": int, "requestId": str, "retryAfterSeconds": float, "remedy": str}, False)
    return number, content, failed


def violation(what: str) -> ProtocolError:
    return ProtocolError(f"what came is not the broker's protocol: {what}", _REMEDY)


def _members(of: dict[str, Any], kinds: dict[str, type], required: bool = True) -> dict[str, Any]:
    """Those members, each of its type. What else there is is ignored."""
    return {name: _member(of, name, kind) for name, kind in kinds.items() if required or name in of}


def _member(of: dict[str, Any], name: str, kind: type) -> Any:
    """The member, which must be there and of that type; `float` stands for a number of 0 or more."""
    value: Any = of.get(name)
    if type(value) is kind if kind is not float else type(value) in (int, float) and 0 <= value < float("inf"):
        return instant(value) if name in ("createdAt", "updatedAt", "fetchedAt") else value
    raise violation(f"{name} is missing, or not of its type")


def response(result: dict[str, Any]) -> GetMacieSessionResponse:
    """AWS's members as boto3 types them; the broker's provenance is ResponseMetadata's "MacieBroker"."""
    names = ("createdAt", "findingPublishingFrequency", "serviceRole", "status", "updatedAt")
    answer: Any = _members(_member(result, "session", dict), dict.fromkeys(names, str), False)
    origin = _member(result, "provenance", dict)
    kinds = {"profile": str, "region": str, "fetchedAt": str, "ageSeconds": float, "cached": bool, "attempts": int}
    provenance = {**_members(origin, kinds), **_members(origin, {"requestId": str}, False)}
    if provenance["attempts"] < 1:
        raise violation("attempts is less than 1")
    metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": provenance["attempts"] - 1}
    if "requestId" in provenance:
        metadata["RequestId"] = provenance["requestId"]
    answer["ResponseMetadata"] = {**metadata, "MacieBroker": provenance}
    return answer  # type: ignore[no-any-return]


def instant(text: str) -> datetime:
    """RFC 3339 with any offset, or none for UTC. Digits beyond the microsecond are cut off, as by boto3."""
    rest = text.translate(_ZEROS).upper()[19:]
    digits = len(rest) - 1 - len(rest[1:].lstrip("0")) if rest.startswith(".") else -1
    zone = rest[1 + digits :]
    if text.translate(_ZEROS).upper()[:19] != "0000-00-00T00:00:00" or digits == 0 or digits > 9:
        raise violation("a timestamp is not RFC 3339")
    if zone not in ("", "Z", "+00:00", "-00:00"):
        raise violation("a timestamp's offset is not RFC 3339")
    offset = text[-6:] if len(zone) == 6 else "+00:00"
    try:
        if int(offset[-2:]) > 59:
            raise ValueError
        found = datetime.fromisoformat(f"{text[:19]}.{text[20:26][:max(digits, 0)]:0<6}{offset}")
        return found.astimezone(timezone.utc).replace(tzinfo=_utc())
    except (ValueError, OverflowError):
        raise violation("a timestamp is no instant") from None


_ZEROS = str.maketrans("123456789", "000000000")


def _utc() -> tzinfo:
    """What boto3 has, dateutil's, where that is loaded and so can be compared with; else the standard library's."""
    loaded: Any = sys.modules.get("dateutil.tz")
    found: tzinfo = loaded.tzutc() if hasattr(loaded, "tzutc") else timezone.utc
    return found

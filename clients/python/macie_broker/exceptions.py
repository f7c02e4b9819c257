"""The two families of errors: AWS's, as boto3 has them, and the broker's own, which say what to do.

This is what clients have as client.exceptions.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # without typing, which takes milliseconds to load
if TYPE_CHECKING:
    from typing import Any


# A class between Exception and the rest, so that link_botocore can change what they inherit from.
class _Error(Exception): ...


class ClientError(_Error):
    """AWS refused or failed. `response` is as in boto3; the broker's part is in its metadata."""

    def __init__(self, error_response: dict[str, Any], operation_name: str) -> None:
        code, message = error_response["Error"]["Code"], error_response["Error"]["Message"]
        text = f"An error occurred ({code}) when calling the {operation_name} operation: {message}"
        Exception.__init__(self, harmless(text))
        self.response, self.operation_name = error_response, operation_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.response, self.operation_name)


class ValidationException(ClientError): ...
class InternalServerException(ClientError): ...
class ServiceQuotaExceededException(ClientError): ...
class AccessDeniedException(ClientError): ...
class ResourceNotFoundException(ClientError): ...
class ThrottlingException(ClientError): ...
class ConflictException(ClientError): ...
class UnprocessableEntityException(ClientError): ...


class BrokerError(_Error):
    """The broker, or the way to it, failed. Decide by `type`; `remedy` says what to do."""

    type = "broker"
    retryable = False
    retry_after_seconds: float | None = None

    def __init__(self, message: str, remedy: str | None = None) -> None:
        advice = f". What to do: {remedy}" if remedy else ""
        Exception.__init__(self, harmless(message + advice))
        self.message, self.remedy = message, remedy


# There is no broker to be reached at the place that was chosen.
class NoBrokerError(BrokerError): type = "no-broker"


# The client's own deadline has passed. The request may still be carried out.
class BrokerTimeoutError(BrokerError, TimeoutError): type, retryable = "timeout", True


# The broker hung up before its answer was complete.
class ConnectionClosedError(BrokerError, ConnectionError): type, retryable = "closed", True


# What came is not the broker's protocol.
class ProtocolError(BrokerError): type = "protocol"


# The arguments make no sense; nothing was sent.
class ParamValidationError(BrokerError): type = "usage"


class RefusedError(BrokerError):
    """The broker answered with an error of its own, whose name in the protocol is `type`."""

    code = 0
    http_status: int | None = None


# The broker's policy does not allow it.
class PermissionDeniedError(RefusedError): ...


# Too many requests: wait `retry_after_seconds`.
class RateLimitedError(RefusedError): ...


_KINDS = {kind.__name__: kind for kind in ClientError.__subclasses__()}
_REFUSALS = {"PermissionDenied": PermissionDeniedError, "RateLimited": RateLimitedError}
_METADATA = {"requestId": "RequestId", "httpStatus": "HTTPStatusCode"}


# The exception for the error of a reply, whose form has been checked.
def failure(error: dict[str, Any]) -> Exception:
    link_botocore()
    data, message = error["data"], error["message"]
    kind, remedy = data["type"], data.get("remedy")
    if data["origin"] != "aws":
        refused = _REFUSALS.get(kind, RefusedError)(f"{kind}: {message}", remedy)
        refused.type, refused.message, refused.code = kind, message, error["code"]
        refused.retryable = data["retryable"]
        refused.retry_after_seconds = data.get("retryAfterSeconds")
        refused.http_status = data.get("httpStatus")
        return refused
    metadata = {theirs: data[name] for name, theirs in _METADATA.items() if name in data}
    told = {n: data[n] for n in ("retryable", "retryAfterSeconds", "remedy") if n in data}
    metadata.update(HTTPHeaders={}, MacieBroker={"code": error["code"], **told})
    response = {"Error": {"Message": message, "Code": kind}, "ResponseMetadata": metadata}
    if kind in _KINDS:
        response["message"] = message  # boto3 has the members of the errors that it knows here
    found = _KINDS.get(kind, ClientError)(response, "GetMacieSession")
    if remedy and hasattr(found, "add_note"):
        found.add_note(harmless(f"What to do: {remedy}"))
    return found


# Makes the errors botocore's too, once that is loaded: who has not loaded it cannot name its
# classes in an `except`. Called before an error is raised, so it does not matter which came first.
def link_botocore() -> None:
    loaded = sys.modules.get("botocore.exceptions")
    for mine in (ClientError, ParamValidationError):
        theirs = getattr(loaded, mine.__name__, None)
        if theirs is not None and not issubclass(mine, theirs):
            mine.__bases__ = (*mine.__bases__, theirs)


# Fit for a terminal: escapes for what is not printable (PROTOCOL.md, 10).
def harmless(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


link_botocore()

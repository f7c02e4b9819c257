"""The two families of errors: AWS's, as boto3 has them, and the broker's own, which say what to do next.

This is what clients have as client.exceptions.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# A class between Exception and the rest, so that link_botocore can change what they inherit from.
class _Error(Exception): ...


class ClientError(_Error):
    """AWS refused or failed. `response` is as in boto3, with the broker's part in ResponseMetadata's "MacieBroker"."""

    def __init__(self, error_response: dict[str, Any], operation_name: str) -> None:
        error = error_response["Error"]
        text = f"An error occurred ({error['Code']}) when calling the {operation_name} operation: {error['Message']}"
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
    """The broker, or the way to it, failed. `type` is the name to decide by; `remedy` says to a person what to do."""

    type = "broker"
    retryable = False
    retry_after_seconds: float | None = None

    def __init__(self, message: str, remedy: str | None = None) -> None:
        Exception.__init__(self, harmless(f"{message}. What to do: {remedy}" if remedy else message))
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
    """The broker answered with an error of its own: `type` is the protocol's name for it, such as "Overloaded"."""

    code = 0
    http_status: int | None = None


# The broker's policy does not allow it.
class PermissionDeniedError(RefusedError): ...


# Too many requests: wait `retry_after_seconds`.
class RateLimitedError(RefusedError): ...


_KINDS = {kind.__name__: kind for kind in ClientError.__subclasses__()}
_REFUSALS = {"PermissionDenied": PermissionDeniedError, "RateLimited": RateLimitedError}


# The exception for the error of a reply, whose form has been checked.
def failure(error: dict[str, Any]) -> Exception:
    link_botocore()
    data = error["data"]
    if data["origin"] != "aws":
        refused = _REFUSALS.get(data["type"], RefusedError)(f"{data['type']}: {error['message']}", data.get("remedy"))
        refused.type, refused.code, refused.message = data["type"], error["code"], error["message"]
        refused.retryable, refused.retry_after_seconds = data["retryable"], data.get("retryAfterSeconds")
        refused.http_status = data.get("httpStatus")
        return refused
    told = {name: data[name] for name in ("retryable", "retryAfterSeconds", "remedy") if name in data}
    metadata = {"RequestId": data.get("requestId"), "HTTPStatusCode": data.get("httpStatus"), "HTTPHeaders": {}}
    metadata = {name: value for name, value in metadata.items() if value is not None}
    metadata["MacieBroker"] = {"code": error["code"], **told}
    response = {"Error": {"Message": error["message"], "Code": data["type"]}, "ResponseMetadata": metadata}
    if data["type"] in _KINDS:
        response["message"] = error["message"]  # boto3 has the members of the errors that it knows here
    found = _KINDS.get(data["type"], ClientError)(response, "GetMacieSession")
    if "remedy" in data and hasattr(found, "add_note"):
        found.add_note(harmless(f"What to do: {data['remedy']}"))
    return found


# Makes the errors botocore's too, once that is loaded: who has not loaded it cannot name its classes in an `except`.
# Called before an error is raised, so it does not matter which came first.
def link_botocore() -> None:
    loaded = sys.modules.get("botocore.exceptions")
    for mine in (ClientError, ParamValidationError):
        theirs = getattr(loaded, mine.__name__, None)
        if theirs is not None and not issubclass(mine, theirs):
            mine.__bases__ = (*mine.__bases__, theirs)


# Fit for a terminal: escapes for what is not printable (PROTOCOL.md, 10).
def harmless(text: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


link_botocore()

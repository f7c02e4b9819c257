"""The two families of errors: AWS's, as boto3 has them, and the broker's own, which say what to do next."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Error(Exception):
    """A class of its own, so that link_botocore can change what follows it."""


class ClientError(_Error):
    """AWS refused or failed. `response` is as in boto3, with the broker's part in ResponseMetadata's "MacieBroker"."""

    def __init__(self, error_response: dict[str, Any], operation_name: str) -> None:
        error = error_response.get("Error", {})
        code, message = error.get("Code", "Unknown"), error.get("Message", "Unknown")
        text = f"An error occurred ({code}) when calling the {operation_name} operation: {message}"
        Exception.__init__(self, harmless(text))
        self.response = error_response
        self.operation_name = operation_name

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


class Macie2Exceptions:
    """What boto3 has as client.exceptions."""

    ClientError = ClientError
    ValidationException = ValidationException
    InternalServerException = InternalServerException
    ServiceQuotaExceededException = ServiceQuotaExceededException
    AccessDeniedException = AccessDeniedException
    ResourceNotFoundException = ResourceNotFoundException
    ThrottlingException = ThrottlingException
    ConflictException = ConflictException
    UnprocessableEntityException = UnprocessableEntityException


class BrokerError(_Error):
    """The broker, or the way to it, failed. `type` is the name to decide by; `remedy` says to a person what to do."""

    type = "broker"

    def __init__(self, message: str, remedy: str | None = None) -> None:
        Exception.__init__(self, harmless(f"{message}. What to do: {remedy}" if remedy else message))
        self.message, self.remedy = message, remedy
        self.retryable = False
        self.retry_after_seconds: float | None = None


class NoBrokerError(BrokerError):
    """There is no broker to be reached at the place that was chosen."""

    type = "no-broker"


class BrokerTimeoutError(BrokerError, TimeoutError):
    """The client's own deadline has passed. The request may still be carried out."""

    type = "timeout"


class ConnectionClosedError(BrokerError, ConnectionError):
    """The broker hung up before its answer was complete."""

    type = "closed"


class ProtocolError(BrokerError):
    """What came is not the broker's protocol."""

    type = "protocol"


class ParamValidationError(BrokerError):
    """The arguments make no sense; nothing was sent."""

    type = "usage"


class RefusedError(BrokerError):
    """The broker answered with an error of its own: `type` is the protocol's name for it, such as "Overloaded"."""

    code = 0


class PermissionDeniedError(RefusedError):
    """The broker's policy does not allow it."""


class RateLimitedError(RefusedError):
    """Too many requests: wait `retry_after_seconds`."""


_REFUSALS = {"PermissionDenied": PermissionDeniedError, "RateLimited": RateLimitedError}


def failure(error: dict[str, Any], operation_name: str = "GetMacieSession") -> Exception:
    """The exception for the error of a reply, whose form has been checked."""
    link_botocore()
    data = error["data"]
    if data["origin"] != "aws":
        refused = _REFUSALS.get(data["type"], RefusedError)(f"{data['type']}: {error['message']}", data.get("remedy"))
        refused.type, refused.code, refused.message = data["type"], error["code"], error["message"]
        refused.retryable, refused.retry_after_seconds = data["retryable"], data.get("retryAfterSeconds")
        return refused
    told = {name: data[name] for name in ("retryable", "retryAfterSeconds", "remedy") if name in data}
    metadata: dict[str, Any] = {"HTTPHeaders": {}, "MacieBroker": {"code": error["code"], **told}}
    for name, sent in (("RequestId", "requestId"), ("HTTPStatusCode", "httpStatus")):
        if sent in data:
            metadata[name] = data[sent]
    response = {"Error": {"Message": error["message"], "Code": data["type"]}, "ResponseMetadata": metadata}
    kind = getattr(Macie2Exceptions, data["type"], None)
    found = (kind if isinstance(kind, type) and issubclass(kind, ClientError) else ClientError)(response, operation_name)
    if "remedy" in data and hasattr(found, "add_note"):
        found.add_note(harmless(f"What to do: {data['remedy']}"))
    return found


def link_botocore() -> None:
    """Makes the errors botocore's too, once that is loaded: who has not loaded it cannot name its classes in an `except`.

    Called before an error is raised and when client.exceptions is looked at, so it does not matter which came first.
    """
    loaded = sys.modules.get("botocore.exceptions")
    for mine in (ClientError, ParamValidationError):
        theirs = getattr(loaded, mine.__name__, None)
        if theirs is not None and not issubclass(mine, theirs):
            mine.__bases__ = (*mine.__bases__, theirs)


def harmless(text: str) -> str:
    """Fit for a terminal: escapes for what is not printable (PROTOCOL.md, 10)."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


link_botocore()

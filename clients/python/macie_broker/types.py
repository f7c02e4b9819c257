"""Types for annotations. The client does not load them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypedDict

from . import exceptions


class _Provenance(TypedDict, total=False):
    requestId: str


class Provenance(_Provenance):
    """Where an answer comes from and how old it is (PROTOCOL.md, 7.1)."""

    profile: str
    region: str
    fetchedAt: datetime
    ageSeconds: float
    cached: bool
    attempts: int


class _Metadata(TypedDict, total=False):
    RequestId: str


class ResponseMetadata(_Metadata):
    """As in boto3, and the broker's provenance."""

    HTTPStatusCode: int
    HTTPHeaders: dict[str, str]
    RetryAttempts: int
    MacieBroker: Provenance


class _Session(TypedDict, total=False):
    createdAt: datetime
    findingPublishingFrequency: str
    serviceRole: str
    status: str
    updatedAt: datetime


class GetMacieSessionResponse(_Session):
    """Members that AWS left out are absent."""

    ResponseMetadata: ResponseMetadata


class Macie2Exceptions(Protocol):
    """What boto3 has as client.exceptions."""

    @property
    def ClientError(self) -> type[exceptions.ClientError]: ...
    @property
    def ValidationException(self) -> type[exceptions.ValidationException]: ...
    @property
    def InternalServerException(self) -> type[exceptions.InternalServerException]: ...
    @property
    def ServiceQuotaExceededException(self) -> type[exceptions.ServiceQuotaExceededException]: ...
    @property
    def AccessDeniedException(self) -> type[exceptions.AccessDeniedException]: ...
    @property
    def ResourceNotFoundException(self) -> type[exceptions.ResourceNotFoundException]: ...
    @property
    def ThrottlingException(self) -> type[exceptions.ThrottlingException]: ...
    @property
    def ConflictException(self) -> type[exceptions.ConflictException]: ...
    @property
    def UnprocessableEntityException(self) -> type[exceptions.UnprocessableEntityException]: ...

"""The clients' common part, and the client without asyncio."""

from __future__ import annotations

import os

from ._connection import Road
from ._messages import parameters, response
from ._wire import Place
from .exceptions import Macie2Exceptions, NoBrokerError, ParamValidationError, ProtocolError, link_botocore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .types import GetMacieSessionResponse

_METHODS = {"get_macie_session": "GetMacieSession"}
_LONGEST_SECONDS = 86400.0


class ServiceModel:
    service_name, api_version, operation_names = "macie2", "2020-01-01", list(_METHODS.values())


class ClientMeta:
    """What scripts read of boto3's client.meta. The region is None when the broker chooses it."""

    def __init__(self, region_name: str | None) -> None:
        self.region_name, self.service_model, self.method_to_api_mapping = region_name, ServiceModel(), dict(_METHODS)


class BaseClient:
    """What both kinds of client are: where to ask, for what, and how long. Connects with the first call."""

    _road_kind: Any = Road

    def __init__(
        self,
        service_name: str = "macie2",
        region_name: str | None = None,
        *,
        profile_name: str | None = None,
        socket_path: str | os.PathLike[str] | None = None,
        timeout: float = 35.0,  # somewhat more than the broker's own 30 (PROTOCOL.md, 8)
    ) -> None:
        if service_name != "macie2":
            raise ParamValidationError(f"Unknown service: {service_name!r}. Valid service names are: macie2")
        self.meta = ClientMeta(region_name)
        self.profile_name = profile_name
        self.timeout = timeout
        self._path = None if socket_path is None else os.fspath(socket_path)
        self._road = self._road_kind(self._path)

    @property
    def exceptions(self) -> Macie2Exceptions:
        link_botocore()
        return Macie2Exceptions()

    @property
    def timeout(self) -> float:
        """Seconds for a whole call; may be changed between calls."""
        return self._timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        if type(seconds) not in (int, float) or not 0 < seconds <= _LONGEST_SECONDS:
            raise ParamValidationError(f"timeout must be more than 0 and at most {_LONGEST_SECONDS:g} seconds")
        self._timeout = float(seconds)

    def can_paginate(self, operation_name: str) -> bool:
        """False, or KeyError for what is no operation, as in boto3."""
        return _METHODS[operation_name] not in _METHODS.values()

    def __getattr__(self, name: str) -> NoReturn:
        have = ", ".join(_METHODS)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}: of Macie's calls it has {have}")

    def __repr__(self) -> str:
        try:
            where = str(self._road.place or Place(self._path))
        except NoBrokerError as error:
            where = str(error)
        profile, region = self.profile_name or "the broker's", self.meta.region_name or "the profile's"
        state = "not connected" if self._road.lane is None else "connected"
        return f"<macie_broker {type(self).__name__}: profile {profile}, region {region}, socket {where}, {state}>"

    def _parameters(self, profile: Any, region: Any, max_age: Any, unknown: dict[str, Any]) -> str:
        profile = self.profile_name if profile is None else profile
        region = self.meta.region_name if region is None else region
        return parameters({"profile": profile, "region": region, "maxAgeSeconds": max_age}, unknown)


class Client(BaseClient):
    """boto3's client of macie2, as far as the broker goes. Threads may share it; a forked child may use it."""

    def get_macie_session(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        maxAgeSeconds: int | None = None,
        **unknown: NoReturn,
    ) -> GetMacieSessionResponse:
        """The Macie session of an account and region.

        boto3 has no arguments here. The broker has three, for this call alone: another profile or region than the
        client's, and the age in seconds of the oldest answer that will do (with 0 AWS is asked now).
        """
        params = self._parameters(profile, region, maxAgeSeconds, unknown)
        try:
            return response(self._road.ask(params, self.timeout))
        except ProtocolError:
            self._road.drop()
            raise

    def close(self) -> None:
        """Ends the connection; a later call makes a new one. An inherited descriptor stays open."""
        self._road.drop()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._road.drop()

# The clients' common part, and the client without asyncio.
from __future__ import annotations

import os
from threading import Lock
from time import monotonic, sleep

from . import exceptions
from ._connection import ThreadLane, remaining
from ._messages import parameters, response
from ._wire import Place, hold
from .exceptions import ConnectionClosedError, NoBrokerError, ParamValidationError, ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .types import GetMacieSessionResponse, Macie2Exceptions

TIMEOUT_SECONDS = 35.0  # somewhat more than the broker's own 30 (PROTOCOL.md, 8)
CONNECT_SECONDS = 5.0
BUSY_SECONDS = 0.01
_LONGEST_SECONDS = 86400.0
_METHODS = {"get_macie_session": "GetMacieSession"}


class ClientMeta:
    """What scripts read of boto3's client.meta. The region is None when the broker chooses it."""

    def __init__(self, region_name: str | None) -> None:
        self.region_name, self.method_to_api_mapping = region_name, dict(_METHODS)


class BaseClient:
    """What both kinds of client are: the way to one broker. It keeps one connection, made by the first call."""

    exceptions: Macie2Exceptions = exceptions
    _kind: Any = ThreadLane

    def __init__(
        self, service_name: str = "macie2", region_name: str | None = None, *, profile_name: str | None = None,
        socket_path: str | os.PathLike[str] | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        if service_name != "macie2":
            raise ParamValidationError(f"Unknown service: {service_name!r}. Valid service names are: macie2")
        self.meta, self.profile_name, self.timeout = ClientMeta(region_name), profile_name, timeout
        self._path = None if socket_path is None else os.fspath(socket_path)
        self._place: Place | None = None
        self._lane: Any = None
        self._door, self._pid = Lock(), os.getpid()

    def can_paginate(self, operation_name: str) -> bool:
        """False, or KeyError for what is no operation, as in boto3."""
        return _METHODS[operation_name] not in _METHODS.values()

    def __repr__(self) -> str:
        try:
            where = str(self._place or Place(self._path))
        except NoBrokerError as error:
            where = str(error)
        profile, region = self.profile_name or "the broker's", self.meta.region_name or "the profile's"
        state = "connected" if self._lane else "not connected"
        return f"<macie_broker {type(self).__name__}: profile {profile}, region {region}, socket {where}, {state}>"

    # The parameters, and when there must be an answer.
    def _start(self, profile: Any, region: Any, max_age: Any, unknown: dict[str, Any]) -> tuple[str, float]:
        if not (isinstance(self.timeout, (int, float)) and 0 < self.timeout <= _LONGEST_SECONDS):
            raise ParamValidationError(f"timeout must be more than 0 and at most {_LONGEST_SECONDS:g} seconds")
        profile = self.profile_name if profile is None else profile
        region = self.meta.region_name if region is None else region
        return parameters(profile, region, max_age, unknown), monotonic() + self.timeout

    # The lane, with a call entered; None when the broker is too busy to accept.
    def _try_enter(self) -> Any:
        is_new = False
        while not (self._lane and self._lane.enter(is_new)):
            place = self._place or Place(self._path)
            fd, is_new = place.descriptor, place.descriptor is None
            try:
                self._lane = self._kind(place.connect()) if fd is None else hold(place, fd, self._kind)
            except BlockingIOError:
                return None
            self._place = place
        return self._lane

    # The parent's connection, and a lock that one of its threads may have held, are left to the parent.
    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            lane, self._lane, self._door, self._pid = self._lane, None, Lock(), os.getpid()
            if lane is not None and not lane.wire.inherited:
                lane.wire.close()

    def _drop(self) -> None:
        self._after_fork()
        with self._door:
            lane, self._lane = self._lane, None
        if lane is not None:
            lane.retire()


class Client(BaseClient):
    """boto3's client of macie2, as far as the broker goes. Threads may share it; a forked child may use it."""

    def get_macie_session(
        self, *, profile: str | None = None, region: str | None = None, maxAgeSeconds: int | None = None, **no: NoReturn
    ) -> GetMacieSessionResponse:
        """The Macie session of an account and region.

        boto3 has no arguments here. The broker has three, for this call alone: another profile or region than the
        client's, and the age in seconds of the oldest answer that will do (with 0 AWS is asked now).
        """
        params, deadline = self._start(profile, region, maxAgeSeconds, no)
        try:
            return response(self._ask(params, deadline))
        except ProtocolError:
            self._drop()
            raise

    def close(self) -> None:
        """Ends the connection; a later call makes a new one. An inherited descriptor stays open."""
        self._drop()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    # Asks again, once, when the kept connection turns out to have ended.
    def _ask(self, params: str, deadline: float) -> Any:
        lane = self._enter(deadline)
        try:
            return lane.exchange(params, deadline)
        except ConnectionClosedError:
            if not lane.repeatable:
                raise
        return self._enter(deadline).exchange(params, deadline)

    def _enter(self, deadline: float) -> ThreadLane:
        self._after_fork()
        connected = min(deadline, monotonic() + CONNECT_SECONDS)
        while True:
            while not self._door.acquire(True, remaining(deadline)):
                pass
            try:
                lane: ThreadLane | None = self._try_enter()
            finally:
                self._door.release()
            if lane is not None:
                return lane
            sleep(min(BUSY_SECONDS, remaining(connected)))

# The clients' common part, and the client without asyncio.
from __future__ import annotations

import os
from _thread import allocate_lock as Lock  # threading's own
from time import monotonic

from . import exceptions
from ._connection import ThreadLane, lane_to, remaining
from ._messages import parameters
from ._wire import Place
from .exceptions import TYPE_CHECKING, ParamValidationError, ProtocolError

if TYPE_CHECKING:
    from typing import Any, Coroutine, NoReturn

    from .types import GetMacieSessionResponse, Macie2Exceptions

TIMEOUT_SECONDS = 35.0  # somewhat more than the broker's own 30 (PROTOCOL.md, 8)
_BUSY_SECONDS = 0.01
_LONGEST_SECONDS = 86400.0
_METHODS = {"get_macie_session": "GetMacieSession"}


class ClientMeta:
    """What scripts read of boto3's client.meta. The region is None when the broker chooses it."""

    def __init__(self, region_name: str | None) -> None:
        self.region_name, self.method_to_api_mapping = region_name, dict(_METHODS)


class BaseClient:
    """What both kinds of client are: the way to one broker, and a connection that is kept."""

    exceptions: Macie2Exceptions = exceptions
    _kind: Any = ThreadLane

    def __init__(
        self, service_name: str = "macie2", region_name: str | None = None, *,
        profile_name: str | None = None, socket_path: str | os.PathLike[str] | None = None,
        timeout: float = TIMEOUT_SECONDS
    ) -> None:
        if service_name != "macie2":
            raise ParamValidationError(f"Unknown service: {service_name!r}. Valid: macie2")
        self.meta, self.profile_name, self.timeout = ClientMeta(region_name), profile_name, timeout
        self._path = None if socket_path is None else os.fspath(socket_path)
        self._place: Place | None = None
        self._lane: Any = None
        self._door, self._pid = Lock(), os.getpid()

    def can_paginate(self, operation_name: str) -> bool:
        """False, or KeyError for what is no operation, as in boto3."""
        return _METHODS[operation_name] not in _METHODS.values()

    def __repr__(self) -> str:
        kind, profile = type(self).__name__, self.profile_name or "the broker's"
        region = self.meta.region_name or "the profile's"
        where = f"{self._place or Place(self._path)}, {'' if self._lane else 'not '}connected"
        return f"<macie_broker {kind}: profile {profile}, region {region}, socket {where}>"

    # The parameters, and when there must be an answer.
    def _start(self, profile: Any, region: Any, max_age: Any, unknown: Any) -> tuple[str, float]:
        seconds = self.timeout
        if not (isinstance(seconds, (int, float)) and 0 < seconds <= _LONGEST_SECONDS):
            raise ParamValidationError(f"timeout must be over 0 and up to {_LONGEST_SECONDS:g} s")
        profile = self.profile_name if profile is None else profile
        region = self.meta.region_name if region is None else region
        return parameters(profile, region, max_age, unknown), monotonic() + seconds

    # Asks again, once, when the kept connection turns out to have ended.
    async def _ask(self, params: str, deadline: float) -> GetMacieSessionResponse:
        lane, outcome = await self._exchange(params, deadline)
        if outcome is lane.restarted:
            lane, outcome = await self._exchange(params, deadline)
        try:
            return outcome()  # type: ignore[no-any-return]
        except ProtocolError:
            self._drop()
            raise

    async def _exchange(self, params: str, deadline: float) -> tuple[Any, Any]:
        while True:
            try:
                lane = self._usable_lane()
                if outcome := await lane.exchange(params, deadline):
                    return lane, outcome
            except BlockingIOError:
                await self._kind.pause(min(_BUSY_SECONDS, remaining(deadline)))

    def _usable_lane(self) -> Any:
        self._after_fork()
        with self._door:
            lane = self._lane
            if not (lane and lane.shared(self._kind) and lane.usable()):
                place = self._place or Place(self._path)
                self._lane, self._place = lane_to(place, self._kind), place
            return self._lane

    # The parent's connection, and a lock that one of its threads may have held, are left to it.
    def _after_fork(self) -> None:
        if self._pid != os.getpid():
            lane, self._lane, self._door, self._pid = self._lane, None, Lock(), os.getpid()
            if lane and not lane.wire.inherited:
                lane.wire.close()

    def _drop(self) -> None:
        self._after_fork()
        with self._door:
            if self._lane:
                self._lane.retire()
            self._lane = None


class Client(BaseClient):
    """boto3's client of macie2, as far as the broker goes, for threads and for forked children."""

    def get_macie_session(
        self, *, profile: str | None = None, region: str | None = None,
        maxAgeSeconds: int | None = None, **no: NoReturn
    ) -> GetMacieSessionResponse:
        """The Macie session of an account and region.

        boto3 has no arguments here. The broker has three, for this call alone: another profile or
        region than the client's, and how many seconds old an answer may be (with 0 AWS is asked).
        """
        return _finished(self._ask(*self._start(profile, region, maxAgeSeconds, no)))

    def close(self) -> None:
        """Ends the connection; a later call makes a new one. An inherited descriptor stays open."""
        self._drop()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()


# What a coroutine returns that makes its thread wait, and so is never suspended.
def _finished(call: Coroutine[Any, Any, GetMacieSessionResponse]) -> GetMacieSessionResponse:
    try:
        call.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("a thread's coroutine was suspended")

"""The client for asyncio: calls made at the same time share one connection, and none waits for another.

    async with macie_broker.aio.client("macie2") as client:
        response = await client.get_macie_session()
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, NoReturn

from ._client import BaseClient
from ._connection import BUSY_SECONDS, CONNECT_SECONDS, IN_FLIGHT, Deadline, Lane, Road
from ._messages import response
from ._wire import Wire
from .exceptions import ConnectionClosedError, ProtocolError

if TYPE_CHECKING:
    from ._connection import Result
    from .types import GetMacieSessionResponse


class TaskLane(Lane):
    """One connection of one event loop."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._loop = asyncio.get_running_loop()
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._unsent = bytearray()
        self._loop.add_reader(wire.descriptor, self._readable)

    @property
    def mine(self) -> bool:
        return self.pid == os.getpid() and self._loop is asyncio.get_running_loop()

    def shared(self, kind: Any) -> bool:
        return super().shared(kind) and self.mine

    def enter(self) -> bool:
        return self.mine and super().enter()

    def close(self) -> None:
        self._stop_waiting()
        super().close()

    async def exchange(self, params: str) -> Result:
        """Asks and waits. Raises what the answer says, or why there is none."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        number = 0
        try:
            async with self._places:
                number, line = self.ask(params, lambda found: None if answer.done() else answer.set_result(found))
                self._unsent += line
                self._flush()
                outcome = await answer
        finally:
            self.leave(number)
        if isinstance(outcome, Exception):
            raise outcome
        result: Result = outcome
        return result

    def _flush(self) -> None:
        del self._unsent[: self.wire.send(bytes(self._unsent))]
        if self._unsent:
            self._loop.add_writer(self.wire.descriptor, self._flush)
        else:
            self._loop.remove_writer(self.wire.descriptor)

    def _readable(self) -> None:
        if (data := self.wire.receive()) is not None:
            self.received(data)
            if self.over:
                self._stop_waiting()
                self.retire()

    def _stop_waiting(self) -> None:
        # Not in a child made by fork, where it would change what the parent's loop waits for.
        if self.pid == os.getpid() and not self._loop.is_closed():
            self._loop.remove_reader(self.wire.descriptor)
            self._loop.remove_writer(self.wire.descriptor)


class TaskRoad(Road):
    """Road, awaited."""

    kind = TaskLane

    async def answer(self, params: str, seconds: float) -> Result:
        """As Road.ask, within the time."""
        try:
            return await asyncio.wait_for(self._answer(params), seconds)
        except asyncio.TimeoutError:
            raise Deadline(seconds).passed() from None

    async def _answer(self, params: str) -> Result:
        lane = await self._entered()
        kept = lane.answered
        try:
            return await lane.exchange(params)
        except ConnectionClosedError:
            if not kept or lane.cut_off or lane.wire.inherited:
                raise
        return await (await self._entered()).exchange(params)

    async def _entered(self) -> TaskLane:
        self.after_fork()
        connecting = Deadline(CONNECT_SECONDS)
        while True:
            lane: TaskLane | None = self.try_enter()
            if lane is not None:
                return lane
            await asyncio.sleep(min(BUSY_SECONDS, connecting.remaining()))


class AsyncClient(BaseClient):
    """The client whose calls are awaited; closed at the end of `async with`."""

    _road_kind = TaskRoad

    async def get_macie_session(
        self,
        *,
        profile: str | None = None,
        region: str | None = None,
        maxAgeSeconds: int | None = None,
        **unknown: NoReturn,
    ) -> GetMacieSessionResponse:
        """The Macie session of an account and region; the arguments are those of Client."""
        params = self._parameters(profile, region, maxAgeSeconds, unknown)
        try:
            return response(await self._road.answer(params, self.timeout))
        except ProtocolError:
            self._road.drop()
            raise

    async def close(self) -> None:
        """Ends the connection; calls under way still get their answers."""
        self._road.drop()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._road.drop()


client = AsyncClient

"""The client for asyncio: calls made at the same time share one connection, and none waits for another.

    async with macie_broker.aio.client("macie2") as client:
        response = await client.get_macie_session()
"""

from __future__ import annotations

import asyncio
import os
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from ._client import BUSY_SECONDS, CONNECT_SECONDS, BaseClient
from ._connection import IN_FLIGHT, Lane, remaining, timed_out
from ._messages import response
from ._wire import Wire
from .exceptions import ConnectionClosedError, ProtocolError

if TYPE_CHECKING:
    from .types import GetMacieSessionResponse


# One connection of one event loop.
class TaskLane(Lane):
    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._loop, self._places = asyncio.get_running_loop(), asyncio.Semaphore(IN_FLIGHT)
        self._loop.add_reader(wire.descriptor, self._readable)

    def shared(self, kind: Any) -> bool:
        return super().shared(kind) and self._loop is asyncio.get_running_loop()

    def enter(self, is_new: bool = False) -> bool:
        return self.shared(TaskLane) and super().enter(is_new)

    # Asks and waits. Raises what the answer says, or why there is none.
    async def exchange(self, params: str) -> Any:
        answer: asyncio.Future[Any] = self._loop.create_future()
        number = 0
        try:
            async with self._places:
                number, line = self.ask(params, lambda found: None if answer.done() else answer.set_result(found))
                # 32 requests fit into the socket's buffer, so that this does not wait.
                while not self.wire.send(line):
                    await asyncio.sleep(BUSY_SECONDS)
                outcome = await answer
        finally:
            self.leave(number)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    # Not in a child made by fork, where it would change what the parent's loop waits for.
    def close(self) -> None:
        if self.pid == os.getpid() and not self._loop.is_closed():
            self._loop.remove_reader(self.wire.descriptor)
        super().close()

    def _readable(self) -> None:
        if (data := self.wire.receive()) is not None:
            self.received(data)
            if self.over:
                self.retire()


class AsyncClient(BaseClient):
    """The client whose calls are awaited; closed at the end of `async with`."""

    _kind = TaskLane

    async def get_macie_session(
        self, *, profile: str | None = None, region: str | None = None, maxAgeSeconds: int | None = None, **no: NoReturn
    ) -> GetMacieSessionResponse:
        """The Macie session of an account and region; the arguments are those of Client."""
        params, deadline = self._start(profile, region, maxAgeSeconds, no)
        try:
            return response(await asyncio.wait_for(self._ask(params), remaining(deadline)))
        except asyncio.TimeoutError:
            raise timed_out() from None
        except ProtocolError:
            self._drop()
            raise

    async def close(self) -> None:
        """Ends the connection; calls under way still get their answers."""
        self._drop()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drop()

    # As Client's.
    async def _ask(self, params: str) -> Any:
        lane = await self._enter()
        try:
            return await lane.exchange(params)
        except ConnectionClosedError:
            if not lane.repeatable:
                raise
        return await (await self._enter()).exchange(params)

    async def _enter(self) -> TaskLane:
        self._after_fork()
        connected = monotonic() + CONNECT_SECONDS
        while True:
            lane: TaskLane | None = self._try_enter()
            if lane is not None:
                return lane
            await asyncio.sleep(min(BUSY_SECONDS, remaining(connected)))


client = AsyncClient

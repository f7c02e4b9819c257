"""The client for asyncio: calls made at the same time share one connection, and none waits.

    async with macie_broker.aio.client("macie2") as client:
        response = await client.get_macie_session()
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, NoReturn

from ._client import BaseClient
from ._connection import IN_FLIGHT, Lane, remaining, timed_out
from ._wire import Wire

if TYPE_CHECKING:
    from ._messages import Outcome
    from .types import GetMacieSessionResponse


# One connection of one event loop.
class TaskLane(Lane):
    pause = staticmethod(asyncio.sleep)

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._loop, self._places = asyncio.get_running_loop(), asyncio.Semaphore(IN_FLIGHT)
        self._loop.add_reader(wire.descriptor, lambda: self.received(wire.receive()))

    def shared(self, kind: Any) -> bool:
        return super().shared(kind) and self._loop is asyncio.get_running_loop()

    # Asks and waits; None if another connection is needed.
    async def exchange(self, params: str, _: float) -> Outcome | None:
        found: asyncio.Future[Outcome] = self._loop.create_future()
        async with self._places:
            number = self.ask(params, lambda said: None if found.done() else found.set_result(said))
            try:
                return await found if number else None
            finally:
                self.leave(number)

    # Not in a child made by fork, where it would change what the parent's loop waits for.
    def close(self) -> None:
        if self.pid == os.getpid() and not self._loop.is_closed():
            self._loop.remove_reader(self.wire.descriptor)
        super().close()


class AsyncClient(BaseClient):
    """The client whose calls are awaited; closed at the end of `async with`."""

    _kind = TaskLane

    async def get_macie_session(
        self, *, profile: str | None = None, region: str | None = None,
        maxAgeSeconds: int | None = None, **no: NoReturn
    ) -> GetMacieSessionResponse:
        """The Macie session of an account and region; the arguments are those of Client."""
        params, deadline = self._start(profile, region, maxAgeSeconds, no)
        try:
            return await asyncio.wait_for(self._ask(params, deadline), remaining(deadline))
        except asyncio.TimeoutError:
            raise timed_out() from None

    async def close(self) -> None:
        """Ends the connection; calls under way still get their answers."""
        self._drop()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._drop()


client = AsyncClient

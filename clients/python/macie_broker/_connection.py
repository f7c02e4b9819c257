# One connection that many share: what was asked on it, and whose each reply is.
from __future__ import annotations

import os
from time import monotonic, sleep

from ._messages import LINE_BYTES, reply, request
from ._wire import Place, Wire
from .exceptions import TYPE_CHECKING, BrokerTimeoutError, ConnectionClosedError, ProtocolError

if TYPE_CHECKING:
    from threading import Condition, RLock
    from typing import Any, Callable

    from ._messages import Outcome
else:
    from _thread import RLock  # threading's own, without the milliseconds that threading takes

IN_FLIGHT = 32  # requestsInFlightPerConnection (PROTOCOL.md, 8)


# Seconds, more than 0; or BrokerTimeoutError.
def remaining(deadline: float) -> float:
    if (seconds := deadline - monotonic()) > 0:
        return seconds
    raise timed_out()


def timed_out() -> BrokerTimeoutError:
    remedy = "try again, allow more (timeout=), or see `macie-broker status`"
    return BrokerTimeoutError("no answer in time", remedy)


# How to wait is for those who inherit from it.
class Lane:
    def __init__(self, wire: Wire) -> None:
        self.wire, self.pid, self.is_open = wire, os.getpid(), True
        # What came of the calls when a kept connection ended before it answered them.
        self.restarted: Outcome | None = None
        # An inherited socket may have had other users, whose ids must not come again: these begin
        # anywhere.
        self._last = int.from_bytes(os.urandom(6), "big")
        self._waiting: dict[int, Callable[[Outcome], object]] = {}
        self._farewell: Outcome | None = None
        self._buffer = bytearray()
        self._answered = self._retired = False
        self._lock = RLock()
        self._changed: Condition | None = None

    # Whether a client that wants this kind can use it.
    def shared(self, kind: Any) -> bool:
        return kind is type(self) and self.pid == os.getpid()

    # Whether to ask here. Of an inherited connection there is no other.
    def usable(self) -> bool:
        with self._lock:
            is_idle = self._answered and not self._waiting and not self.wire.inherited
            # With nothing asked, what can be read is a farewell, the end, or nobody's.
            if is_idle and not self._retired and self.wire.readable(0):
                self.retire()
            return not self._retired

    # Sends a request, for whose outcome `settle` is called, and returns its id, which is to be left
    # in the end; 0 if this connection was given up meanwhile. BlockingIOError when it is too busy.
    def ask(self, params: str, settle: Callable[[Outcome], object]) -> int:
        with self._lock:
            if self._retired:
                return 0
            self.wire.send(request(self._last + 1, params))
            self._last += 1
            self._waiting[self._last] = settle
            return self._last

    # Who leaves without his answer gives it up: it may still come, and is then nobody's.
    def leave(self, number: int) -> None:
        with self._lock:
            if self._waiting.pop(number, None) or self._retired:
                self.retire()
            self._tell()

    # Wakes the threads that wait, where there are others.
    def _tell(self) -> None:
        if self._changed:
            self._changed.notify_all()

    # No further call; closed when the last one has its answer. One that was inherited is then free
    # for whoever comes next, another client or a child, unless it has read a part of a line.
    def retire(self) -> None:
        with self._lock:
            self._retired = self._retired or not self.wire.inherited
            if self.is_open and not self._waiting and (self._retired or not self._buffer):
                self.close()

    def close(self) -> None:
        self.is_open, self._retired = False, True
        if holders.get(self.wire.descriptor) is self:
            del holders[self.wire.descriptor]
        self.wire.close()

    # Takes what was read: None for nothing, b"" for the end.
    def received(self, data: bytes | None) -> None:
        if data == b"":
            what = "the broker closed the connection before it answered"
            remedy = "try again: it may have been restarted; if it happens again, see its log"
            # All requests only read, so that a kept connection's end may be met with another try.
            self._end(ConnectionClosedError(what, remedy), self._answered and not self._buffer)
        while data and self.is_open:
            part, is_whole, data = data.partition(b"\n")
            self._buffer += part
            if is_whole or len(self._buffer) > LINE_BYTES:
                line = bytes(self._buffer)
                self._buffer.clear()
                self._read(line)

    # Tells all who wait; each raises an exception of his own, as they may be in many threads.
    def _end(self, why: ConnectionClosedError | ProtocolError, is_restart: bool = False) -> None:
        def outcome() -> Any:
            raise type(why)(why.message, why.remedy)

        self.restarted = outcome if is_restart else None
        for settle in self._waiting.values():
            settle(self._farewell or outcome)
        self._waiting.clear()
        self._buffer.clear()
        self.retire()

    def _read(self, line: bytes) -> None:
        try:
            number, outcome = reply(line)
        except ProtocolError as wrong:
            return self._end(wrong)
        if number is None and len(self._waiting) == 1:
            (number,) = self._waiting
        elif number is None:
            self._farewell = outcome
        if type(number) is int and (settle := self._waiting.pop(number, None)):
            self._answered = True
            settle(outcome)


# Of the threads that wait on it one reads, for all; when it has its answer, another one does.
class ThreadLane(Lane):
    _reading = False

    @staticmethod
    async def pause(seconds: float) -> None:
        sleep(seconds)

    # Asks and waits; None if another connection is needed.
    async def exchange(self, params: str, deadline: float) -> Outcome | None:
        outcome: list[Outcome] = []
        with self._lock:
            while len(self._waiting) >= IN_FLIGHT:
                self._wait(deadline)
            number = self.ask(params, outcome.append)
            try:
                while number and not outcome:
                    if self._reading:
                        self._wait(deadline)
                    else:
                        self._read_for_all(deadline)
            finally:
                self.leave(number)
        return outcome[0] if outcome else None

    # For another thread, with which threading is there.
    def _wait(self, deadline: float) -> None:
        from threading import Condition

        self._changed = self._changed or Condition(self._lock)
        self._changed.wait(remaining(deadline))

    # Without the lock, so that others can ask meanwhile.
    def _read_for_all(self, deadline: float) -> None:
        data = None
        self._reading = True
        self._lock.release()
        try:
            if self.wire.readable(remaining(deadline)):
                data = self.wire.receive()
        finally:
            self._lock.acquire()
            self._reading = False
            self._tell()
            self.received(data)


# Who talks on which inherited descriptor. Its replies can have one reader only, so the clients of a
# process share it.
holders: dict[int | None, Any] = {}


# A lane to the place. An inherited descriptor's is the one that there is in this process, if any.
def lane_to(place: Place, kind: Callable[[Wire], Any]) -> Any:
    holder = holders.get(place.descriptor)
    if holder and not holder.shared(kind):
        who = f"process {holder.pid}, of which this one is a fork,"
        if holder.pid == os.getpid():
            who = "another client of this process"
            holder.retire()
        if place.descriptor in holders:
            raise place.no_broker(f"{who} has the connection in use, and has to close its client")
    lane = holders.get(place.descriptor) or kind(place.connect())
    return holders.setdefault(place.descriptor, lane) if lane.wire.inherited else lane

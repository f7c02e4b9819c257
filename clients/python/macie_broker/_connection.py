"""One connection that many share, and the way to it."""

from __future__ import annotations

import os
from select import POLLIN, POLLOUT
from threading import Condition, Lock
from time import monotonic, sleep

from . import _messages
from ._wire import Place, Wire, hold, let_go
from .exceptions import BrokerTimeoutError, ConnectionClosedError, ProtocolError, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Result = dict[str, Any]

IN_FLIGHT = 32  # requestsInFlightPerConnection (PROTOCOL.md, 8)
CONNECT_SECONDS = 5.0
BUSY_SECONDS = 0.01


class Deadline:
    """Of a whole call."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._at = seconds, monotonic() + seconds

    def remaining(self) -> float:
        """Seconds, more than 0; or BrokerTimeoutError."""
        if (remaining := self._at - monotonic()) > 0:
            return remaining
        raise self.passed()

    def passed(self) -> BrokerTimeoutError:
        remedy = "try again, allow more (timeout=), or see `macie-broker status`"
        late = BrokerTimeoutError(f"no answer within {self._seconds:g} s", remedy)
        late.retryable = True
        return late


class Lane:
    """One connection: what was asked on it, and whose each reply is. How to wait is for those who inherit from it."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.pid = wire, os.getpid()
        self.answered = self.cut_off = False
        self.over: Callable[[], Exception] | None = None
        # An inherited socket may have had other users, whose ids must not come again: these begin anywhere.
        self._last = int.from_bytes(os.urandom(6), "big")
        self._waiting: dict[int, Callable[[Any], None]] = {}
        self._given_up: set[int] = set()
        self._farewell: Result | None = None
        self._buffer = bytearray()
        self._inside, self._retired = 0, False

    @property
    def idle(self) -> bool:
        return not (self._inside or self._given_up or self._buffer)

    def shared(self, kind: Any) -> bool:
        """Whether a client that wants this kind can use it."""
        return kind is type(self)

    def enter(self) -> bool:
        """Whether a call may be made here; it then ends with `leave`. Of an inherited one there is no other."""
        if not self.wire.inherited:
            # With nothing asked, what can be read is a farewell, the end, or what nobody wants any more.
            if self._retired or self.over or (self._inside == 0 and self.wire.ready(POLLIN, 0)):
                self.retire()
                return False
        self._inside += 1
        return True

    def leave(self, number: int) -> None:
        """Who leaves without his answer gives it up: it may still come, and is then nobody's."""
        self._inside -= 1
        if self._waiting.pop(number, None):
            self._given_up.add(number)
        if self._retired or self.over or self._given_up:
            self.retire()

    def retire(self) -> None:
        """No further call; closed when the last one has left."""
        self._retired = not self.wire.inherited
        if self._retired and self._inside == 0:
            self.close()

    def close(self) -> None:
        self.wire.close()

    def ask(self, params: str, settle: Callable[[Any], None]) -> tuple[int, bytes]:
        """An id, and the line to send. `settle` gets a result or an exception."""
        if self.over:
            raise self.over()
        self._last += 1
        self._waiting[self._last] = settle
        method = "macie2.GetMacieSession"
        line = f'{{"jsonrpc":"2.0","id":{self._last},"method":"{method}","params":{{{params}}}}}\n'
        return self._last, line.encode("ascii")

    def received(self, data: bytes) -> None:
        """Takes what was read; nothing stands for the end."""
        start = len(self._buffer)
        self._buffer += data
        while self.over is None:
            end = self._buffer.find(b"\n", start)
            if max(end, 0 if end >= 0 else len(self._buffer)) > _messages.LINE_BYTES:
                self.end(lambda: _messages.violation(f"a line of more than {_messages.LINE_BYTES} bytes"))
            elif end < 0:
                break
            else:
                line, start = bytes(self._buffer[:end]), 0
                del self._buffer[: end + 1]
                self._read(line)
        if not data and self.over is None:
            self.cut_off = bool(self._buffer)
            remedy = "try again: it may have been restarted; if it happens again, its log says why"
            self.end(lambda: ConnectionClosedError("the broker closed the connection before it answered", remedy))

    def end(self, why: Callable[[], Exception]) -> None:
        """Tells all who wait; each gets an exception of his own, as they may be raised in many threads."""
        farewell = self._farewell
        self.over = why if farewell is None else lambda: failure(farewell)
        for settle in self._waiting.values():
            settle(self.over())
        self._waiting.clear()

    def _read(self, line: bytes) -> None:
        try:
            number, content, failed = _messages.reply(line)
        except ProtocolError as wrong:
            what, remedy = wrong.message, wrong.remedy
            return self.end(lambda: ProtocolError(what, remedy))
        if number is None and len(self._waiting) == 1 and not self._given_up:
            (number,) = self._waiting
        elif number is None:
            self._farewell = content
        if type(number) is int and (settle := self._waiting.pop(number, None)):
            self.answered = True
            settle(failure(content) if failed else content)
        elif type(number) is int:
            self._given_up.discard(number)
        return None


class ThreadLane(Lane):
    """Of the threads that wait on it one reads, for all; when it has its answer, another one does."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._changed = Condition()
        self._reading = False

    def enter(self) -> bool:
        with self._changed:
            return super().enter()

    def exchange(self, params: str, deadline: Deadline) -> Result:
        """Asks and waits. Raises what the answer says, or why there is none."""
        outcome: list[Any] = []
        number = 0
        try:
            with self._changed:
                while len(self._waiting) + len(self._given_up) >= IN_FLIGHT and not self.over:
                    self._changed.wait(deadline.remaining())
                number, line = self.ask(params, outcome.append)
                self._send(line, deadline)
            while not outcome:
                self._wait(outcome, deadline)
        finally:
            with self._changed:
                self.leave(number)
                self._changed.notify_all()
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        result: Result = outcome[0]
        return result

    def _send(self, line: bytes, deadline: Deadline) -> None:
        """Whole lines only, so with the lock: 32 requests fit into any socket's buffer, and this does not wait."""
        left = line
        try:
            while left := left[self.wire.send(left) :]:
                self.wire.ready(POLLOUT, deadline.remaining())
        finally:
            if 0 < len(left) < len(line):
                self.end(lambda: ProtocolError("an earlier request was not sent whole", "connect again"))

    def _wait(self, outcome: list[Any], deadline: Deadline) -> None:
        """For something to change: for the thread that reads, or as the thread that reads."""
        with self._changed:
            while self._reading and not outcome:
                self._changed.wait(deadline.remaining())
            if outcome:
                return
            self._reading = True
        data = None
        try:
            if self.wire.ready(POLLIN, deadline.remaining()):
                data = self.wire.receive()
        finally:
            with self._changed:
                self._reading = False
                if data is not None and not self.over:
                    self.received(data)
                self._changed.notify_all()


class Road:
    """One client's way to the broker. It is found once, keeps one connection, and after a fork the child makes its own."""

    kind: Any = ThreadLane

    def __init__(self, path: str | None) -> None:
        self._path = path
        self.place: Place | None = None
        self.lane: Any = None
        self._door = Lock()
        self._pid = os.getpid()

    def ask(self, params: str, seconds: float) -> Result:
        """The result. Asks again, once, when the kept connection turns out to have ended: all requests only read."""
        deadline = Deadline(seconds)
        lane = self._enter(deadline)
        kept = lane.answered
        try:
            return lane.exchange(params, deadline)
        except ConnectionClosedError:
            if not kept or lane.cut_off or lane.wire.inherited:
                raise
        return self._enter(deadline).exchange(params, deadline)

    def drop(self) -> None:
        """Ends the connection; calls under way still get their answers."""
        self.after_fork()
        lane, self.lane = self.lane, None
        if lane is not None and lane.wire.inherited:
            let_go(lane)
        elif lane is not None:
            lane.retire()

    def try_enter(self) -> Any:
        """The lane, with a call entered; None when the broker is too busy to accept."""
        if self.lane is None or self.lane.wire.inherited or not self.lane.enter():
            place = self.place or Place(self._path)
            try:
                self.lane = self.kind(place.connect()) if place.descriptor is None else hold(place, self.kind)
            except BlockingIOError:
                return None
            self.place = place
            self.lane._inside += 1
        return self.lane

    def after_fork(self) -> None:
        """The parent's connection, and a lock that one of its threads may have held, are left to the parent."""
        if self._pid != os.getpid():
            lane, self.lane, self._door, self._pid = self.lane, None, Lock(), os.getpid()
            if lane is not None and not lane.wire.inherited:
                lane.wire.close()

    def _enter(self, deadline: Deadline) -> ThreadLane:
        self.after_fork()
        connecting = Deadline(min(CONNECT_SECONDS, deadline.remaining()))
        while True:
            if not self._door.acquire(True, deadline.remaining()):
                raise deadline.passed()
            try:
                lane: ThreadLane | None = self.try_enter()
            finally:
                self._door.release()
            if lane is not None:
                return lane
            sleep(min(BUSY_SECONDS, connecting.remaining()))

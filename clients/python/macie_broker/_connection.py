# One connection that many share: what was asked on it, and whose each reply is.
from __future__ import annotations

import os
from select import POLLIN, POLLOUT
from threading import Condition
from time import monotonic

from . import _messages
from ._wire import Wire, holders
from .exceptions import BrokerTimeoutError, ConnectionClosedError, ProtocolError, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

IN_FLIGHT = 32  # requestsInFlightPerConnection (PROTOCOL.md, 8)
_METHOD = "macie2.GetMacieSession"


# Seconds, more than 0; or BrokerTimeoutError.
def remaining(deadline: float) -> float:
    if (seconds := deadline - monotonic()) > 0:
        return seconds
    raise timed_out()


def timed_out() -> BrokerTimeoutError:
    return BrokerTimeoutError("no answer in time", "try again, allow more (timeout=), or see `macie-broker status`")


# How to wait is for those who inherit from it.
class Lane:
    def __init__(self, wire: Wire) -> None:
        self.wire, self.pid = wire, os.getpid()
        self.repeatable = self._answered = False
        self.over: Callable[[], Exception] | None = None
        # An inherited socket may have had other users, whose ids must not come again: these begin anywhere.
        self._last = int.from_bytes(os.urandom(6), "big")
        self._waiting: dict[int, Callable[[Any], None]] = {}
        self._farewell: dict[str, Any] | None = None
        self._buffer = bytearray()
        self._inside, self._retired = 0, False
        self._changed = Condition()

    # Whether a client that wants this kind can use it.
    def shared(self, kind: Any) -> bool:
        return kind is type(self) and self.pid == os.getpid()

    # Whether a call may be made here; it then ends with `leave`. Of an inherited one there is no other, and what a new
    # one has to say already, such as that there are too many, is for whoever made it.
    def enter(self, is_new: bool = False) -> bool:
        with self._changed:
            if not (is_new or self.wire.inherited or self._retired):
                # With nothing asked, what can be read is a farewell, the end, or what nobody wants any more.
                if self.over or (self._inside == 0 and self.wire.ready(POLLIN, 0)):
                    self.retire()
            self._inside += not self._retired
            return not self._retired

    # Who leaves without his answer gives it up: it may still come, and is then nobody's.
    def leave(self, number: int) -> None:
        with self._changed:
            self._inside -= 1
            if self._waiting.pop(number, None) or self._retired or self.over:
                self.retire()
            self._changed.notify_all()

    # No further call; closed when the last one has left. One that was inherited is then free for whoever comes next,
    # another client or a child, unless it has read a part of a line.
    def retire(self) -> None:
        with self._changed:
            self._retired = self._retired or not self.wire.inherited
            if self._inside == 0 and (self._retired or self.over or not self._buffer):
                self.close()

    def close(self) -> None:
        self._retired = True
        if self.wire.inherited and holders.get(self.wire.descriptor) is self:
            del holders[self.wire.descriptor]
        self.wire.close()

    # An id, and the line to send. `settle` gets a result or an exception.
    def ask(self, params: str, settle: Callable[[Any], None]) -> tuple[int, bytes]:
        if self.over:
            raise self.over()
        self._last += 1
        self._waiting[self._last] = settle
        line = f'{{"jsonrpc":"2.0","id":{self._last},"method":"{_METHOD}","params":{{{params}}}}}\n'
        return self._last, line.encode()

    # Takes what was read; nothing stands for the end.
    def received(self, data: bytes) -> None:
        start = len(self._buffer)
        self._buffer += data
        while self.over is None:
            end = self._buffer.find(b"\n", start)
            if (len(self._buffer) if end < 0 else end) > _messages.LINE_BYTES:
                self.end(lambda: _messages.violation(f"a line of more than {_messages.LINE_BYTES} bytes"))
            elif end < 0:
                break
            else:
                line, start = bytes(self._buffer[:end]), 0
                del self._buffer[: end + 1]
                self._read(line)
        if not data and self.over is None:
            # All requests only read, so that a kept connection's end may be met with another try.
            self.repeatable = self._answered and not self._buffer
            remedy = "try again: it may have been restarted; if it happens again, its log says why"
            self.end(lambda: ConnectionClosedError("the broker closed the connection before it answered", remedy))

    # Tells all who wait; each gets an exception of his own, as they may be raised in many threads.
    def end(self, why: Callable[[], Exception]) -> None:
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
        if number is None and len(self._waiting) == 1:
            (number,) = self._waiting
        elif number is None:
            self._farewell = content
        if type(number) is int and (settle := self._waiting.pop(number, None)):
            self._answered = True
            settle(failure(content) if failed else content)
        return None


# Of the threads that wait on it one reads, for all; when it has its answer, another one does.
class ThreadLane(Lane):
    _reading = False

    # Asks and waits. Raises what the answer says, or why there is none.
    def exchange(self, params: str, deadline: float) -> Any:
        outcome: list[Any] = []
        number = 0
        try:
            with self._changed:
                while len(self._waiting) >= IN_FLIGHT and not self.over:
                    self._changed.wait(remaining(deadline))
                number, line = self.ask(params, outcome.append)
                # With the lock: 32 requests fit into the socket's buffer, so that this does not wait.
                while not self.wire.send(line):
                    self.wire.ready(POLLOUT, remaining(deadline))
            while not outcome:
                with self._changed:
                    while self._reading and not outcome:
                        self._changed.wait(remaining(deadline))
                    if outcome:
                        break
                    self._reading = True
                self._read_for_all(deadline)
        finally:
            self.leave(number)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def _read_for_all(self, deadline: float) -> None:
        data = None
        try:
            if self.wire.ready(POLLIN, remaining(deadline)):
                data = self.wire.receive()
        finally:
            with self._changed:
                self._reading = False
                if data is not None and not self.over:
                    self.received(data)
                self._changed.notify_all()

# Where the broker is (PROTOCOL.md, 1), and a connected descriptor to it that never blocks.
from __future__ import annotations

import _socket  # what socket rests on; that also loads selectors and enum: 3 ms
import errno
import os
import select

from .exceptions import NoBrokerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_PATH_BYTES = 107  # of sockaddr_un, unix(7)
_CHUNK_BYTES = 65536
_START = "start one with `macie-brokerd`, or say where one listens: MACIE_BROKER_SOCKET=PATH, or socket_path="
_REMEDIES = {
    errno.EACCES: "ask whoever runs it to open its socket to you (mode and group), or start your own `macie-brokerd`",
    errno.EPERM: "have the parent process connect to `macie-brokerd`, and inherit the socket: MACIE_BROKER_FD=NUMBER",
    errno.EBADF: "unset MACIE_BROKER_FD, or set it to an inherited socket that is connected to `macie-brokerd`",
}


# A path, or an inherited descriptor, and why it was chosen. It is final: nobody is asked elsewhere instead.
class Place:
    def __init__(self, explicit: str | None) -> None:
        number, named, runtime = map(os.environ.get, ("MACIE_BROKER_FD", "MACIE_BROKER_SOCKET", "XDG_RUNTIME_DIR"))
        of_user = f"{runtime}/macie-broker/broker.sock"
        has_user = runtime and runtime.startswith("/") and os.path.lexists(of_user)
        self.path, self.why = next((path, why) for path, why in (
            (explicit, "given as socket_path"),
            (f"MACIE_BROKER_FD={number}" if number else None, "an inherited descriptor"),
            (named or None, "from MACIE_BROKER_SOCKET"),
            (of_user if has_user else None, "it is in XDG_RUNTIME_DIR"),
            ("/run/macie-broker/broker.sock", "the system's: neither MACIE_BROKER_SOCKET nor MACIE_BROKER_FD is set"),
        ) if path is not None)
        self.descriptor: int | None = None
        if explicit is None and number:
            if not (number.isascii() and number.isdigit()) or int(number[:300]) > 2147483647:
                raise self.no_broker("not a descriptor's number", errno.EBADF)
            self.descriptor = int(number)
        elif "\0" in self.path or not 1 <= len(os.fsencode(self.path)) <= _PATH_BYTES:
            raise self.no_broker(f"a socket path has 1 to {_PATH_BYTES} bytes and no NUL")

    def __str__(self) -> str:
        return f"{self.path} ({self.why})"

    def no_broker(self, what: str, number: int | None = None) -> NoBrokerError:
        return NoBrokerError(f"no broker at {self}: {what}", _REMEDIES.get(number or 0, _START))

    # A connection; BlockingIOError when the broker is too busy to accept, or NoBrokerError.
    def connect(self) -> Wire:
        try:
            if self.descriptor is not None:
                return _inherit(self.descriptor)
            made = Wire(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM))
            made.socket.settimeout(0)
            made.socket.connect(self.path)
            return made
        except OSError as wrong:
            if wrong.errno == errno.EAGAIN:
                raise
            number = wrong.errno if self.descriptor is None else errno.EBADF
            raise self.no_broker(wrong.strerror or str(wrong), number) from None


# Uses MSG_DONTWAIT: O_NONBLOCK and the time-outs belong to the socket, which others may have inherited too.
class Wire:
    def __init__(self, connected: _socket.socket, inherited: bool = False) -> None:
        self.socket, self.inherited, self.descriptor = connected, inherited, connected.fileno()

    def ready(self, event: int, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, event)
        return bool(poll.poll(-int(-seconds * 1000 // 1)))

    # Whether the line went. It goes as a whole or not at all: Linux cuts what is sent here only when it is longer than
    # half of the socket's buffer, which has 4608 bytes at least. A broken connection takes everything: what the broker
    # said before it closed is still to be read.
    def send(self, line: bytes) -> bool:
        try:
            return self.socket.send(line, _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL) > 0
        except OSError as wrong:
            return wrong.errno != errno.EAGAIN

    # What there is; None if nothing yet, b"" at the end.
    def receive(self) -> bytes | None:
        try:
            return self.socket.recv(_CHUNK_BYTES, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    # An inherited descriptor stays open: it is not this client's.
    def close(self) -> None:
        if self.inherited:
            self.socket.detach()
        else:
            self.socket.close()

    __del__ = close


def _inherit(descriptor: int) -> Wire:
    blocking = os.get_blocking(descriptor)
    found = Wire(_socket.socket(fileno=descriptor), inherited=True)
    if _socket.getdefaulttimeout() is not None:
        # A default makes every socket object non-blocking, which may not be done to this one.
        found.socket.settimeout(None)
        os.set_blocking(descriptor, blocking)
    found.socket.getpeername()
    if (found.socket.family, found.socket.type) != (_socket.AF_UNIX, _socket.SOCK_STREAM):
        raise OSError("not a Unix stream socket")
    os.set_inheritable(descriptor, False)
    return found


# Who talks on which inherited descriptor. Its replies can have one reader only, so the clients of a process share it.
holders: dict[int, Any] = {}


# The one that talks on the place's descriptor in this process; a new one, of that kind, if nobody does.
def hold(place: Place, descriptor: int, kind: Callable[[Wire], Any]) -> Any:
    holder: Any = holders.get(descriptor, None)
    if holder and not holder.shared(kind):
        mine = holder.pid == os.getpid()
        who = "another client of this process" if mine else f"process {holder.pid}, of which this one is a fork,"
        if mine:
            holder.retire()
        if descriptor in holders:
            raise place.no_broker(f"{who} has the connection in use, and has to close its client first")
    return holders.get(descriptor) or holders.setdefault(descriptor, kind(place.connect()))

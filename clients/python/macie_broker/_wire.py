# Where the broker is (PROTOCOL.md, 1), and a connected descriptor to it that never blocks.
from __future__ import annotations

import _socket  # what socket rests on; that also loads selectors and enum: 3 ms
import errno
import os
import select

from .exceptions import NoBrokerError

_OF_SYSTEM = "/run/macie-broker/broker.sock"
_PATH_BYTES = 107  # of sockaddr_un, unix(7)
_CHUNK_BYTES = 65536
_START = "start one with `macie-brokerd`, or say where one is: MACIE_BROKER_SOCKET, or socket_path="
_REMEDIES = {
    errno.EACCES: "have its socket opened to you (mode, group), or start your own `macie-brokerd`",
    errno.EPERM: "have a parent connect to `macie-brokerd` and pass the socket on: MACIE_BROKER_FD",
    errno.EBADF: "unset MACIE_BROKER_FD, or pass a socket that is connected to `macie-brokerd`",
}


# A path, or an inherited descriptor, and why it was chosen. It is final: nobody else is asked.
class Place:
    def __init__(self, explicit: str | None) -> None:
        number, named = os.environ.get("MACIE_BROKER_FD"), os.environ.get("MACIE_BROKER_SOCKET")
        of_user = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), "macie-broker/broker.sock")
        has_user = of_user.startswith("/") and os.path.lexists(of_user)
        self.path, self.why = next((path, why) for path, why in (
            (explicit, "given as socket_path"),
            (f"MACIE_BROKER_FD={number}" if number else None, "an inherited descriptor"),
            (named or None, "from MACIE_BROKER_SOCKET"),
            (of_user if has_user else None, "it is in XDG_RUNTIME_DIR"),
            (_OF_SYSTEM, "the system's: neither MACIE_BROKER_SOCKET nor MACIE_BROKER_FD is set"),
        ) if path is not None)
        self.descriptor: int | None = None
        if explicit is None and number:
            is_right = number.isascii() and number.isdigit() and int(number[:300]) <= 2147483647
            self.descriptor = int(number) if is_right else -1

    def __str__(self) -> str:
        return f"{self.path} ({self.why})"

    def no_broker(self, what: str, number: int | None = None) -> NoBrokerError:
        return NoBrokerError(f"no broker at {self}: {what}", _REMEDIES.get(number or 0, _START))

    # A connection; BlockingIOError when the broker is too busy to accept, or NoBrokerError.
    def connect(self) -> Wire:
        try:
            if self.descriptor is not None:
                return _inherit(self.descriptor)
            if "\0" in self.path or not 1 <= len(os.fsencode(self.path)) <= _PATH_BYTES:
                raise OSError(f"a socket path has 1 to {_PATH_BYTES} bytes and no NUL")
            made = Wire(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM))
            made.socket.settimeout(0)
            made.socket.connect(self.path)
            return made
        except OSError as wrong:
            if wrong.errno == errno.EAGAIN:
                raise
            number = wrong.errno if self.descriptor is None else errno.EBADF
            raise self.no_broker(wrong.strerror or str(wrong), number) from None


# Uses MSG_DONTWAIT: O_NONBLOCK and the time-outs belong to the socket, which others may have
# inherited too.
class Wire:
    def __init__(self, connected: _socket.socket, inherited: bool = False) -> None:
        self.socket, self.inherited, self.descriptor = connected, inherited, connected.fileno()

    def readable(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        return bool(poll.poll(-int(-seconds * 1000 // 1)))

    # A line goes as a whole, or not at all and with BlockingIOError: Linux cuts what is sent here
    # only when it is longer than half of the socket's buffer, which has 4608 bytes at least. A
    # broken connection takes everything: what the broker said before it closed can still be read.
    def send(self, line: bytes) -> None:
        try:
            self.socket.send(line, _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
        except OSError as wrong:
            if wrong.errno == errno.EAGAIN:
                raise

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
    if descriptor < 0:
        raise OSError("not a descriptor's number")
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

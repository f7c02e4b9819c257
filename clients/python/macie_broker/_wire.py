"""Where the broker is (PROTOCOL.md, 1), and a connected descriptor to it that never blocks."""

from __future__ import annotations

import errno
import os
import select

from .exceptions import NoBrokerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket as _socket
    from typing import Any, Callable
else:
    try:
        import _socket  # socket itself also loads selectors and enum: 2 ms
    except ImportError:
        import socket as _socket

_PATH_BYTES = 107  # of sockaddr_un, unix(7)
_CHUNK_BYTES = 65536
_START = "start one with `macie-brokerd`, or say where one listens: MACIE_BROKER_SOCKET=PATH, or socket_path="
_REMEDIES = {
    errno.EACCES: "ask whoever runs it to open its socket to you (mode and group), or start your own `macie-brokerd`",
    errno.EPERM: "have the parent process connect to `macie-brokerd`, and inherit the socket: MACIE_BROKER_FD=NUMBER",
    errno.EBADF: "unset MACIE_BROKER_FD, or set it to an inherited socket that is connected to `macie-brokerd`",
}


class Place:
    """A path, or an inherited descriptor, and why it was chosen. It is final: nobody is asked elsewhere instead."""

    def __init__(self, explicit: str | None) -> None:
        number, named, runtime = map(os.environ.get, ("MACIE_BROKER_FD", "MACIE_BROKER_SOCKET", "XDG_RUNTIME_DIR"))
        of_user = f"{runtime}/macie-broker/broker.sock"
        self.descriptor: int | None = None
        if explicit is not None:
            self.path, self.why = explicit, "given as socket_path"
        elif number:
            self.path, self.why = f"MACIE_BROKER_FD={number}", "an inherited descriptor"
            if not (number.isascii() and number.isdigit()) or int(number[:300]) > 2147483647:
                raise self.no_broker("not a descriptor's number", errno.EBADF)
            self.descriptor = int(number)
        elif named:
            self.path, self.why = named, "from MACIE_BROKER_SOCKET"
        elif runtime and runtime.startswith("/") and os.path.lexists(of_user):
            self.path, self.why = of_user, "it is in XDG_RUNTIME_DIR"
        else:
            self.path = "/run/macie-broker/broker.sock"
            self.why = "the system's, as neither MACIE_BROKER_SOCKET nor MACIE_BROKER_FD is set"
        if self.descriptor is None and ("\0" in self.path or not 1 <= len(os.fsencode(self.path)) <= _PATH_BYTES):
            raise self.no_broker(f"a socket path has 1 to {_PATH_BYTES} bytes and no NUL")

    def __str__(self) -> str:
        return f"{self.path} ({self.why})"

    def no_broker(self, what: str, number: int | None = None) -> NoBrokerError:
        return NoBrokerError(f"no broker at {self}: {what}", _REMEDIES.get(number or 0, _START))

    def connect(self) -> Wire:
        """A connection; BlockingIOError when the broker is too busy to accept, or NoBrokerError."""
        made = None
        try:
            if self.descriptor is not None:
                return Wire.inherit(self.descriptor)
            made = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
            made.settimeout(0)
            made.connect(self.path)
            return Wire(made)
        except BlockingIOError:
            raise
        except OSError as wrong:
            what = "nobody listens on this socket" if wrong.errno == errno.ECONNREFUSED else wrong.strerror
            raise self.no_broker(what or str(wrong), errno.EBADF if made is None else wrong.errno) from None


class Wire:
    """Uses MSG_DONTWAIT: O_NONBLOCK and the time-outs belong to the socket, which others may have inherited too."""

    def __init__(self, connected: _socket.socket, inherited: bool = False) -> None:
        self._socket, self.inherited = connected, inherited
        self.descriptor = connected.fileno()

    @classmethod
    def inherit(cls, descriptor: int) -> Wire:
        blocking = os.get_blocking(descriptor)
        found = cls(_socket.socket(fileno=descriptor), inherited=True)
        if _socket.getdefaulttimeout() is not None:
            # A default makes every socket object non-blocking, which may not be done to this one.
            found._socket.settimeout(None)
            os.set_blocking(descriptor, blocking)
        found._socket.getpeername()
        if (found._socket.family, found._socket.type) != (_socket.AF_UNIX, _socket.SOCK_STREAM):
            raise OSError("not a Unix stream socket")
        os.set_inheritable(descriptor, False)
        return found

    def ready(self, event: int, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, event)
        return bool(poll.poll(-int(-seconds * 1000 // 1)))

    def send(self, data: bytes) -> int:
        """How much went. A broken connection takes it all: what the broker said before it closed is still to be read."""
        try:
            return self._socket.send(data, _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)

    def receive(self) -> bytes | None:
        """What there is; None if nothing yet, b"" at the end."""
        try:
            return self._socket.recv(_CHUNK_BYTES, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def close(self) -> None:
        """An inherited descriptor stays open: it is not this client's."""
        if self.inherited:
            self._socket.detach()
        else:
            self._socket.close()

    __del__ = close


# Who talks on which inherited descriptor. Its replies can have one reader only, so the clients of a process share it.
_holders: dict[int, Any] = {}


def hold(place: Place, kind: Callable[[Wire], Any]) -> Any:
    """The one that talks on the place's descriptor in this process; a new one, of that kind, if nobody does."""
    holder: Any = _holders.get(place.descriptor or 0)
    if holder is not None and holder.pid != os.getpid():
        raise place.no_broker(
            f"process {holder.pid}, which this one was forked from, has the connection in use; close the client before"
            " the fork, or let the child have a connection of its own"
        )
    if holder is not None and not holder.shared(kind):
        let_go(holder)
        if _holders.get(place.descriptor or 0) is holder:
            raise place.no_broker("another client of this process has the connection in use; close that one first")
        holder = None
    return holder or _holders.setdefault(place.descriptor or 0, kind(place.connect()))


def let_go(holder: Any) -> None:
    """When nothing is under way on it, the descriptor is free for whoever comes next: another client, a child."""
    if holder.pid == os.getpid() and holder.idle and holder in _holders.values():
        del _holders[holder.wire.descriptor]
        holder.close()

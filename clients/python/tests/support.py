"""A broker that does what a test wants, on a socket in a temporary folder, each connection in a thread of its own."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
SECONDS = 10
SESSION = {
    "createdAt": "2020-12-02T22:39:41.930Z",
    "findingPublishingFrequency": "SIX_HOURS",
    "serviceRole": "arn:aws:iam::123456789012:role/macie",
    "status": "ENABLED",
    "updatedAt": "2024-02-29T23:59:59.999Z",
}
PROVENANCE = {
    "profile": "default",
    "region": "us-east-1",
    "requestId": "3c2a1b60",
    "fetchedAt": "2026-03-01T08:00:00.125Z",
    "ageSeconds": 0.5,
    "cached": True,
    "attempts": 2,
}


class Peer:
    """One connection, from the broker's side."""

    def __init__(self, connection):
        self.connection = connection
        self.unanswered = []

    def send(self, message):
        self.connection.sendall(json.dumps(message).encode() + b"\n")

    def answer(self, request, status="ENABLED"):
        session = {**SESSION, "status": status}
        self.send({"jsonrpc": "2.0", "id": request["id"], "result": {"session": session, "provenance": PROVENANCE}})

    def refuse(self, request, type, origin="broker", **data):
        error = {"code": -32000, "message": "no", "data": {"type": type, "origin": origin, "retryable": False, **data}}
        self.send({"jsonrpc": "2.0", "id": request["id"], "error": error})

    def close(self):
        self.connection.shutdown(socket.SHUT_RDWR)


class Broker:
    """`act(peer, request)` is called for each request; without it every one is answered."""

    def __init__(self, act=Peer.answer):
        self.act = act
        self.peers = []
        self.requests = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "broker.sock")
        self.listen()
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()

    def listen(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(128)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                peer = Peer(connection)
                self.peers.append(peer)
                threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with contextlib.suppress(OSError), peer.connection, peer.connection.makefile("rb") as lines:
            for line in lines:
                request = json.loads(line)
                self.requests.append(request)
                self.act(peer, request)

    def stop(self):
        """As a broker that ends: nobody listens, and every connection is closed."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for peer in self.peers:
            with contextlib.suppress(OSError):
                peer.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def connected(self):
        """A descriptor as a sandbox would inherit it."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(self.path)
        return connection


class Holding:
    """Answers only a while after the first request came, all that wait by then."""

    def __init__(self):
        self.most = 0

    def __call__(self, peer, request):
        peer.unanswered.append(request)
        self.most = max(self.most, len(peer.unanswered))
        if len(peer.unanswered) == 1:
            threading.Timer(0.1, self.answer_all, (peer,)).start()

    def answer_all(self, peer):
        waiting, peer.unanswered = peer.unanswered, []
        for request in waiting:
            peer.answer(request, request["params"]["region"])


class Gathering:
    """Answers only when `count` requests wait, the last one first: who asks one after another waits for ever."""

    def __init__(self, count):
        self.count = count

    def __call__(self, peer, request):
        peer.unanswered.append(request)
        if len(peer.unanswered) == self.count:
            for waiting in reversed(peer.unanswered):
                peer.answer(waiting, waiting["params"].get("region", "ENABLED"))
            peer.unanswered = []


@contextlib.contextmanager
def environment(**variables):
    """These variables and no other of the broker's."""
    before = dict(os.environ)
    for name in ("MACIE_BROKER_FD", "MACIE_BROKER_SOCKET", "XDG_RUNTIME_DIR"):
        os.environ.pop(name, None)
    os.environ.update({name: str(value) for name, value in variables.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def in_threads(count, call):
    """What each of the threads got, a value or an exception."""
    outcomes = [None] * count

    def make(index):
        try:
            outcomes[index] = call(index)
        except Exception as error:
            outcomes[index] = error

    threads = [threading.Thread(target=make, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return outcomes


def in_child(call):
    """What a child made by fork got, as text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = str(call())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def run(program, python=sys.executable, options=(), **variables):
    """What a program printed that another interpreter ran, with this folder's package."""
    variables = {"PYTHONPATH": str(FOLDER), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(
        [python, *options, "-c", program], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        cwd="/",
    )
    if done.returncode:
        raise AssertionError(f"status {done.returncode}: {done.stdout}")
    return done.stdout.strip()

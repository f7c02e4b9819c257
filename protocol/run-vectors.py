#!/usr/bin/env python3
"""Runs the vectors against a live broker: run-vectors.py [--socket PATH] [--list] [CASE…]

The reference runner: what vectors/README.md says of the broker's cases, in Python's
standard library. Further folders of cases come from PROTOCOL_VECTORS. Without --socket it looks for the
broker as PROTOCOL.md section 1 says (an inherited descriptor is no use: every case needs its own connection).
Prints "N passed, M failed" and ends with 1 when a case has failed, with 69 when there is no broker.
"""

import argparse
import os
import select
import socket
import sys
import time

from vector_case import Failed, case_folders, compare, read_expectations, read_steps

SECONDS_PER_CASE = 10


# One connection

class Connection:
    def __init__(self, path, deadline):
        self.deadline = deadline
        self.received = bytearray()
        self.ended = False
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(SECONDS_PER_CASE)
        self.socket.connect(path)
        self.socket.setblocking(False)

    def replies(self):
        return self.received.count(b"\n")

    def send(self, data):
        """Sends, receiving meanwhile. A broker that has closed takes no more: that shows in what it replied."""
        data = memoryview(data)
        while data and not self.ended:
            if self.wait(sending=True):
                try:
                    data = data[self.socket.send(data):]
                except BlockingIOError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    return

    def receive_until(self, done):
        while not done() and not self.ended:
            self.wait(sending=False)

    def half_close(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the broker has closed already

    def wait(self, sending):
        """Waits until something can be done and receives what there is; says whether more can be sent."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Failed(f"not over after {SECONDS_PER_CASE} seconds")
        readable, writable, _ = select.select([self.socket], [self.socket] if sending else [], [], left)
        if readable:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return bool(writable)
            except ConnectionResetError:
                data = b""
            self.received += data
            self.ended = not data
        return bool(writable)


# One case

def run(case, path):
    """Runs a case; raises Failed."""
    steps = list(read_steps(case))
    expected, closes = read_expectations(case)
    connection = Connection(path, time.monotonic() + SECONDS_PER_CASE)
    try:
        converse(connection, steps, expected, closes)
    except Failed as failure:
        raise Failed(f"{failure}\n{compare(expected, connection.received)}".rstrip()) from None
    finally:
        connection.socket.close()
    differences = compare(expected, connection.received)
    if differences:
        raise Failed(differences)


def converse(connection, steps, expected, closes):
    """Sends what is to be sent and receives until the broker has closed, without a pause anywhere."""
    for kind, argument in steps:
        if kind == "send":
            connection.send(argument)
        elif kind == "await":
            connection.receive_until(lambda: connection.replies() >= argument)
        else:
            connection.half_close()
    connection.receive_until(lambda: connection.replies() >= len(expected))
    if not closes and ("half-close", None) not in steps:
        if connection.ended:
            raise Failed("the broker closed the connection")
        connection.half_close()
    connection.receive_until(lambda: False)


# The command

def find_socket(environment):
    """PROTOCOL.md section 1, without the inherited descriptor."""
    if environment.get("MACIE_BROKER_SOCKET"):
        return environment["MACIE_BROKER_SOCKET"]
    own = os.path.join(environment.get("XDG_RUNTIME_DIR", ""), "macie-broker/broker.sock")
    return own if own.startswith("/") and os.path.exists(own) else "/run/macie-broker/broker.sock"


def main():
    parser = argparse.ArgumentParser(description="Runs the protocol's vectors against a live broker.")
    parser.add_argument("--socket", metavar="PATH", default=find_socket(os.environ))
    parser.add_argument("--list", action="store_true", help="print the names of the cases and end")
    parser.add_argument("cases", metavar="CASE", nargs="*")
    arguments = parser.parse_args()
    try:
        known = case_folders()
    except Failed as failure:
        parser.error(str(failure))
    unknown = [name for name in arguments.cases if name not in known]
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}")
    if arguments.list:
        print("\n".join(known))
        return 0
    failed = 0
    names = arguments.cases or list(known)
    for name in names:
        try:
            run(known[name], arguments.socket)
        except Failed as failure:
            failed += 1
            print(f"FAILED {name}\n  {failure}")
        except OSError as error:
            print(f"no broker at {arguments.socket}: {error.strerror or error}", file=sys.stderr)
            return 69
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

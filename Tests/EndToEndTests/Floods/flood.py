"""A client that means harm: flood.py SOCKET CONNECTIONS SECONDS

A quarter of its connections send garbage as fast as it is taken, a quarter a line that never ends, byte by byte, a quarter
ask for what is cached, a quarter force calls to AWS; all read what comes back. Prints "flooding" once all are connected and
have begun, and ends with what it got, as JSON, after SECONDS or when its standard input ends.
"""

import json
import os
import selectors
import socket
import sys
import time

GARBAGE = b'{"garbage":\n' * 64
SESSION = b'{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession"}\n' * 8
FORCED = b'{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession","params":{"maxAgeSeconds":0}}\n' * 8
KINDS = [("garbage", GARBAGE), ("slow", b"{"), ("cached", SESSION), ("forced", FORCED)]


def main():
    path, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    # What is measured is the broker's fairness, not the scheduler's: the broker has the first processor to itself.
    os.sched_setaffinity(0, os.sched_getaffinity(0) - {0} or {0})
    os.nice(15)
    selector = selectors.DefaultSelector()
    for index in range(count):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, KINDS[index % len(KINDS)])
    received = {name: 0 for name, _ in KINDS}
    closed = {name: 0 for name, _ in KINDS}
    begun, end = False, time.monotonic() + seconds
    input_ends = selectors.DefaultSelector()
    input_ends.register(sys.stdin, selectors.EVENT_READ)
    while time.monotonic() < end and not input_ends.select(0):
        for key, events in selector.select(0.1):
            name, what = key.data
            try:
                if events & selectors.EVENT_READ:
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        raise ConnectionError
                    received[name] += data.count(b"\n")
                if events & selectors.EVENT_WRITE:
                    key.fileobj.send(what)
            except BlockingIOError:
                pass
            except OSError:
                closed[name] += 1
                selector.unregister(key.fileobj)
                key.fileobj.close()
        if not begun:
            begun = True
            print("flooding", flush=True)
    print(json.dumps({"received": received, "closed": closed}), flush=True)


main()

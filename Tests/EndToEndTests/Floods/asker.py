"""A client that asks now and then, as people and their programs do: asker.py SOCKET COUNT

Prints, as JSON, the 99th percentile of what an answer took, in microseconds, and how many were no answers. Its processor is
another than the broker's (0) where there is one, and where it may it goes before everybody else there: what is measured is
the broker, not how the host's scheduler shares a processor that others keep busy.
"""

import json
import os
import socket
import sys
import time

REQUEST = b'{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession"}\n'


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    os.sched_setaffinity(0, os.sched_getaffinity(0) - {0} or {0})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(path)
    took, failures = [], 0
    for _ in range(count):
        time.sleep(0.0005)
        start = time.perf_counter()
        connection.sendall(REQUEST)
        reply = b""
        while not reply.endswith(b"\n"):
            reply += connection.recv(1 << 16)
        took.append(time.perf_counter() - start)
        failures += b'"result"' not in reply
    took.sort()
    print(json.dumps({"p99": round(took[count * 99 // 100] * 1e6), "failures": failures}))


main()

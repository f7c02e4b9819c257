"""Kills a broker between its replies: crash.py SOCKET PREFIX CONNECTIONS FILE PID

All CONNECTIONS wait for one answer of AWS. The moment the first of them has its reply, while the broker still sends the
others theirs, the process PID is killed. Then FILE has a line for each reply that came whole: its id, which begins with
PREFIX, and its outcome.
"""

import json
import os
import signal
import socket
import sys


def main():
    path, prefix, count, file, victim = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    connections = []
    for _ in range(count):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        connection.settimeout(30)
        connections.append(connection)
    for index, connection in enumerate(connections):
        request = {"jsonrpc": "2.0", "id": f"{prefix}-{index}", "method": "macie2.GetMacieSession"}
        connection.sendall(json.dumps(request | {"params": {"maxAgeSeconds": 0}}).encode() + b"\n")
    first = connections[0].recv(1)
    os.kill(victim, signal.SIGKILL)
    with open(file, "w", encoding="utf-8") as out:
        for connection in connections:
            text, first = first, b""
            try:
                while data := connection.recv(1 << 16):
                    text += data
            except ConnectionResetError:
                pass
            for reply in map(json.loads, text.split(b"\n")[:-1]):
                outcome = "ok" if "result" in reply else reply["error"]["data"]["type"]
                out.write(json.dumps({"id": reply["id"], "outcome": outcome}) + "\n")


main()

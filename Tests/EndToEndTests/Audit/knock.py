"""Sends lines to a socket and prints all that comes back until the peer closes: knock.py SOCKET LINE..."""

import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(20)
    connection.connect(sys.argv[1])
    try:
        connection.sendall("".join(line + "\n" for line in sys.argv[2:]).encode())
    except BrokenPipeError:
        pass
    with connection.makefile("r", encoding="utf-8") as replies:
        sys.stdout.write(replies.read())

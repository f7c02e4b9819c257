"""A client that does what it is told: puppet.py [DESCRIPTOR]

Orders come on standard input, one a line; each is answered by one line on standard output, "ready" when there is nothing
else to say. It says so once at its start, too. DESCRIPTOR is a connection that it goes on with.

    connect PATH        connects to a broker, by a new connection
    ask LINE            sends a request; answers with the reply
    ask-all PATH        sends the requests of a file, many at once; answers with as many lines
    become PROGRAM      executes PROGRAM, another Python, which goes on with the connection
    hand-on UID GID     ends; a child with another uid and gid goes on with the connection
    leave-groups        leaves all supplementary groups
"""

import os
import socket
import sys

# Requests that are sent before their replies are read: what the kernel keeps for a socket takes many more.
AT_ONCE = 64


def order():
    """The next line. Nothing is read ahead: it may be for the program that this one becomes."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    return line.decode().rstrip("\n").partition(" ")


def say(line):
    os.write(1, line.encode() + b"\n")


class Connection:
    def __init__(self, connected):
        self.socket = connected
        self.replies = connected.makefile("rb")

    def ask(self, lines):
        for start in range(0, len(lines), AT_ONCE):
            some = lines[start : start + AT_ONCE]
            self.socket.sendall(b"".join(line + b"\n" for line in some))
            for _ in some:
                yield self.replies.readline().decode().rstrip("\n")


def main():
    connection = Connection(socket.socket(fileno=int(sys.argv[1]))) if len(sys.argv) > 1 else None
    say("ready")
    while True:
        name, _, rest = order()
        if name == "connect":
            connection = Connection(socket.socket(socket.AF_UNIX))
            connection.socket.connect(rest)
            say("ready")
        elif name == "ask":
            say(next(connection.ask([rest.encode()])))
        elif name == "ask-all":
            with open(rest, "rb") as requests:
                for reply in connection.ask(requests.read().splitlines()):
                    say(reply)
        elif name == "become":
            connection.socket.set_inheritable(True)
            os.execv(rest, [rest, sys.argv[0], str(connection.socket.fileno())])
        elif name == "hand-on":
            opener = os.getpid()
            ended, ending = os.pipe()
            if os.fork():
                os._exit(0)
            # Nobody has its end of this pipe any more once the opener is gone.
            os.close(ending)
            os.read(ended, 1)
            uid, gid = map(int, rest.split(" "))
            os.setgid(gid)
            os.setuid(uid)
            say(f"ready, and {opener} has ended")
        elif name == "leave-groups":
            os.setgroups([])
            say("ready")
        else:
            sys.exit(f"no such order: {name}")


main()

"""Numbers of processes that come again: pid_reuse.py BROKERD CONFIGURATION SOCKET GRANTED OTHER UID

The first process of a pid namespace of its own. Starts a broker, and clients of UID one after the other that all get the
same pid: GRANTED and OTHER are two programs, copies of this Python. Prints what each of them was told, as one JSON object:
by the connection of the first, and by one of its own.
"""

import array
import json
import os
import socket
import subprocess
import sys

LAST_PID = "/proc/sys/kernel/ns_last_pid"

# Connects, hands its connection on by the socket that it was started with, and answers requests by it until that is closed.
CLIENT = """
import array, os, socket, sys
boss = socket.socket(fileno=3)
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
boss.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [link.fileno()]))])
boss.recv(1)
"""


def ask(connection, method, **parameters):
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    connection.sendall(json.dumps(request).encode() + b"\n")
    reply = b""
    while not reply.endswith(b"\n"):
        reply += connection.recv(65536)
    return json.loads(reply)["result"]


def fork_as(pid):
    """fork(2), until the child has that number. Threads of others may take it away meanwhile."""
    for _ in range(1000):
        with open(LAST_PID, "w") as last:
            last.write(str(pid - 1))
        child = os.fork()
        if child == 0 and os.getpid() != pid:
            os._exit(0)
        if child in (0, pid):
            return child
        os.waitpid(child, 0)
    sys.exit(f"the number {pid} did not come again")


class Client:
    """A process that has connected, and its connection, which is held here too."""

    def __init__(self, program, path, uid, pid=None):
        self.boss, theirs = socket.socketpair()
        self.pid = fork_as(pid) if pid else os.fork()
        if self.pid == 0:
            os.setgid(uid)
            os.setuid(uid)
            os.dup2(theirs.fileno(), 3)
            os.execv(program, [program, "-c", CLIENT, path])
        theirs.close()
        _, (control,), _, _ = self.boss.recvmsg(1, socket.CMSG_SPACE(4))
        self.connection = socket.socket(fileno=array.array("i", control[2])[0])

    def end(self):
        self.boss.close()
        os.waitpid(self.pid, 0)


def told(connection):
    who = ask(connection, "broker.WhoAmI")
    decision = ask(connection, "broker.Explain", action="macie2:GetMacieSession")
    return {"uid": who["uid"], "pid": who["pid"], "executable": who.get("executable"), "allowed": decision["allowed"]}


def main():
    brokerd, configuration, path, granted, other, uid = sys.argv[1:7]
    broker = subprocess.Popen(
        [brokerd, "--config", configuration, "--socket", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
    )
    if not broker.stdout.readline().startswith(b"ready"):
        sys.exit("the broker did not become ready")
    first = Client(granted, path, int(uid))
    answers = {"first": told(first.connection)}
    first.end()
    answers["nobody"] = {"inherited": told(first.connection)}
    for name, program in [("other", other), ("granted", granted)]:
        client = Client(program, path, int(uid), pid=first.pid)
        answers[name] = {"inherited": told(first.connection), "own": told(client.connection), "pid": client.pid}
        client.end()
    broker.terminate()
    broker.wait()
    print(json.dumps(answers))


main()

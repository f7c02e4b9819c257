"""The load client, run once, and held idle."""

import contextlib
import json
import select
import subprocess

from .processes import Failed, on_core, text_of


def drive(tools, server, connections, seconds, core):
    """One run of the load client as its JSON object."""
    argv = [tools.load, "--socket", server.socket, "--wire", server.wire, "--connections", str(connections),
            "--seconds", str(seconds), "--pid", str(server.pid)]
    return json.loads(text_of(argv, timeout=seconds + 30, preexec_fn=on_core(core)))


@contextlib.contextmanager
def idle(tools, server, connections, ask):
    """Holds idle connections while the body runs, then checks that the server still held every one."""
    argv = [tools.load, "--socket", server.socket, "--wire", server.wire, "--connections", str(connections), "--idle"]
    process = subprocess.Popen([*argv, "--ask"] if ask else argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        readable, _, _ = select.select([process.stdout], [], [], 60)
        if not readable or not process.stdout.readline():
            raise Failed(f"{server.name} did not accept {connections} connections")
        yield
        answer, _ = process.communicate(timeout=30)
        held = json.loads(answer)["held"]
        if held != connections:
            raise Failed(f"{server.name} held {held} of {connections} idle connections")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if not process.stdin.closed:
            process.stdin.close()
        process.stdout.close()

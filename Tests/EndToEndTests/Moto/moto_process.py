"""A moto server that can go away and come back with its accounts as they were.

    moto_process.py [--port P]

Prints `listening PORT` when it answers. Reads commands from standard input, one a line: `stop` closes the port (and
prints `stopped`), `start` opens the same port again (and prints `listening PORT`), `roles` prints the names of the role
sessions that were asked for so far, in order, as a JSON array. Ends when standard input ends, so that it never outlives
the test that started it.
"""

import argparse
import io
import json
import logging
import os
import sys
from threading import Thread
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


class MotoProcess:
    def __init__(self, port):
        self.port = port
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.roles = []
        self.server = None

    def application(self, environ, start_response):
        """moto, with a note of each role session that is asked for."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if body.startswith(b"Action=AssumeRole"):
            self.roles.append(parse_qs(body.decode())["RoleSessionName"][0])
        return self.moto(environ, start_response)

    def start(self):
        self.server = make_server("127.0.0.1", self.port, self.application, threaded=True)
        self.port = self.server.server_port
        Thread(target=self.server.serve_forever, daemon=True).start()
        print(f"listening {self.port}", flush=True)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        print("stopped", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = MotoProcess(options.parse_args().port)
    moto.start()
    for line in sys.stdin:
        match line.strip():
            case "stop":
                moto.stop()
            case "start":
                moto.start()
            case "roles":
                print(json.dumps(moto.roles), flush=True)
            case unknown:
                sys.exit(f"unknown command: {unknown}")
    # Threads that still answer somebody are not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()

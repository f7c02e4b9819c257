"""Load for a broker that will not see its end: load.py SOCKET PREFIX CONNECTIONS AFTER FILE [SECONDS]

Asks over several connections, eight requests at a time on each: for what is cached, for what has to be fetched, for what
nobody is granted, and who it is. Says "going" once AFTER replies have come, and goes on until the broker hangs up, or until
SECONDS have passed. Then FILE has a line for each reply that came whole: its id, which begins with PREFIX, and its outcome.
"""

import json
import selectors
import socket
import sys
import time

KINDS = [
    ("macie2.GetMacieSession", {}), ("broker.WhoAmI", {}), ("macie2.GetMacieSession", {"maxAgeSeconds": 0}),
    ("macie2.GetMacieSession", {"region": "eu-north-1"}),
]
WINDOW = 8


class Conversation:
    def __init__(self, path, name):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.name, self.asked, self.waiting, self.outbox, self.inbox = name, 0, 0, b"", b""

    def ask(self):
        while self.waiting < WINDOW:
            method, parameters = KINDS[self.asked % len(KINDS)]
            request = {"jsonrpc": "2.0", "id": f"{self.name}-{self.asked}", "method": method, "params": parameters}
            self.outbox += json.dumps(request).encode() + b"\n"
            self.asked += 1
            self.waiting += 1

    def send(self):
        if self.outbox:
            self.outbox = self.outbox[self.socket.send(self.outbox) :]

    def replies(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError
        *lines, self.inbox = (self.inbox + data).split(b"\n")
        for reply in map(json.loads, lines):
            self.waiting -= 1
            outcome = "ok" if "result" in reply else reply["error"]["data"]["type"]
            yield {"id": reply["id"], "outcome": outcome}


def main():
    path, prefix, count, after, file = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    end = time.monotonic() + (float(sys.argv[6]) if len(sys.argv) > 6 else 30)
    selector = selectors.DefaultSelector()
    for index in range(count):
        conversation = Conversation(path, f"{prefix}-{index}")
        selector.register(conversation.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, conversation)
    answered, going = [], False
    while selector.get_map() and time.monotonic() < end:
        for key, events in selector.select(0.1):
            try:
                if events & selectors.EVENT_READ:
                    answered.extend(key.data.replies())
                key.data.ask()
                if events & selectors.EVENT_WRITE:
                    key.data.send()
            except BlockingIOError:
                pass
            except OSError:
                selector.unregister(key.fileobj)
                key.fileobj.close()
        if not going and len(answered) >= after:
            going = True
            print("going", flush=True)
    with open(file, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(reply) + "\n" for reply in answered)


main()

"""The real broker with the simulator behind it, and the scripted broker."""

import base64
import json
import os
import queue
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from vector_case import Failed

SECONDS_TO_START = 20
SESSION = {
    "createdAt": "2020-12-02T22:39:41.930Z", "findingPublishingFrequency": "SIX_HOURS",
    "serviceRole": "arn:aws:iam::123456789012:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie",
    "status": "ENABLED", "updatedAt": "2024-02-29T23:59:59.999Z"}
OTHER_UID = 65534
CONFIGURATION = """
profiles:
  default:
    region: us-east-1
    endpoint: "{endpoint}"
    credentials: {{ source: shared-files, profile: default, credentialsFile: {folder}/credentials, configFile: {folder}/config }}
grants:
  - name: who runs the clients
    users: ["{uid}", "{other}"]
    actions: ["macie2:GetMacieSession"]
    profiles: [default]
    regions: [us-east-1]
socketMode: "0666"
cacheSeconds: 30
audit: {{ file: "{folder}/audit.jsonl" }}
"""


class Process:
    """A program that says on its standard output when it is ready; what it says after that is kept."""

    def __init__(self, command, ready, **options):
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
        self.said, self.lines = [], queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.process.kill()
                raise Failed(f"{command[0]} did not start: {''.join(self.said)}")
            if found := re.search(ready, line):
                self.ready = found
                return

    def listen(self):
        for line in self.process.stdout:
            self.said.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class RealBroker:
    def __init__(self, programs, folder):
        self.lock = threading.Lock()
        self.socket = str(folder / "broker.sock")
        key, secret = "AKIA" + base64.b32encode(os.urandom(10)).decode(), base64.b64encode(os.urandom(30)).decode()
        self.write(folder / "secret", secret)
        self.write(folder / "credentials", f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
        self.write(folder / "config", "")
        self.simulator = Process(
            [str(programs / "macie-simulator"), "--port", "0", "--access-key", key, "--secret-file",
             str(folder / "secret"), "--control"], r"^listening (http://127\.0\.0\.1:\d+)")
        self.endpoint = self.simulator.ready[1]
        self.write(folder / "broker.yaml", CONFIGURATION.format(
            endpoint=self.endpoint, folder=folder, uid=os.geteuid(), other=OTHER_UID))
        self.tell("session", SESSION)
        self.broker = Process(
            [str(programs / "macie-brokerd"), "--config", str(folder / "broker.yaml"), "--socket", self.socket],
            r"^ready", env={"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"})

    @staticmethod
    def write(path, text):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)

    def tell(self, what, value):
        request = urllib.request.Request(f"{self.endpoint}/simulator/{what}", json.dumps(value).encode(), method="PUT")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10):
            pass

    def set(self, told):
        for what, value in told.items():
            self.tell(what, value)

    def reset(self):
        """As before: the simulator, and what the broker has in its cache."""
        self.tell("behaviour", {"kind": "normal"})
        self.tell("session", SESSION)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(self.socket)
            connection.sendall(
                b'{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession","params":{"maxAgeSeconds":0}}\n')
            connection.makefile().readline()

    def stop(self):
        self.broker.stop()
        self.simulator.stop()


class ScriptedBroker:
    def __init__(self, programs, script, path, connection_per_call):
        environment = {"CONNECTION_PER_CALL": "yes"} if connection_per_call else {}
        self.process = Process([str(programs / "scripted-broker"), str(script), path], r"^ready", stdin=subprocess.PIPE,
                               env=environment)

    def verdict(self):
        """Tells it that the client has ended; what it found wrong, or None."""
        try:
            self.process.process.stdin.close()
            status = self.process.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.process.kill()
            status = self.process.process.wait()
        while self.process.lines.get() is not None:
            pass
        said = "".join(self.process.said[1:]).strip()
        return said or f"scripted-broker ended with {status}" if status else None

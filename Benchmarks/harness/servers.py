"""The floor, ssh-agent, the Macie simulator and the broker, each started for a measurement in a folder of its own."""

import glob
import json
import os
import pwd
import re
import secrets
import socket
import subprocess

from .processes import Failed, Server, text_of

REGION = "us-east-1"
ASK = {"jsonrpc": "2.0", "id": 1, "method": "macie2.GetMacieSession", "params": {}}


class Floor(Server):
    wire = "json"

    def __init__(self, tools, folder, core=None):
        self.socket = os.path.join(folder, "floor.sock")
        super().__init__("floor", [tools.floor, self.socket], core)

    def stop(self):
        super().stop()
        if os.path.exists(self.socket):
            os.unlink(self.socket)


class Agent(Server):
    """ssh-agent with one ed25519 key."""

    wire = "ssh-agent"

    def __init__(self, tools, folder, core=None):
        self.socket = os.path.join(folder, "agent.sock")
        super().__init__("ssh-agent", [tools.ssh_agent, "-D", "-a", self.socket], core, ready="SSH_AUTH_SOCK=")
        try:
            key = os.path.join(folder, "key")
            text_of(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "benchmark", "-f", key])
            text_of(["ssh-add", "-q", key], env={**os.environ, **self.environment})
        except BaseException:
            self.stop()
            raise

    @property
    def environment(self):
        return {"SSH_AUTH_SOCK": self.socket}


class Simulator(Server):
    """Macie on loopback. It knows one key pair, made for this run."""

    def __init__(self, tools, folder):
        self.key_id = "AKIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
        self.secret = secrets.token_urlsafe(30)
        secret_file = os.path.join(folder, "secret")
        with open(secret_file, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(self.secret)
        argv = [tools.simulator, "--port", "0", "--access-key", self.key_id, "--secret-file", secret_file]
        super().__init__("macie-simulator", argv, ready="listening")
        self.url = re.search(r"http://\S+", self.line).group()

    @property
    def environment(self):
        """What any AWS client needs to be served by it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept, "AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_MACIE2": self.url, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }


CONFIGURATION = """\
socket: {socket}
cacheSeconds: 3600
profiles:
  default: {{ region: {region}, endpoint: "{endpoint}", credentials: {{ source: environment }} }}
grants:
  - name: the benchmark reads the session
    users: ["{user}"]
    actions: ["macie2:GetMacieSession"]
    profiles: [default]
    regions: [{region}]
audit: {{ enabled: {audit}, file: "{record}" }}
"""


class Broker(Server):
    """The broker with its policy and limits on, every request recorded in its audit file, and one answer in its cache."""

    wire = "json"

    def __init__(self, tools, folder, simulator, core=None, warm=True, audit=True):
        self.socket = os.path.join(folder, "broker.sock")
        self.record = os.path.join(folder, "audit.jsonl") if audit else None
        self.recorded = 0
        self.counted = 0    # bytes of the current audit file whose lines have been counted
        configuration = os.path.join(folder, "broker.yaml")
        with open(configuration, "w") as file:
            user = pwd.getpwuid(os.getuid()).pw_name
            file.write(CONFIGURATION.format(
                socket=self.socket, endpoint=simulator.url, region=REGION, user=user, audit=str(audit).lower(),
                record=os.path.join(folder, "audit.jsonl")))
        super().__init__(
            "macie-brokerd" if audit else "macie-brokerd, audit off", [tools.brokerd, "--config", configuration], core,
            env=simulator.environment)
        if not warm:
            return
        try:
            self.ask()
            if not self.ask()["provenance"]["cached"]:
                raise Failed("the second answer did not come from the broker's cache")
        except BaseException:
            self.stop()
            raise

    def ask(self, request=ASK):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(self.socket)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                reply = json.loads(lines.readline())
        if "result" not in reply:
            raise Failed(f"the broker refused: {reply}")
        return reply["result"]

    def upstream_calls(self):
        return self.ask({"jsonrpc": "2.0", "id": 1, "method": "broker.Status"})["upstream"]["calls"]

    def settle(self, requests):
        """Checks that every request left its record, and removes files that are full, so that a long run does not fill the
        disk."""
        if not self.record:
            return
        lines = 0
        for name in sorted(glob.glob(self.record + ".*[0-9]")):
            lines += self.new_lines(name)
            self.counted = 0
            os.unlink(name)
        lines += self.new_lines(self.record)
        if lines < requests:
            raise Failed(f"{requests} requests left {lines} records: this is not what is promised")
        self.recorded += lines

    def new_lines(self, name):
        with open(name, "rb") as file:
            file.seek(self.counted)
            lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
            self.counted = file.tell()
        return lines


def ssh_agent_version():
    done = subprocess.run(["ssh", "-V"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.split(",")[0].strip()

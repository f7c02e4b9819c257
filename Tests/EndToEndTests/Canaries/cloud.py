#!/usr/bin/env python3
"""Everybody who gives credentials, on one loopback port: STS, IAM Identity Center and its OIDC, a container's agent, an
instance's metadata service; and a Macie that answers anybody. No signature is checked: it is secrets that are watched.

    cloud.py [--life SECONDS] LEDGER

Prints `listening PORT`. Every secret that it gives, and each that is written to it as a line
`know {"label": …, "accessKeyId": …, "secret": …, "token": …}`, is noted in the file LEDGER, a JSON object a line, with the
signing keys that are derived from it today. Other lines on standard input:

    life SECONDS   how long what is given from now on lives
    fail N         the next N who want credentials get HTTP 500, and all that they sent back
    expire N       the next N requests to Macie are told that their token has expired, and get it back
    down, up       nobody who gives credentials answers, or they do again
    agents         nothing

To each it answers with a line: an object of how many requests came with which User-Agent.
"""

import argparse
import datetime
import hashlib
import hmac
import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SESSION = {"createdAt": "2020-12-02T22:39:41.930Z", "status": "ENABLED", "findingPublishingFrequency": "SIX_HOURS"}


class Cloud:
    def __init__(self, ledger, life):
        self.lock = threading.Lock()
        self.ledger, self.life = ledger, life
        self.failing = self.expiring = self.serial = 0
        self.is_down = False
        self.agents = {}

    def count(self, agent):
        with self.lock:
            self.agents[agent] = self.agents.get(agent, 0) + 1

    def take(self, what):
        with self.lock:
            left = getattr(self, what)
            setattr(self, what, max(0, left - 1))
            return left > 0

    def issue(self, label):
        """A key pair and a token of today's, and when they end."""
        with self.lock:
            self.serial += 1
            serial = self.serial
            end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.life)
        key = {
            "label": label, "accessKeyId": f"ASIA{label.upper():X<8.8}{serial:08d}",
            "secret": canary(label), "token": canary(label, 200),
        }
        self.note(key)
        return key, end

    def note(self, key):
        today = datetime.datetime.now(datetime.timezone.utc)
        entry = dict(key)
        entry["derived"] = {
            name: derived(key["secret"], f"{today:%Y%m%d}", name).hex() for name in ("macie2", "sts")
        } if "secret" in key else {}
        with self.lock, open(self.ledger, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def obey(self, line):
        word, _, rest = line.strip().partition(" ")
        match word:
            case "know": self.note(json.loads(rest))
            case "life": self.life = float(rest)
            case "fail": self.failing = int(rest)
            case "expire": self.expiring = int(rest)
            case "down": self.is_down = True
            case "up": self.is_down = False
            case "agents": pass
            case _: sys.exit(f"unknown command: {line}")
        print(json.dumps(self.agents), flush=True)


def canary(label, count=24):
    return f"canary+{label}/" + secrets.token_urlsafe(count)


def derived(secret, day, service, region="us-east-1"):
    key = b"AWS4" + secret.encode()
    for word in (day, region, service, "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key


def handler(cloud):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, body, kind="application/json", headers=()):
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def body(self):
            return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

        def refuse(self, body):
            """As bad as can be: everything that was sent comes back in the error."""
            sent = json.dumps({"headers": dict(self.headers), "body": body})
            self.answer(500, {"__type": "InternalFailure", "message": sent, "code": "InternalFailure"})

        def gate(self, body):
            cloud.count(self.headers.get("User-Agent", ""))
            if cloud.is_down:
                self.close_connection = True
                self.connection.close()
                return False
            if cloud.take("failing"):
                self.refuse(body)
                return False
            return True

        def do_GET(self):
            path = urlsplit(self.path).path
            if path == "/macie":
                return self.macie()
            name = {"/federation/credentials": "sso", "/container": "container"}.get(path, "imds")
            if not self.gate(""):
                return None
            if path == "/latest/meta-data/iam/security-credentials/":
                return self.answer(200, "canary-role", "text/plain")
            key, end = cloud.issue(name)
            if name == "sso":
                return self.answer(200, {"roleCredentials": {
                    "accessKeyId": key["accessKeyId"], "secretAccessKey": key["secret"], "sessionToken": key["token"],
                    "expiration": int(end.timestamp() * 1000)}})
            return self.answer(200, {
                "Code": "Success", "AccessKeyId": key["accessKeyId"], "SecretAccessKey": key["secret"],
                "Token": key["token"], "Expiration": f"{end:%Y-%m-%dT%H:%M:%S.%fZ}"})

        def macie(self):
            cloud.count(self.headers.get("User-Agent", ""))
            token = self.headers.get("X-Amz-Security-Token", "")
            if cloud.take("expiring"):
                return self.answer(
                    403, {"message": f"The security token included in the request is expired: {token}"},
                    headers=[("x-amzn-ErrorType", "ExpiredTokenException")])
            return self.answer(200, SESSION, headers=[("x-amzn-RequestId", secrets.token_hex(8))])

        def do_PUT(self):
            if self.gate(""):
                token = canary("imds-session", 48)
                cloud.note({"label": "imds session", "token": token})
                self.answer(200, token, "text/plain")

        def do_POST(self):
            body = self.body()
            if urlsplit(self.path).path == "/token":
                if self.gate(body):
                    access, refresh = canary("sso-access", 120), canary("sso-refresh", 120)
                    cloud.note({"label": "sso access", "token": access})
                    cloud.note({"label": "sso refresh", "token": refresh})
                    self.answer(200, {"accessToken": access, "expiresIn": 8, "refreshToken": refresh})
                return
            action = parse_qs(body)["Action"][0]
            if not self.gate(body):
                return
            key, end = cloud.issue("role" if action == "AssumeRole" else "web")
            session = parse_qs(body)["RoleSessionName"][0]
            self.answer(200, f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
                <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/{session}</Arn></AssumedRoleUser>
                <Credentials><AccessKeyId>{key["accessKeyId"]}</AccessKeyId>
                <SecretAccessKey>{key["secret"]}</SecretAccessKey><SessionToken>{key["token"]}</SessionToken>
                <Expiration>{end:%Y-%m-%dT%H:%M:%S.%fZ}</Expiration></Credentials></{action}Result>
                </{action}Response>""", "text/xml")

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--life", type=float, default=3600)
    parser.add_argument("ledger")
    options = parser.parse_args()
    cloud = Cloud(options.ledger, options.life)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(cloud))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening {server.server_port}", flush=True)
    for line in sys.stdin:
        cloud.obey(line)


if __name__ == "__main__":
    main()

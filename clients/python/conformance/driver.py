"""Makes the calls that come on standard input, one JSON object a line, and tells what came of each.

The contract is in protocol/vectors/README.md. `asyncio` as an argument makes them with the client for asyncio.
"""

import asyncio
import json
import os
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import macie_broker  # noqa: E402
from macie_broker import exceptions  # noqa: E402

SESSION = ("createdAt", "findingPublishingFrequency", "serviceRole", "status", "updatedAt")


def arguments(call):
    return {name: call[name] for name in ("profile", "region", "maxAgeSeconds") if name in call}


def written(value, timespec="milliseconds"):
    if not isinstance(value, datetime):
        return value
    return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def told(response):
    session = {name: written(response[name]) for name in SESSION if name in response}
    provenance = dict(response["ResponseMetadata"]["MacieBroker"])
    fetched = provenance["fetchedAt"]
    # As the broker writes them: no fraction when it is zero, else 3 or 6 digits.
    digits = "microseconds" if fetched.microsecond % 1000 else "milliseconds" if fetched.microsecond else "seconds"
    provenance["fetchedAt"] = written(fetched, digits)
    return {"session": session, "provenance": provenance}


def told_error(error):
    if isinstance(error, exceptions.ClientError):
        metadata = error.response["ResponseMetadata"]
        names = {"httpStatus": "HTTPStatusCode", "requestId": "RequestId"}
        words = {name: metadata[theirs] for name, theirs in names.items() if theirs in metadata}
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return {"error": {"family": "aws", "type": code, "message": message, **metadata["MacieBroker"], **words}}
    is_refusal = isinstance(error, exceptions.RefusedError)
    told = {
        "family": "broker" if is_refusal else error.type,
        "type": error.type,
        "message": error.message if is_refusal else str(error),
        "code": error.code if is_refusal else None,
        "remedy": error.remedy,
        "retryable": error.retryable,
        "retryAfterSeconds": error.retry_after_seconds,
        "httpStatus": error.http_status if is_refusal else None,
    }
    return {"error": {name: value for name, value in told.items() if value is not None}}


class Threads:
    """The calls, made with the client that has no asyncio."""

    def __init__(self):
        self.client = macie_broker.client("macie2")
        self.usual = self.client.timeout

    def session(self, call):
        try:
            self.client.timeout = call.get("timeoutSeconds", self.usual)
            return told(self.client.get_macie_session(**arguments(call)))
        except (macie_broker.BrokerError, macie_broker.ClientError) as error:
            return told_error(error)

    def concurrent(self, calls):
        answers = [None] * len(calls)

        def make(index):
            answers[index] = self.session(calls[index])

        threads = [threading.Thread(target=make, args=(index,)) for index in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def session_of_child(self):
        return self.session({})


class Tasks:
    """The same with asyncio, in one event loop."""

    def __init__(self):
        self.client = macie_broker.aio.client("macie2")
        self.usual = self.client.timeout
        self.loop = asyncio.new_event_loop()

    async def call(self, call):
        try:
            self.client.timeout = call.get("timeoutSeconds", self.usual)
            return told(await self.client.get_macie_session(**arguments(call)))
        except (macie_broker.BrokerError, macie_broker.ClientError) as error:
            return told_error(error)

    async def gather(self, calls):
        return await asyncio.gather(*map(self.call, calls))

    def session(self, call):
        return self.loop.run_until_complete(self.call(call))

    def session_of_child(self):
        self.loop = asyncio.new_event_loop()
        return self.session({})

    def concurrent(self, calls):
        return self.loop.run_until_complete(self.gather(calls))


def forked(driver):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as pipe:
            json.dump(driver.session_of_child(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told_by_child = json.load(pipe)
    os.waitpid(child, 0)
    return told_by_child


def outcome(driver, call):
    kind = call["call"]
    if kind == "session":
        return driver.session(call)
    if kind == "concurrent":
        calls = call["of"] if isinstance(call["of"], list) else [call["of"]] * call["count"]
        return {"all": driver.concurrent(calls)}
    if kind == "fork":
        return {"forked": forked(driver)}
    if kind == "pause":
        time.sleep(call["seconds"])
        return {"paused": True}
    return {"unsupported": kind}


def main():
    driver = Tasks() if sys.argv[1:] == ["asyncio"] else Threads()
    for line in sys.stdin:
        print(json.dumps(outcome(driver, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

"""Every client as a user would run it: as somebody else, without a network, with a descriptor, without a broker; and its
README tried as it stands."""

import json
import pathlib
import socket
import subprocess

import starts
from broker import OTHER_UID, SESSION
from play import Outcome, tried
from vector_case import Failed, mismatch, shortened

STRANGER_UID = 65533  # whom no grant names
SECONDS, SECONDS_OF_TESTS = 60, 300
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SESSION_CALL = b'{"call":"session"}\n'
NO_NETWORK = ["unshare", "--net", "--"]
# Nothing is at the usual place, whatever runs on this machine.
NO_SYSTEM_BROKER = ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c",
                    'mount -t tmpfs none /run && exec "$@"', "sh"]


def as_user(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"]


def ask(stage, client, prefix, further, **options):
    """The outcome of one session call."""
    command = [*prefix, *stage.driver(client)]
    done = subprocess.run(
        command, input=SESSION_CALL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", timeout=SECONDS,
        env=stage.environment(client, **further), **options)
    try:
        return json.loads(done.stdout)
    except ValueError:
        said = done.stdout + done.stderr
        raise Failed(f"the driver ended with {done.returncode}: {shortened(said.decode(errors='replace'))}") from None


def expect(wanted, outcome):
    if found := mismatch(wanted, outcome, "the outcome"):
        raise Failed(f"{found}\n       got {shortened(json.dumps(outcome))}")


def other_uid(stage, client):
    """The session, as another user; the broker's record says that it was that user."""
    broker = stage.real_broker(client)
    expect({"session": SESSION}, ask(stage, client, as_user(OTHER_UID), {"MACIE_BROKER_SOCKET": broker.socket}))
    record = pathlib.Path(broker.socket).with_name("audit.jsonl").read_text()
    if f'"uid":{OTHER_UID}' not in record:
        raise Failed(f"the audit knows nothing of uid {OTHER_UID}")


def no_network(stage, client):
    """In a network name space of its own, where there is not even a loopback that is up; the socket is all there is."""
    broker = stage.real_broker(client)
    prefix = [*NO_NETWORK, *as_user(OTHER_UID)]
    expect({"session": SESSION}, ask(stage, client, prefix, {"MACIE_BROKER_SOCKET": broker.socket}))


def inherited_descriptor(stage, client):
    """The same, with a descriptor that was connected outside, and no way to the socket."""
    broker = stage.real_broker(client)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(broker.socket)
        expect({"session": SESSION}, ask(
            stage, client, [*NO_NETWORK, *as_user(STRANGER_UID)], {"MACIE_BROKER_FD": str(connection.fileno())},
            pass_fds=[connection.fileno()]))


def no_broker(stage, client):
    """Nothing is set and nobody is there: the message names the usual place, and says how to start one."""
    outcome = ask(stage, client, NO_SYSTEM_BROKER, {})
    for text in ("macie-brokerd", "/run/macie-broker/broker.sock"):
        expect({"error": {"family": "no-broker", "type": "no-broker", "message": f"$contains:{text}"}}, outcome)


def policy_refusal(stage, client):
    """A user whom no grant names is refused, and told what helps."""
    broker = stage.real_broker(client)
    refusal = {"family": "broker", "type": "PermissionDenied", "retryable": False, "remedy": "$type:string"}
    outcome = ask(stage, client, as_user(STRANGER_UID), {"MACIE_BROKER_SOCKET": broker.socket})
    expect({"error": refusal}, outcome)
    if not outcome["error"]["remedy"]:
        raise Failed("the remedy is empty")


def readme_start(stage, client):
    """The first example of the client's README, as it stands."""
    if client.variant:
        return Outcome(Outcome.NONE)
    starts.run(stage, client, stage.real_broker(client).socket)


def own_tests(stage, client):
    """The tests of the client's own kind: `test`, in its folder or beside its driver."""
    found = [name for name in ("test", "conformance/test") if (client.folder / name).is_file()]
    if not found or client.variant:
        return Outcome(Outcome.NONE)
    folder = stage.copy_of(client)
    compilers = stage.environment(client)["PATH"] + f":{stage.compilers}"
    for name in found:
        run(stage, client, [str(folder / name)], folder, BUILD_DIR=str(stage.kept_build_folder(client)), PATH=compilers,
            PROJECT=str(ROOT), BIN=str(stage.bin))


def beside_boto3(stage, client):
    """AWS's page for Python, with only the import changed: as with boto3, asked of the same moto."""
    if client.name != "python":
        return Outcome(Outcome.NONE)
    page = [str(ROOT / ".venv/bin/python"), str(client.folder / "conformance/boto3-page"), "--bin", str(stage.bin)]
    run(stage, client, page, "/")


def run(stage, client, command, folder, **further):
    done = subprocess.run(
        command, cwd=folder, env=stage.environment(client, **further), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=SECONDS_OF_TESTS)
    if done.returncode:
        raise Failed(f"{command[0]} ended with {done.returncode}: {done.stdout[-3000:]}")


def source_size(_, client):
    """The client's own source, without its driver and tests."""
    if client.variant:
        return Outcome(Outcome.NONE)
    lines = starts.source_lines(client)
    most = starts.MOST_LINES_OF.get(client.language, starts.MOST_LINES)
    if not 0 < lines <= most:
        raise Failed(f"{lines} lines of source; at most {most}")


def trial(test):
    return lambda stage, client: tried(stage, client, lambda: test(stage, client))


#: Those that need root.
OF_OTHERS = {
    "from another uid": trial(other_uid),
    "in `unshare --net`, with only the socket": trial(no_network),
    "with an inherited descriptor": trial(inherited_descriptor),
    "with no broker at all": trial(no_broker),
    "refused by the policy": trial(policy_refusal),
}
OF_ONE_USER = {
    "its README's start": trial(readme_start),
    "its own tests": trial(own_tests),
    "AWS's page, beside boto3": trial(beside_boto3),
    "a source of readable size": trial(source_size),
}
TRIALS = {**OF_OTHERS, **OF_ONE_USER}

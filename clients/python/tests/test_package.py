"""What is installed and loaded: from the folder, from a wheel, beside botocore and without it."""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import FOLDER, Broker, run

ASK = "import macie_broker; print(macie_broker.client('macie2').get_macie_session()['status'])"
# Each costs milliseconds, or tens of them.
HEAVY = (
    "json re enum socket selectors threading functools collections asyncio typing inspect dataclasses logging ssl"
    " subprocess botocore"
).split()

# botocore's own classes where it is installed; else the same, so that the promise is tried everywhere.
BOTOCORE = """
import sys, types
try:
    import botocore.exceptions
except ImportError:
    botocore = types.ModuleType("botocore")
    botocore.exceptions = types.ModuleType("botocore.exceptions")
    class ClientError(Exception):
        def __init__(self, error_response, operation_name):
            super().__init__(error_response["Error"]["Message"])
    class ParamValidationError(Exception):
        pass
    botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError = ClientError, ParamValidationError
    sys.modules.update({"botocore": botocore, "botocore.exceptions": botocore.exceptions})
"""
CATCH = """
client = macie_broker.client("macie2")
try:
    client.get_macie_session(nothing=1)
except botocore.exceptions.ParamValidationError as error:
    print(type(error).__name__)
try:
    client.get_macie_session()
except botocore.exceptions.ClientError as error:
    print(type(error).__name__, error.response["Error"]["Code"], error.operation_name)
    assert isinstance(error, client.exceptions.AccessDeniedException)
    assert str(error) == "An error occurred (AccessDeniedException) when calling the GetMacieSession operation: no"
assert not issubclass(macie_broker.BrokerError, botocore.exceptions.ClientError)
"""


def refuse(peer, request):
    peer.refuse(request, "AccessDeniedException", "aws", httpStatus=403)


class Botocore(unittest.TestCase):
    def test_its_except_clauses_catch_whichever_was_imported_first(self):
        for program in (BOTOCORE + "import macie_broker", "import macie_broker" + BOTOCORE):
            with self.subTest(program[:20]), Broker(refuse) as broker:
                said = run(program + CATCH, MACIE_BROKER_SOCKET=broker.path)
                expected = "ParamValidationError\nAccessDeniedException AccessDeniedException GetMacieSession"
                self.assertEqual(said, expected)

    def test_an_error_from_before_it_was_loaded_is_one_of_its_own_once_another_was_raised(self):
        program = """
import macie_broker
def error():
    try:
        macie_broker.client("macie2").get_macie_session()
    except macie_broker.ClientError as error:
        return error
first = error()
""" + BOTOCORE + """
error()
try:
    raise first
except botocore.exceptions.ClientError:
    print("caught")
"""
        with Broker(refuse) as broker:
            self.assertEqual(run(program, MACIE_BROKER_SOCKET=broker.path), "caught")


class Loading(unittest.TestCase):
    def test_a_first_answer_loads_nothing_heavy(self):
        program = ASK + f"; import sys; print([name for name in {HEAVY} if name in sys.modules])"
        with Broker() as broker:
            # Without site, for what an installation adds there may have loaded some of it already.
            said = run(program, options=["-S"], MACIE_BROKER_SOCKET=broker.path)
        self.assertEqual(said, "ENABLED\n[]")

    def test_asyncio_is_loaded_when_it_is_asked_for(self):
        program = "import macie_broker, sys; a = 'asyncio' in sys.modules; macie_broker.aio.client; print(a)"
        self.assertEqual(run(program), "False")

    def test_an_answer_has_dateutils_utc_where_that_is_loaded(self):
        program = """
import datetime, sys, types
dateutil = types.ModuleType("dateutil.tz")
class tzutc(datetime.tzinfo):
    def utcoffset(self, _): return datetime.timedelta(0)
dateutil.tzutc = tzutc
sys.modules["dateutil.tz"] = dateutil
import macie_broker
print(type(macie_broker.client("macie2").get_macie_session()["createdAt"].tzinfo).__name__)
"""
        with Broker() as broker:
            self.assertEqual(run(program, MACIE_BROKER_SOCKET=broker.path), "tzutc")


class Installing(unittest.TestCase):
    def test_pip_installs_the_folder_and_a_wheel_without_a_network(self):
        before = sorted(FOLDER.rglob("*"))
        with tempfile.TemporaryDirectory() as name, Broker() as broker:
            venv = pathlib.Path(name, "venv")
            python, pip = fresh_venv(venv)
            call(*pip, "wheel", "--no-index", "--no-deps", "--wheel-dir", name, FOLDER)
            (wheel,) = pathlib.Path(name).glob("*.whl")
            for what in (FOLDER, wheel):
                call(*pip, "install", "--no-index", "--force-reinstall", what)
                program = ASK + "; print(macie_broker.__file__); print(macie_broker.__version__)"
                program += "; from importlib.metadata import version; print(version('macie-broker'))"
                said = run(program, python, PYTHONPATH="", MACIE_BROKER_SOCKET=broker.path).split("\n")
                self.assertEqual(said[0], "ENABLED")
                self.assertTrue(said[1].startswith(str(venv)), said)
                self.assertEqual(said[2], said[3])
                self.assertTrue(pathlib.Path(said[1]).with_name("py.typed").exists())
        self.assertEqual(sorted(FOLDER.rglob("*")), before, "pip left something in the folder")


def fresh_venv(folder):
    """Its interpreter, and the command that is its pip. One of its own costs seconds, and is made if there is none."""
    python = folder / "bin/python"
    if importlib.util.find_spec("pip"):
        call(sys.executable, "-m", "venv", "--without-pip", folder)
        pip = [sys.executable, "-m", "pip", "--python", python]
    else:
        call(sys.executable, "-m", "venv", folder)
        pip = [python, "-m", "pip"]
    return python, [*pip, "--quiet", "--disable-pip-version-check"]


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, cwd="/")
    if done.returncode:
        raise AssertionError(f"{command}: {done.stdout}")


if __name__ == "__main__":
    unittest.main()

"""The clients, and a stage on which they and their brokers can be run by every user."""

import pathlib
import shutil
import subprocess
import tempfile
import threading

from broker import RealBroker
from vector_case import Failed

CLIENTS = pathlib.Path(__file__).resolve().parent.parent
BUILD = CLIENTS.parent / ".build/clients"
NOT_COPIED = shutil.ignore_patterns("__pycache__", "node_modules", "build")
SECONDS_TO_BUILD = 300
NAMES = {"python": "Python", "node": "Node", "go": "Go", "c": "C", "shell": "shell", "swift": "Swift"}


class Client:
    """One client, or one way to use it: the driver's argument."""

    def __init__(self, folder, variant=""):
        self.folder, self.variant = folder, variant
        self.language = folder.name
        self.name = f"{folder.name}:{variant}" if variant else folder.name
        self.title = NAMES.get(folder.name, folder.name) + (f", {variant}" if variant else "")

        #: Whether every call has a connection of its own; and the cases that make no sense for this client, with why.
        self.connection_per_call = (folder / "conformance/connection-per-call").exists()
        self.not_there = dict(line.split(": ", 1) for line in self.lines("not-there"))

    def lines(self, name):
        """The lines of a file beside the driver, if there is one, without blank lines and comments."""
        file = self.folder / "conformance" / name
        text = file.read_text() if file.exists() else ""
        return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]

    def source_files(self):
        return [self.folder / line for line in self.lines("source-files")]


def all_clients():
    """Every folder that has a driver, once for each of its variants, as {name: client}."""
    found = {}
    for name in [*NAMES, *sorted(folder.name for folder in CLIENTS.iterdir() if folder.name not in NAMES)]:
        folder = CLIENTS / name
        if not (folder / "conformance/run").exists():
            continue
        for variant in ["", *Client(folder).lines("variants")]:
            client = Client(folder, variant)
            found[client.name] = client
    return found


class Stage:
    """A temporary folder, open to all users, with a copy of every client, what they build, and the programs of `bin`."""

    PROGRAMS = ["macie-brokerd", "macie-simulator", "scripted-broker", "swift-client-driver"]

    def __init__(self, bin_folder, clients):
        self.bin, self.languages = bin_folder, {client.language: client for client in clients}
        self.broken = {}  # language -> what its driver said instead of starting
        self.brokers, self.lock = {}, threading.Lock()
        swiftc = shutil.which("swiftc")
        self.compilers = str(pathlib.Path(swiftc).parent) if swiftc else ""

    def __enter__(self):
        if missing := [name for name in self.PROGRAMS if not (self.bin / name).exists()]:
            raise Failed(f"{self.bin} has no {', '.join(missing)}: build first (scripts/build)")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="macie-clients-"))
        self.folder.chmod(0o755)
        try:
            self.furnish()
        except BaseException:
            self.__exit__()
            raise
        return self

    def furnish(self):
        self.copy_programs()
        self.clients = self.folder / "clients"
        shutil.copytree(CLIENTS, self.clients, ignore=NOT_COPIED)
        self.home = self.new_folder("home", 0o777)
        for client in self.languages.values():
            self.prepare(client)

    def __exit__(self, *_):
        for broker in self.brokers.values():
            broker.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_folder(self, name, mode=0o755):
        folder = self.folder / name
        folder.mkdir(mode=mode)
        folder.chmod(mode)
        return folder

    def copy_of(self, client):
        """A copy of the client's folder for one purpose, so that nothing that is left there is in anybody's way."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{client.language}-", dir=self.folder))
        return pathlib.Path(shutil.copytree(client.folder, folder, ignore=NOT_COPIED, dirs_exist_ok=True))

    def copy_programs(self):
        """Swift's library may lie where other users may not look; programs also look beside themselves."""
        self.programs = self.new_folder("bin")
        libraries = set()
        for name in self.PROGRAMS:
            shutil.copy(self.bin / name, self.programs)
            linked = subprocess.run(["ldd", self.bin / name], stdout=subprocess.PIPE, text=True, check=True).stdout
            libraries |= {line.split()[2] for line in linked.splitlines() if "swift" in line and "=> /" in line}
        for library in libraries:
            shutil.copy(library, self.programs)

    def environment(self, client, **further):
        """What a user's program has, and where the driver may build."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.home), "LC_ALL": "C.UTF-8",
            "BUILD_DIR": str(self.folder / f"build-{client.language}"), "SWIFT_CLIENT_BIN": str(self.programs), **further}

    def driver(self, client):
        run = self.clients / client.language / "conformance/run"
        return [str(run), *([client.variant] if client.variant else [])]

    def kept_build_folder(self, client):
        """Where compilers keep from one run to the next what they have made; the stage has a copy of the programs."""
        folder = BUILD / client.language
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def prepare(self, client):
        """Lets the driver build what it needs, once, by running it without a call."""
        kept = self.kept_build_folder(client)
        done = subprocess.run(
            self.driver(client), env=self.environment(client, BUILD_DIR=str(kept)), cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS_TO_BUILD)
        if done.returncode or done.stdout:
            self.broken[client.language] = f"its driver does not start ({done.returncode})"
            print(f"the driver of {client.language} does not start ({done.returncode}): {done.stdout}", flush=True)
        staged = self.new_folder(f"build-{client.language}")
        for file in kept.iterdir():
            if file.is_file():
                shutil.copy2(file, staged)

    def real_broker(self, client):
        """The broker and the simulator for this client's cases: not shared, for a case sets the simulator."""
        with self.lock:
            if client.name not in self.brokers:
                folder = self.new_folder(f"broker-{client.name.replace(':', '-')}")
                self.brokers[client.name] = RealBroker(self.programs, folder)
            return self.brokers[client.name]

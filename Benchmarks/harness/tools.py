"""Where the measured programs are, and what the machine is."""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timezone

from .processes import Failed, text_of

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(HERE)
BUILT = os.path.join(HERE, ".build")


@dataclass
class Tools:
    floor: str
    load: str
    brokerd: str | None
    broker: str | None
    simulator: str | None
    swift_client: str | None
    ssh_agent: str | None
    python: str
    server_core: int | None
    client_core: int | None

    @property
    def has_broker(self):
        return None not in (self.brokerd, self.broker, self.simulator)


def find_tools():
    """Compiles the C programs and finds the others: by environment, else where a release build leaves them."""
    built = None
    found = {}
    for variable, name in (("BROKERD", "macie-brokerd"), ("BROKER", "macie-broker"), ("SIMULATOR", "macie-simulator"),
                           ("SWIFT_CLIENT", "swift-client-driver")):
        path = os.environ.get(variable)
        if not path:
            built = built or release_folder()
            path = os.path.join(built, name)
        found[variable] = path if os.access(path, os.X_OK) else None
    local_python = os.path.join(ROOT, ".venv", "bin", "python")
    cores = sorted(os.sched_getaffinity(0))
    return Tools(
        floor=compile_c("floor"), load=compile_c("load"), brokerd=found["BROKERD"], broker=found["BROKER"],
        simulator=found["SIMULATOR"], swift_client=found["SWIFT_CLIENT"], ssh_agent=shutil.which("ssh-agent"),
        python=os.environ.get("VENV_PYTHON") or (local_python if os.path.exists(local_python) else sys.executable),
        server_core=cores[0] if len(cores) > 1 else None, client_core=cores[1] if len(cores) > 1 else None)


def release_folder():
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--show-bin-path"]
    try:
        return text_of(command, cwd=ROOT).strip()
    except (Failed, OSError, subprocess.TimeoutExpired):
        return os.path.join(ROOT, ".build", "release")


def compile_c(name):
    os.makedirs(BUILT, exist_ok=True)
    folder, program = os.path.join(HERE, name), os.path.join(BUILT, name)
    sources = sorted(os.path.join(folder, file) for file in os.listdir(folder) if file.endswith(".c"))
    text_of([os.environ.get("CC", "cc"), "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, *sources])
    return program


def build_signature():
    """The Swift program that times one signature. The first build takes a minute or two."""
    build = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--package-path", HERE]
    text_of(build, timeout=900)
    return os.path.join(text_of([*build, "--show-bin-path"]).strip(), "signature")


def machine():
    """One line about the machine, as a reader needs it to compare."""
    model = "unknown processor"
    virtual = ""
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
            if line.startswith("flags") and " hypervisor" in line:
                virtual = ", virtual machine"
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    return (f"{model}, {os.cpu_count()} cores{virtual}, {memory:.0f} GiB, "
            f"{platform.system()} {platform.release().split('-')[0]}, {distribution()}")


def distribution():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "unknown distribution"


def today():
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


class CPUShare:
    """How much of the machine was taken from this run: by other programs here (busy) and by the host (steal)."""

    def __init__(self):
        self.begun = self._read()

    @staticmethod
    def _read():
        with open("/proc/stat") as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
        return {"all": sum(fields), "steal": fields[7]}

    def stolen(self):
        now = self._read()
        return (now["steal"] - self.begun["steal"]) / max(1, now["all"] - self.begun["all"])

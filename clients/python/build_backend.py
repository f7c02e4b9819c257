"""Builds the package for pip (PEP 517, PEP 660) with the standard library alone: a wheel is a zip file (PEP 427)."""

import base64
import hashlib
import io
import re
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE / "macie_broker"
VERSION = re.search(r'^__version__ = "([^"]+)"', (PACKAGE / "__init__.py").read_text(), re.MULTILINE)[1]
NAME = f"macie_broker-{VERSION}"
METADATA = f"""\
Metadata-Version: 2.1
Name: macie-broker
Version: {VERSION}
Summary: AWS's Macie session through macie-broker, with boto3's surface and no key
License: Apache-2.0
Requires-Python: >=3.9
Classifier: Operating System :: POSIX :: Linux
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

"""
WHEEL = "Wheel-Version: 1.0\nGenerator: macie-broker\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # one source, one wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {f"macie_broker/{file.name}": file.read_bytes() for file in package_files()}
    return write_wheel(wheel_directory, files)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {"macie_broker.pth": f"{HERE}\n".encode()})


def build_sdist(sdist_directory, config_settings=None):
    name = f"{NAME}.tar.gz"
    with tarfile.open(Path(sdist_directory) / name, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for file in [*package_files(), HERE / "pyproject.toml", Path(__file__).resolve(), HERE / "README.md"]:
            archive.add(file, f"{NAME}/{file.relative_to(HERE)}")
        information = tarfile.TarInfo(f"{NAME}/PKG-INFO")
        information.size = len(metadata())
        archive.addfile(information, io.BytesIO(metadata()))
    return name


def package_files():
    return sorted(file for file in PACKAGE.iterdir() if file.suffix == ".py" or file.name == "py.typed")


def metadata():
    return (METADATA + (HERE / "README.md").read_text()).encode()


def write_wheel(directory, files):
    information = f"{NAME}.dist-info"
    files = {**files, f"{information}/METADATA": metadata(), f"{information}/WHEEL": WHEEL.encode()}
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n".encode()
    name = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(Path(directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, LONG_AGO)
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return name


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()

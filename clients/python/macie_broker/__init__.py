"""AWS's Macie session through macie-broker: boto3's surface, and no key.

    import macie_broker
    client = macie_broker.client("macie2")
    client.get_macie_session()["status"]
"""

from __future__ import annotations

from . import exceptions
from ._client import Client
from .exceptions import TYPE_CHECKING, BrokerError, ClientError

if TYPE_CHECKING:
    from . import aio

__version__ = "0.1.0"
__all__ = ["BrokerError", "Client", "ClientError", "aio", "client", "exceptions"]

client = Client


def __getattr__(name: str) -> object:
    if name == "aio":
        # asyncio takes 50 ms to load: only for those who want it.
        from importlib import import_module

        return import_module(".aio", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

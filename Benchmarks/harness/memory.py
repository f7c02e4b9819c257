"""Resident memory of a server without clients, with many idle ones, and after they left."""

import resource
from dataclasses import dataclass

from .load import drive, idle

COUNTS = (1_000, 10_000)


@dataclass
class Memory:
    server: str
    state: str
    resident: int                   # bytes
    per_connection: float | None    # bytes beyond the same process before they came
    p50_us: float | None            # of one more connection that asks beside them, on the server's core


def measure(tools, start, progress):
    """Rows for one kind of server. `start` starts a new one for every count, so that none remembers the one before."""
    rows = []
    for ask in (False, True):
        for count in (count for count in COUNTS if count <= most_connections()):
            with start() as server:
                progress(f"{count:,} idle connections to {server.name}")
                alone = server.resident_bytes()
                if not rows:
                    rows.append(Memory(server.name, "no client", alone, None, median_beside(tools, server)))
                with idle(tools, server, count, ask):
                    resident = server.resident_bytes()
                    p50 = median_beside(tools, server)
                state = f"{count:,} idle, each asked once" if ask else f"{count:,} idle, never asked"
                rows.append(Memory(server.name, state, resident, (resident - alone) / count, p50))
                after = Memory(server.name, f"after {count:,} left", server.resident_bytes(), None, None)
    return [*rows, after] if rows else rows


def median_beside(tools, server):
    return drive(tools, server, 1, 0.4, tools.server_core)["p50_us"]


def most_connections():
    """Server and client each need a descriptor a connection, and some for themselves."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100


def markdown(rows):
    lines = [
        "| server | state | resident MiB | bytes a connection | p50 µs of one that asks beside them |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for row in rows:
        each = "" if row.per_connection is None else f"{row.per_connection:,.0f}"
        p50 = "" if row.p50_us is None else f"{row.p50_us:.1f}"
        lines.append(f"| {row.server} | {row.state} | {row.resident / 2**20:.1f} | {each} | {p50} |")
    return "\n".join(lines)

"""Requests per second, latency and server CPU: floor, broker and ssh-agent, turn by turn in one run.

A turn measures every server once, one after the other, so that a slow spell of the machine falls on all of them.
Figures are medians over the turns; a ratio is the median of the turns' own ratios to the floor beside it.
"""

from dataclasses import dataclass
from statistics import median

from .load import drive

FIGURES = ("requests_per_second", "p50_us", "p99_us", "server_cpu_us", "server_busy", "client_busy", "reply_bytes")


@dataclass(frozen=True)
class Setting:
    connections: int
    one_core: bool = False   # server and client take turns on one core, instead of having one each

    def __str__(self):
        return f"{self.connections}, on one core" if self.one_core else str(self.connections)


# On a virtual machine, waking a sleeping core takes many times as long as answering. With one connection each side
# sleeps while the other works, so that one is also measured on one core: there the round trip is work and two switches.
SETTINGS = (Setting(1, one_core=True), Setting(1), Setting(8), Setting(64))


@dataclass
class Row:
    setting: Setting
    server: str
    figures: dict    # name → median
    ratios: dict     # name → median of the ratios to the floor


def measure(tools, servers, turns, seconds, progress):
    """Rows for every setting and server; the first server is the floor."""
    rows = []
    for setting in SETTINGS:
        core = tools.server_core if setting.one_core else tools.client_core
        runs = {server.name: [] for server in servers}
        for turn in range(turns):
            progress(f"connections: {setting}; turn {turn + 1} of {turns}")
            for server in servers:
                run = drive(tools, server, setting.connections, seconds, core)
                server.settle(run["requests"])
                runs[server.name].append(run)
        floor = runs[servers[0].name]
        for name, own in runs.items():
            ratios = {f: median(a[f] / b[f] for a, b in zip(own, floor) if b[f]) for f in FIGURES}
            rows.append(Row(setting, name, {f: median(run[f] for run in own) for f in FIGURES}, ratios))
    return rows


def markdown(rows):
    lines = [
        "| connections | server | requests/s | p50 µs | p99 µs | server CPU µs/request "
        "| requests/s ÷ floor | p50 ÷ floor | CPU ÷ floor | server core busy | client core busy |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        f, r = row.figures, row.ratios
        lines.append(
            f"| {row.setting} | {row.server} | {f['requests_per_second']:,.0f} | {f['p50_us']:.1f} | {f['p99_us']:.1f} "
            f"| {f['server_cpu_us']:.2f} "
            f"| {r['requests_per_second']:.2f} | {r['p50_us']:.2f} | {r['server_cpu_us']:.2f} "
            f"| {f['server_busy']:.0%} | {f['client_busy']:.0%} |")
    return "\n".join(lines)


def find(rows, server, connections, one_core=False):
    return next((r for r in rows if r.server == server and r.setting == Setting(connections, one_core)), None)

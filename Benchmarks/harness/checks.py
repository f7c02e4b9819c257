"""The figures held against what the product promises."""

from dataclasses import dataclass

from . import clients, requests, wall

CPU_RATIO, RATE_RATIO, MEDIAN_RATIO, SESSION_MS, PYTHON_MS = 3.5, 0.4, 1.6, 5.0, 15.0
RESIDENT_MIB, CONNECTION_BYTES, READY_MS, SIGNATURE_NS = 25, 8 * 1024, 50, 2000


@dataclass
class Check:
    what: str
    measured: str   # empty: not measured
    passed: bool
    promised: bool  # a promise fails a strict run; a goal is only told

    def __str__(self):
        verdict = ("PASS" if self.passed else "FAIL") if self.measured else "NOT RUN"
        kind = "" if self.promised else " (goal)"
        return f"{verdict}{kind}: {self.what}" + (f": {self.measured}" if self.measured else "")


def below(what, value, limit, form, promised):
    return Check(what, "" if value is None else form.format(value), value is not None and value <= limit, promised)


def rate(what, row, promised):
    ratio = row and row.ratios["requests_per_second"]
    return Check(what, f"{ratio:.2f} ×" if ratio else "", bool(ratio) and ratio >= RATE_RATIO, promised)


def median_of(name, walls):
    return next((each.milliseconds for each in walls if each.name == name), None)


def check(found):
    """All checks of one run. `found` is what Benchmarks/run measured; what is missing there is NOT RUN."""
    busiest = requests.find(found.rows, "macie-brokerd", 64)
    single, crowded = (requests.find(found.rows, "macie-brokerd", 1, one_core) for one_core in (False, True))
    session = median_of(wall.SESSION, found.walls)
    ready = median_of("macie-brokerd", found.ready)
    memory = {row.state: row for row in found.memory if row.server == "macie-brokerd"}
    full = memory.get("10,000 idle, never asked")
    bare = requests.find(found.rows, "macie-brokerd, audit off", 64)
    return [
        below(f"server CPU per request at 64 connections, policy, limits and audit on ≤ {CPU_RATIO} × the floor's",
              busiest and busiest.ratios["server_cpu_us"], CPU_RATIO, "{:.2f} ×", True),
        rate(f"requests/s at 64 connections, audit off ≥ {RATE_RATIO} × the floor's", bare, True),
        rate(f"requests/s at 64 connections, audit on ≥ {RATE_RATIO} × the floor's", busiest, False),
        Check("the load client was not the bottleneck at 64 connections",
              busiest and "its core was busy {client_busy:.0%} of the time, the broker's {server_busy:.0%}".format(
                  **busiest.figures) or "",
              bool(busiest) and busiest.figures["client_busy"] < busiest.figures["server_busy"], True),
        below(f"median of one connection ≤ {MEDIAN_RATIO} × the floor's",
              single and single.ratios["p50_us"], MEDIAN_RATIO, "{:.2f} ×", True),
        below(f"median of one connection ≤ {MEDIAN_RATIO} × the floor's even where both share a core",
              crowded and crowded.ratios["p50_us"], MEDIAN_RATIO, "{:.2f} ×", False),
        below(f"`macie-broker session`, whole process ≤ {SESSION_MS:g} ms", session, SESSION_MS, "{:.2f} ms", True),
        below(f"Python's client: import and first answer ≤ {PYTHON_MS:g} ms beyond `python3 -c pass`",
              clients.beyond_bare_python(found.clients), PYTHON_MS, "{:.2f} ms", True),
        Check("10,000 idle connections held", "all" if full else "", bool(full), True),
        below(f"idle: resident ≤ {RESIDENT_MIB} MiB", memory and memory["no client"].resident / 2**20 or None,
              RESIDENT_MIB, "{:.1f} MiB", False),
        below(f"an idle connection ≤ {CONNECTION_BYTES} bytes beyond the kernel's", full and full.per_connection,
              CONNECTION_BYTES, "{:,.0f} bytes", False),
        below(f"ready ≤ {READY_MS} ms after start", ready, READY_MS, "{:.1f} ms", False),
        below(f"one signature ≤ {SIGNATURE_NS} ns", found.signature and found.signature["signature_ns"], SIGNATURE_NS,
              "{:,.0f} ns", False),
    ]

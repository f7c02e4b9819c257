"""Programs that run while something is measured. Each is stopped by whoever started it, by its own pid."""

import os
import select
import signal
import subprocess
import time

READY_SECONDS = 10
STOP_SECONDS = 12


class Failed(Exception):
    """Something that must work for the measurement did not."""


def on_core(core):
    """What a child does before exec to stay on one core; nothing when `core` is None."""
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


class Server:
    """A child process that says on standard output when it is ready. Use as a context manager."""

    def __init__(self, name, argv, core=None, env=None, log=subprocess.DEVNULL, ready="ready"):
        self.name, self.argv, self.ready = name, argv, ready
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, preexec_fn=on_core(core))
        self.pid = self.process.pid
        try:
            self.line = self._ready_line()
        except BaseException:
            self.stop()
            raise
        self.seconds_to_ready = time.perf_counter() - self.begun

    def _ready_line(self):
        seen = b""
        until = time.monotonic() + READY_SECONDS
        while True:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0, until - time.monotonic()))
            if not readable:
                raise Failed(f"{self.name} was not ready within {READY_SECONDS} s")
            more = os.read(self.process.stdout.fileno(), 4096)
            if not more:
                raise Failed(f"{self.name} ended with {self.process.wait()} before it was ready: {self.argv}")
            seen += more
            for line in seen.decode(errors="replace").split("\n")[:-1]:
                if line.startswith(self.ready):
                    return line

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def settle(self, requests):
        """Called after each measurement, outside the measured time, with how many requests it counted."""

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise Failed(f"{self.name} has no VmRSS: it has ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def text_of(argv, **options):
    """Standard output of a program that must succeed."""
    options = {"timeout": 60, **options}
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Failed(f"{' '.join(argv)} ended with {done.returncode}: {said}")
    return done.stdout

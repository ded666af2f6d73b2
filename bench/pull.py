"""
What it costs the hub to pull a system: CPU for a thousand records, and memory, for districts of several sizes.

    python -m bench.pull [--kinds powerschool aeries veracross oneroster] [--students 1000 10000 100000]

Each system is simulated in a process of its own and pulled by another one, which does nothing else: no checking, no
database. The simulator sets the pace, so the hub's own CPU is what counts. Memory should not grow with the district.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

_SERVE = """
import json, sys
from simulators.district import build
from simulators.systems import system
kind = system(sys.argv[1])
# Vendors limit requests; what is measured is the hub, not its patience.
unlimited = {"rate_limit": "1000000"} if "rate_limit" in kind.OPTIONS else {}
with kind(build(int(sys.argv[2])), **unlimited) as running:
    print(json.dumps(running.settings()), flush=True)
    running.wait()
"""
_PULL = """
import json, resource, sys, tempfile, time
from ipaddress import ip_network
from pathlib import Path
from rollbook.sources.base import Setup
from rollbook.sources.kinds import KINDS
from rollbook.sources.pulling import pull
kind, settings = KINDS[sys.argv[1]], json.loads(sys.argv[2])
import polars
with tempfile.TemporaryDirectory() as folder:
    setup = Setup(kind, settings, networks=(ip_network("127.0.0.0/8"),))
    with kind.load()(setup) as source:
        used, begun = time.process_time(), time.perf_counter()
        received, _ = pull(source, kind.load().layout(settings), Path(folder))
        used, seconds = time.process_time() - used, time.perf_counter() - begun
    rows = sum(file.rows for file in received.landing.files)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([rows, used, seconds, peak]))
"""


@dataclass(frozen=True)
class Pulled:
    """What one pull cost: seconds of the hub's own CPU and by the clock, and MB at most."""

    kind: str
    students: int
    records: int
    cpu: float
    seconds: float
    peak_mb: float

    def __str__(self) -> str:
        each = 1000 * self.cpu / self.records
        return (
            f"{self.kind:18} {self.students:>9,} students {self.records:>10,} records {self.seconds:8.1f} s "
            f"{each * 1000:7.1f} ms CPU for 1,000 records {self.peak_mb:6.0f} MB"
        )


def measure(kind: str, students: int) -> Pulled:
    """Pull a district of a size once."""
    with _simulated(kind, students) as settings:
        done = subprocess.run(
            [sys.executable, "-c", _PULL, kind, json.dumps(settings)], check=True, capture_output=True, text=True
        )
    records, cpu, seconds, peak = json.loads(done.stdout)
    return Pulled(kind, students, records, cpu, seconds, peak)


@contextmanager
def _simulated(kind: str, students: int) -> Iterator[dict[str, str]]:
    """The settings with which a running system is read."""
    server = subprocess.Popen([sys.executable, "-c", _SERVE, kind, str(students)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.wait()


def main(args: Sequence[str] | None = None) -> None:
    """Measure each kind at each size, and print a line for each."""
    parser = argparse.ArgumentParser(description="What it costs to pull a system.")
    parser.add_argument("--kinds", nargs="+", default=["powerschool", "aeries", "veracross", "oneroster"])
    parser.add_argument("--students", type=int, nargs="+", default=[1000, 10_000, 100_000])
    asked = parser.parse_args(args)
    for kind in asked.kinds:
        for students in asked.students:
            print(measure(kind, students), flush=True)


if __name__ == "__main__":
    main()

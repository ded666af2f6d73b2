"""
How fast workers drain a queue: many integrations, all due at the same minute, each with a small delivery.

    python -m bench.drain [--integrations 2000] [--workers 1 2] [--database postgresql://…]

For each number of workers a hub of its own is filled, then drained. Nothing may be missed or done twice: every
integration has one run, applied, which one worker carried from beginning to end, and its people are in the roster.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PEOPLE = 20
TENANTS = 4
"""Integrations of one tenant."""

_FILL = """
import sys
from pathlib import Path
import django; django.setup()
from django.db import transaction
from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration
from rollbook.jobs import queue
number, each, sent = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
with transaction.atomic():
    for n in range(number):
        tenant, _ = Tenant.objects.get_or_create(slug=f"t{n // each}", defaults={"name": f"Tenant {n // each}"})
        settings = {"layout": "hub_v1", "path": f"{sent}/{n}"}
        made = Integration.objects.create(tenant=tenant, name=f"i{n}", source="sheets", settings=settings)
        queue.enqueue(made, trigger="schedule")
"""
_LEFT = """
import django; django.setup()
from rollbook.runs.models import Run, State
print(Run.objects.exclude(state__in=["applied", "applied_with_errors"]).count()
      + Run.objects.filter(lease_until__isnull=False).exclude(state=State.QUEUED).count())
"""
_FOUND = """
import django; django.setup()
from rollbook.roster.models import model
from rollbook.runs.models import Run
runs = Run.objects.filter(state="applied", fence=1, attempts=0, lease_until=None)
print(runs.count(), runs.values("integration").distinct().count(), Run.objects.count(),
      model("user")._default_manager.filter(active=True).count())
"""


@dataclass(frozen=True)
class Drained:
    """How a drain went."""

    integrations: int
    workers: int
    seconds: float

    def __str__(self) -> str:
        speed = self.integrations / self.seconds
        return f"{self.integrations} runs, {self.workers} workers: {self.seconds:.1f} s, {speed:.1f} runs a second"


def drain(home: Path, database: str, integrations: int, workers: int) -> Drained:
    """
    Fill a hub and drain it.

    Args:
        home: An empty folder.

        database: DATABASE_URL of an empty database; blank for SQLite.
    """
    env = {**os.environ, "ROLLBOOK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "rollbook.settings"}
    env |= {"DATABASE_URL": database} if database else {}

    def python(code: str, *args: object) -> str:
        command = [sys.executable, "-c", code, *map(str, args)]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout.strip()

    rollbook = [sys.executable, "-m", "rollbook.cli"]
    subprocess.run([*rollbook, "init"], env=env, check=True, capture_output=True)
    for number in range(integrations):
        _send(home / "sent" / str(number), number)
    python(_FILL, integrations, TENANTS, home / "sent")
    begun = time.perf_counter()
    fleet = [subprocess.Popen([*rollbook, "worker", "--name", f"w{n + 1}"], env=env) for n in range(workers)]
    try:
        while int(python(_LEFT)):
            time.sleep(max(0.2, integrations / 400))
        seconds = time.perf_counter() - begun
    finally:
        for worker in fleet:
            worker.send_signal(signal.SIGTERM)
        for worker in fleet:
            worker.wait(60)
    found = [int(text) for text in python(_FOUND).split()]
    assert found == [integrations] * 3 + [integrations * PEOPLE], f"a run was missed or doubled: {found}"
    return Drained(integrations, workers, seconds)


def _send(folder: Path, number: int) -> None:
    folder.mkdir(parents=True)
    (folder / "orgs.csv").write_text(f"org_id,name,type\nS,School {number},school\n")
    people = [f"P{n},student,S,Given{n},Family{number},0{n % 9 + 1}\n" for n in range(PEOPLE)]
    (folder / "people.csv").write_text("person_id,role,org_id,first_name,last_name,grade\n" + "".join(people))


def main(args: Sequence[str] | None = None) -> None:
    """Drain once for each number of workers, and say how long it took."""
    parser = argparse.ArgumentParser(description="Drain a queue of small runs.")
    parser.add_argument("--integrations", type=int, default=2000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--database", default="", help="of an empty database; takes one number of workers")
    asked = parser.parse_args(args)
    for workers in asked.workers:
        with tempfile.TemporaryDirectory(prefix="rollbook-drain-") as home:
            print(drain(Path(home), asked.database, asked.integrations, workers), flush=True)


if __name__ == "__main__":
    main()

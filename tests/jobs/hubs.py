"""A hub on disk with a very small district, looked at from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rollbook.core import schema
from tests.runs.whole_runs import northfield, write
from tests.support import answers
from tests.support.cli import environment, run_cli

SETTINGS = [
    "layout=hub_v1",
    "absence=deactivate",
    *(f"limit_{name}=100" for name in ("deactivate", "update", "create")),
]
TABLES = [*(f"roster_{entity.name}" for entity in schema.ENTITIES), "roster_link"]


REPOSITORY = Path(__file__).parents[2]
FAST = {"RUN_LEASE": "1.5", "RUN_HEARTBEAT": "0.2", "RUN_SWEEP": "0.5", "RUN_ATTEMPTS": "2"}


class HubOnDisk:
    """One integration, `sis`, of one tenant, which reads the folder `inbox`."""

    def __init__(self, home: Path, database: str) -> None:
        self.home, self.database = home, database
        self.inbox = write(northfield(), home / "inbox")
        self.cli("init")
        self.add("sis", self.inbox)

    def add(self, name: str, inbox: Path, tenant: str = "school") -> None:
        """One more integration."""
        pairs = [part for setting in [*SETTINGS, f"path={inbox}"] for part in ("--set", setting)]
        self.cli("integration", "add", name, "--tenant", tenant, *pairs)

    def cli(self, *args: str) -> str:
        """What a command prints."""
        return run_cli(args, self.home, self.database).stdout

    def refused(self, *args: str) -> str:
        """What a command says when it ends with 1."""
        done = run_cli(args, self.home, self.database, check=False)
        assert done.returncode == 1
        return done.stderr

    def enqueue(self, *names: str) -> None:
        """Put a run of each integration into the queue."""
        self.python(
            "from rollbook.jobs import queue; from rollbook.integrations.models import Integration\n"
            f"for name in {list(names or ['sis'])}: queue.enqueue(Integration.objects.get(name=name))"
        )

    def python(self, code: str) -> str:
        """What a script inside the hub prints."""
        env = environment(self.home, self.database) | {"DJANGO_SETTINGS_MODULE": "rollbook.settings"}
        script = f"import django; django.setup()\n{code}"
        done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, cwd=self.home)
        assert not done.returncode, done.stderr
        return done.stdout.strip()

    def puppet(self, at: str = "", do: str = "", *args: str) -> subprocess.Popen[str]:
        """A process that takes the run whose turn it is; see `puppet.py`."""
        env = environment(self.home, self.database) | FAST | {"PYTHONPATH": str(REPOSITORY)}
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        command = [sys.executable, "-m", "tests.jobs.puppet", "--at", at, "--do", do, *args]
        return subprocess.Popen(command, cwd=self.home, env=env, stdin=null, stdout=pipe, text=True)

    def carried(self, at: str = "", do: str = "") -> str:
        """What a puppet says when it is done."""
        return self.puppet(at, do).communicate(timeout=60)[0].strip()

    def rows(self, query: str) -> list[Any]:
        """The answer of the database, on a connection of its own."""
        return answers.rows(query, self.home, self.database)

    def run(self, number: int = 1) -> dict[str, Any]:
        """A run, column by column."""
        names = ("state", "finished", "fence", "attempts", "worker", "error", "lease_until", "cancel_asked")
        values = self.rows(f"SELECT {', '.join(names)} FROM runs_run WHERE id = {number}")[0]
        found = dict(zip(names, values, strict=True))
        finished = found["finished"]
        return found | {"finished": json.loads(finished) if isinstance(finished, str) else finished}

    def active(self) -> int:
        """How many users the roster holds."""
        return int(self.rows("SELECT COUNT(*) FROM roster_user WHERE active")[0][0])

    def doubled(self) -> int:
        """How many source keys have two rows."""
        query = "SELECT COUNT(*) FROM (SELECT 1 FROM roster_user GROUP BY tenant_id, source_key HAVING COUNT(*) > 1) d"
        return int(self.rows(query)[0][0])

"""A worker as it is started: it finds what is due, and carries it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.schedules.test_racing import Hub
from tests.support.cli import run_cli, running_cli
from tests.support.waiting import until
from tests.world import NORTHFIELD

DUE = "UPDATE schedules_schedule SET next_due = '2026-01-01 02:00:00'"
STATE = "SELECT state, trigger FROM runs_run"


@pytest.mark.slow
def test_a_worker_carries_what_is_due(rollbook_home: Path, database: str) -> None:
    """A schedule whose time has come becomes a run that a worker carries to its end, and the next time is set."""
    sheets = rollbook_home / "sheets"
    sheets.mkdir()
    for name, text in NORTHFIELD.items():
        (sheets / name).write_text(text, encoding="utf-8")
    hub = Hub(rollbook_home, database, 0)
    run_cli(["integration", "add", "nightly", "--tenant", "northfield", "--set", f"path={sheets}"], hub.home, database)
    run_cli(["schedule", "add", "nightly", "--every", "day", "--at", "02:00"], hub.home, database)
    hub.do(DUE)
    with running_cli(["worker"], hub.home, database):
        assert until(lambda: hub.rows(STATE) == [("applied", "schedule")])
    (shown,) = json.loads(run_cli(["schedule", "list", "--json"], hub.home, database).stdout)
    assert shown["last_outcome"] == "Queued run 1, late: it was due at 1 Jan 2026, 02:00 UTC."
    assert shown["next_due"] > "2026-01-01T02:00"

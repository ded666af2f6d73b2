"""A carrier that dies, freezes or is stopped: another goes on behind its last finished phase, and it writes nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.jobs.hubs import HubOnDisk
from tests.support.waiting import until

LEASE = 1.5


@pytest.fixture
def hub(rollbook_home: Path, database: str) -> HubOnDisk:
    hub = HubOnDisk(rollbook_home, database)
    hub.enqueue()
    return hub


@pytest.mark.parametrize(
    "step, finished",
    [
        pytest.param("check", {"read"}, marks=pytest.mark.slow),
        pytest.param("apply", {"plan", "read"}, marks=pytest.mark.slow),
        ("row", {"plan", "read"}),
    ],
)
def test_a_run_goes_on_behind_its_last_finished_phase(hub: HubOnDisk, step: str, finished: set[str]) -> None:
    """Killed after it has read, after it has planned, while it writes: what was finished is not done again."""
    assert hub.carried(step, "kill") == ""
    assert set(hub.run()["finished"]) == finished
    shutil.rmtree(hub.inbox)
    assert hub.carried() == "applied"
    run = hub.run()
    assert {phase: run["finished"][phase] for phase in finished} == dict.fromkeys(finished, 1)
    assert (run["fence"], run["lease_until"]) == (2, None)
    assert (hub.active(), hub.doubled()) == (6, 0)


def test_a_run_that_was_applied_is_only_reported(hub: HubOnDisk) -> None:
    """Killed before its report: the roster is not written again, and the report is there."""
    hub.carried("report", "kill")
    assert hub.run()["state"] == "applied"
    assert hub.carried() == "applied"
    assert hub.run()["finished"] == {"read": 1, "plan": 1, "apply": 1, "report": 2}
    assert (hub.home / "runs/1/report-2/report.xlsx").exists()


@pytest.mark.slow
def test_half_written_files_are_not_taken_for_finished_ones(hub: HubOnDisk) -> None:
    """What a carrier left of a phase that it did not finish is not read by the next one, and goes with the run."""
    hub.carried("plan", "kill")
    assert (hub.home / "runs/1/plan-1").exists()
    hub.carried()
    assert {path.name for path in (hub.home / "runs/1").iterdir()} == {"read-1", "plan-2", "report-2"}


def test_a_run_is_handed_back(hub: HubOnDisk) -> None:
    """A carrier that is asked to stop finishes its step and lets go; that counts against nobody."""
    assert hub.carried("check", "hand-back") == "planning"
    run = hub.run()
    assert (set(run["finished"]), run["worker"]) == ({"read"}, "")
    assert hub.carried() == "applied"
    assert hub.run()["attempts"] == 0


@pytest.mark.parametrize(
    "step",
    [pytest.param("check", marks=pytest.mark.slow), "apply", pytest.param("report", marks=pytest.mark.slow)],
)
def test_a_frozen_carrier_cannot_write(hub: HubOnDisk, step: str) -> None:
    """Stopped on a machine nobody can reach, awake again after another has finished the run: nothing of it counts."""
    frozen = hub.puppet(step, "stop", "--elsewhere")
    _wait_until_frozen(frozen)
    assert hub.carried() == "nothing"  # its lease still holds
    time.sleep(LEASE + 0.2)
    assert hub.carried() == "applied"
    before = (hub.run(), hub.rows("SELECT * FROM roster_user ORDER BY sourced_id"))
    os.kill(frozen.pid, signal.SIGCONT)
    assert frozen.communicate(timeout=30)[0].strip() in ("lost", "OperationalError", "InterfaceError")
    assert (hub.run(), hub.rows("SELECT * FROM roster_user ORDER BY sourced_id")) == before
    assert (hub.run()["fence"], hub.active(), hub.doubled()) == (2, 6, 0)


def test_a_carrier_frozen_while_it_writes_is_ended(hub: HubOnDisk) -> None:
    """Its transaction holds locks, on SQLite the only one there is: who takes over ends it first."""
    frozen = hub.puppet("row", "stop")
    _wait_until_frozen(frozen)
    time.sleep(LEASE + 0.2)
    assert hub.carried() == "applied"
    frozen.communicate(timeout=10)
    assert frozen.returncode == -signal.SIGKILL
    assert (hub.run()["fence"], hub.active(), hub.doubled()) == (2, 6, 0)


@pytest.mark.postgres
def test_the_session_of_a_carrier_elsewhere_is_ended(rollbook_home: Path, fresh_postgres: str) -> None:
    """Frozen while it writes, on a machine nobody can reach: its locks go with its session, and its rows."""
    hub = HubOnDisk(rollbook_home, fresh_postgres)
    hub.enqueue()
    frozen = hub.puppet("row", "stop", "--elsewhere")
    _wait_until_frozen(frozen)
    time.sleep(LEASE + 0.2)
    assert hub.carried() == "applied"
    os.kill(frozen.pid, signal.SIGCONT)
    frozen.communicate(timeout=30)
    assert (hub.run()["state"], hub.run()["fence"], hub.active(), hub.doubled()) == ("applied", 2, 6, 0)


def test_a_run_that_kills_its_carriers_fails(hub: HubOnDisk) -> None:
    """After so many carriers in a row over one phase the run is not tried again, and says so."""
    for _ in range(3):
        hub.carried("check", "kill")
    assert hub.carried() == "nothing"
    run = hub.run()
    assert (run["state"], run["lease_until"], hub.active()) == ("failed", None, 0)
    assert "3 workers in a row ended while they carried this run" in run["error"]


def _wait_until_frozen(process: subprocess.Popen[str]) -> None:
    assert until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)

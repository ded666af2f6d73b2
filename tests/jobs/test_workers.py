"""Workers as an operator runs them."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.jobs.hubs import FAST, HubOnDisk
from tests.support.cli import running_cli
from tests.support.waiting import until

NEVER = "3600"


@pytest.fixture
def on_postgres(rollbook_home: Path, fresh_postgres: str) -> HubOnDisk:
    return HubOnDisk(rollbook_home, fresh_postgres)


@contextmanager
def held_up(hub: HubOnDisk) -> Iterator[None]:
    """A run cannot get on with its plan for the length of the block: somebody else has the table."""
    with psycopg.connect(hub.database) as other:
        other.execute("LOCK TABLE roster_link IN ACCESS EXCLUSIVE MODE")
        yield


def is_held_up(hub: HubOnDisk) -> bool:
    return bool(hub.rows("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'roster_link'::regclass"))


def carrier(worker: int) -> psutil.Process:
    """The process that carries runs for this worker."""
    return next(p for p in psutil.Process(worker).children(recursive=True) if "rollbook.jobs.slot" in p.cmdline()[2:3])


def test_a_worker_carries_what_is_asked_for_and_stops(rollbook_home: Path, database: str) -> None:
    """A run that is asked for is carried; a worker that is asked to stop ends well and leaves no process behind."""
    hub = HubOnDisk(rollbook_home, database)
    with running_cli(["worker", "--name", "w1"], hub.home, database) as worker:
        hub.enqueue()
        assert until(lambda: hub.run()["state"] == "applied" and hub.run()["lease_until"] is None)
        family = psutil.Process(worker.pid).children(recursive=True)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert hub.run()["worker"] == "w1"
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_a_worker_is_told_at_once(on_postgres: HubOnDisk) -> None:
    """On PostgreSQL a worker that would not look by itself for an hour is woken by the request."""
    hub = on_postgres
    with running_cli(["worker"], hub.home, hub.database, env={"RUN_SWEEP": NEVER}) as worker:
        listening = "SELECT 1 FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'"
        assert until(lambda: hub.rows(listening))
        hub.enqueue()
        assert until(lambda: hub.run()["state"] == "applied")
        assert worker.poll() is None


def test_a_run_is_handed_back_by_a_worker_that_stops(on_postgres: HubOnDisk) -> None:
    """Asked to stop, a worker lets its run finish the step it is in; the next worker goes on with the run."""
    hub = on_postgres
    hub.enqueue()
    with running_cli(["worker", "--name", "w1"], hub.home, hub.database) as worker:
        with held_up(hub):
            assert until(lambda: is_held_up(hub))
            worker.send_signal(signal.SIGTERM)
            time.sleep(1)  # until the process that carries has heard of it
        assert worker.wait(30) == 0
    run = hub.run()
    assert (run["state"], run["worker"], set(run["finished"])) == ("checking", "", {"read"})
    with running_cli(["worker", "--name", "w2"], hub.home, hub.database):
        assert until(lambda: hub.run()["state"] == "applied")
    run = hub.run()
    assert (run["fence"], run["attempts"], run["worker"], run["finished"]["read"]) == (2, 0, "w2", 1)


def test_a_process_that_dies_takes_no_worker_with_it(on_postgres: HubOnDisk) -> None:
    """When the process that carries a run is killed, the worker starts another, which goes on with the run."""
    hub = on_postgres
    hub.enqueue()
    with running_cli(["worker", "--name", "w1"], hub.home, hub.database, env=FAST) as worker:
        with held_up(hub):
            assert until(lambda: is_held_up(hub))
            carrier(worker.pid).kill()
        assert until(lambda: hub.run()["state"] == "applied")
        assert worker.poll() is None
    assert (hub.run()["fence"], hub.doubled()) == (2, 0)


def test_a_run_under_way_is_cancelled_at_its_next_step(on_postgres: HubOnDisk) -> None:
    """Somebody cancels a run while it plans: it ends before it writes, and the roster is as it was."""
    hub = on_postgres
    hub.enqueue()
    with running_cli(["worker"], hub.home, hub.database, env=FAST):
        with held_up(hub):
            assert until(lambda: is_held_up(hub))
            assert "stops at its next step" in hub.cli("cancel", "1")
            assert until(lambda: hub.rows("SELECT 1 FROM runs_run WHERE step <> '' AND cancel_asked"))
            seen = hub.rows("SELECT lease_until FROM runs_run")
            assert until(lambda: hub.rows("SELECT lease_until FROM runs_run") != seen)  # the heartbeat has seen it
        assert until(lambda: hub.run()["state"] == "cancelled")
    assert hub.active() == 0


def test_a_run_beside_another_is_refused_by_name(on_postgres: HubOnDisk) -> None:
    """At the terminal nobody starts a second run of an integration; the one under way is named, and nothing is left."""
    hub = on_postgres
    hub.enqueue()
    with running_cli(["worker"], hub.home, hub.database), held_up(hub):
        assert until(lambda: is_held_up(hub))
        done = hub.refused("run", "sis")
    assert (
        done == "Error: Run 1 of sis is under way. Nothing was changed. Start again when it has ended: rollbook runs\n"
    )
    assert hub.rows("SELECT COUNT(*) FROM runs_run")[0][0] == 1

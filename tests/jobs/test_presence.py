"""Which workers there are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.jobs import presence
from rollbook.jobs.models import Presence
from rollbook.runs.models import Run, State
from tests.support.cli import run_cli, running_cli
from tests.support.waiting import until
from tests.web.seed import integrate, make_run

pytestmark = pytest.mark.django_db


def said(worker: str, minutes: float) -> None:
    Presence.objects.create(worker=worker, heard=timezone.now() - timedelta(minutes=minutes))


def test_nobody_is_missed_where_nobody_was() -> None:
    """A hub whose runs are carried by cron has no workers, and misses none."""
    assert (presence.workers().lately, presence.workers().are_missed) == ([], False)


def test_a_worker_is_there_until_it_stops_in_order() -> None:
    """A worker is there from its first sweep; when it stops, nobody waits for it."""
    with presence.of("w1") as note:
        note()
        note()
        assert presence.workers().lately == ["w1"]
    assert presence.workers().heard == {}


def test_a_worker_that_fell_silent_is_missed() -> None:
    """A worker that was killed is missed as long as no other is there, and forgotten after a day."""
    said("killed", minutes=5)
    assert presence.workers().are_missed
    said("another", minutes=0)
    assert not presence.workers().are_missed
    Presence.objects.update(heard=timezone.now() - timedelta(days=2))
    assert presence.workers().heard == {}


@pytest.fixture
def running(settings: Settings, tmp_path: Path) -> Run:
    """A run under way."""
    settings.ROLLBOOK_HOME = tmp_path
    northfield = Tenant.objects.create(slug="northfield", name="Northfield")
    return make_run(integrate(northfield, "nightly"), State.READING, took=None)


def test_a_worker_with_a_long_run_is_there(running: Run) -> None:
    """While it carries a run a worker has no time to say so; its lease says it."""
    said("busy", minutes=55)
    soon = timezone.now() + timedelta(seconds=20)
    Run.objects.filter(pk=running.pk).update(worker="busy", lease_until=soon)
    assert presence.workers().lately == ["busy"]


def test_one_at_a_terminal_is_no_worker(running: Run) -> None:
    """Who carries one run by hand will not carry the next."""
    soon = timezone.now() + timedelta(seconds=20)
    Run.objects.filter(pk=running.pk).update(worker="terminal", lease_until=soon)
    assert presence.workers().lately == []


@pytest.fixture
def home(rollbook_home: Path) -> Path:
    run_cli(["init"], rollbook_home)
    return rollbook_home


def test_the_doctor_knows_the_workers(home: Path) -> None:
    """The doctor sees a worker that is there, and nobody after it has stopped."""

    def told() -> str:
        return next(line for line in run_cli(["doctor"], home).stdout.splitlines() if " workers " in line)

    assert told() == "ok       workers     None is there, and nothing waits for one."
    with running_cli(["worker", "--name", "w1"], home):
        assert until(lambda: told() == "ok       workers     1 there; 0 runs wait.")
    assert told() == "ok       workers     None is there, and nothing waits for one."

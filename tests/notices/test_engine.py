"""The engine tells of the runs that it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from rollbook.jobs import queue
from rollbook.jobs.carrier import carry
from rollbook.jobs.claim import claim
from rollbook.jobs.holder import Holder
from rollbook.notices.models import Expectation, Notice
from rollbook.runs.models import Run, State
from tests.runs.whole_runs import Hub, a_hub, northfield, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        yield hub


def carried(hub: Hub, sheets: Mapping[str, list[list[str]] | bytes]) -> Run:
    queue.enqueue(hub.integration, path=write(sheets, hub.inbox))
    taken = claim(Holder.this())
    assert taken
    return carry(taken)


def test_a_run_that_fails_is_told(hub: Hub) -> None:
    """When a run fails its notice is there at once."""
    run = carried(hub, {"notes.txt": b"nothing that anybody knows\n"})
    assert run.state == State.FAILED
    assert [(n.event, n.run_id) for n in Notice.objects.all()] == [("run.failed", run.pk)]


def test_a_run_that_is_applied_is_learned_from(hub: Hub) -> None:
    """A run that was applied says nothing, but one knows since when data comes."""
    run = carried(hub, northfield())
    assert run.state == State.APPLIED
    assert (Notice.objects.count(), Expectation.objects.get().last) == (0, run.created)


def test_a_run_that_outlived_its_workers_is_told(hub: Hub, settings: Settings) -> None:
    """A run that is given up, since worker after worker died with it, is told like any that failed."""
    settings.RUN_ATTEMPTS = 0
    queue.enqueue(hub.integration, path=write(northfield(), hub.inbox))
    taken = claim(Holder.this())
    assert taken
    Run.objects.update(lease_until="2020-01-01T00:00:00Z", holder={})
    assert claim(Holder.this()) is None
    assert [(n.event, n.run_id) for n in Notice.objects.all()] == [("run.failed", taken.pk)]


def test_telling_harms_no_run(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody can be told the run has ended as it did; the beat tells later."""

    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("rollbook.jobs.carrier.run_ended", fail)
    assert carried(hub, northfield()).state == State.APPLIED

"""Asking for work, taking it back, asking again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import F

from rollbook.core.errors import SettingsError
from rollbook.jobs import queue
from rollbook.jobs.carrier import carry
from rollbook.jobs.claim import claim
from rollbook.jobs.holder import Holder
from rollbook.roster.models import model
from rollbook.runs.decisions import NotPossible
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Mode, Run, State
from tests.runs.whole_runs import Hub, a_hub, changed, northfield, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        yield hub


def test_a_run_that_is_asked_for_is_carried(hub: Hub) -> None:
    """What was put into the queue a worker finds, carries and ends; then nothing is left to carry."""
    asked = queue.enqueue(hub.integration, path=write(northfield(), hub.inbox))
    taken = claim(Holder.this("tester"))
    assert taken is not None
    assert (taken.pk, taken.state, taken.fence, taken.worker) == (asked.pk, State.READING, 1, "tester")
    assert carry(taken).state == State.APPLIED
    left = Run.objects.get(pk=asked.pk)
    assert (left.state, left.lease_until, sorted(left.finished)) == (
        State.APPLIED,
        None,
        ["apply", "plan", "read", "report"],
    )
    assert claim(Holder.this()) is None


def test_a_second_request_is_refused_and_names_the_first(hub: Hub) -> None:
    """While a run waits in the queue no other is put beside it."""
    first = queue.enqueue(hub.integration, path=Path("sent"))
    with pytest.raises(queue.AlreadyQueued, match=f"Run {first.pk} of sis waits in the queue already") as refused:
        queue.enqueue(hub.integration, mode=Mode.TEST, path=Path("sent"))
    assert refused.value.run == first
    assert Run.objects.count() == 1


def test_nothing_to_read_is_said_at_once(hub: Hub) -> None:
    """An integration without a path of its own needs to be told what to read."""
    with pytest.raises(SettingsError, match="has no path of its own"):
        queue.enqueue(hub.integration)


def test_what_waits_is_cancelled_at_once(hub: Hub) -> None:
    """A run in the queue is taken out, and another may be asked for."""
    run = queue.enqueue(hub.integration, path=Path("sent"))
    assert queue.cancel(run).state == State.CANCELLED
    assert claim(Holder.this()) is None
    queue.enqueue(hub.integration, path=Path("sent"))


def test_what_is_under_way_is_asked_to_stop(hub: Hub) -> None:
    """A run that is carried keeps its state until its next step, where it ends; the roster is as it was."""
    queue.enqueue(hub.integration, path=write(northfield(), hub.inbox))
    run = claim(Holder.this())
    assert run is not None
    assert queue.cancel(run).state == State.READING
    assert carry(run).state == State.CANCELLED
    assert Run.objects.get(pk=run.pk).lease_until is None


def test_what_has_ended_cannot_be_cancelled(hub: Hub) -> None:
    """A run that is over is left alone."""
    run = hub.carry(northfield())
    with pytest.raises(NotPossible, match="is applied; only a run that waits in the queue or is under way"):
        queue.cancel(run)


def test_a_run_that_failed_is_tried_again_by_a_new_one(hub: Hub) -> None:
    """The new run reads what the other should have read, in the same way."""
    path = hub.inbox / "late"
    queue.enqueue(hub.integration, mode=Mode.TEST, path=path)
    run = claim(Holder.this())
    assert run is not None
    assert carry(run).state == State.FAILED
    again = queue.retry(run)
    assert (again.pk != run.pk, again.mode, again.path, again.trigger) == (True, Mode.TEST, str(path), "retry")
    with pytest.raises(NotPossible, match="only a run that failed or was cancelled"):
        queue.retry(again)


def test_an_approved_plan_is_applied_by_whoever_carries_it(hub: Hub) -> None:
    """Approving only asks: the run is free to be taken, and its plan is applied without anything being read again."""
    run = hub.carry(northfield(), Mode.TEST)
    queue.approve(run)
    taken = claim(Holder.this())
    assert taken is not None
    assert taken == run
    assert (carry(taken).state, taken.mode) == (State.APPLIED, Mode.LIVE)


def test_an_undo_waits_for_its_turn(hub: Hub) -> None:
    """Undoing asks for a run that takes the other back."""
    run = hub.carry(northfield())
    undoing = queue.undo(run)
    assert undoing.state == State.QUEUED
    taken = claim(Holder.this())
    assert taken is not None
    assert taken == undoing
    assert carry(taken).state == State.APPLIED
    assert Run.objects.get(pk=run.pk).state == State.UNDONE


def test_a_plan_that_went_stale_waits_again_and_says_why(hub: Hub) -> None:
    """An approved plan whose rows were edited meanwhile is not applied: it waits as before, with its report."""
    hub.carry(northfield())
    run = hub.carry(changed("people", "P1", "last_name", "Rowe"), Mode.TEST)
    queue.approve(run)
    model("user")._default_manager.filter(source_key="P1").update(revision=F("revision") + 1)
    taken = claim(Holder.this())
    assert taken is not None
    done = carry(taken)
    assert (done.state, done.approved, done.lease_until) == (State.TESTED, None, None)
    assert "changed since the plan was made" in done.error
    assert RunFolder.of(done).excel.exists()

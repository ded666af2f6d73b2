"""What time can mend is tried again; everything else fails at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from rollbook.core.errors import SourceRefused, SourceUnavailable
from rollbook.jobs import carrier, queue
from rollbook.jobs.claim import claim
from rollbook.jobs.holder import Holder
from rollbook.runs import retrying
from rollbook.runs.models import Run, State
from rollbook.runs.progress import Quiet
from tests.runs.whole_runs import Hub, a_hub, northfield, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        queue.enqueue(hub.integration, path=write(northfield(), hub.inbox))
        yield hub


class Trouble(Quiet):
    """Something that goes wrong as a step begins."""

    def __init__(self, at: str, error: Exception) -> None:
        self.at, self.error = at, error

    def step(self, name: str) -> None:
        if name == self.at:
            raise self.error


def carried(trouble: Trouble) -> Run:
    Run.objects.update(not_before=None)
    run = claim(Holder.this())
    assert run is not None
    return carrier.carry(run, watcher=trouble, retries=settings.RUN_RETRIES)


def test_a_source_that_is_away_is_asked_again_later(hub: Hub) -> None:
    """The run goes back into the queue, says why, and keeps what it has finished."""
    run = carried(Trouble("check", SourceUnavailable("The source does not answer.")))
    assert (run.state, run.retries, run.lease_until, set(run.finished)) == (State.QUEUED, 1, None, {"read"})
    assert "The source does not answer. The run is tried again by itself." in run.error
    assert claim(Holder.this()) is None
    assert carried(Trouble("nowhere", ValueError())).state == State.APPLIED
    assert Run.objects.get(pk=run.pk).error == ""


def test_a_source_may_say_when_to_come_back(hub: Hub) -> None:
    """Retry-After is kept to, also when it is longer than the hub's own pause."""
    run = carried(Trouble("read", SourceUnavailable("Too many requests.", retry_after=3600)))
    assert run.not_before is not None
    assert run.not_before > timezone.now() + timedelta(minutes=59)


def test_trying_again_has_an_end(hub: Hub) -> None:
    """After the last retry the run fails, with what went wrong."""
    states = [carried(Trouble("read", SourceUnavailable("Away."))).state for _ in range(settings.RUN_RETRIES + 1)]
    assert states == [State.QUEUED] * settings.RUN_RETRIES + [State.FAILED]


def test_what_time_cannot_mend_fails_at_once(hub: Hub) -> None:
    """A source that says no will say no again."""
    run = carried(Trouble("read", SourceRefused("The password is wrong.")))
    assert (run.state, run.error, run.retries) == (State.FAILED, "The password is wrong.", 0)


def test_another_run_that_waits_takes_the_place(hub: Hub) -> None:
    """A run that would go back where another waits by now fails instead: the other does the same."""
    run = claim(Holder.this())
    assert run is not None
    queue.enqueue(hub.integration, path=hub.inbox)
    done = carrier.carry(run, watcher=Trouble("read", SourceUnavailable("Away.")), retries=1)
    assert done.state == State.FAILED
    assert "Another run of the integration waits already and takes its place" in done.error


def test_pauses_grow_and_differ() -> None:
    """Each pause is about twice the one before, up to a quarter of an hour, and not the same for all."""
    for tried in range(12):
        longest = min(retrying.LONGEST, retrying.FIRST * 2**tried)
        pauses = {retrying.wait(tried) for _ in range(50)}
        assert len(pauses) > 1
        assert all(longest / 2 <= pause <= longest for pause in pauses)

"""What is told when a run has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rollbook.integrations.models import Integration
from rollbook.notices import wording
from rollbook.notices.events import run_ended, schedule_switched_off
from rollbook.notices.models import Notice, Subscription
from rollbook.notices.watch import watch
from rollbook.runs.models import Mode, Run, State
from tests.notices.conftest import FILES, NIGHT, ended

DAY = timedelta(days=1)


def told(run: Run) -> list[str]:
    """The events that the end of a run made."""
    before = set(Notice.objects.values_list("pk", flat=True))
    run_ended(run, run.ended)
    return sorted(Notice.objects.exclude(pk__in=before).values_list("event", flat=True))


@pytest.mark.parametrize(
    "state, events",
    [
        (State.FAILED, ["run.failed"]),
        (State.HELD, ["run.held"]),
        (State.APPLIED_WITH_ERRORS, ["run.applied_with_errors"]),
        (State.APPLIED, []),
        (State.TESTED, []),
        (State.CANCELLED, []),
        (State.DISCARDED, []),
    ],
)
def test_a_run_ends(north: Integration, state: State, events: list[str]) -> None:
    """A failed, held or partly applied run is told; a quiet night is not."""
    assert told(ended(north, state)) == events


@pytest.mark.parametrize("mode", [Mode.TEST, Mode.UNDO])
@pytest.mark.parametrize("state", [State.FAILED, State.HELD])
def test_who_waits_is_not_told(north: Integration, mode: Mode, state: State) -> None:
    """Test runs and undos have somebody who waits for them."""
    assert told(ended(north, state, mode=mode)) == []


def test_told_again_is_told_once(north: Integration) -> None:
    """A worker that took a run over may say again that it ended."""
    run = ended(north, State.FAILED)
    assert (told(run), told(run)) == (["run.failed"], [])


def test_held_then_applied_is_two_things(north: Integration) -> None:
    """A held run that was approved and had errors is told of twice."""
    run = ended(north, State.HELD)
    assert told(run) == ["run.held"]
    run.state = State.APPLIED_WITH_ERRORS
    assert told(run) == ["run.applied_with_errors"]


def test_first_success_after_failures(north: Integration) -> None:
    """The first success says how many runs had failed; the second success says nothing."""
    ended(north, State.APPLIED)
    for n in range(3):
        ended(north, State.FAILED, NIGHT + n * DAY)
    assert told(ended(north, State.APPLIED, NIGHT + 3 * DAY)) == ["run.recovered"]
    assert Notice.objects.get().facts["failures"] == 3
    assert told(ended(north, State.APPLIED, NIGHT + 4 * DAY)) == []


def test_twenty_failures_in_a_row(north: Integration) -> None:
    """The twentieth failure in a row is told once, however many follow; after a success counting starts anew."""
    runs = [ended(north, State.FAILED, NIGHT + n * DAY) for n in range(22)]
    events = [told(run) for run in runs]
    assert events == [["run.failed"]] * 19 + [["run.failed", "run.failing"]] + [["run.failed"]] * 2
    ended(north, State.APPLIED, NIGHT + 22 * DAY)
    assert told(ended(north, State.FAILED, NIGHT + 23 * DAY)) == ["run.failed"]


def test_failures_of_others_do_not_count(north: Integration, south: Integration) -> None:
    """A first success follows the failures of its own integration only."""
    ended(south, State.FAILED)
    assert told(ended(north, State.APPLIED, NIGHT + DAY)) == []


def test_same_files_for_days(north: Integration) -> None:
    """The same files are told of after 5, 10 and 20 days, and no more once others come."""
    ended(north, State.APPLIED, NIGHT - DAY, files=FILES, basis={"input": "old"})
    first = ended(north, State.APPLIED, files=FILES, basis={"input": "new"})
    nights = [ended(north, State.APPLIED, NIGHT + n * DAY, files=FILES, basis={"input": "new"}) for n in range(1, 25)]
    days = [n for n, run in enumerate(nights, 1) if "delivery.unchanged" in told(run)]
    assert days == [5, 10, 20]
    assert {n.facts["since_run"] for n in Notice.objects.filter(event="delivery.unchanged")} == {first.pk}
    assert told(ended(north, State.APPLIED, NIGHT + 25 * DAY, files=FILES, basis={"input": "old"})) == []


def test_format_drift(north: Integration) -> None:
    """A delivery in another format is told, with how many sheets it is about."""
    assert told(ended(north, State.APPLIED, files=FILES, issue_counts={"format-drift": 2})) == ["format.drift"]
    assert "2 sheets" in wording.sentence(Notice.objects.get())


def test_delivery_received_is_for_those_who_asked(north: Integration) -> None:
    """That files came is told to whoever asked for it, and is not in the bell."""
    assert told(ended(north, State.APPLIED, files=FILES)) == []
    run = ended(north, State.APPLIED, files=FILES)
    Subscription.objects.create(tenant=north.tenant, address="desk@example.org", events=["delivery.received"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rollbook.notices.outbox.settings.SENDS_MAIL", True)
        assert told(run) == ["delivery.received"]
    notice = Notice.objects.get()
    assert (notice.in_bell, wording.sentence(notice)) == (
        False,
        f"Run {run.pk} of Northfield nightly received 1 file with 12 rows.",
    )


def test_a_schedule_is_switched_off(north: Integration) -> None:
    """That no run starts by itself any more is told at once."""
    schedule_switched_off(north, 30, NIGHT)
    assert wording.sentence(Notice.objects.get()) == (
        "The schedule of Northfield nightly was switched off after 30 failures in a row."
    )


def test_held_again_is_news(north: Integration) -> None:
    """A run whose approval came to nothing waits again, and that is told."""
    run = ended(north, State.HELD, fence=1)
    assert told(run) == ["run.held"]
    run.fence = 2
    assert (told(run), told(run)) == (["run.held"], [])


def test_what_a_dead_worker_did_not_tell(north: Integration) -> None:
    """A run whose worker died before it could tell is told by the beat, once, and only while it is news."""
    ended(north, State.FAILED, NIGHT - timedelta(hours=2))
    lost, known = ended(north, State.FAILED), ended(north, State.HELD, fence=3)
    run_ended(known, NIGHT)
    for _ in range(2):
        watch(NIGHT + timedelta(minutes=5))
    assert sorted(Notice.objects.values_list("event", "run")) == [("run.failed", lost.pk), ("run.held", known.pk)]

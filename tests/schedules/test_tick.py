"""The beat: what is due is queued once, and every schedule says what came of its last time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rollbook.core.schedules.timetable import BlackOut
from rollbook.integrations.models import Integration
from rollbook.runs.models import Mode, Run, State
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule
from rollbook.schedules.tick import delivery_complete, tick

EVENING = datetime(2026, 5, 3, 20, tzinfo=UTC)
DUE = datetime(2026, 5, 4, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def daily(integration: Integration, **values: Any) -> Schedule:
    """Every day at 02:00 UTC, made the evening before."""
    return changing.add(integration, now=EVENING, **({"every": "day", "hour": 2} | values))


def fresh(schedule: Schedule) -> Schedule:
    return Schedule.objects.get(pk=schedule.pk)


def runs(integration: Integration) -> list[tuple[str, str, str]]:
    """Mode, trigger and state of every run, the oldest first."""
    return list(Run.objects.filter(integration=integration).order_by("pk").values_list("mode", "trigger", "state"))


def finish(schedule: Schedule, state: State = State.APPLIED) -> None:
    """The last run of a schedule ends."""
    run = fresh(schedule).last_run
    assert run is not None
    Run.objects.filter(pk=run.pk).update(state=state)


def test_what_is_due_is_queued_once(nightly: Integration) -> None:
    """At its time a run is queued, and the next beat finds nothing to do."""
    schedule = daily(nightly)
    assert [tick(DUE - timedelta(seconds=1)), tick(DUE), tick(DUE + timedelta(seconds=5))] == [0, 1, 0]
    assert runs(nightly) == [("live", "schedule", "queued")]
    kept = fresh(schedule)
    assert (kept.next_due, kept.last_at) == (DUE + DAY, DUE)
    assert kept.last_outcome == f"Queued run {kept.last_run_id}."


def test_test_runs_can_be_scheduled(nightly: Integration) -> None:
    """A schedule for test runs queues a test run."""
    daily(nightly, mode=Mode.TEST)
    tick(DUE)
    assert runs(nightly) == [("test", "schedule", "queued")]


def test_missed_times_become_one_run(nightly: Integration) -> None:
    """After five days without a worker one run is queued, which says that it is late."""
    schedule = daily(nightly)
    assert [tick(DUE + 5 * DAY + timedelta(hours=3)), tick(DUE + 5 * DAY + timedelta(hours=4))] == [1, 0]
    kept = fresh(schedule)
    assert kept.last_outcome == f"Queued run {kept.last_run_id}, late: it was due at 4 May 2026, 02:00 UTC."
    assert kept.next_due == DUE + 6 * DAY


def test_missed_times_can_be_left_out(nightly: Integration) -> None:
    """With the other policy nothing is queued for times that were missed, and the schedule says so."""
    schedule = daily(nightly, missed="skip", zone="Europe/Berlin", hour=4)
    assert tick(DUE + timedelta(hours=3)) == 0
    assert fresh(schedule).last_outcome == (
        "Missed: it was due at 4 May 2026, 04:00 Europe/Berlin, and no worker looked in time."
    )
    assert tick(DUE + DAY) == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.READING, State.PLANNING, State.APPLYING])
def test_no_run_beside_another(nightly: Integration, state: State) -> None:
    """While a run of the integration is queued or under way the time is left out, and the schedule says so."""
    schedule = daily(nightly)
    before = Run.objects.create(integration=nightly, state=state)
    assert tick(DUE) == 0
    kept = fresh(schedule)
    assert kept.last_outcome == f"Skipped: run {before.pk} had not ended."
    assert (kept.next_due, kept.last_run) == (DUE + DAY, None)


@pytest.mark.parametrize("state", [State.HELD, State.TESTED, State.FAILED, State.APPLIED])
def test_a_run_that_waits_for_a_person_does_not_stop_the_next(nightly: Integration, state: State) -> None:
    """What has ended, in whatever way, is not in the way of the next time."""
    daily(nightly)
    Run.objects.create(integration=nightly, state=state)
    assert tick(DUE) == 1


def test_what_is_off_does_not_run(nightly: Integration) -> None:
    """Neither a schedule that is off nor one of an inactive integration queues a run."""
    changing.switch_off(daily(nightly))
    other = Integration.objects.create(
        tenant=nightly.tenant, name="Old", source="sheets", settings=nightly.settings, is_active=False
    )
    schedule = daily(other)
    assert tick(DUE) == 0
    assert fresh(schedule).last_outcome == "Skipped: the integration is inactive."


def test_nothing_begins_in_a_blackout(nightly: Integration) -> None:
    """What was due before a black-out and is looked at in it is left out; the next time is after it."""
    out = BlackOut(date(2026, 5, 5), date(2026, 5, 9), "Roll-over")
    schedule = daily(nightly, blackouts=[out])
    assert tick(DUE + DAY) == 0
    kept = fresh(schedule)
    assert kept.last_outcome == "Skipped: black-out 5 May 2026 to 9 May 2026, Roll-over."
    assert kept.next_due == datetime(2026, 5, 10, 2, tzinfo=UTC)


def test_pause_and_resume(nightly: Integration) -> None:
    """A pause moves the next time behind its day; resuming takes it back, and makes up for nothing."""
    schedule = daily(nightly)
    changing.pause(schedule, date(2026, 5, 20), "New school year", now=EVENING)
    assert fresh(schedule).next_due == datetime(2026, 5, 20, 2, tzinfo=UTC)
    assert tick(DUE + 3 * DAY) == 0
    changing.resume(schedule, now=DUE + 3 * DAY)
    kept = fresh(schedule)
    assert (kept.next_due, kept.paused_until, kept.pause_reason) == (DUE + 4 * DAY, None, "")


def test_one_that_cannot_be_looked_at_stops_no_other(nightly: Integration, caplog: pytest.LogCaptureFixture) -> None:
    """A schedule that is broken is logged, and the others are queued."""
    broken = daily(nightly)
    Schedule.objects.filter(pk=broken.pk).update(zone="Middle/Earth")
    other = Integration.objects.create(tenant=nightly.tenant, name="B", source="sheets", settings=nightly.settings)
    daily(other)
    assert tick(DUE) == 1
    assert [record.message for record in caplog.records] == ["schedule.failed"]


def test_a_change_between_two_times_holds_at_once(nightly: Integration) -> None:
    """A changed time moves the next run, and what the schedule says of its last time stays."""
    schedule = daily(nightly)
    tick(DUE)
    finish(schedule)
    changing.change(schedule, hour=5, now=DUE + timedelta(hours=1))
    kept = fresh(schedule)
    assert kept.next_due == DUE + timedelta(hours=3)
    assert kept.last_outcome.startswith("Queued run")


# When a delivery is complete -------------------------------------------------------------------------


def test_a_delivery_queues_a_run(nightly: Integration) -> None:
    """A complete delivery queues what waits for it, and what is due by the clock is left alone."""
    waiting = changing.add(nightly, every="delivery")
    clock = daily(nightly)
    made = delivery_complete(nightly, now=DUE - timedelta(hours=1))
    assert [run.trigger for run in made] == ["delivery"]
    assert fresh(waiting).last_outcome == f"Queued run {made[0].pk}."
    assert fresh(clock).last_at is None


def test_a_delivery_waits_behind_a_run_under_way(nightly: Integration) -> None:
    """What is delivered while an earlier delivery is read is queued behind it; a third time it is queued already."""
    schedule = changing.add(nightly, every="delivery")
    Run.objects.create(integration=nightly, state=State.READING)
    (queued,) = delivery_complete(nightly)
    assert delivery_complete(nightly) == []
    assert fresh(schedule).last_outcome == f"Skipped: run {queued.pk} had not ended."


def test_a_delivery_in_a_blackout_is_not_read(nightly: Integration) -> None:
    """In a black-out and in a pause a delivery queues nothing, and the schedule says why."""
    out = BlackOut(DUE.date(), DUE.date())
    schedule = changing.add(nightly, every="delivery", blackouts=[out])
    assert delivery_complete(nightly, now=DUE) == []
    assert fresh(schedule).last_outcome == "Skipped: black-out 4 May 2026."

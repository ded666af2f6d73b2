"""What fails night after night is switched off, and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rollbook.integrations.models import Integration
from rollbook.notices.models import Notice
from rollbook.runs.failing import failures_in_a_row
from rollbook.runs.models import Run, State
from rollbook.schedules import changing
from rollbook.schedules.breaker import count_failures
from rollbook.schedules.models import Schedule
from rollbook.schedules.tick import tick

DUE = datetime(2026, 5, 4, 2, tzinfo=UTC)


@pytest.fixture
def schedule(nightly: Integration) -> Schedule:
    """Every hour, from 02:00 on."""
    return changing.add(nightly, now=DUE - timedelta(minutes=1), every="hour")


def nights(schedule: Schedule, *ends: State, start: int = 0) -> Schedule:
    """Let so many times pass, each run ending in its way; the schedule as it is then."""
    for number, end in enumerate(ends, start):
        tick(DUE + timedelta(hours=number))
        Run.objects.filter(state=State.QUEUED).update(state=end)
    count_failures()
    return Schedule.objects.get(pk=schedule.pk)


def test_twenty_failures_are_a_warning(schedule: Schedule) -> None:
    """At the 20th failure in a row, and not before, the schedule warns; it goes on."""
    before = nights(schedule, *[State.FAILED] * 19)
    assert (before.failures, before.is_failing, before.is_active) == (19, False, True)
    after = nights(schedule, State.FAILED, start=19)
    assert (after.failures, after.is_failing, after.is_active) == (20, True, True)


def test_thirty_failures_switch_it_off(schedule: Schedule) -> None:
    """At the 30th failure in a row it is off, without a 31st run, and says why and how to switch it on again."""
    off = nights(schedule, *[State.FAILED] * 40)
    assert (off.is_active, Run.objects.count()) == (False, 30)
    assert "30 scheduled runs failed in a row" in off.off_reason
    assert f"rollbook schedule resume {off.pk}" in off.off_reason


def test_it_is_told_once(schedule: Schedule, nightly: Integration) -> None:
    """That schedules were switched off is told once, however many of them there are and workers look."""
    changing.add(nightly, every="day", hour=23)
    nights(schedule, *[State.FAILED] * 30)
    count_failures()
    told = Notice.objects.filter(event="schedule.switched_off")
    assert [(notice.integration, notice.facts) for notice in told] == [(nightly, {"failures": 30})]


def test_switched_on_again_it_has_thirty_more(schedule: Schedule) -> None:
    """Once switched on again, only new failures count."""
    off = nights(schedule, *[State.FAILED] * 30)
    changing.resume(off)
    Run.objects.update(created=DUE)
    Schedule.objects.update(next_due=DUE + timedelta(hours=30))
    again = nights(off, State.FAILED, start=30)
    assert (again.is_active, again.failures, again.off_reason) == (True, 1, "")


@pytest.mark.parametrize("state", [State.APPLIED, State.APPLIED_WITH_ERRORS, State.HELD, State.TESTED, State.DISCARDED])
def test_what_did_not_fail_begins_anew(schedule: Schedule, state: State) -> None:
    """Failures are counted in a row: one run that did not fail and the count begins again."""
    kept = nights(schedule, *[State.FAILED] * 25, state, State.FAILED, State.FAILED)
    assert (kept.failures, kept.is_failing) == (2, False)


def test_a_cancelled_run_says_nothing(schedule: Schedule) -> None:
    """Cancelling one of many failures neither counts nor begins anew."""
    assert nights(schedule, *[State.FAILED] * 3, State.CANCELLED, State.FAILED).failures == 4


def test_only_scheduled_runs_count(schedule: Schedule, nightly: Integration) -> None:
    """What somebody runs by hand while mending is no failure of the schedule."""
    Run.objects.bulk_create(Run(integration=nightly, state=State.FAILED, trigger="member") for _ in range(40))
    assert failures_in_a_row(nightly) == 0
    assert nights(schedule, State.FAILED).failures == 1


def test_all_schedules_of_an_integration_are_switched_off(schedule: Schedule, nightly: Integration) -> None:
    """The failures are the integration's: its other schedules stop too, but for those that wait for a delivery."""
    nightly_full = changing.add(nightly, every="day", hour=23)
    waiting = changing.add(nightly, every="delivery")
    nights(schedule, *[State.FAILED] * 30)
    active = Schedule.objects.filter(pk__in=[nightly_full.pk, waiting.pk], is_active=True)
    assert [one.pk for one in active] == [waiting.pk]

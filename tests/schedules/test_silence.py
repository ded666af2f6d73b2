"""What is quiet on purpose is not missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rollbook.core.schedules.timetable import BlackOut
from rollbook.integrations.models import Integration
from rollbook.notices.models import Expectation, Notice
from rollbook.notices.watch import watch
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule
from rollbook.schedules.silence import is_silent

CHRISTMAS = datetime(2036, 12, 24, 12, tzinfo=UTC)
BREAK = [BlackOut(date(2036, 12, 20), date(2037, 1, 3), "Winter break")]


def test_who_has_no_schedule_is_not_silent(nightly: Integration) -> None:
    """An integration that others start is expected as it ever was."""
    assert not is_silent(nightly, CHRISTMAS)


@pytest.mark.parametrize("after, silent", [(timedelta(0), True), (timedelta(days=14), False)])
def test_black_outs(nightly: Integration, after: timedelta, silent: bool) -> None:
    """In its black-out a schedule rests, and not after."""
    changing.add(nightly, every="day", blackouts=BREAK)
    assert is_silent(nightly, CHRISTMAS + after) is silent


def test_off_and_paused(nightly: Integration) -> None:
    """A schedule that is off, and one that is paused until a day, rest."""
    changing.add(nightly, every="day")
    Schedule.objects.update(is_active=False)
    assert is_silent(nightly, CHRISTMAS)
    Schedule.objects.update(is_active=True, paused_until=date(2036, 12, 25))
    assert is_silent(nightly, CHRISTMAS)
    assert not is_silent(nightly, CHRISTMAS + timedelta(days=1))


def test_one_that_runs_is_enough(nightly: Integration) -> None:
    """While one schedule runs data is expected, whatever the others do."""
    changing.add(nightly, every="day", blackouts=BREAK)
    changing.add(nightly, every="hour")
    assert not is_silent(nightly, CHRISTMAS)


def test_nothing_is_missed_in_a_black_out(nightly: Integration) -> None:
    """Data that should have come in a black-out is told as missing on the same weekday after it."""
    changing.add(nightly, every="day", blackouts=BREAK)
    Expectation.objects.create(integration=nightly, last=CHRISTMAS, expected=CHRISTMAS, due=CHRISTMAS)
    told = []
    for day in range(30):
        watch(CHRISTMAS + timedelta(days=day), is_silent=is_silent)
        told.append(Notice.objects.filter(event="delivery.missing").count())
    assert told.index(1) == 14

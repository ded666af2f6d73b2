"""What is told because nothing happened, seen with a clock that the test moves."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest

from rollbook.integrations.models import Integration
from rollbook.notices.events import run_ended
from rollbook.notices.models import Expiry, Notice
from rollbook.notices.watch import watch
from rollbook.roster.models import model
from rollbook.runs.models import State
from tests.notices.conftest import FILES, NIGHT, ended

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def sent_weekdays(integration: Integration, weeks: int = 5) -> None:
    """Every weekday at 2, for some weeks, and last on the Monday `NIGHT`."""
    for days in range(7 * (weeks - 1), -1, -1):
        at = NIGHT - days * DAY
        if at.weekday() < 5:
            run_ended(ended(integration, State.APPLIED, at, files=FILES), at)


def told_until(end: datetime, start: datetime = NIGHT, step: timedelta = HOUR) -> list[datetime]:
    """The moments at which watching, hour by hour, told that data is missing."""
    found, now = [], start
    while now <= end:
        before = Notice.objects.filter(event="delivery.missing").count()
        watch(now)
        if Notice.objects.filter(event="delivery.missing").count() > before:
            found.append(now)
        now += step
    return found


def test_missed_on_tuesday(north: Integration) -> None:
    """Who sends every weekday at 2 and did not on Tuesday is missed on Tuesday at 4."""
    sent_weekdays(north)
    assert told_until(NIGHT + 2 * DAY) == [NIGHT + DAY + 2 * HOUR]


def test_not_missed_on_saturday(north: Integration) -> None:
    """Who sends every weekday and did on Friday is left in peace until Monday at 4."""
    sent_weekdays(north)
    for n in range(1, 5):
        run_ended(ended(north, State.APPLIED, NIGHT + n * DAY, files=FILES), NIGHT + n * DAY)
    assert told_until(NIGHT + WEEK + DAY) == [NIGHT + WEEK + 2 * HOUR]


def test_reminders_grow_rare(north: Integration) -> None:
    """Silence is told again after one, three and seven weeks."""
    sent_weekdays(north)
    missed = NIGHT + DAY + 2 * HOUR
    assert told_until(NIGHT + 9 * WEEK, missed, DAY) == [missed, missed + WEEK, missed + 3 * WEEK, missed + 7 * WEEK]


def test_what_came_late_is_missed_no_more(north: Integration) -> None:
    """When the data has come after all, the next day counts."""
    sent_weekdays(north)
    run_ended(ended(north, State.APPLIED, NIGHT + DAY + HOUR, files=FILES), NIGHT + DAY + HOUR)
    assert told_until(NIGHT + 3 * DAY) == [NIGHT + 2 * DAY + 2 * HOUR]


def test_little_history_tells_nothing(north: Integration) -> None:
    """After one week nobody knows when data should come."""
    sent_weekdays(north, weeks=2)
    assert told_until(NIGHT + 2 * WEEK, step=6 * HOUR) == []


def test_a_failed_run_with_files_is_no_silence(north: Integration) -> None:
    """Files that could not be taken did come."""
    sent_weekdays(north)
    run_ended(ended(north, State.FAILED, NIGHT + DAY, files=FILES), NIGHT + DAY)
    assert told_until(NIGHT + 2 * DAY) == []


def test_a_run_without_files_is_silence(north: Integration) -> None:
    """A run that found nothing to read brought nothing."""
    sent_weekdays(north)
    run_ended(ended(north, State.FAILED, NIGHT + DAY), NIGHT + DAY)
    assert told_until(NIGHT + 2 * DAY) == [NIGHT + DAY + 2 * HOUR]


def test_inactive_integrations_are_not_missed(north: Integration) -> None:
    """An integration that was switched off need not bring anything."""
    sent_weekdays(north)
    Integration.objects.update(is_active=False)
    assert told_until(NIGHT + WEEK) == []


def session(integration: Integration, start: date, end: date, kind: str = "term") -> None:
    dates = {"date_created": NIGHT, "date_last_modified": NIGHT}
    facts = {"type": kind, "start_date": start, "end_date": end, "title": kind}
    model("academic_session")._default_manager.create(
        sourced_id=uuid.uuid4(), tenant=integration.tenant, **facts, **dates
    )


def test_school_is_out(north: Integration) -> None:
    """Nothing is missed between two terms; the same weekday of the first week back counts again."""
    session(north, date(2026, 8, 1), date(2026, 10, 5))
    session(north, date(2026, 10, 19), date(2026, 12, 18))
    session(north, date(2026, 8, 1), date(2027, 6, 30), "schoolYear")
    sent_weekdays(north)
    back = NIGHT + 2 * WEEK + DAY + 2 * HOUR
    assert told_until(NIGHT + 3 * WEEK, back - 2 * WEEK, DAY) == [back]


def test_old_sessions_do_not_silence(north: Integration) -> None:
    """Sessions that ended long ago and were never renewed say nothing about today."""
    session(north, date(2025, 8, 15), date(2026, 6, 15))
    sent_weekdays(north)
    assert told_until(NIGHT + 2 * DAY) == [NIGHT + DAY + 2 * HOUR]


def test_credentials_expire(north: Integration) -> None:
    """A credential is told of 30, 14, 7, one and no days before; a renewed one starts anew."""
    expiry = Expiry.objects.create(integration=north, kind=Expiry.Kind.KEY, expires=(NIGHT + 40 * DAY).date())
    for n in range(45):
        watch(NIGHT + n * DAY)
    notices = Notice.objects.filter(event="credential.expiring").order_by("pk")
    assert [(n.created - NIGHT).days for n in notices] == [10, 26, 33, 39, 40]
    expiry.expires, expiry.told = (NIGHT + 80 * DAY).date(), None
    expiry.save()
    watch(NIGHT + 60 * DAY)
    assert notices.all().count() == 6


@pytest.mark.parametrize("days, kept", [(364, 1), (366, 0)])
def test_old_notices_are_forgotten(north: Integration, days: int, kept: int) -> None:
    """A notice is kept for a year."""
    run_ended(ended(north, State.FAILED), NIGHT)
    watch(NIGHT + days * DAY)
    assert Notice.objects.count() == kept

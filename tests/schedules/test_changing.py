"""Making and changing schedules: what cannot be kept is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rollbook.core.errors import SettingsError
from rollbook.core.schedules.preview import coming
from rollbook.core.schedules.timetable import BlackOut
from rollbook.integrations.models import Integration
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule
from rollbook.sources.base import SourceKind
from rollbook.sources.kinds import KINDS

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


@pytest.fixture
def with_delta(nightly: Integration, monkeypatch: pytest.MonkeyPatch) -> Integration:
    """An integration whose source says that it can be asked for changes."""
    monkeypatch.setitem(KINDS, "sheets", SourceKind("sheets", "Data sheets", offers_delta=True))
    return nightly


@pytest.mark.parametrize(
    "values, message",
    [
        ({"every": "day", "hour": 24}, "hour goes from 0 to 23"),
        ({"every": "cron", "cron": "every night"}, "five fields"),
        ({"every": "day", "zone": "Chicago"}, "not a time zone"),
        ({"every": "day", "kind": "delta"}, "cannot be asked for changes"),
        ({"every": "day", "grace_minutes": -1}, "grace"),
        ({"every": "day", "name": "n" * 129}, "name: Ensure"),
        ({"every": "day", "mode": "undo"}, "mode: Value 'undo'"),
        ({"every": "day", "blackouts": [BlackOut(date(2026, 7, 2), date.max)]}, "ends by 2199-12-31"),
        ({"every": "day", "blackouts": [BlackOut(date(2026, 7, 2), date(2026, 7, 1))]}, "ends before it begins"),
        ({"every": "day", "blackouts": [BlackOut(date(2026, 7, n % 28 + 1), date(2027, 1, n % 31 + 1))
                                        for n in range(51)]}, "at most 50"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(nightly: Integration, values: dict[str, Any], message: str) -> None:
    """A schedule that could not be kept is refused with the reason, and nothing is stored."""
    with pytest.raises(SettingsError, match=message):
        changing.add(nightly, **values)
    assert not Schedule.objects.exists()


def test_nothing_to_read_nothing_to_schedule(nightly: Integration) -> None:
    """An integration without a path of its own runs by the clock to no end; a delivery brings its own."""
    nightly.settings = {}
    with pytest.raises(SettingsError, match="has no path"):
        changing.add(nightly, every="day")
    assert changing.add(nightly, every="delivery").next_due is None


def test_blackouts_are_kept_in_order(nightly: Integration) -> None:
    """Black-outs come back as they were given, in the order of their days, each once."""
    winter, spring = (
        BlackOut(date(2026, 12, 20), date(2027, 1, 3), "Winter"),
        BlackOut(date(2026, 4, 1), date(2026, 4, 1)),
    )
    made = changing.add(nightly, every="day", blackouts=[winter, spring, winter])
    assert Schedule.objects.get(pk=made.pk).timetable.blackouts == (spring, winter)


@pytest.mark.parametrize(
    "until, reason", [(date(2026, 5, 3), "Roll-over"), (date(2026, 5, 9), "  "), (date.max, "Late")]
)
def test_a_pause_needs_a_day_and_a_reason(nightly: Integration, until: date, reason: str) -> None:
    """A pause ends on a day to come, which is not too far away, and says why."""
    made = changing.add(nightly, every="day")
    with pytest.raises(SettingsError, match="Nothing was changed"):
        changing.pause(made, until, reason, now=NOON)
    assert Schedule.objects.get(pk=made.pk).paused_until is None


def test_the_pair(with_delta: Integration) -> None:
    """The pair is a full run once a night and a delta at every other hour: 24 times a day, never two at once."""
    full, delta = changing.add_pair(with_delta, hour=0, minute=15, zone="Asia/Singapore", now=NOON)
    assert (full.words, full.kind, delta.kind) == ("Every day at 00:15, Asia/Singapore", "full", "delta")
    times = sorted(time.utc for one in (full, delta) for time in coming(one.timetable, NOON, 30))[:24]
    assert times == [NOON + timedelta(minutes=15 + 60 * n) for n in range(24)]


def test_no_pair_without_deltas(nightly: Integration) -> None:
    """Where the source knows no delta the pair is refused as a whole."""
    with pytest.raises(SettingsError, match="Schedule a full run"):
        changing.add_pair(nightly, hour=0, minute=15, zone="UTC")
    assert not Schedule.objects.exists()


def test_what_was_just_taken_does_not_come_again(nightly: Integration) -> None:
    """Changed by a machine whose clock is behind, a schedule does not go back to a time that a worker has taken."""
    made = changing.add(nightly, now=NOON, every="hour")
    Schedule.objects.filter(pk=made.pk).update(last_at=NOON + timedelta(hours=1))
    changing.change(made, name="Hourly", now=NOON + timedelta(minutes=59, seconds=58))
    assert Schedule.objects.get(pk=made.pk).next_due == NOON + timedelta(hours=2)

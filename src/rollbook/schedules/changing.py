"""Make and change schedules. What cannot be kept is refused, and `next_due` follows from every change."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from shlex import quote
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from rollbook.core.errors import SettingsError
from rollbook.core.schedules.rhythm import Every, checked
from rollbook.core.schedules.timetable import BlackOut, next_due
from rollbook.integrations import declared
from rollbook.integrations.inputs import is_pulled
from rollbook.integrations.models import Integration
from rollbook.runs.models import last_applied
from rollbook.schedules.models import Kind, Schedule
from rollbook.sources.kinds import KINDS

MOST_BLACKOUTS = 50
MOST_GRACE_MINUTES = 7 * 24 * 60
_TYPED = {"name", "kind", "mode", "every", "cron", "zone", "missed", "grace_minutes"}
LATEST = date(2199, 12, 31)
"""Days after this are typing errors."""


def offers_delta(integration: Integration) -> bool:
    """Its source can be asked for only what has changed."""
    return KINDS[integration.source].offers_delta


def is_untried(integration: Integration) -> bool:
    """No run of it was ever applied: the first live one would write what nobody has seen."""
    return last_applied(integration) is None


def add(integration: Integration, *, now: datetime | None = None, **values: Any) -> Schedule:
    """
    A new schedule of an integration.

    Args:
        values: Fields of the schedule; `blackouts` as `BlackOut`s.

    Raises:
        SettingsError: It could not be kept.
    """
    schedule = draft(integration, now=now, **values)
    schedule.save()
    return schedule


def draft(integration: Integration, *, now: datetime | None = None, **values: Any) -> Schedule:
    """
    Likewise, not saved: to look at before it is.

    Raises:
        SettingsError: It could not be kept.
    """
    schedule = Schedule(integration=integration)
    _set(schedule, values)
    _check(schedule)
    schedule.next_due = next_due(schedule.timetable, now or timezone.now())
    return schedule


def change(schedule: Schedule, *, now: datetime | None = None, **values: Any) -> None:
    """
    Change fields of a schedule; what is not named stays.

    Raises:
        SettingsError: It could not be kept.
    """
    _set(schedule, values)
    _check(schedule)
    _save(schedule, now, *values)


def add_pair(
    integration: Integration, *, hour: int, minute: int, zone: str, now: datetime | None = None, **values: Any
) -> tuple[Schedule, Schedule]:
    """
    The pair for a source that can tell its changes: a delta every hour, and everything once a night.

    The full run keeps straight what a delta cannot see. At its hour the delta is left out: one run is enough.

    Args:
        hour: Of the full run.

        minute: Of both.

        values: Fields that both have.

    Raises:
        SettingsError: The source knows no delta, or the pair could not be kept.
    """
    both: dict[str, Any] = {"now": now, "zone": zone, **values}
    nightly: dict[str, Any] = {
        "kind": Kind.FULL,
        "name": "Nightly full",
        "every": Every.DAY,
        "hour": hour,
        "minute": minute,
    }
    others = ",".join(str(other) for other in range(24) if other != hour)
    hourly: dict[str, Any] = {
        "kind": Kind.DELTA,
        "name": "Hourly delta",
        "every": Every.CRON,
        "cron": f"{minute} {others} * * *",
    }
    full, delta = draft(integration, **nightly, **both), draft(integration, **hourly, **both)
    for schedule in (full, delta):
        schedule.save()
    return full, delta


# Pause and switch ------------------------------------------------------------------------------------


def pause(schedule: Schedule, until: date, reason: str, *, now: datetime | None = None) -> None:
    """
    Run nothing before a day.

    Raises:
        SettingsError: The day is not to come, or there is no reason.
    """
    now = now or timezone.now()
    if until <= now.astimezone(schedule.rhythm.tz).date():
        raise SettingsError(f"A pause ends on a day to come; {until} is not. Nothing was changed.")
    if not reason.strip():
        raise SettingsError("A pause needs a reason, for whoever wonders why nothing comes. Nothing was changed.")
    if until > LATEST:
        raise SettingsError(f"A pause ends by {LATEST}. Nothing was changed. Switch the schedule off instead.")
    _keep(schedule, now, paused_until=until, pause_reason=reason.strip()[:255])


def resume(schedule: Schedule, *, now: datetime | None = None) -> None:
    """
    End a pause, and switch on what was off.

    What was switched on again has its failures forgiven: it takes as many new ones to switch it off. Times that passed
    meanwhile are not made up for.
    """
    now = now or timezone.now()
    forgiven = {} if schedule.is_active else {"failures": 0, "counts_from": now, "is_counted": True}
    _keep(schedule, now, is_active=True, off_reason="", paused_until=None, pause_reason="", **forgiven)


def switch_off(schedule: Schedule) -> None:
    """Run nothing until it is switched on again."""
    _keep(schedule, None, is_active=False, off_reason="")


# Parts -----------------------------------------------------------------------------------------------


def _keep(schedule: Schedule, now: datetime | None, **values: Any) -> None:
    _set(schedule, values)
    _save(schedule, now, *values)


@transaction.atomic
def _save(schedule: Schedule, now: datetime | None, *names: str) -> None:
    """Keep these fields, and leave what the beat says of the last time alone; what it has just taken is past."""
    mine = Schedule.objects.select_for_update().filter(pk=schedule.pk)
    taken = mine.values_list("last_at", flat=True).first()
    after = now or timezone.now()
    schedule.next_due = next_due(schedule.timetable, max(after, taken) if taken else after)
    schedule.save(update_fields=[*names, "next_due"])


def _set(schedule: Schedule, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(schedule, name, _stored(value) if name == "blackouts" else value)


def _check(schedule: Schedule) -> None:
    checked(schedule.rhythm)
    if schedule.kind == Kind.DELTA and not offers_delta(schedule.integration):
        source = KINDS[schedule.integration.source].title
        raise SettingsError(
            f"{source} cannot be asked for changes only. Nothing was changed. Schedule a full run instead."
        )
    needs_path = schedule.rhythm.is_timed and not is_pulled(schedule.integration)
    if needs_path and not declared.value(schedule.integration.settings, "path"):
        raise SettingsError(
            f"{schedule.integration} has no path, so a scheduled run would have nothing to read. Nothing was changed. "
            f"Set one: rollbook integration set {quote(schedule.integration.name)} path=FOLDER"
        )
    if not 0 <= schedule.grace_minutes <= MOST_GRACE_MINUTES:
        raise SettingsError(f"The grace goes from 0 to {MOST_GRACE_MINUTES} minutes. Nothing was changed.")
    try:
        schedule.clean_fields(exclude={field.name for field in Schedule._meta.fields} - _TYPED)
    except ValidationError as error:
        wrong = " ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())
        raise SettingsError(f"{wrong} Nothing was changed.") from error


def _stored(blackouts: Iterable[BlackOut]) -> list[dict[str, str]]:
    ordered = sorted(set(blackouts), key=lambda one: (one.first, one.last))
    if len(ordered) > MOST_BLACKOUTS:
        raise SettingsError(f"A schedule has at most {MOST_BLACKOUTS} black-outs. Nothing was changed.")
    for one in ordered:
        if one.last < one.first:
            raise SettingsError(f"A black-out ends before it begins: {one.first} to {one.last}. Nothing was changed.")
        if one.last > LATEST:
            raise SettingsError(f"A black-out ends by {LATEST}, and not on {one.last}. Nothing was changed.")
    return [{"first": str(one.first), "last": str(one.last), "label": one.label[:100]} for one in ordered]

"""
The beat of the scheduler: queue a run for whatever is due.

Any number of workers may tick at the same moment. `next_due` is moved by compare-and-set, and only whoever moved it
queues the run, in the same transaction: no time is taken twice, and none is lost when a worker dies.
"""

import logging
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from rollbook.core.errors import RollbookError
from rollbook.core.schedules.rhythm import Every
from rollbook.core.schedules.timetable import Missed, Verdict, judge, next_due
from rollbook.core.schedules.words import blackout_in_words, day_in_words
from rollbook.integrations.models import Integration
from rollbook.jobs.queue import enqueue
from rollbook.runs.failing import BY_SCHEDULE
from rollbook.runs.models import UNDER_WAY, Mode, Run, State
from rollbook.schedules.breaker import count_failures
from rollbook.schedules.models import Kind, Schedule

BY_DELIVERY = "delivery"
"""The trigger of a run that a complete delivery asked for."""

_log = logging.getLogger(__name__)


def tick(now: datetime | None = None) -> int:
    """
    Look at every schedule that is due.

    One that cannot be looked at is logged and left for the next beat; it keeps nothing from the others.

    Returns:
        How many runs were queued.
    """
    now = now or timezone.now()
    try:
        count_failures()
    except Exception:
        _log.exception("schedule.failures_not_counted")
    due = Schedule.objects.filter(is_active=True, next_due__lte=now).order_by("next_due", "pk")
    queued = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            queued += _look(pk, now)
        except Exception:
            _log.exception("schedule.failed", extra={"schedule": pk})
    return queued


@transaction.atomic
def _look(pk: int, now: datetime) -> bool:
    """Take a schedule that is due, unless another worker has; say whether a run was queued."""
    mine = Schedule.objects.select_for_update(of=("self",), skip_locked=True).select_related("integration__tenant")
    schedule = mine.filter(pk=pk, is_active=True, next_due__lte=now).first()
    if schedule is None or schedule.next_due is None:
        return False
    due, table = schedule.next_due, schedule.timetable
    onward = next_due(table, max(now, due))
    if not Schedule.objects.filter(pk=pk, is_active=True, next_due=due).update(next_due=onward):
        return False
    verdict = judge(table, due, now, missed=Missed(schedule.missed), grace=schedule.grace)
    return _carry_out(schedule, verdict, due, now)


def delivery_complete(integration: Integration, *, path: Path | None = None, now: datetime | None = None) -> list[Run]:
    """
    Queue what an integration runs when a delivery is complete.

    To be called in the transaction that records the delivery. While a run waits in the queue already nothing is added,
    and the schedule says so: what that run does not read is for the caller to bring again when it has ended.

    Args:
        path: What was delivered; None = the integration's own path.
    """
    now = now or timezone.now()
    waiting = Schedule.objects.filter(integration=integration, is_active=True, every=Every.DELIVERY)
    runs = []
    for schedule in waiting.select_related("integration__tenant"):
        verdict = judge(schedule.timetable, now, now, missed=Missed(schedule.missed), grace=schedule.grace)
        if _carry_out(schedule, verdict, now, now, path=path) and schedule.last_run:
            runs.append(schedule.last_run)
    return runs


# What comes of it ------------------------------------------------------------------------------------


def _carry_out(schedule: Schedule, verdict: Verdict, due: datetime, now: datetime, path: Path | None = None) -> bool:
    """Queue the run, or not, and keep what came of it."""
    run, outcome = None, _why_not(schedule, verdict, due, now)
    if not outcome:
        trigger = BY_SCHEDULE if schedule.rhythm.is_timed else BY_DELIVERY
        try:
            with transaction.atomic():
                is_delta = schedule.kind == Kind.DELTA
                run = enqueue(
                    schedule.integration, mode=Mode(schedule.mode), trigger=trigger, path=path, is_delta=is_delta
                )
        except RollbookError as error:
            outcome = f"Not queued. {error}"
        else:
            outcome = _queued(schedule, run, verdict, due)
    changes = {"last_at": now, "last_outcome": outcome}
    if run is not None:
        changes |= {"last_run": run, "is_counted": False}
    Schedule.objects.filter(pk=schedule.pk).update(**changes)
    schedule.last_run = run or schedule.last_run
    return run is not None


def _why_not(schedule: Schedule, verdict: Verdict, due: datetime, now: datetime) -> str:
    """Why nothing is queued, as the schedule says it; blank when something is."""
    table = schedule.timetable
    if verdict is Verdict.SKIP_PAUSED and table.paused_until:
        return f"Skipped: paused until {day_in_words(table.paused_until)}."
    if verdict is Verdict.SKIP_BLACKOUT and (hit := table.blackout_at(now)):
        return f"Skipped: black-out {blackout_in_words(hit)}."
    if verdict is Verdict.SKIP_MISSED:
        return f"Missed: it was due at {_local(schedule, due)}, and no worker looked in time."
    if not schedule.integration.is_active:
        return "Skipped: the integration is inactive."
    # What was just delivered may wait behind the run that reads what came before; what is due by the clock comes again.
    states = UNDER_WAY if schedule.rhythm.is_timed else (State.QUEUED,)
    before = Run.objects.filter(integration=schedule.integration, state__in=states).order_by("-pk").first()
    return f"Skipped: run {before.pk} had not ended." if before else ""


def _queued(schedule: Schedule, run: Run, verdict: Verdict, due: datetime) -> str:
    late = f", late: it was due at {_local(schedule, due)}" if verdict is Verdict.CATCH_UP else ""
    return f"Queued run {run.pk}{late}."


def _local(schedule: Schedule, moment: datetime) -> str:
    local = moment.astimezone(schedule.rhythm.tz)
    return f"{day_in_words(local.date())}, {local:%H:%M} {schedule.zone}"

"""
What has happened, and whether it is worth telling.

`run_ended` is the one thing to call when a run has reached a state that a person should know of. It may be called
again for the same run: what was told is not told twice.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rollbook.integrations.models import Integration
from rollbook.notices import history
from rollbook.notices.models import Told
from rollbook.notices.outbox import tell
from rollbook.runs.failing import WARN_AT
from rollbook.runs.models import WRITTEN, Mode, Run, State

UNCHANGED_DAYS = 5
_TOLD = (State.FAILED, State.HELD, *WRITTEN)
_LATELY, _LOOKED_AT, _AT_ONCE = timedelta(hours=1), 5000, 100


def run_ended(run: Run, now: datetime | None = None) -> None:
    """
    Tell what a run that has ended, or waits for a person, means for those who watch its integration.

    Test runs and undos have somebody who waits for them, and are not told.
    """
    if run.mode != Mode.LIVE or not run.is_ended:
        return
    now = now or timezone.now()
    with transaction.atomic():
        if Told.objects.get_or_create(run=run, state=run.state, turn=_turn(run))[1]:
            _tell_of(run, now)


def tell_forgotten(now: datetime) -> None:
    """Tell of runs whose worker died between the end of the run and the telling."""
    told = Told.objects.filter(Q(turn=0) | Q(turn=OuterRef("fence")), run=OuterRef("pk"), state=OuterRef("state"))
    lately = Run.objects.filter(mode=Mode.LIVE, state__in=_TOLD, lease_until=None, ended__gte=now - _LATELY)
    newest = Run.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    forgotten = lately.filter(~Exists(told), pk__gt=newest - _LOOKED_AT).order_by("pk")
    for run in forgotten.select_related("integration__tenant")[:_AT_ONCE]:
        run_ended(run, now)


def _turn(run: Run) -> int:
    """An approval that comes to nothing leaves the run held as before: that is news. All else comes once in a run."""
    return run.fence if run.state == State.HELD else 0


def _tell_of(run: Run, now: datetime) -> None:
    if run.state == State.FAILED:
        _tell(run, "run.failed", now, issues=run.issue_counts)
        _count_failures(run, now)
    elif run.state == State.HELD:
        _tell(run, "run.held", now, beyond=_beyond(run), issues=run.issue_counts)
    elif run.state in WRITTEN:
        if run.state == State.APPLIED_WITH_ERRORS:
            errors = int(run.severities.get("error", 0))
            _tell(run, "run.applied_with_errors", now, errors=errors, counts=_sums(run), issues=run.issue_counts)
        if failures := history.failures_before(run):
            _tell(run, "run.recovered", now, failures=failures, counts=_sums(run))
    if history.brought_data(run):
        _received(run, now)


def schedule_switched_off(integration: Integration, failures: int, now: datetime | None = None) -> None:
    """The schedule of an integration was switched off, since so many runs in a row have failed."""
    now = now or timezone.now()
    tell("schedule.switched_off", integration, now, which=now.isoformat(), facts={"failures": failures})


def _received(run: Run, now: datetime) -> None:
    history.learn(run.integration)
    if origin := history.unchanged_since(run):
        _tell_unchanged(run, origin, now)
        return
    rows = sum(int(file["rows"]) for file in run.files)
    _tell(run, "delivery.received", now, files=len(run.files), rows=rows)
    if sheets := run.issue_counts.get("format-drift"):
        _tell(run, "format.drift", now, sheets=sheets)


def _tell_unchanged(run: Run, origin: Run, now: datetime) -> None:
    """After some days, and again each time that their number has doubled."""
    days = (run.created - origin.created).days
    times = (days // UNCHANGED_DAYS).bit_length()
    if times:
        facts = {"days": days, "since_run": origin.pk}
        tell("delivery.unchanged", run.integration, now, which=f"{origin.pk}-{times}", run=run, facts=facts)


def _count_failures(run: Run, now: datetime) -> None:
    failures = history.failures_before(run) + 1
    if failures >= WARN_AT:
        streak = history.last_success(run)
        which = f"since-{streak.pk if streak else 0}"
        tell("run.failing", run.integration, now, which=which, run=run, facts={"failures": failures})


def _tell(run: Run, event: str, now: datetime, **facts: int | dict[str, int]) -> None:
    tell(event, run.integration, now, which=f"{run.pk}-{_turn(run)}", run=run, facts=facts)


def _beyond(run: Run) -> dict[str, int]:
    """What the plan would do beyond a limit, in the school where it is most: `user.deactivate` -> 38."""
    most: dict[str, int] = {}
    for held in run.held:
        name = f"{held['entity']}.{held['action']}"
        most[name] = max(most.get(name, 0), int(held["count"]))
    return most


def _sums(run: Run) -> dict[str, int]:
    """How many records of all entities each action touched."""
    sums: dict[str, int] = {}
    for numbers in run.counts.values():
        for action, number in numbers.items():
            sums[action] = sums.get(action, 0) + int(number)
    return {action: number for action, number in sums.items() if number}

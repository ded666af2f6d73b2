"""
Taking a run: the one way in which anybody comes to carry one.

Whose turn it is: tenants with the fewest runs under way first, then the tenant that was served longest ago, then the
run that has waited longest. One big district does not keep five hundred small schools waiting.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from rollbook.jobs.former import end_former, lapsed
from rollbook.jobs.holder import Holder
from rollbook.jobs.models import Turn
from rollbook.notices.events import run_ended
from rollbook.runs import clock
from rollbook.runs.models import OPEN, WRITTEN, Mode, Phase, Run, State

_LOOKED_AT = 5


def claim(holder: Holder) -> Run | None:
    """
    Take the run whose turn it is; None when nothing is due.

    The run is in the state of its next step, and the holder's until its lease lapses.
    """
    end_former()
    with transaction.atomic():
        now = clock.now()
        for run in _locked(_in_turn(_due(now)))[:_LOOKED_AT]:
            if _take(run, holder, now):
                return run
    return None


def claim_this(number: int, holder: Holder) -> Run | None:
    """Take this very run; None when it is not due or another of its integration is under way."""
    end_former()
    with transaction.atomic():
        now = clock.now()
        run = _locked(_due(now).filter(pk=number)).first()
        return run if run and _take(run, holder, now) else None


def is_anything_due() -> bool:
    """Whether a worker would find something to carry."""
    return _due(clock.now()).exists()


def _due(now: datetime) -> QuerySet[Run]:
    other = Run.objects.filter(OPEN, integration=OuterRef("integration"))
    queued = Q(state=State.QUEUED) & ~Exists(other)
    return Run.objects.filter(queued | lapsed(now)).filter(Q(not_before__isnull=True) | Q(not_before__lte=now))


def _in_turn(runs: QuerySet[Run]) -> QuerySet[Run]:
    under_way = (
        Run.objects.filter(OPEN, integration__tenant=OuterRef("integration__tenant"))
        .order_by()
        .values("integration__tenant")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return runs.annotate(
        under_way=Coalesce(Subquery(under_way), 0),
        served=Subquery(Turn.objects.filter(tenant=OuterRef("integration__tenant")).values("taken")),
    ).order_by("under_way", F("served").asc(nulls_first=True), "pk")


def _locked(runs: QuerySet[Run]) -> QuerySet[Run]:
    """The same runs without those that another worker is about to take. SQLite has one writer: it needs no locks."""
    runs = runs.select_related("integration__tenant")
    return runs.select_for_update(skip_locked=True, of=("self",)) if connection.vendor == "postgresql" else runs


def _take(run: Run, holder: Holder, now: datetime) -> bool:
    """Give the run to the holder; False when it has outlived too many, or another of its integration was quicker."""
    attempts = run.attempts + bool(run.worker and run.lease_until)
    if attempts > settings.RUN_ATTEMPTS:
        _give_up(run, attempts)
        return False
    taken = {
        "fence": run.fence + 1,
        "attempts": attempts,
        "lease_until": now + timedelta(seconds=settings.RUN_LEASE),
        "worker": holder.name[:128],
        "holder": holder.facts(),
        "started": run.started or timezone.now(),
        "not_before": None,
    }
    try:
        with transaction.atomic():
            if run.state == State.QUEUED:
                run.move(_first_state(run), **taken)
            else:
                run.record(**taken)
    except IntegrityError:
        return False
    Turn.objects.update_or_create(tenant=run.integration.tenant, defaults={"taken": now})
    return True


def _first_state(run: Run) -> State:
    if not run.lacks(Phase.PLAN) or run.mode == Mode.UNDO:
        return State.PLANNING
    return State.READING if run.lacks(Phase.READ) else State.CHECKING


def _give_up(run: Run, attempts: int) -> None:
    if run.state in WRITTEN:  # the roster holds it; only its report was never written
        run.record(lease_until=None)
        return
    run.move(
        State.FAILED,
        ended=timezone.now(),
        lease_until=None,
        error=f"{attempts} workers in a row ended while they carried this run, so it is not tried again. The roster "
        "was not changed. Perhaps the machine has too little memory for it: the operator's log says more.",
    )
    run_ended(run)

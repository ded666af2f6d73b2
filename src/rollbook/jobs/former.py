"""
The carriers that lost their runs: found and ended, before another takes over.

A lease lapses by the clock alone. On the same machine one can see more: whether the process is gone, which frees its
runs at once, or only stopped. On SQLite one long write keeps all other heartbeats waiting, so there a carrier that is
seen to be alive keeps its lease for longer.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from rollbook.jobs import sessions
from rollbook.jobs.holder import Holder
from rollbook.runs import clock
from rollbook.runs.models import Run

_PATIENCE = 20
"""Leases that a living carrier may miss on SQLite."""


def end_former() -> None:
    """
    Free the runs of carriers that are gone, and end those that lost their lease and may still be about to write.

    Works outside of a transaction: on SQLite a frozen carrier may hold the only lock for writing.
    """
    now = clock.now()
    held = Run.objects.filter(lease_until__isnull=False).exclude(worker="").exclude(holder={})
    for run in held.only("pk", "fence", "lease_until", "holder"):
        holder = Holder.read(run.holder)
        if holder is None or run.lease_until is None:
            continue
        if holder.is_gone:
            _free(run, now)
        elif run.lease_until < now and not _keeps_its_lease(holder, run.lease_until, now):
            holder.kill()
            sessions.end(holder.session)


def lapsed(now: datetime) -> Q:
    """The runs whose lease is in the past and that nobody may still be carrying on this machine."""
    alive = _alive_beside_a_lapsed_lease(now) if connection.vendor == "sqlite" else []
    return Q(lease_until__lt=now) & ~Q(pk__in=alive)


def _alive_beside_a_lapsed_lease(now: datetime) -> list[int]:
    runs: QuerySet[Run] = Run.objects.filter(lease_until__lt=now).exclude(worker="")
    return [
        run.pk
        for run in runs
        if (holder := Holder.read(run.holder)) and run.lease_until and _keeps_its_lease(holder, run.lease_until, now)
    ]


def _keeps_its_lease(holder: Holder, until: datetime, now: datetime) -> bool:
    if connection.vendor != "sqlite" or not holder.is_here or holder.is_gone or holder.is_frozen:
        return False
    return now < until + timedelta(seconds=settings.RUN_LEASE * _PATIENCE)


def _free(run: Run, now: datetime) -> None:
    Run.objects.filter(pk=run.pk, fence=run.fence, lease_until__gte=now).update(lease_until=now)

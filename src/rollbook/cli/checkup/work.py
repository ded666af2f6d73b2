"""The workers and the queue."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Min, Q

from rollbook.cli.checkup import database
from rollbook.cli.checkup.finding import Finding, error, ok, warning
from rollbook.jobs import presence
from rollbook.runs.models import OPEN, Run, State

_LONG = timedelta(minutes=30)
_START = "Start one: rollbook serve, or rollbook worker."


def workers() -> Iterator[Finding]:
    """Whether somebody carries what waits."""
    try:
        if database.is_there():
            yield from _workers()
    except DatabaseError:
        return  # told already


def _workers() -> Iterator[Finding]:
    known = presence.workers()
    due = Q(not_before__isnull=True) | Q(not_before__lte=known.now)
    queued = Run.objects.filter(due, state=State.QUEUED)
    left = Run.objects.filter(OPEN, lease_until__lte=known.now)
    count, oldest = queued.count(), queued.aggregate(oldest=Min("created"))["oldest"]
    waits = f"{count} {'run waits' if count == 1 else 'runs wait'}"
    if known.are_missed:
        last = max(known.heard.values())
        yield error("workers", f"None has been heard of since {last:%Y-%m-%d %H:%M} UTC; {waits}.", _START)
    elif not known.lately and (count or left.exists()):
        yield error("workers", f"None is there; {waits}.", _START)
    elif oldest and known.now - oldest > _LONG:
        age = (known.now - oldest) // timedelta(minutes=1)
        yield warning(
            "workers",
            f"{waits.capitalize()}, the oldest for {age} minutes.",
            "Start more: rollbook worker, on any machine.",
        )
    elif known.lately:
        yield ok("workers", f"{len(known.lately)} there; {waits}.")
    else:
        yield ok("workers", "None is there, and nothing waits for one.")
    for number in left.values_list("pk", flat=True)[:5]:
        yield warning("workers", f"Run {number} was left by its worker.", "The next worker takes it over by itself.")

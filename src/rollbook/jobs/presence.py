"""
Which workers there are, for those who watch the hub. No run depends on it: leases alone say who carries what.

A worker says that it is there between two runs. While it carries one, its lease says it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError

from rollbook.jobs.models import Presence
from rollbook.runs import clock
from rollbook.runs.models import OPEN, Run

_FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True)
class Workers:
    """
    The workers of the last day that did not stop in order.

    Args:
        heard: Name -> when it was last heard of.
    """

    heard: dict[str, datetime]
    now: datetime

    @property
    def lately(self) -> list[str]:
        """Those that are there, as far as one can know."""
        patience = timedelta(seconds=settings.RUN_LEASE + settings.RUN_SWEEP)
        return [name for name, heard in self.heard.items() if heard >= self.now - patience]

    @property
    def are_missed(self) -> bool:
        """There were some, none said good-bye, and none is heard of any more."""
        return bool(self.heard) and not self.lately


@contextmanager
def of(worker: str) -> Iterator[Callable[[], None]]:
    """Within the block the worker is there; the function that it gets is to be called every sweep."""

    def note() -> None:
        now = clock.now()
        Presence.objects.update_or_create(worker=worker[:128], defaults={"heard": now})
        Presence.objects.filter(heard__lt=now - _FORGOTTEN).delete()

    yield note
    with suppress(DatabaseError):  # it is away: that the worker stopped is then learned by its silence
        Presence.objects.filter(worker=worker[:128]).delete()


def workers() -> Workers:
    """The workers that there are, or should be."""
    now = clock.now()
    heard = dict(Presence.objects.filter(heard__gte=now - _FORGOTTEN).values_list("worker", "heard"))
    for name, until in Run.objects.filter(OPEN, lease_until__gt=now).values_list("worker", "lease_until"):
        if until and name in heard:  # a run that somebody carries at a terminal makes no worker of them
            heard[name] = max(heard[name], min(now, until - timedelta(seconds=settings.RUN_LEASE)))
    return Workers(heard, now)

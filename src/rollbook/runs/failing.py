"""How often in a row the runs that a schedule asked for have failed."""

from datetime import datetime

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from rollbook.integrations.models import Integration
from rollbook.runs.models import UNDER_WAY, Run, State

BY_SCHEDULE = "schedule"
"""The trigger of a run that was due by the clock."""

WARN_AT = 20
"""So many failures in a row are worth a warning."""

STOP_AT = 30
"""After so many failures in a row nothing is tried by itself any more."""


def failures_in_a_row(integration: Integration, since: datetime | None = None) -> int:
    """
    How many scheduled runs of an integration have failed since the last one that did not.

    A held or tested run did not fail. One that was cancelled, or is under way, says nothing.

    Args:
        since: Only runs that were asked for after this; None = all of them.
    """
    runs = Run.objects.filter(integration=integration, trigger=BY_SCHEDULE)
    if since is not None:
        runs = runs.filter(created__gte=since)
    good = runs.exclude(state__in=[State.FAILED, State.CANCELLED, *UNDER_WAY]).order_by("-pk")
    last_good = Coalesce(Subquery(good.values("pk")[:1]), Value(0))
    return runs.filter(state=State.FAILED, pk__gt=last_good).count()

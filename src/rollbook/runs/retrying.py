"""What time can mend is tried again by itself, less and less often; everything else fails at once."""

import random

from django.db import OperationalError

from rollbook.core.errors import StalePlan, Transient
from rollbook.runs.journey import Journey
from rollbook.runs.models import Phase, Run

FIRST, LONGEST = 15.0, 900.0


def is_mended_by_time(error: Exception, run: Run) -> bool:
    """
    Whether the same run may go well later.

    So may a plan that nobody has approved when the roster moved under it: it is made again.
    """
    return isinstance(error, Transient | OperationalError) or (isinstance(error, StalePlan) and not run.approved)


def retry(journey: Journey, error: Exception) -> None:
    """Put the run back into the queue."""
    if isinstance(error, StalePlan):
        journey.retry(f"The roster moved while this run was planned; it plans again. {error}", 0, Phase.PLAN)
        return
    seconds = wait(journey.run.retries)
    if isinstance(error, Transient):
        journey.retry(f"{error} The run is tried again by itself.", max(seconds, error.retry_after or 0))
    else:
        journey.retry("The database was busy or away. Nothing was changed. The run is tried again by itself.", seconds)


def wait(tried: int) -> float:
    """Seconds until the next try: twice as long each time, with some chance in it so that not all come back at once."""
    return random.uniform(0.5, 1.0) * min(LONGEST, FIRST * 2.0**tried)

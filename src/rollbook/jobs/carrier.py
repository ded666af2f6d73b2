"""One run that was claimed: carried under its lease to its end, or until it is handed back."""

import logging
import threading
from contextlib import AbstractContextManager

from django.conf import settings
from django.db import DatabaseError

from rollbook import logs
from rollbook.jobs.lease import Lease
from rollbook.notices.events import run_ended
from rollbook.runs import carrying
from rollbook.runs.models import LostRun, Run
from rollbook.runs.progress import Progress

log = logging.getLogger(__name__)


def carry(
    run: Run, stopping: threading.Event | None = None, watcher: Progress | None = None, *, retries: int = 0
) -> Run:
    """
    Carry a run that this process has claimed.

    Args:
        stopping: When set, the run is handed back at its next step.

        retries: How often it may go back into the queue for what time can mend.

    Raises:
        LostRun: Another worker has taken the run over.
    """
    try:
        with _known(run), Lease(run, stopping or threading.Event(), watcher) as lease:
            return carrying.carry(run, progress=lease, retries=retries)
    finally:
        tell(run)


def tell(run: Run) -> None:
    """Tell whoever watches the integration how the run ended; where that fails, the beat of a worker does it later."""
    try:
        run_ended(run)
    except DatabaseError:
        log.exception("Nobody could be told yet how run %s ended", run.pk)


def carry_and_tell(run: Run, stopping: threading.Event) -> None:
    """The same for a worker, which goes on to the next run whatever happens to this one."""
    with _known(run):
        try:
            carry(run, stopping, retries=settings.RUN_RETRIES)
        except LostRun as error:
            log.warning("%s", error)
        except Exception:
            log.exception("Run %s ended with an error inside the hub", run.pk)
        else:
            log.info("Run %s is %s", run.pk, run.state)


def _known(run: Run) -> AbstractContextManager[None]:
    """What is logged meanwhile says which run it is about."""
    return logs.about(run=run.pk, tenant=run.integration.tenant.slug)

"""A run that a person waits for at the terminal: claimed like any other, carried here."""

import time

from rollbook.jobs import carrier
from rollbook.jobs.claim import claim_this
from rollbook.jobs.holder import Holder
from rollbook.runs import decisions
from rollbook.runs.models import OPEN, Run, State
from rollbook.runs.progress import Progress

POLL = 0.5


def carry(run: Run, watcher: Progress | None = None) -> Run:
    """
    Carry a run of the queue, or an approved one, and wait for it, also when a worker was quicker to take it.

    A run of the same integration that a dead process left behind is carried to its end before. What goes wrong is said
    at once: only workers try again by themselves.

    Raises:
        NotPossible: Another run of the integration is under way. This one is not left in the queue.
    """
    holder = Holder.this()
    while True:
        if taken := claim_this(run.pk, holder):
            carrier.carry(taken, watcher=watcher)
        elif other := _other(run):
            left = claim_this(other.pk, holder)
            if left is None:
                raise _refusal(run)
            carrier.carry(left)
            continue
        run.refresh_from_db()
        if run.state != State.QUEUED and not Run.objects.filter(OPEN, pk=run.pk).exists():
            return run
        time.sleep(POLL)


def _other(run: Run) -> Run | None:
    return Run.objects.filter(OPEN, integration=run.integration).exclude(pk=run.pk).first()


def _refusal(run: Run) -> decisions.NotPossible:
    """Take the run out of the queue again: nobody waits for it any more."""
    refusal = decisions.under_way(run.integration, "Start again when it has ended: rollbook runs")
    run.refresh_from_db()
    if run.state == State.QUEUED:
        run.delete()
    return refusal

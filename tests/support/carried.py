"""What a person decides, carried out in this process at once, as a worker would."""

from __future__ import annotations

from rollbook.core.errors import StalePlan
from rollbook.runs import carrying, decisions
from rollbook.runs.models import WRITTEN, Run


def approve(run: Run) -> Run:
    """Approve and apply; StalePlan when the plan went back to waiting."""
    done = carrying.carry(decisions.approve(run))
    if done.state not in WRITTEN:
        raise StalePlan(done.error)
    return done


def undo(run: Run) -> Run:
    """Undo; the run that did it."""
    return carrying.carry(decisions.undo(run))

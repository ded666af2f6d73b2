"""What a person decides about a run: approve its plan, discard it, undo what it did."""

from django.db import transaction
from django.utils import timezone

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.runs import applying, reporting, undoing
from rollbook.runs.journey import Journey
from rollbook.runs.models import WRITTEN, Mode, Run, State
from rollbook.runs.progress import Progress, Quiet


class NotPossible(RollbookError):
    """The run is not in a state in which this can be decided."""


def approve(run: Run, member: Member | None = None, progress: Progress | None = None) -> Run:
    """
    Apply exactly the plan of a held or tested run.

    Raises:
        StalePlan: The roster is not as the plan found it; says what moved. Nothing was changed, and the run waits on.

        NotPossible: The run does not wait for a decision.
    """
    _must_be(run, {State.HELD, State.TESTED}, "approved")
    waiting = State(run.state)
    journey = Journey(run, progress or Quiet())
    journey.watch.seconds = dict(run.seconds)
    journey.run.mode = Mode.LIVE
    try:
        applying.apply(journey)
    except BaseException:
        run.refresh_from_db()
        if run.state == State.APPLYING:
            run.move(waiting)
        raise
    if member:
        Run.objects.filter(pk=run.pk).update(member=member)
    reporting.report(journey)
    return run


def discard(run: Run, member: Member | None = None) -> Run:
    """
    Never apply the plan of a held or tested run.

    Raises:
        NotPossible: The run does not wait for a decision.
    """
    _must_be(run, {State.HELD, State.TESTED}, "discarded")
    run.move(State.DISCARDED, ended=timezone.now(), **({"member": member} if member else {}))
    return run


def undo(run: Run, member: Member | None = None, progress: Progress | None = None) -> Run:
    """
    Give every row that a run wrote its earlier values back.

    A field that was changed again since stays as it is and is reported. What the run created is deactivated: its
    ids may have been served to others, so nothing is deleted.

    Returns:
        The run that undoes.

    Raises:
        NotPossible: The run wrote nothing, or was undone before.
    """
    _must_be(run, set(WRITTEN), "undone")
    _release(run)
    undoing_run = Run.objects.create(
        integration=run.integration,
        mode=Mode.UNDO,
        undoes=run,
        member=member,
        trigger="member" if member else "command",
    )
    journey = Journey(undoing_run, progress or Quiet())
    try:
        with journey.step(State.PLANNING, "plan"):
            undoing.plan(run, journey)
        undoing_run.basis = {"applied_runs": run.integration.applied_runs}
        with transaction.atomic():
            applying.apply(journey)
            run.move(State.UNDONE)
    except RollbookError as error:
        journey.fail(str(error))
        raise
    reporting.report(journey)
    return undoing_run


def _release(run: Run) -> None:
    """An undo that came to nothing does not stand in the way of the next; one under way does."""
    Run.objects.filter(undoes=run, state__in=[State.FAILED, State.CANCELLED]).update(undoes=None)
    if other := Run.objects.filter(undoes=run).first():
        raise NotPossible(f"Run {run.pk} is being undone by run {other.pk} already. Nothing was changed.")


def _must_be(run: Run, states: set[State], done: str) -> None:
    run.refresh_from_db()
    if State(run.state) not in states:
        wanted = " or ".join(sorted(s.label.lower() for s in states))
        raise NotPossible(
            f"Run {run.pk} is {State(run.state).label.lower()}; only a run that is {wanted} can be {done}. "
            "Nothing was changed."
        )

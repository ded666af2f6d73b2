"""What a person decides about a run: approve its plan, discard it, undo what it did. A worker carries it out."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.integrations.models import Integration
from rollbook.runs import clock
from rollbook.runs.models import OPEN, WRITTEN, Mode, Run, State
from rollbook.runs.staleness import refuse_if_stale


class NotPossible(RollbookError):
    """The run is not in a state in which this can be decided."""


def approve(run: Run, member: Member | None = None) -> Run:
    """
    Let exactly the plan of a held or tested run be applied by whoever carries it next.

    Raises:
        StalePlan: The roster is not as the plan found it; says what moved. Nothing was changed, and the run waits on.

        NotPossible: The run does not wait for a decision, or another one of its integration is under way.
    """
    _must_be(run, {State.HELD, State.TESTED}, "approved")
    refuse_if_stale(run, Integration.objects.get(pk=run.integration_id))
    changes = {"approved": timezone.now(), "error": "", "retries": 0, "attempts": 0, "worker": "", "holder": {}}
    try:
        with transaction.atomic():
            run.move(
                State.APPLYING,
                lease_until=clock.now(),
                cancel_asked=False,
                **changes,
                **({"member": member} if member else {}),
            )
    except IntegrityError:
        raise under_way(run.integration, "Approve the plan when it has ended.") from None
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


def undo(run: Run, member: Member | None = None) -> Run:
    """
    Let every row that a run wrote get its earlier values back, by whoever carries the new run.

    A field that was changed again since stays as it is and is reported. What the run created is deactivated: its
    ids may have been served to others, so nothing is deleted.

    Returns:
        The run that undoes, in the queue.

    Raises:
        NotPossible: The run wrote nothing, was undone before, or another run of its integration waits in the queue.
    """
    with transaction.atomic():
        _must_be(run, set(WRITTEN), "undone")
        _release(run)
        if waiting := Run.objects.filter(integration=run.integration, state=State.QUEUED).first():
            raise NotPossible(
                f"Run {waiting.pk} of {run.integration.name} waits in the queue. Nothing was changed. "
                f"Cancel it, or undo run {run.pk} when it has ended."
            )
        try:
            with transaction.atomic():
                return Run.objects.create(
                    integration=run.integration,
                    mode=Mode.UNDO,
                    undoes=run,
                    member=member,
                    trigger="member" if member else "command",
                )
        except IntegrityError:  # somebody else asked for the same at this very moment
            raise NotPossible(f"Run {run.pk} is being undone already. Nothing was changed.") from None


def under_way(integration: Integration, advice: str) -> NotPossible:
    """The refusal of what cannot be done beside the run of `integration` that is under way."""
    other = Run.objects.filter(OPEN, integration=integration).first()
    name = f"Run {other.pk}" if other else "Another run"
    return NotPossible(f"{name} of {integration.name} is under way. Nothing was changed. {advice}")


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

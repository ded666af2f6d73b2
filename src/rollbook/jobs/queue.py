"""Asking for work: a run is put into the queue in the transaction of whatever asks for it."""

from collections.abc import Mapping
from pathlib import Path

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.integrations.inputs import check_input
from rollbook.integrations.models import Integration
from rollbook.runs import decisions
from rollbook.runs.models import RUNNING, Mode, Run, State


class AlreadyQueued(RollbookError):
    """A run of the integration waits already: a second one is not put beside it."""

    def __init__(self, run: Run) -> None:
        super().__init__(
            f"Run {run.pk} of {run.integration.name} waits in the queue already. No other was added. "
            f"It reads what is there when its turn comes; rollbook cancel {run.pk} takes it out."
        )
        self.run = run


def enqueue(
    integration: Integration,
    *,
    mode: Mode = Mode.LIVE,
    trigger: str = "command",
    member: Member | None = None,
    path: Path | None = None,
    is_delta: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Run:
    """
    Ask for a run.

    Args:
        trigger: What asks: command, member, upload, schedule, delivery, retry.

        path: What to read, instead of the integration's own path.

        is_delta: Only what has changed since the last applied run, where the source offers it.

        settings: Those of the integration that are others for this run.

    Raises:
        AlreadyQueued: One waits already; `error.run` is that one.

        SettingsError: There is nothing to read.
    """
    check_input(integration, str(path or ""))
    try:
        with transaction.atomic():
            run = Run.objects.create(
                integration=integration,
                mode=mode,
                trigger=trigger,
                member=member,
                path=str(path or ""),
                is_delta=is_delta,
                settings=dict(settings or {}),
            )
    except IntegrityError:
        waiting = Run.objects.filter(integration=integration, state=State.QUEUED).first()
        if waiting is None:
            raise
        raise AlreadyQueued(waiting) from None
    _wake()
    return run


def approve(run: Run, member: Member | None = None) -> Run:
    """Let the plan of a held or tested run be applied by the next worker; see `decisions.approve`."""
    with transaction.atomic():
        approved = decisions.approve(run, member)
        _wake()
    return approved


def undo(run: Run, member: Member | None = None) -> Run:
    """Let a worker take back what a run wrote; the run that will do it. See `decisions.undo`."""
    with transaction.atomic():
        undoing = decisions.undo(run, member)
        _wake()
    return undoing


def _wake() -> None:
    """Tell a worker that there is work, once the caller's transaction commits. On SQLite workers look by themselves."""
    if connection.vendor == "postgresql":
        from rollbook.jobs import tasks

        tasks.tell()


def cancel(run: Run) -> Run:
    """
    End a run that waits, at once; one that is under way stops at its next step, and never in the middle of writing.

    Raises:
        NotPossible: The run has ended, or waits for a decision.
    """
    with transaction.atomic():
        run.refresh_from_db()
        if run.state == State.QUEUED:
            run.move(State.CANCELLED, ended=timezone.now(), error="The run was cancelled before it began.")
        elif not Run.objects.filter(pk=run.pk, state__in=RUNNING).update(cancel_asked=True):
            raise decisions.NotPossible(
                f"Run {run.pk} is {State(run.state).label.lower()}; only a run that waits in the queue or is under "
                "way can be cancelled. Nothing was changed."
            )
    run.refresh_from_db()
    return run


def retry(run: Run, member: Member | None = None) -> Run:
    """
    Ask for a run like one that failed or was cancelled.

    Raises:
        NotPossible: The run did not fail, or there is nothing left to undo.

        AlreadyQueued: Another run of the integration waits already.
    """
    run.refresh_from_db()
    if run.state not in (State.FAILED, State.CANCELLED):
        raise decisions.NotPossible(
            f"Run {run.pk} is {State(run.state).label.lower()}; only a run that failed or was cancelled can be tried "
            "again. Nothing was changed."
        )
    if run.mode == Mode.UNDO:
        if run.undoes is None:
            raise decisions.NotPossible(f"Run {run.pk} undoes nothing any more. Nothing was changed.")
        return undo(run.undoes, member)
    return enqueue(
        run.integration,
        mode=Mode(run.mode),
        trigger="retry",
        member=member,
        path=Path(run.path) if run.path else None,
        is_delta=run.is_delta,
        settings=run.settings,
    )

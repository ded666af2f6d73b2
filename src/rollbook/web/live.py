"""A run that has not ended, as its page shows it: where it is, and what it waits for."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from rollbook.jobs import presence
from rollbook.runs.models import OPEN, UNDER_WAY, Mode, Run, State

_JOURNEY, _UNDO = ("read", "check", "plan", "guard", "apply", "report"), ("plan", "apply", "report")
_BEGINS = {State.READING: "read", State.CHECKING: "check", State.PLANNING: "plan", State.APPLYING: "apply"}
_SOON, _LATER = 3, 15  # seconds until the page is loaded again: of a young run, and of one that takes long
_YOUNG = 120


@dataclass(frozen=True)
class LiveStep:
    """One step of the journey: done, now or ahead."""

    name: str
    place: str


@dataclass(frozen=True)
class Live:
    """
    What the page of a run says while it goes on.

    Args:
        waits: What it waits for, in sentences; empty while it is carried.

        since: When it was asked for, or began.

        refresh: Seconds after which the page is worth another look.
    """

    steps: list[LiveStep]
    since: datetime
    seconds: int
    refresh: int
    waits: list[str] = field(default_factory=list)
    rows_done: int = 0
    rows_expected: int = 0

    @property
    def has_written_nothing(self) -> bool:
        """The roster is certainly as it was before the run."""
        return any(step.name == "apply" and step.place == "ahead" for step in self.steps)


def live(run: Run) -> Live | None:
    """How far the run is; None when it has ended, or waits for a person."""
    if run.is_ended:
        return None
    is_queued = run.state == State.QUEUED
    since = (None if is_queued else run.approved or run.started) or run.created
    seconds = max(0, round((timezone.now() - since).total_seconds()))
    waits = _waits_in_queue(run) if is_queued else _waits_for_a_worker(run)
    if run.cancel_asked:
        waits.append("It was asked to stop, and stops at its next step. Once it writes it is finished.")
    return Live(
        steps=[] if is_queued else _steps(run),
        since=since,
        seconds=seconds,
        refresh=_SOON if seconds < _YOUNG else _LATER,
        waits=waits,
        rows_done=run.rows_done,
        rows_expected=run.rows_expected,
    )


def can_cancel(run: Run) -> bool:
    """Whether it can be asked to stop."""
    return run.state in UNDER_WAY and not run.cancel_asked


def can_retry(run: Run) -> bool:
    """Whether a run like it can be asked for."""
    return run.state in (State.FAILED, State.CANCELLED) and (run.mode != Mode.UNDO or run.undoes_id is not None)


def _steps(run: Run) -> list[LiveStep]:
    begun = _BEGINS[State(run.state)]
    names = list(_UNDO if run.mode == Mode.UNDO else _JOURNEY)
    if run.mode == Mode.TEST and begun != "apply":  # when its plan was approved a test is applied too
        names.remove("apply")
    now = max((names.index(name) for name in (begun, run.step) if name in names), default=0)
    return [
        LiveStep(name, "done" if number < now else "now" if number == now else "ahead")
        for number, name in enumerate(names)
    ]


def _waits_in_queue(run: Run) -> list[str]:
    if run.not_before and run.not_before > timezone.now():
        again = f"{run.not_before:%H:%M} UTC"
        return (
            [f"It was tried already, and is tried again by itself at {again}.", run.error]
            if run.error
            else [f"It begins at {again}."]
        )
    if other := Run.objects.filter(OPEN, integration=run.integration_id).first():
        return [f"Run {other.pk} of this integration is under way; this one begins when it has ended."]
    return [f"It waits for its turn. {_workers()}"]


def _waits_for_a_worker(run: Run) -> list[str]:
    """A run under way whose lease has lapsed: it was just approved, or its worker is gone."""
    if run.lease_until is None or run.lease_until > timezone.now():
        return []
    if not run.worker:
        return [f"It waits for a worker. {_workers()}"]
    return ["Its worker is gone. The next one takes it over by itself, behind the last step that was finished."]


def _workers() -> str:
    there = len(presence.workers().lately)
    if there:
        return f"{there} {'worker is' if there == 1 else 'workers are'} there."
    return "No worker is there: the person who runs the hub starts one, with rollbook serve or rollbook worker."

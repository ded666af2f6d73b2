"""A run: the record of one journey from a source to the roster."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.integrations.models import Integration


class Mode(models.TextChoices):
    """What a run is for."""

    LIVE = "live", "Live"
    TEST = "test", "Test"
    UNDO = "undo", "Undo"


class State(models.TextChoices):
    """Where a run stands. `MOVES` says what may follow what."""

    QUEUED = "queued", "Queued"
    READING = "reading", "Reading"
    CHECKING = "checking", "Checking"
    PLANNING = "planning", "Planning"
    TESTED = "tested", "Tested"
    HELD = "held", "Held"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    APPLIED_WITH_ERRORS = "applied_with_errors", "Applied with errors"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    DISCARDED = "discarded", "Discarded"
    UNDONE = "undone", "Undone"


_STOPS = {State.FAILED, State.CANCELLED}
MOVES: dict[State, set[State]] = {
    State.QUEUED: {State.READING, State.PLANNING} | _STOPS,
    State.READING: {State.CHECKING} | _STOPS,
    State.CHECKING: {State.PLANNING} | _STOPS,
    State.PLANNING: {State.TESTED, State.HELD, State.APPLYING} | _STOPS,
    State.TESTED: {State.APPLYING, State.DISCARDED},
    State.HELD: {State.APPLYING, State.DISCARDED},
    State.APPLYING: {State.APPLIED, State.APPLIED_WITH_ERRORS, State.TESTED, State.HELD} | _STOPS,
    State.APPLIED: {State.UNDONE},
    State.APPLIED_WITH_ERRORS: {State.UNDONE},
    State.FAILED: set(),
    State.CANCELLED: set(),
    State.DISCARDED: set(),
    State.UNDONE: set(),
}


WRITTEN = (State.APPLIED, State.APPLIED_WITH_ERRORS)


class IllegalMove(RollbookError):
    """A run was asked to go to a state that may not follow its own."""


class Run(models.Model):
    """
    One run of an integration.

    `counts` is entity -> action -> number; `issue_counts` code -> number; `held` what the guard found;
    `seconds` step -> time. The files of a run lie in `folder`.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="runs")
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.LIVE)
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    trigger = models.CharField(
        max_length=32, default="command", help_text="What asked for it: command, member, schedule, delivery."
    )
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    counts = models.JSONField(default=dict)
    issue_counts = models.JSONField(default=dict)
    severities = models.JSONField(default=dict)
    held = models.JSONField(default=list)
    files = models.JSONField(default=list)
    seconds = models.JSONField(default=dict)
    peak_mb = models.FloatField(null=True)
    error = models.TextField(blank=True)
    basis = models.JSONField(default=dict, help_text="What the plan was made from; approval refuses when it moved.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def folder(self) -> Path:
        """Where the files of the run lie."""
        return Path(settings.ROLLBOOK_HOME) / "runs" / str(self.pk)

    @property
    def is_ended(self) -> bool:
        """No step of it will follow by itself."""
        return not MOVES[State(self.state)] or self.state in (
            State.TESTED,
            State.HELD,
            State.APPLIED,
            State.APPLIED_WITH_ERRORS,
        )

    def moves(self) -> set[State]:
        """The states that may follow."""
        return MOVES[State(self.state)]

    def move(self, state: State, **changes: Any) -> None:
        """
        Go to `state`, saving `changes` with it.

        Raises:
            IllegalMove: The state may not follow the present one, or another process moved the run meanwhile.
        """
        if state not in MOVES[State(self.state)]:
            raise IllegalMove(f"Run {self.pk} is {self.state}; it cannot become {state}. Nothing was changed.")
        moved = Run.objects.filter(pk=self.pk, state=self.state).update(state=state, **changes)
        if not moved:
            raise IllegalMove(
                f"Run {self.pk} was moved on by another process; it did not become {state}. Nothing was changed."
            )
        self.state = state
        for name, value in changes.items():
            setattr(self, name, value)


def last_applied(integration: Integration) -> Run | None:
    """The latest live run of an integration whose plan the roster holds."""
    return Run.objects.filter(integration=integration, mode=Mode.LIVE, state__in=WRITTEN).order_by("-pk").first()

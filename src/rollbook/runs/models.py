"""A run: the record of one journey from a source to the roster."""

from copy import copy
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


class Phase(models.TextChoices):
    """A part of the journey whose result is kept: a run that is taken over goes on behind its last finished one."""

    READ = "read", "Read"
    PLAN = "plan", "Plan"
    APPLY = "apply", "Apply"
    REPORT = "report", "Report"


_STOPS = {State.FAILED, State.CANCELLED}
# Forward as the run travels. Back to the queue to be tried again later, and back to an earlier step when another
# worker takes the run over behind its last finished phase.
MOVES: dict[State, set[State]] = {
    State.QUEUED: {State.READING, State.CHECKING, State.PLANNING} | _STOPS,
    State.READING: {State.CHECKING, State.QUEUED} | _STOPS,
    State.CHECKING: {State.PLANNING, State.READING, State.QUEUED} | _STOPS,
    State.PLANNING: {State.TESTED, State.HELD, State.APPLYING, State.CHECKING, State.READING, State.QUEUED} | _STOPS,
    State.TESTED: {State.APPLYING, State.DISCARDED},
    State.HELD: {State.APPLYING, State.DISCARDED},
    State.APPLYING: {State.APPLIED, State.APPLIED_WITH_ERRORS, State.TESTED, State.HELD, State.QUEUED} | _STOPS,
    State.APPLIED: {State.UNDONE},
    State.APPLIED_WITH_ERRORS: {State.UNDONE},
    State.FAILED: set(),
    State.CANCELLED: set(),
    State.DISCARDED: set(),
    State.UNDONE: set(),
}


RUNNING = (State.READING, State.CHECKING, State.PLANNING, State.APPLYING)
UNDER_WAY = (State.QUEUED, *RUNNING)
"""The states of a run whose end is still to come."""
BY_UPLOAD = "upload"
"""The trigger of a run that previews what a member uploaded by hand."""
WRITTEN = (State.APPLIED, State.APPLIED_WITH_ERRORS)
OPEN = models.Q(state__in=RUNNING) | models.Q(lease_until__isnull=False)
"""Somebody carries the run, or should: it stands in the way of every other run of its integration."""


class IllegalMove(RollbookError):
    """A run was asked to go to a state that may not follow its own."""


class LostRun(RollbookError):
    """Another worker has taken the run over: what this one still does must have no effect."""


class Run(models.Model):
    """
    One run of an integration.

    `counts` is entity -> action -> number; `issue_counts` code -> number; `held` what the guard found;
    `seconds` step -> time. The files of a run lie in `folder`.

    Whoever carries the run holds a lease: `lease_until`, on the clock of the database, renewed while it lives. A
    lease in the past is free to be taken; None means that there is nothing to carry. Each taking counts `fence` up,
    and every write of a carrier names the fence that it was given, so that a former carrier writes nothing.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="runs")
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.LIVE)
    state = models.CharField(max_length=20, choices=State.choices, default=State.QUEUED)
    trigger = models.CharField(
        max_length=32, default="command", help_text="What asked for it: command, member, upload, schedule, delivery."
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

    is_delta = models.BooleanField(default=False, help_text="Asks its source only for what has changed.")
    path = models.TextField(blank=True, help_text="What to read; blank: the integration's own path.")
    settings = models.JSONField(
        default=dict, help_text="Settings of the integration that are others for this run alone."
    )
    approved = models.DateTimeField(null=True, help_text="When a person approved its plan.")
    finished = models.JSONField(default=dict, help_text="Finished phase -> the fence under which its files lie.")
    not_before = models.DateTimeField(null=True, help_text="Nobody carries it before this time.")
    cancel_asked = models.BooleanField(default=False)
    retries = models.PositiveSmallIntegerField(default=0, help_text="How often it was tried again by itself.")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="How many carriers it outlived since its last finished phase."
    )
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=128, blank=True, help_text="Who carries it, or carried it last.")
    holder = models.JSONField(default=dict, help_text="The process and the database session of the worker.")
    step = models.CharField(max_length=16, blank=True, help_text="What is being done, as of the last heartbeat.")
    rows_done = models.PositiveBigIntegerField(default=0)
    rows_expected = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration"], condition=models.Q(state=State.QUEUED), name="one_queued_run_of_an_integration"
            ),
            models.UniqueConstraint(fields=["integration"], condition=OPEN, name="one_open_run_of_an_integration"),
        ]
        indexes = [models.Index(fields=["lease_until"], condition=OPEN, name="open_runs")]

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def folder(self) -> Path:
        """Where the files of the run lie."""
        return Path(settings.ROLLBOOK_HOME) / "runs" / str(self.pk)

    def integration_as_set(self) -> Integration:
        """A copy of its integration, with the settings that it has for this run."""
        integration = copy(self.integration)
        integration.settings = {**self.settings, **integration.settings, **self.settings}  # its own are asked first
        return integration

    @property
    def is_ended(self) -> bool:
        """No step of it will follow by itself."""
        return self.state not in UNDER_WAY

    def total(self, *actions: str) -> int:
        """How many records of all entities the run counts under these actions."""
        return sum(int(numbers.get(action, 0)) for numbers in self.counts.values() for action in actions)

    def moves(self) -> set[State]:
        """The states that may follow."""
        return MOVES[State(self.state)]

    def lacks(self, phase: Phase) -> bool:
        """Whether a phase has not been finished."""
        return phase not in self.finished

    def move(self, state: State, **changes: Any) -> None:
        """
        Go to `state`, saving `changes` with it.

        Raises:
            IllegalMove: The state may not follow the present one, or another process moved the run meanwhile.

            LostRun: Another worker has taken the run over.
        """
        if state not in MOVES[State(self.state)]:
            raise IllegalMove(f"Run {self.pk} is {self.state}; it cannot become {state}. Nothing was changed.")
        self._write({"state": state} | changes)

    def record(self, **changes: Any) -> None:
        """
        Save `changes` without a move.

        Raises:
            IllegalMove: Another process moved the run meanwhile.

            LostRun: Another worker has taken the run over.
        """
        self._write(changes)

    def _write(self, changes: dict[str, Any]) -> None:
        if not Run.objects.filter(pk=self.pk, state=self.state, fence=self.fence).update(**changes):
            if Run.objects.filter(pk=self.pk).exclude(fence=self.fence).exists():
                raise LostRun(f"Run {self.pk} was taken over by another worker. This one wrote nothing more.")
            wanted = f"it did not become {changes['state']}" if "state" in changes else "it stays as it is"
            raise IllegalMove(f"Run {self.pk} was moved on by another process; {wanted}. Nothing was changed.")
        for name, value in changes.items():
            setattr(self, name, value)


def last_applied(integration: Integration, *, of_all: bool = False) -> Run | None:
    """
    The latest live run of an integration whose plan the roster holds.

    Args:
        of_all: Not one that was told to add only, while the integration takes more.
    """
    runs = Run.objects.filter(integration=integration, mode=Mode.LIVE, state__in=WRITTEN)
    if of_all:
        runs = runs.filter(models.Q(settings__mode__isnull=True) | models.Q(settings__mode="full"))
    return runs.order_by("-pk").first()


def origin(run: Run) -> Run:
    """The run that read these rows first, and wrote down what they are: one that reads them again says `same_as`."""
    while "same_as" in run.basis and (same := Run.objects.filter(pk=run.basis["same_as"]).first()):
        run = same
    return run

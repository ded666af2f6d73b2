"""Schedules."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from rollbook.core.schedules.rhythm import Every, Rhythm
from rollbook.core.schedules.timetable import BlackOut, Missed, Timetable
from rollbook.core.schedules.words import in_words
from rollbook.integrations.models import Integration
from rollbook.runs.failing import WARN_AT
from rollbook.runs.models import Mode, Run


class Kind(models.TextChoices):
    """What a run asks its source for."""

    FULL = "full", "Full"
    DELTA = "delta", "Delta"


class Schedule(models.Model):
    """
    When an integration runs by itself, and what it runs.

    `schedules.changing` makes and changes schedules; `schedules.tick` moves `next_due` and keeps what came of it.
    `blackouts` is a list of `first`, `last` (ISO dates) and `label`.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="schedules")
    name = models.CharField(max_length=128, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FULL)
    mode = models.CharField(
        max_length=8, choices=[(m.value, m.label) for m in (Mode.LIVE, Mode.TEST)], default=Mode.LIVE
    )
    is_active = models.BooleanField(default=True)
    off_reason = models.TextField(blank=True, help_text="Why it was switched off; blank when a person did it.")

    every = models.CharField(max_length=8, choices=[(e.value, e.value) for e in Every], default=Every.DAY.value)
    minute = models.PositiveSmallIntegerField(default=0)
    hour = models.PositiveSmallIntegerField(default=0)
    weekday = models.PositiveSmallIntegerField(default=1, help_text="1 = Monday … 7 = Sunday.")
    day = models.PositiveSmallIntegerField(default=1)
    month = models.PositiveSmallIntegerField(default=1)
    step = models.PositiveSmallIntegerField(default=60, help_text="Minutes between two times.")
    cron = models.CharField(max_length=128, blank=True)
    zone = models.CharField(max_length=64, default="UTC")

    blackouts = models.JSONField(default=list, blank=True)
    paused_until = models.DateField(null=True, blank=True, help_text="It runs again on this day of its zone.")
    pause_reason = models.CharField(max_length=255, blank=True)
    missed = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Missed], default=Missed.RUN.value)
    grace_minutes = models.PositiveIntegerField(default=15, help_text="A time no older than this is not missed.")

    next_due = models.DateTimeField(null=True, help_text="Moved by compare-and-set: only the winner queues the run.")
    last_at = models.DateTimeField(null=True, help_text="When it was last due, or a delivery came.")
    last_outcome = models.TextField(blank=True, help_text="What came of it then.")
    last_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    failures = models.PositiveIntegerField(
        default=0, help_text="Scheduled runs of the integration that failed in a row, as last counted."
    )
    is_counted = models.BooleanField(default=True, help_text="`failures` takes the end of the last run in.")
    counts_from = models.DateTimeField(null=True, help_text="Failures before this are forgiven.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["integration", "pk"]
        indexes = [
            models.Index(fields=["next_due"], condition=models.Q(is_active=True), name="due_schedules"),
            models.Index(fields=["is_counted"], condition=models.Q(is_counted=False), name="uncounted_schedules"),
        ]

    def __str__(self) -> str:
        return self.name or f"schedule {self.pk}"

    @property
    def rhythm(self) -> Rhythm:
        """How often it comes round."""
        return Rhythm(
            every=Every(self.every),
            minute=self.minute,
            hour=self.hour,
            weekday=self.weekday,
            day=self.day,
            month=self.month,
            step=self.step,
            cron=self.cron,
            zone=self.zone,
        )

    @property
    def timetable(self) -> Timetable:
        """The rhythm with its black-outs and its pause."""
        return Timetable(self.rhythm, tuple(blackout(one) for one in self.blackouts), self.paused_until)

    @property
    def words(self) -> str:
        """The rhythm in one line."""
        return in_words(self.rhythm)

    @property
    def grace(self) -> timedelta:
        """How late a time may be and still is not missed."""
        return timedelta(minutes=self.grace_minutes)

    @property
    def is_paused(self) -> bool:
        """Its pause has not ended."""
        return self.timetable.is_paused_at(timezone.now())

    @property
    def is_failing(self) -> bool:
        """It has failed so often in a row that somebody should look."""
        return self.failures >= WARN_AT


def blackout(stored: dict[str, Any]) -> BlackOut:
    """A black-out as the rules use it."""
    return BlackOut(date.fromisoformat(stored["first"]), date.fromisoformat(stored["last"]), stored.get("label", ""))

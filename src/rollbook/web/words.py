"""States, actions and findings of the guard, in the words of the pages."""

from dataclasses import dataclass
from typing import Any

from rollbook.core import schema
from rollbook.core.guards import Held, sentence
from rollbook.core.plan import Action
from rollbook.core.schedules.words import day_in_words
from rollbook.notices.catalogue import Event, Severity
from rollbook.roster.models import model
from rollbook.runs.models import Mode, Run, State
from rollbook.schedules.models import Schedule
from rollbook.sources.base import Sees, Works


@dataclass(frozen=True)
class Chip:
    """A word with an icon and a tone, so that the tone is never the only sign."""

    tone: str
    icon: str
    label: str


NEVER_RUN = Chip("quiet", "dash", "Never run")
_STATES: dict[State, Chip] = {
    State.QUEUED: Chip("info", "clock", "Queued"),
    State.READING: Chip("info", "running", "Reading"),
    State.CHECKING: Chip("info", "running", "Checking"),
    State.PLANNING: Chip("info", "running", "Planning"),
    State.TESTED: Chip("info", "flask", "Tested"),
    State.HELD: Chip("warn", "hand", "Held"),
    State.APPLYING: Chip("info", "running", "Applying"),
    State.APPLIED: Chip("good", "check", "OK"),
    State.APPLIED_WITH_ERRORS: Chip("warn", "alert", "OK with errors"),
    State.FAILED: Chip("bad", "cross", "Failed"),
    State.CANCELLED: Chip("quiet", "slash", "Cancelled"),
    State.DISCARDED: Chip("quiet", "slash", "Discarded"),
    State.UNDONE: Chip("quiet", "undo", "Undone"),
}
_MODES: dict[Mode, Chip] = {
    Mode.LIVE: Chip("plain", "", "Live"),
    Mode.TEST: Chip("info", "flask", "Test"),
    Mode.UNDO: Chip("quiet", "undo", "Undo"),
}
_NOTICES = {
    Severity.ERROR: Chip("bad", "cross", "Error"),
    Severity.WARNING: Chip("warn", "alert", "Warning"),
    Severity.NOTICE: Chip("info", "note", "Notice"),
    Severity.GOOD: Chip("good", "check", "Good"),
}
_SEVERITIES = {
    "error": Chip("bad", "cross", "Error"),
    "warning": Chip("warn", "alert", "Warning"),
    "notice": Chip("info", "note", "Notice"),
}
_ACTIONS = {
    Action.CREATE: Chip("good", "plus", "New"),
    Action.UPDATE: Chip("info", "pencil", "Updated"),
    Action.REACTIVATE: Chip("good", "undo", "Back again"),
    Action.DEACTIVATE: Chip("bad", "minus", "Deactivated"),
}


_WORKS = {
    Works.YES: Chip("good", "check", "Works"),
    Works.NO: Chip("bad", "cross", "Does not work"),
    Works.UNSURE: Chip("warn", "alert", "Unsure"),
}
_SEES = {
    Sees.YES: Chip("good", "check", "Yes"),
    Sees.PARTLY: Chip("warn", "dash", "Partly"),
    Sees.NO: Chip("quiet", "cross", "No"),
}


def state_chip(state: str | None) -> Chip:
    """The chip of a run's state; None stands for no run at all."""
    return NEVER_RUN if state is None else _STATES[State(state)]


def mode_chip(mode: str) -> Chip:
    """The chip of a run's mode."""
    return _MODES[Mode(mode)]


def severity_chip(severity: str | None) -> Chip:
    """The chip of a severity; a finding that stopped its run has none, and is an error."""
    return _SEVERITIES[severity or "error"]


def notice_chip(event: Event) -> Chip:
    """The chip of how urgent an event is."""
    return _NOTICES[event.severity]


def action_chip(action: str) -> Chip:
    """The chip of a planned change."""
    return _ACTIONS[Action(action)]


def works_chip(works: Works) -> Chip:
    """What a test of a connection found."""
    return _WORKS[works]


def sees_chip(sees: Sees) -> Chip:
    """Whether a source can see something."""
    return _SEES[sees]


def schedule_chip(schedule: Schedule) -> Chip:
    """Whether a schedule runs."""
    if not schedule.is_active:
        return Chip("bad", "cross", "Switched off") if schedule.off_reason else Chip("quiet", "slash", "Off")
    if schedule.is_paused and schedule.paused_until:
        return Chip("warn", "hand", f"Paused until {day_in_words(schedule.paused_until)}")
    if schedule.is_failing:
        return Chip("warn", "alert", f"{schedule.failures} failures in a row")
    return Chip("good", "check", "Active")


def schedule_title(schedule: Schedule) -> str:
    """The name of a schedule, or what it runs: `Full run`, `Delta test run`."""
    test = " test" if schedule.mode == Mode.TEST else ""
    return schedule.name or f"{schedule.get_kind_display()}{test} run"


# Counts ----------------------------------------------------------------------------------------------

COUNTED = {
    "create": "New",
    "update": "Updated",
    "reactivate": "Back again",
    "deactivate": "Deactivated",
    "unchanged": "Unchanged",
    "reject": "Rejected",
    "ignore": "Ignored",
}


def entity_title(name: str) -> str:
    """`academic_session` -> `Academic sessions`."""
    plural = schema.entity(name).plural
    return plural[:1].upper() + plural[1:]


# What the guard holds --------------------------------------------------------------------------------


def held_sentences(run: Run) -> list[str]:
    """Each limit that the plan of the run breaks, in words."""
    held = [Held(**found) for found in run.held]
    schools = model("org")._default_manager.filter(owner=run.integration, source_key__in=[h.scope for h in held])
    names = {str(school.source_key): str(vars(school)["name"]) for school in schools}
    return [sentence(one, names) for one in held]


_CAUSES = {
    "deactivate": "A short file, a missing school or a term that rolled over; less often, people who really left.",
    "create": "A school that was added, or ids that changed, so that everybody looks new.",
    "changed_ids": "The sender has given its people new ids. Approving ends the old records and makes new ones.",
    "update": "A change of format or of a mapping, which touches most records at once.",
    "reject": "The export has changed: look at the issues before you approve.",
}


def likely_causes(held: list[dict[str, Any]]) -> list[str]:
    """What is most often behind the limits that were passed."""
    return [text for action, text in _CAUSES.items() if action in {found["action"] for found in held}]

"""States, actions and findings of the guard, in the words of the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollbook.core import schema
from rollbook.core.plan import Action
from rollbook.runs.models import Mode, Run, State


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


def state_chip(state: str | None) -> Chip:
    """The chip of a run's state; None stands for no run at all."""
    return NEVER_RUN if state is None else _STATES[State(state)]


def mode_chip(mode: str) -> Chip:
    """The chip of a run's mode."""
    return _MODES[Mode(mode)]


def severity_chip(severity: str | None) -> Chip:
    """The chip of a severity; a finding that stopped its run has none, and is an error."""
    return _SEVERITIES[severity or "error"]


def action_chip(action: str) -> Chip:
    """The chip of a planned change."""
    return _ACTIONS[Action(action)]


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


def total(run: Run, *actions: str) -> int:
    """How many records of all entities the run counts under these actions."""
    return sum(int(numbers.get(action, 0)) for numbers in run.counts.values() for action in actions)


# What the guard holds --------------------------------------------------------------------------------

_DONE = {
    "create": "created",
    "update": "updated",
    "reactivate": "brought back",
    "deactivate": "deactivated",
    "reject": "rejected",
}


def held_sentence(found: Mapping[str, Any]) -> str:
    """
    One limit that a plan passes, in words.

    Args:
        found: `scope`, `entity`, `action`, `count`, `of`, `limit` (a share of `of`), as the guard found them.
    """
    count, whole, action = int(found["count"]), int(found["of"] or 0), str(found["action"])
    kind = schema.entity(found["entity"]).plural
    scope = f" in {found['scope']}" if found.get("scope") else ""
    share = f" ({count / whole:.1%}, limit {float(found['limit']):.0%})" if whole else ""
    if action in _DONE:
        return f"{count:,} of {whole:,} {kind}{scope} would be {_DONE[action]}{share}."
    return f"{count:,} of {whole:,} {kind}{scope}: {action.replace('-', ' ').replace('_', ' ')}{share}."


_CAUSES = {
    "deactivate": "A short file, a missing school or a term that rolled over; less often, people who really left.",
    "create": "Changed ids make everybody look new; so does a school that was added.",
    "update": "A change of format or of a mapping touches most records at once.",
    "reject": "The export has changed: look at the issues before you approve.",
}


def likely_causes(held: list[dict[str, Any]]) -> list[str]:
    """What is most often behind the limits that were passed."""
    return [text for action, text in _CAUSES.items() if action in {found["action"] for found in held}]

"""What the first sheet, the JSON and the terminal say of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

_BANNERS = {
    "test": "TEST RUN - nothing was changed",
    "check": "CHECK - nothing was sent to the roster",
}


@dataclass(frozen=True)
class Summary:
    """
    One run, or one check of files, in numbers.

    Args:
        title: What people call the kind of run: "Test OneRoster Student", or "Check".

        mode: live, test, undo or check.

        counts: entity -> create, update, reactivate, deactivate, unchanged, reject, ignore.

        issue_counts: code -> how many.

        severities: severity -> how many.

        held: The limits that the plan goes beyond: scope, entity, action, count, of, limit.

        files: `LandedFile.facts()` of each received file, in the order that `_file` of the landed rows counts.

        seconds: step -> time.

        settings: The settings the run was made with. Never a secret.
    """

    title: str
    tenant: str
    integration: str
    layout: str
    mode: str
    state: str
    trigger: str
    member: str
    started: datetime | None
    ended: datetime | None
    run: int | None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    issue_counts: Mapping[str, int] = field(default_factory=dict)
    severities: Mapping[str, int] = field(default_factory=dict)
    held: Sequence[Mapping[str, Any]] = ()
    files: Sequence[Mapping[str, Any]] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def banner(self) -> str:
        """What every sheet says first, where a reader might think that something happened; else ""."""
        return _BANNERS.get(self.mode, "")

    @property
    def waits(self) -> bool:
        """A limit keeps the plan waiting; once a member has decided, the limit is history."""
        return self.state == "held" and bool(self.held)

    @property
    def has_plan(self) -> bool:
        """A check compares with no roster, so it knows nothing of new, updated or ended records."""
        return self.mode != "check"

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        facts = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("started", "ended"):
            facts[name] = facts[name].isoformat() if facts[name] else None
        return facts

"""What every page of one run shows: its head, its tabs and its buttons."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollbook.core.errors import StalePlan
from rollbook.intake.manual.previewing import upload_of
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import MOVES, Mode, Run, State
from rollbook.runs.report.changes import DEACTIVATED, NEW, UPDATED
from rollbook.runs.staleness import refuse_if_stale
from rollbook.web.frames import rejected
from rollbook.web.live import can_cancel, can_retry, live

TALLY = ("create", "update", "reactivate", "deactivate", "reject")
"""What a few big numbers say of a plan."""


@dataclass(frozen=True)
class Tab:
    """One page of a run."""

    name: str
    title: str
    page: str
    count: int | None = None


def detail(run: Run, tab: str) -> dict[str, Any]:
    """The context that the pages of a run share."""
    folder = RunFolder.of(run)
    return {
        "run": run,
        "tab": tab,
        "tabs": _tabs(run),
        "has_excel": folder.excel.exists(),
        "has_error_rows": bool(error_rows(folder)),
        "can_approve": waits(run),
        "can_discard": waits(run),
        "can_undo": can_undo(run),
        "can_cancel": can_cancel(run),
        "can_retry": can_retry(run),
        "live": live(run),
        "upload": upload_of(run),
        "moved": _moved(run),
    }


def _moved(run: Run) -> str:
    """Why the plan of a run that waits can no longer be applied; blank while it can."""
    if waits(run) and "applied_runs" in run.basis:
        try:
            refuse_if_stale(run, run.integration)
        except StalePlan as stale:
            return str(stale)
    return ""


def waits(run: Run) -> bool:
    """Whether a person may apply or discard the plan of the run."""
    return {State.APPLYING, State.DISCARDED} <= MOVES[State(run.state)]


def can_undo(run: Run) -> bool:
    """Whether what the run wrote can be taken back."""
    return run.mode != Mode.UNDO and State.UNDONE in MOVES[State(run.state)]


def error_rows(folder: RunFolder) -> list[Path]:
    """The files with rows that were not taken, in the layout they came in."""
    return sorted((folder.report / "error-rows").glob("*"))


def _tabs(run: Run) -> list[Tab]:
    found = sum(int(n) for n in run.issue_counts.values())
    return [
        Tab("summary", "Summary", "run"),
        Tab("errors", "Errors", "run-errors", rejected.count(RunFolder.of(run))),
        Tab("new", "New", "run-new", run.total(*NEW)),
        Tab("updated", "Existing & updated", "run-updated", run.total(*UPDATED)),
        Tab("unchanged", "Unchanged", "run-unchanged", run.total("unchanged")),
        Tab("deactivated", "Deactivated", "run-deactivated", run.total(*DEACTIVATED)),
        Tab("issues", "Issues", "run-issues", found),
        Tab("files", "Files", "run-files", len(run.files)),
        Tab("log", "Log", "run-log"),
    ]

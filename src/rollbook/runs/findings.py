"""What a run found on its way, kept with it."""

from typing import TYPE_CHECKING

import polars as pl

from rollbook.core import issues
from rollbook.core.errors import ContractBroken
from rollbook.core.issues import join_issues
from rollbook.landing.contents import changed
from rollbook.runs.journey import Journey
from rollbook.runs.repeating import SETTINGS, digest

if TYPE_CHECKING:
    from rollbook.runs.planning import Planner
    from rollbook.sources.sheets import Received


def keep_files(journey: Journey, received: "Received") -> None:
    """
    What came.

    Raises:
        ContractBroken: A file is not as it was when the run began.
    """
    read = {file.file.split("/")[0] for file in received.landing.files}
    if moved := changed(journey.input, journey.seen, read):
        raise ContractBroken(
            f"{', '.join(moved)} changed while the files were being read. Nothing was changed. "
            "Run the integration again when the sender has finished.",
            code="file-changing",
        )
    journey.run.files = [file.facts() for file in received.landing.files]


def keep_issues(journey: Journey, frames: list[pl.DataFrame]) -> None:
    """The issues of all steps, as one frame."""
    found = join_issues(frames)
    journey.run.issue_counts = issues.counts(found)
    journey.run.severities = issues.severity_counts(found)
    journey.folder.save_issues(found)


def keep_plan(journey: Journey, planner: "Planner") -> None:
    """Counts, issues, and the rows that were not taken."""
    journey.run.counts = planner.counts
    keep_issues(journey, [planner.prepared.issues, *planner.matching.issues, *planner.issues])
    journey.folder.save_rejected(planner.prepared.rejected)


def keep_input(journey: Journey, rows: str) -> None:
    """Which input was read, and what decided how: by these the next night is told to be the same."""
    integration = journey.run.integration
    journey.run.basis = {
        "settings": digest(integration, SETTINGS),
        "input": digest(integration, journey.seen.digest),
        "rows": digest(integration, rows),
    }


def keep_basis(journey: Journey, received: "Received") -> None:
    """
    What the plan was made from: how often the integration has written, and the input with its settings.

    The rows count only where none had an issue: in another order its issues would name other lines.
    """
    run = journey.run
    of_files = sum(frame.height for frame in received.landing.issues)
    has_issues = sum(run.issue_counts.values()) != of_files
    run.basis |= {"applied_runs": run.integration.applied_runs} | ({"rows": ""} if has_issues else {})

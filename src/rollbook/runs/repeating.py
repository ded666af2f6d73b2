"""The commonest night: the same files again. Nothing is read twice."""

import shutil

from rollbook.runs.applying import basis, input_digest
from rollbook.runs.journey import Journey
from rollbook.runs.models import Mode, Run, State, last_applied
from rollbook.sources.sheets import Opened


def same_as(run: Run, files: Opened) -> Run | None:
    """
    The applied run that had this very input, when the roster still agrees with it.

    An undo, another applied run or a changed setting clears or changes the integration's digest.
    """
    integration = run.integration
    if not integration.input_digest or integration.input_digest != input_digest(integration, files):
        return None
    return last_applied(integration)


def end(journey: Journey, same: Run) -> None:
    """End the run as the earlier one would end if it were carried again: every record unchanged."""
    run = journey.run
    run.move(State.CHECKING)
    run.move(State.PLANNING)
    run.counts = {entity: _unchanged(counts) for entity, counts in same.counts.items()}
    run.files = same.files
    run.issue_counts, run.severities = same.issue_counts, same.severities
    run.basis = basis(run.integration, None) | {"input": run.integration.input_digest, "same_as": same.pk}
    for name in ("issues.parquet", "rejected.parquet"):
        if (same.folder / name).exists():
            shutil.copy(same.folder / name, journey.folder.path / name)
    if run.mode == Mode.TEST:
        journey.end(State.TESTED)
        return
    run.move(State.APPLYING)
    journey.end(State.APPLIED_WITH_ERRORS if journey.has_errors else State.APPLIED)


def _unchanged(counts: dict[str, int]) -> dict[str, int]:
    present = sum(counts.get(action, 0) for action in ("create", "update", "reactivate", "unchanged"))
    return (
        dict.fromkeys(counts, 0) | {name: counts.get(name, 0) for name in ("reject", "ignore")} | {"unchanged": present}
    )

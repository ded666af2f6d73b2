"""Has the export changed its shape since the last run that was applied?"""

from collections.abc import Mapping, Sequence
from typing import Any

from rollbook.landing.store import Landing


def note_drift(landing: Landing, before: Sequence[Mapping[str, Any]]) -> None:
    """
    Add an issue for each sheet whose columns, separator or encoding are others than last time.

    Args:
        before: `LandedFile.facts` of the last applied run.
    """
    last = {file["sheet"]: file for file in before if file["sheet"]}
    for file in landing.files:
        if not file.sheet or file.sheet not in last:
            continue
        if changes := _changes(last[file.sheet], file.facts()):
            landing.note(
                "format-drift", file.file, sheet=file.sheet, detail=f"Since the last run {'; '.join(changes)}."
            )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    gone = [name for name in old["header"] if name not in new["header"]]
    come = [name for name in new["header"] if name not in old["header"]]
    changes = [f"the column {', '.join(gone)} is gone"] if gone else []
    changes += [f"the column {', '.join(come)} is new"] if come else []
    for what in ("delimiter", "encoding"):
        if old[what] != new[what] and old["kind"] == new["kind"]:
            changes.append(f"the {what} changed from {old[what]!r} to {new[what]!r}")
    return changes

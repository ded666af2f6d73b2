"""The pre-flight check: the first half of a run, without a database."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rollbook.core import issues
from rollbook.core.issues import Severity, worded
from rollbook.core.layout import Layout
from rollbook.core.terms import Terms
from rollbook.core.values import Reading
from rollbook.runs.folder import RunFolder
from rollbook.runs.prepare import prepare
from rollbook.runs.report import Summary
from rollbook.sources import layouts
from rollbook.sources.sheets import opened

SHOWN = 1000


@dataclass(frozen=True)
class CheckedFiles:
    """What the check found."""

    layout: Layout
    folder: RunFolder
    summary: Summary

    @property
    def has_errors(self) -> bool:
        """Some rows would not be taken."""
        return bool(self.summary.severities.get(Severity.ERROR))

    def as_json(self) -> dict[str, object]:
        """What `rollbook check --json` prints."""
        found = worded(self.folder.issues())
        return {
            "layout": self.layout.name,
            "files": [
                {name: f[name] for name in ("file", "sheet", "rows", "encoding", "size")} for f in self.summary.files
            ],
            "counts": self.summary.counts,
            "issues": {**self.summary.severities, "by_code": self.summary.issue_counts},
            "found": found.head(SHOWN).to_dicts(),
        }


def check_files(path: Path, layout: str, scratch: Path) -> CheckedFiles:
    """
    Check a folder, file or zip by itself: references must be met within it.

    Args:
        layout: Its name, or a file `*.toml` with one of the sender's own; blank = recognise it.

        scratch: An empty folder for the rows; the caller removes it.

    Raises:
        SettingsError: There is no such path or layout.

        ContractBroken: The files cannot be read, or fit no layout.
    """
    folder = RunFolder(scratch)
    with opened(path, _layout(layout), {}) as files:
        received = files.land(folder.rows)
    terms = Terms(received.layout, Reading(received.layout.dates))
    prepared = prepare(received.landing, terms, folder, lambda _: pl.DataFrame(schema={"key_hash": pl.Int64}))
    folder.save_issues(prepared.issues)
    folder.save_rejected(prepared.rejected)
    counts = {
        e: {"create": prepared.received[e] - prepared.rejects[e], "reject": prepared.rejects[e]}
        for e in prepared.records
    }
    summary = Summary(
        title="Check",
        tenant="",
        integration="",
        layout=received.layout.title,
        mode="check",
        state="checked",
        trigger="command",
        member="",
        started=None,
        ended=None,
        run=None,
        counts=counts,
        issue_counts=issues.counts(prepared.issues),
        severities=issues.severity_counts(prepared.issues),
        files=[file.facts() for file in received.landing.files],
    )
    return CheckedFiles(received.layout, folder, summary)


def _layout(name: str) -> Layout | None:
    if name.endswith(".toml"):
        return layouts.load_file(Path(name))
    return layouts.load(name) if name else None

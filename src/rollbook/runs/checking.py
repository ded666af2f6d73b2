"""The pre-flight check: the first half of a run, without a database."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rollbook.core import issues
from rollbook.core.issues import Severity, worded
from rollbook.core.layout import Layout
from rollbook.core.terms import Terms
from rollbook.core.values import Reading
from rollbook.landing.store import Part, into
from rollbook.runs.folder import RunFolder
from rollbook.runs.passing import Passing
from rollbook.runs.prepare import Prepared, prepare
from rollbook.runs.report import Summary
from rollbook.runs.rows import RowReader
from rollbook.sources import layouts
from rollbook.sources.sheets import Opened, Received, opened

SHOWN = 1000
IN_MEMORY = 128 * 2**20
"""Bytes of records; those beyond go to files."""


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

        scratch: A folder for what is found, empty or not there yet; the caller removes it.

    Raises:
        SettingsError: There is no such path or layout.

        ContractBroken: The files cannot be read, or fit no layout.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(scratch, in_memory=IN_MEMORY)
    with opened(path, _layout(layout), {}) as files:
        received, prepared = _prepared(files, folder)
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


def _prepared(files: Opened, folder: RunFolder) -> tuple[Received, Prepared]:
    """The rows are read as they come, and not kept: but for those of sheets that look others up, and of these."""
    reader = RowReader(Terms(files.layout, Reading(files.layout.dates)), folder, is_hashed=False)
    passing, keep = Passing(reader), into(folder.rows)
    looking = [sheet for sheet in files.layout.sheets if sheet.lookups]
    kept = {sheet.name for sheet in looking} | {n for sheet in looking for each in sheet.lookups for n in each.sheets}

    def take(part: Part) -> None:
        if part.sheet in kept:
            keep(part)
        passing.take(part)

    received = files.land(take)
    return received, prepare(received.landing, reader, _nobody, passing.found)


def _nobody(_: str) -> pl.DataFrame:
    return pl.DataFrame(schema={"key_hash": pl.Int64})


def _layout(name: str) -> Layout | None:
    if name.endswith(".toml"):
        return layouts.load_file(Path(name))
    return layouts.load(name) if name else None

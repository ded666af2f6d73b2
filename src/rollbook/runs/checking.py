"""The pre-flight check: the first half of a run, without a database."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import polars as pl

from rollbook.core import issues
from rollbook.core.issues import Severity, worded
from rollbook.core.layout import Layout
from rollbook.core.terms import Terms
from rollbook.core.values import Reading
from rollbook.landing.store import Landing, Part, into
from rollbook.runs.folder import RunFolder
from rollbook.runs.prepare import Prepared, put_together
from rollbook.runs.report import Summary
from rollbook.runs.rows import Found, RowReader, read_sheet, together
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

        scratch: An empty folder for the rows; the caller removes it.

    Raises:
        SettingsError: There is no such path or layout.

        ContractBroken: The files cannot be read, or fit no layout.
    """
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
    terms = Terms(files.layout, Reading(files.layout.dates))
    passing = _Passing(RowReader(terms, folder, is_hashed=False))
    received = files.land(passing.take)
    return received, put_together(received.landing, passing.found(received.landing), terms, folder, _nobody)


class _Passing:
    """Rows that are read as they come, and not kept: but for those of sheets that look others up, and of these."""

    def __init__(self, reader: RowReader) -> None:
        sheets = reader.terms.layout.sheets
        self._reader, self._keep = reader, into(reader.folder.rows)
        self._looking = {sheet.name for sheet in sheets if sheet.lookups}
        self._kept = self._looking | {name for sheet in sheets for each in sheet.lookups for name in each.sheets}
        self._found: dict[tuple[str, str], Found] = {}

    def take(self, part: Part) -> None:
        if part.sheet in self._kept:
            self._keep(part)
        if part.sheet not in self._looking:
            sheet = self._reader.terms.layout.sheet(part.sheet)
            found = self._reader.read(sheet, part.name, part.rows, {part.file: part.width})
            self._found[part.sheet, part.name] = found

    def found(self, landing: Landing) -> dict[str, Found]:
        """By sheet, in the order of their names, each in the order of its rows."""
        parts = groupby(sorted(self._found), key=itemgetter(0))
        found = {sheet: together(self._found[place] for place in places) for sheet, places in parts}
        landed = {name: self._reader.folder.landed(name) for name in self._kept & set(landing.sheets)}
        found |= {name: read_sheet(name, landed, landing, self._reader) for name in self._looking & landed.keys()}
        return dict(sorted(found.items()))


def _nobody(_: str) -> pl.DataFrame:
    return pl.DataFrame(schema={"key_hash": pl.Int64})


def _layout(name: str) -> Layout | None:
    if name.endswith(".toml"):
        return layouts.load_file(Path(name))
    return layouts.load(name) if name else None

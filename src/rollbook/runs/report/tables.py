"""The sheets of the workbook, as values: a heading, columns, the first rows, and where the rest is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from rollbook.core import schema
from rollbook.core.issues import Severity
from rollbook.core.schema import Kind
from rollbook.runs.report import changes, findings
from rollbook.runs.report.changes import Changes
from rollbook.runs.report.summary import Summary

CAP = 2_000
"""The most rows of a sheet: whoever has more of them to read takes the CSV, which has them all."""

_FILE_COLUMNS = ("file", "sheet", "rows", "size", "digest", "kind", "encoding", "delimiter")


@dataclass(frozen=True)
class Table:
    """
    One sheet.

    Args:
        total: How many rows there are in all; what is beyond `rows` is in the CSV named by `rest`.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    total: int
    rest: str = ""

    @property
    def more(self) -> str:
        """What the last line says of the rows that are left out; else ""."""
        left = self.total - len(self.rows)
        return f"{left:,} more: see {self.rest}" if left > 0 else ""


def issue_tables(issues: pl.DataFrame, cap: int) -> list[Table]:
    """
    What was found.

    Args:
        issues: As `findings.for_people` gives them.
    """
    errors = findings.of_severity(issues, Severity.ERROR)
    others = findings.of_severity(issues, Severity.WARNING, Severity.NOTICE)
    alike = issues.filter(pl.col("code").is_in(findings.ALIKE))
    return [
        _listed("Errors", errors, cap),
        _cut("Error summary", findings.by_code(issues), cap),
        _listed("Warnings", others, cap),
        _cut("Unmapped codes", findings.unmapped(issues), cap),
        _listed("Duplicates", alike, cap),
    ]


def change_tables(plan: Changes, cap: int) -> list[Table]:
    """What would change, or did."""
    return [_new(plan, cap), _updated(plan, cap), _deactivated(plan, cap)]


def quiet_table(counts: Mapping[str, Mapping[str, int]]) -> Table:
    """How many records stayed as they are, were left aside by a filter, or were not taken."""
    columns = ("unchanged", "ignore", "reject")
    rows = [(entity, *(by_action.get(c, 0) for c in columns)) for entity, by_action in counts.items()]
    return Table("Unchanged and ignored", ("entity", *columns), rows, len(rows))


def file_table(summary: Summary) -> Table:
    """The files that came."""
    rows = [tuple(file.get(c) for c in _FILE_COLUMNS) for file in summary.files]
    return Table("Files", _FILE_COLUMNS, rows, len(rows))


def _listed(name: str, issues: pl.DataFrame, cap: int) -> Table:
    first = findings.listed(issues.head(cap)).with_row_index("#", 1)
    return Table(name, tuple(first.columns), first.rows(), issues.height, "issues.csv")


def _cut(name: str, frame: pl.DataFrame, cap: int) -> Table:
    return Table(name, tuple(frame.columns), frame.head(cap).rows(), frame.height, "issues.csv")


def _new(plan: Changes, cap: int) -> Table:
    first = _first(plan.new(cap), cap)
    return Table("New", tuple(first.columns), first.rows(), changes.total(plan.found, changes.NEW), "new.csv")


def _updated(plan: Changes, cap: int) -> Table:
    """The values of date fields are dates here, which a spreadsheet can sort."""
    dates = {(e.name, f.name) for e, f in schema.all_fields() if f.kind is Kind.DATE}
    first = _first(plan.updated(), cap)
    rows = [
        (entity, key, name, field, _date(old), _date(new)) if (entity, field) in dates else row
        for row in first.iter_rows()
        for entity, key, name, field, old, new in [row]
    ]
    return Table("Updated", tuple(first.columns), rows, plan.updated_values(), "updated.csv")


def _deactivated(plan: Changes, cap: int) -> Table:
    first = plan.deactivated().head(cap).collect(engine="streaming")
    total = changes.total(plan.found, changes.DEACTIVATED)
    return Table("Deactivated", tuple(first.columns), first.rows(), total, "deactivated.csv")


def _first(parts: Iterable[pl.DataFrame], rows: int) -> pl.DataFrame:
    """The first rows, without reading on."""
    taken: list[pl.DataFrame] = []
    for part in parts:
        taken.append(part.head(rows))
        rows -= part.height
        if rows <= 0:
            break
    return pl.concat(taken)


def _date(text: str | None) -> date | str | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return text

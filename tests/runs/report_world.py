"""Run folders with real files, for the tests of the reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from rollbook.core.issues import issue_frame
from rollbook.core.plan import PLAN_COLUMNS, Action
from rollbook.landing.store import LandedFile
from rollbook.runs.folder import CREATES, REJECTED, TOUCHES, RunFolder
from rollbook.runs.report import Summary

MOMENT = datetime(2026, 8, 24, 5, 30, tzinfo=UTC)

SUMMARY = Summary(
    title="OneRoster Student",
    tenant="Northfield",
    integration="northfield-sis",
    layout="oneroster_12",
    mode="live",
    state="applied",
    trigger="schedule",
    member="",
    started=MOMENT,
    ended=MOMENT,
    run=7,
)
TEST_RUN = replace(SUMMARY, title="Test OneRoster Student", mode="test", state="tested")
CHECK = replace(SUMMARY, title="Check", mode="check", state="checked", run=None)


def change(action: str, key: str, label: str, values: Mapping[str, tuple[str | None, str | None]] | None = None) -> Any:
    """One planned change; `values` is field -> (old, new), and all of them count as changed."""
    row: dict[str, Any] = {"action": action, "source_key": key, "label": label, "sourced_id": f"id-{key}"}
    row["changed"] = ",".join(values or {})
    for field, (old, new) in (values or {}).items():
        row |= {f"old.{field}": old, field: new}
    return row


def plan(folder: RunFolder, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep a plan for one entity, as planning does."""
    fields = {name: pl.String() for row in rows for name in row if name not in PLAN_COLUMNS}
    frame = pl.DataFrame(rows, schema={**PLAN_COLUMNS, **fields})
    is_new = pl.col("action") == Action.CREATE
    for name, part in ((CREATES, frame.filter(is_new)), (TOUCHES, frame.filter(~is_new))):
        if not part.is_empty():
            part.write_parquet(folder.plan_file(entity, name))


def found(folder: RunFolder, *issues: Mapping[str, Any]) -> None:
    """Keep issues."""
    folder.save_issues(pl.concat([issue_frame(pl.DataFrame([issue])) for issue in issues]))


def landed(
    folder: RunFolder,
    rows: Sequence[Mapping[str, str | None]],
    *,
    name: str = "users.csv",
    number: int = 0,
    sheet: str = "users",
    encoding: str = "utf-8",
    delimiter: str = ",",
    header: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Keep the rows of a file from line 2 on, and reject all of them; returns its facts."""
    header = tuple(header or rows[0])
    columns = columns if columns is not None else {column: column for column in header}
    path = folder.rows / sheet
    path.mkdir(parents=True, exist_ok=True)
    lines = list(range(2, len(rows) + 2))
    own = pl.DataFrame(rows, schema=dict.fromkeys(columns.values(), pl.String)).with_columns(
        pl.lit(number, pl.UInt16).alias("_file"),
        pl.Series("_line", lines, pl.UInt32),
        pl.lit(len(header), pl.UInt16).alias("_cells"),
    )
    own.write_parquet(path / f"{number:04}-00000.parquet")
    refused = [{"sheet": sheet, "file": name, "line": line, "codes": "required-blank"} for line in lines]
    folder.save_rejected(pl.concat([folder.rejected(), pl.DataFrame(refused, schema=REJECTED)]))
    kind = "delimited" if delimiter else "xlsx"
    return LandedFile(name, sheet, len(rows), 100, "d" * 32, kind, encoding, delimiter, header, columns).facts()


def new_folder(path: Path) -> RunFolder:
    """The folder of a run that found and planned nothing yet."""
    path.mkdir(exist_ok=True)
    return RunFolder(path)

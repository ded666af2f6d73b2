"""
The files of one run: landed rows, records, issues, plan, reports.

    rows/<sheet>/*.parquet      as received: the layout's columns, `_file`, `_line`, `_cells`
    records/<entity>/*.parquet  mapped, until the run has ended
    issues.parquet              core.issues.COLUMNS
    rejected.parquet            rows not taken: sheet, file (str), line (u32), codes (str, comma separated)
    plan/<entity>/*.parquet     core.plan.PLAN_COLUMNS, then `<field>` and `old.<field>` for each mapped field
    report.xlsx, report/        what a person downloads
"""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from rollbook.core import issues, plan, schema


class RunFolder:
    """Names and reads the files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def rows(self) -> Path:
        """Folder of the landed rows, one sub-folder a sheet."""
        return self.path / "rows"

    @property
    def records(self) -> Path:
        """Folder of the mapped records, one sub-folder an entity."""
        return self.path / "records"

    @property
    def excel(self) -> Path:
        """The Excel report."""
        return self.path / "report.xlsx"

    @property
    def report(self) -> Path:
        """Folder of the CSV and JSON reports and of the error rows."""
        return self.path / "report"

    def landed(self, sheet: str) -> pl.LazyFrame:
        """The rows of a sheet as received."""
        return _together(self.rows / sheet)

    def issues(self) -> pl.DataFrame:
        """What was found, or an empty frame."""
        path = self.path / "issues.parquet"
        return pl.read_parquet(path) if path.exists() else issues.no_issues()

    def save_issues(self, found: pl.DataFrame) -> None:
        """Keep what was found."""
        found.write_parquet(self.path / "issues.parquet")

    def rejected(self) -> pl.DataFrame:
        """The rows that were not taken: `sheet`, `file` (str), `line` (u32), `codes` (str)."""
        path = self.path / "rejected.parquet"
        schema_ = {"sheet": pl.String, "file": pl.String, "line": pl.UInt32, "codes": pl.String}
        return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=schema_)

    def save_rejected(self, rows: pl.DataFrame) -> None:
        """Keep the rows that were not taken."""
        rows.write_parquet(self.path / "rejected.parquet")

    def plan(self, entity: str) -> pl.LazyFrame:
        """The planned changes of an entity; empty when there are none."""
        folder = self.path / "plan" / entity
        if not any(folder.glob("*.parquet")):
            return pl.LazyFrame(schema=plan.PLAN_COLUMNS)
        return _together(folder)

    def planned(self) -> list[str]:
        """The entities that have planned changes, in the order of applying."""
        return [e.name for e in schema.ENTITIES if any((self.path / "plan" / e.name).glob("*.parquet"))]

    def save_facts(self, name: str, facts: Any) -> None:
        """Keep a small JSON file beside the frames."""
        (self.path / f"{name}.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")

    def facts(self, name: str) -> Any:
        """What `save_facts` kept, or None."""
        path = self.path / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def drop_records(self) -> None:
        """Remove what only the run itself needed."""
        shutil.rmtree(self.records, ignore_errors=True)


def _together(folder: Path) -> pl.LazyFrame:
    """All Parquet files of a folder as one frame; a column that a file lacks is blank there."""
    paths = sorted(folder.glob("*.parquet"))
    columns: dict[str, pl.DataType] = {}
    for path in paths:
        columns |= pl.read_parquet_schema(path)
    return pl.scan_parquet(paths, schema=columns, missing_columns="insert")

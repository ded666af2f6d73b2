"""
The files of one run: landed rows, records, issues, plan, reports.

    read-N/    rows/<sheet>/*.parquet      as received: the layout's columns, `_file`, `_line`, `_cells`
               landing.json, .parquet      what is known of the files, and what was found about them
               sample.parquet              the hashes of some rows, by which the next run knows what is new
    plan-N/    records/<entity>/*.parquet  mapped, until the run has ended
               issues.parquet              core.issues.COLUMNS
               unchanged/<entity>.parquet  who stays as they are, of runs that list them
               rejected.parquet            rows not taken, and why: REJECTED
               plan/<entity>/*.parquet     creates, touches, absent: core.plan.PLAN_COLUMNS, then `<field>` and, but
                                           for creates, `old.<field>` of each mapped field; of an undo: back.<the same>
    apply-N/   what becomes report-N/report/, while the roster is written
    report-N/  report.xlsx, report/        what a person downloads

N is the fence of the carrier that wrote them. The run says which of them count (`Run.finished`), so that what a
carrier left half done, or still writes after it lost the run, is never taken for the real thing.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from rollbook.core import issues, plan, schema
from rollbook.runs import filenames
from rollbook.runs.room import Room

if TYPE_CHECKING:
    from rollbook.runs.models import Run

REJECTED = {"sheet": pl.String(), "file": pl.String(), "line": pl.UInt32(), "codes": pl.String(),
            "reference": pl.String(), "cause_file": pl.String(), "cause_line": pl.UInt32()}  # fmt: skip
"""
The rows that were not taken; `codes` are comma separated. Where a row fell because of another: the record that it
lacks, and where the cause is told.
"""

_NONE: Mapping[str, int] = {}
FOR_NOW: Final = "uncompressed"  # records are gone when the run has ended: to compress them takes longer than it saves
CREATES, TOUCHES, ABSENT = "creates.parquet", "touches.parquet", "absent.parquet"


class RunFolder:
    """
    Names and reads the files of one run.

    Args:
        attempts: Phase -> the number of its folder; the files of a phase without one lie in `path` itself.

        in_memory: So many bytes of mapped records are kept in memory in the place of files.
    """

    def __init__(self, path: Path, attempts: Mapping[str, int] = _NONE, in_memory: int = 0) -> None:
        self.path, self.attempts = path, attempts
        self._room = Room(in_memory)

    @classmethod
    def of(cls, run: "Run") -> Self:
        """The files that count: those of the finished phases."""
        return cls(run.folder, run.finished)

    def of_phase(self, phase: str) -> Path:
        """The folder of a phase."""
        return filenames.of_phase(self.path, self.attempts, phase)

    @property
    def landing(self) -> Path:
        """Folder of what was read."""
        return self.of_phase("read")

    @property
    def rows(self) -> Path:
        """Folder of the landed rows, one sub-folder a sheet."""
        return self.landing / "rows"

    @property
    def records(self) -> Path:
        """Folder of the mapped records, one sub-folder an entity."""
        return self.of_phase("plan") / "records"

    @property
    def excel(self) -> Path:
        """The Excel report."""
        return self.of_phase("report") / filenames.EXCEL

    @property
    def report(self) -> Path:
        """Folder of the CSV and JSON reports and of the error rows."""
        return self.of_phase("report") / "report"

    @property
    def _issues(self) -> Path:
        return self.of_phase("plan") / filenames.ISSUES

    @property
    def _rejected(self) -> Path:
        return self.of_phase("plan") / filenames.REJECTED

    def landed(self, sheet: str) -> pl.LazyFrame:
        """The rows of a sheet as received."""
        return _together(sorted((self.rows / sheet).glob("*.parquet")))

    def landed_parts(self, sheet: str) -> dict[str, pl.LazyFrame]:
        """The rows of a sheet as received, in the parts they were landed in, by the names of these."""
        files = sorted((self.rows / sheet).glob("*.parquet"))
        columns = _columns(files)
        return {file.stem: pl.scan_parquet(file, schema=columns, missing_columns="insert") for file in files}

    def issues(self) -> pl.DataFrame:
        """What was found, or an empty frame."""
        path = self._issues
        return pl.read_parquet(path) if path.exists() else issues.no_issues()

    def save_issues(self, found: pl.DataFrame) -> None:
        """Keep what was found."""
        found.write_parquet(self._issues)

    def rejected(self) -> pl.DataFrame:
        """The rows that were not taken: see `REJECTED`."""
        path = self._rejected
        return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=REJECTED)

    def save_rejected(self, rows: pl.DataFrame) -> None:
        """Keep the rows that were not taken."""
        rows.write_parquet(self._rejected)

    def plan(self, entity: str) -> pl.LazyFrame:
        """The planned changes of an entity; empty when there are none."""
        return _together(self._plan_files(entity))

    def creates(self, entity: str) -> pl.LazyFrame:
        """The planned creates, which can be many; read from their own file."""
        return _together([path for path in self._plan_files(entity) if path.name == CREATES])

    def touches(self, entity: str) -> pl.LazyFrame:
        """The planned changes of rows that exist."""
        return _together([path for path in self._plan_files(entity) if path.name != CREATES])

    def parts(self, entity: str) -> dict[str, pl.LazyFrame]:
        """The planned changes of an entity by the file that they stand in, each with the columns that it has."""
        return {path.name: pl.scan_parquet(path) for path in self._plan_files(entity)}

    def plan_file(self, entity: str, name: str) -> Path:
        """Where a part of the plan is written."""
        folder = self.of_phase("plan") / "plan" / entity
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def _plan_files(self, entity: str) -> list[Path]:
        return sorted((self.of_phase("plan") / "plan" / entity).glob("*.parquet"))

    def save_unchanged(self, entity: str, records: pl.DataFrame) -> None:
        """Keep the records of an entity that stay as they are: `source_key`, `label`, `file`, `line`."""
        folder = self.of_phase("plan") / "unchanged"
        folder.mkdir(exist_ok=True)
        records.write_parquet(folder / f"{entity}.parquet")

    def unchanged(self, entity: str) -> pl.LazyFrame | None:
        """The same, with those that are only written differently; None where nobody asked for a list."""
        path = self.of_phase("plan") / "unchanged" / f"{entity}.parquet"
        if not path.exists():
            return None
        relinked = self.touches(entity).filter(pl.col("action") == plan.Action.RELINK)
        same = pl.scan_parquet(path)
        return pl.concat([same, relinked.select(same.collect_schema().names())], how="vertical_relaxed")

    def planned(self) -> list[str]:
        """The entities that have planned changes, in the order of applying."""
        return [e.name for e in schema.ENTITIES if self._plan_files(e.name)]

    def save_mapped(self, records: pl.DataFrame, entity: str, place: str, part: str) -> None:
        """Keep the records that a part of the rows gave."""
        if self._room.take(f"{entity}/{place}", part, records):
            return
        folder = self.records / entity / place
        folder.mkdir(parents=True, exist_ok=True)
        records.write_parquet(folder / f"{part}.parquet", compression=FOR_NOW, statistics=False)

    def mapped(self, entity: str, place: str) -> pl.LazyFrame:
        """All that was kept there; a field that a part lacks is blank in it."""
        held = self._room.frames(f"{entity}/{place}")
        files = sorted((self.records / entity / place).glob("*.parquet"))
        kept = [pl.concat(held, how="diagonal").lazy()] if held else []
        if files:
            kept.append(_together(files))
        return pl.concat(kept, how="diagonal")

    def keep(self, frame: pl.LazyFrame, name: str) -> pl.LazyFrame:
        """The same frame, worked out once into the folder of records and read from there."""
        path = self.records / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.sink_parquet(path, compression=FOR_NOW, statistics=False, maintain_order=True)
        return pl.scan_parquet(path)

    def keep_settled(self, records: pl.LazyFrame, entity: str) -> pl.LazyFrame:
        """The records of an entity, worked out once: in memory while all that were mapped are there."""
        if self._room.has_all:
            return records.collect(engine="streaming").lazy()
        return self.keep(records, f"{entity}.parquet")

    def drop_records(self) -> None:
        """Remove what only the run itself needed."""
        shutil.rmtree(self.records, ignore_errors=True)


def _together(paths: list[Path]) -> pl.LazyFrame:
    """Parquet files as one frame; a column that a file lacks is blank there."""
    if not paths:
        return pl.LazyFrame(schema=plan.PLAN_COLUMNS)
    return pl.scan_parquet(paths, schema=_columns(paths), missing_columns="insert")


def _columns(paths: list[Path]) -> dict[str, pl.DataType]:
    """The columns that any of the files has."""
    columns: dict[str, pl.DataType] = {}
    for path in paths:
        columns |= pl.read_parquet_schema(path)
    return columns

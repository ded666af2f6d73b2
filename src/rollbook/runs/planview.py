"""What a run would change, or has changed: for the terminal and for programs."""

from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rollbook.core.frames import height
from rollbook.core.plan import Action
from rollbook.core.schema import MASK, Privacy, entity
from rollbook.runs import outcome, reporting
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run

SHOWN = 20


def as_json(run: Run) -> dict[str, Any]:
    """The run as `run --json` tells it, with its first planned changes; restricted values are masked."""
    folder = RunFolder.of(run)
    planned = {name: folder.plan(name).filter(pl.col("action") != Action.RELINK) for name in folder.planned()}
    return outcome.as_json(run) | {"changes": {name: _changes(frame, name, 1000) for name, frame in planned.items()}}


def show(run: Run, *, everything: bool = False) -> None:
    """
    Print how many changes there are, and field by field what they are.

    What changes or ends something is told first, since it has something to lose; then what is new.

    Args:
        everything: All of them. Else the first of each entity, and the first new records of all.
    """
    from rollbook.runs.report.console import show as show_summary

    folder = RunFolder.of(run)
    show_summary(reporting.summary(run), report=folder.excel if folder.excel.exists() else None)
    console = Console(highlight=False)
    left = sum(_show(console, name, _touched(folder, name), None if everything else SHOWN) for name in folder.planned())
    room = SHOWN
    for name in folder.planned():
        creates = folder.creates(name)
        left += _show(console, name, creates, None if everything else room)
        room = max(0, room - height(creates))
    if left:
        console.print(f"And {left:,} more. All of them: rollbook plan {run.pk} --all")


def _touched(folder: RunFolder, name: str) -> pl.LazyFrame:
    return folder.touches(name).filter(pl.col("action") != Action.RELINK)


def _show(console: Console, name: str, planned: pl.LazyFrame, limit: int | None) -> int:
    """Print the first changes of an entity; how many are left."""
    changes = _changes(planned, name, limit)
    if changes:
        _print(console, name, changes)
    return height(planned) - len(changes)


def _print(console: Console, name: str, changes: list[dict[str, Any]]) -> None:
    table = Table(
        box=box.SIMPLE_HEAD, title=entity(name).plural, title_justify="left", title_style="bold", pad_edge=False
    )
    for heading in ("change", "id at the source", "name", "field", "old", "new"):
        table.add_column(heading)
    for change in changes:
        _add(table, change)
    console.print(table)


def _add(table: Table, change: dict[str, Any]) -> None:
    head = [change["action"], change["source_key"] or "", change["label"] or ""]
    fields = change["fields"] or [{"field": "", "old": "", "new": ""}]
    for number, field in enumerate(fields):
        cells = [*(head if number == 0 else ["", "", ""]), field["field"], field["old"] or "", field["new"] or ""]
        table.add_row(*(Text(str(cell)) for cell in cells))


def _changes(planned: pl.LazyFrame, name: str, limit: int | None) -> list[dict[str, Any]]:
    frame = (planned if limit is None else planned.head(limit)).collect()
    return [
        {key: row[key] for key in ("action", "source_key", "label")} | {"fields": _fields(name, row)}
        for row in frame.iter_rows(named=True)
    ]


def _fields(name: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    if row["action"] == Action.CREATE:
        return []
    kinds = entity(name)
    return [
        {
            "field": field,
            "old": _shown(kinds.field(field).privacy, row[f"old.{field}"]),
            "new": _shown(kinds.field(field).privacy, row[field]),
        }
        for field in (row["changed"] or "").split(",")
        if field
    ]


def _shown(privacy: Privacy, value: str | None) -> str | None:
    return MASK if value is not None and privacy is Privacy.RESTRICTED else value

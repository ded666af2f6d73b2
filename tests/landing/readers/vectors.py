"""Where the published test files are, and how to read one into rows."""

from pathlib import Path

import polars as pl
import pytest

from rollbook.landing.readers import Limits, Sheet, Template, open_delivery

SHARED = Path(__file__).parents[3] / ".." / "shared"


def shared(name: str) -> Path:
    """A file or folder of the shared reference data; the test is skipped where there is none."""
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"the shared reference data ({name}) is not here")
    return path


def read(path: Path, template: Template = Template(), limits: Limits = Limits()) -> tuple[Sheet, pl.DataFrame]:
    """The only sheet of a delivery and all of its rows."""
    with open_delivery(path, templates={"*": template}, limits=limits) as delivery:
        (sheet,) = delivery.sheets
        return sheet, pl.concat(list(sheet.frames()))


def rows(frame: pl.DataFrame) -> list[tuple[str | None, ...]]:
    """The cells alone."""
    return frame.drop("_line", "_cells").rows()


def lines(frame: pl.DataFrame) -> list[int]:
    """The line numbers alone."""
    return frame["_line"].to_list()

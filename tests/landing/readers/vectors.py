"""Where the published test files are, and how the tests read a file into rows."""

import tempfile
from pathlib import Path

import polars as pl
import pytest

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers import Limits, Sheet, Template, open_delivery

SHARED = Path(__file__).parents[3] / ".." / "shared"
AS_IS = Template()
USUAL = Limits()

Row = tuple[str | None, ...]


def shared(name: str) -> Path:
    """A file or folder of the shared reference data; the test is skipped where there is none."""
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"the shared reference data ({name}) is not here")
    return path


def read(path: Path, template: Template = AS_IS, limits: Limits = USUAL) -> tuple[Sheet, pl.DataFrame]:
    """The only sheet of a delivery and all of its rows."""
    with open_delivery(path, templates={"*": template}, limits=limits) as delivery:
        (sheet,) = delivery.sheets
        return sheet, pl.concat(list(sheet.frames()))


def read_bytes(
    data: bytes, template: Template = AS_IS, limits: Limits = USUAL, name: str = "sheet.csv"
) -> tuple[Sheet, pl.DataFrame]:
    """What a file with these bytes reads as."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        return read(path, template, limits)


def refusal_of(
    data: bytes, template: Template = AS_IS, limits: Limits = USUAL, name: str = "sheet.csv"
) -> ContractBroken:
    """The error that refuses a file with these bytes."""
    with pytest.raises(ContractBroken) as caught:
        read_bytes(data, template, limits, name)
    return caught.value


def rows(frame: pl.DataFrame) -> list[Row]:
    """The cells alone."""
    return frame.drop("_line", "_cells").rows()


def lines(frame: pl.DataFrame) -> list[int]:
    """The line numbers alone."""
    return frame["_line"].to_list()


def codes(sheet: Sheet) -> list[str]:
    """The codes of what was noted about a sheet."""
    return [note.code for note in sheet.notes]

"""What a reader may be told before it opens a file, and what it says about one afterwards."""

from dataclasses import dataclass

from rollbook.core.errors import ContractBroken

MB = 2**20


@dataclass(frozen=True)
class Template:
    """
    How to read one sheet when the file itself does not say.

    `header_row` is the physical line (workbook: row) of the header; 0 means that there is none, and then
    `columns` names the cells by position. `widths` makes it a fixed width sheet: name, first character
    counted from 1, number of characters.
    """

    header_row: int = 1
    columns: tuple[str, ...] = ()
    widths: tuple[tuple[str, int, int], ...] = ()
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class Limits:
    """
    Sizes beyond which a delivery is refused: each is far above any real roster.

    `max_zip_ratio` counts only once a member has grown past `free_expanded_bytes`, so that a small sheet of
    repeated values is no bomb.
    """

    max_file_bytes: int = 4 * 2**30
    max_files: int = 500
    max_zip_ratio: int = 100
    free_expanded_bytes: int = 16 * MB
    max_expanded_bytes: int = 50 * 2**30
    max_columns: int = 2_000
    max_cell_chars: int = 1_000_000
    max_line_bytes: int = 32 * MB
    max_workbook_bytes: int = 256 * MB
    max_workbook_cells: int = 30_000_000


@dataclass(frozen=True)
class Note:
    """A finding about a file, not about one row; the code is catalogued with the issues."""

    code: str
    file: str
    line: int | None
    text: str
    count: int = 1


def refusal(code: str, file: str, happened: str, todo: str) -> ContractBroken:
    """The error that refuses a file: what happened, that nothing was changed, what to do."""
    return ContractBroken(f"{file}: {happened} Nothing was changed. {todo}", code=code, file=file)

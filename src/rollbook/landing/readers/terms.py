"""What a reader may be told before it opens a file, and what it says about one afterwards."""

import codecs
from dataclasses import dataclass

from rollbook.core.errors import ContractBroken, SettingsError

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

    def __post_init__(self) -> None:
        """
        Refuse what cannot work.

        Raises:
            SettingsError: An admin has to mend the template.
        """
        delimiter = self.delimiter
        if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\0\r\n"'):
            raise SettingsError(f"{delimiter!r} cannot be a delimiter. Choose one plain character, such as a comma.")
        if self.encoding is not None and not _is_text_encoding(self.encoding):
            raise SettingsError(f"{self.encoding!r} is no known text encoding. Choose one, such as utf-8 or cp1252.")
        if self.header_row < 0 or any(start < 1 or length < 1 for _, start, length in self.widths):
            raise SettingsError("Rows and characters are counted from 1. Correct the header row and the widths.")


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


def _is_text_encoding(name: str) -> bool:
    try:
        "".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        return False
    return True


def refusal(code: str, file: str, happened: str, todo: str) -> ContractBroken:
    """The error that refuses a file: what happened, that nothing was changed, what to do."""
    return ContractBroken(f"{file}: {happened} Nothing was changed. {todo}", code=code, file=file)

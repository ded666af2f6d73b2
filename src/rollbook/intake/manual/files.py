"""Which files are taken from a page: their names, their sizes, and whether they can be read."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from rollbook.core.errors import RollbookError
from rollbook.intake.names import BadName, is_draft, safe_name
from rollbook.landing.names import holds_sheets
from rollbook.landing.readers import Template, open_delivery

MB = 1_000_000
LARGEST, LARGEST_WORKBOOK, LARGEST_UPLOAD, MOST_FILES = 500 * MB, 50 * MB, 2_000 * MB, 100
"""Sizes in bytes, and a number. Who sends more sends it by SFTP, where an upload goes on that broke off."""

_WORKBOOKS = (".xls", ".xlsx", ".xlsm")


class NotTaken(RollbookError):
    """A file is not kept; the message is for whoever sent it."""


def name_for(sent: str) -> str:
    """
    The name under which a file is kept.

    Raises:
        NotTaken: It is not safe, or names a kind of file that holds no sheets.
    """
    shown = sent if len(sent) <= 60 else f"{sent[:57]}…"
    try:
        name = safe_name(sent)
    except BadName as error:
        raise NotTaken(f"{shown}: {error} It was not kept.") from None
    if not holds_sheets(name) or is_draft(name):
        kinds = "CSV, TSV, TXT, Excel (xlsx, xls) or ZIP"
        raise NotTaken(f"{shown}: this is not a kind of file that holds sheets. It was not kept. Send {kinds}.")
    return name


def largest(name: str) -> int:
    """The most bytes that a file of this name may have."""
    return LARGEST_WORKBOOK if PurePosixPath(name).suffix.lower() in _WORKBOOKS else LARGEST


def judge(path: Path, templates: Mapping[str, Template]) -> None:
    """
    Open a file as a run would.

    Raises:
        ContractBroken: It cannot be read, whatever the person chooses.
    """
    with open_delivery(path, templates=templates):
        pass

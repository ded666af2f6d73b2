"""A district as the data sheets that a school would send, in any of the layouts that schools use."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from simulators.layouts import app_sftp, canvas, clever, finalsite, hub, oneroster, sds
from simulators.model import District
from simulators.table import Sheet

LAYOUTS: dict[str, Callable[[District], list[Sheet]]] = {
    "oneroster_11": oneroster.sheets_11,
    "oneroster_12": oneroster.sheets_12,
    "sds_v1": sds.sheets_v1,
    "sds_v21": sds.sheets_v21,
    "clever": clever.sheets,
    "canvas_sis": canvas.sheets,
    "app_sftp": app_sftp.sheets,
    "finalsite_open": finalsite.sheets,
    "hub_v1": hub.sheets,
}


def make_sheets(district: District, layout: str) -> list[Sheet]:
    """
    The files of one layout, in the order in which they refer to each other.

    A file without rows is left out: with only a header it would look like a broken export.
    """
    return [sheet for sheet in LAYOUTS[layout](district) if sheet.rows]


def write(sheets: Sequence[Sheet], target: Path) -> None:
    """Write the sheets into a folder, or into one file when the target ends in .zip."""
    if target.suffix == ".zip":
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w") as package:
            for sheet in sheets:
                # A fixed time of writing: the same district gives the same bytes.
                entry = zipfile.ZipInfo(sheet.name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                package.writestr(entry, sheet.content())
        return
    target.mkdir(parents=True, exist_ok=True)
    for sheet in sheets:
        (target / sheet.name).write_bytes(sheet.content())

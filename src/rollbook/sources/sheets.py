"""Data sheets: CSV, text and workbook files that arrived by upload, SFTP or from a folder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rollbook.core.errors import ContractBroken, SettingsError
from rollbook.core.layout import Layout
from rollbook.landing.contents import NOTHING, Contents
from rollbook.landing.readers import Delivery, Sheet, Template, open_delivery
from rollbook.landing.rowset import RowSet
from rollbook.landing.store import Keep, Landing, land, land_again
from rollbook.sources import layouts

SURE = 0.5


@dataclass(frozen=True)
class Opened:
    """A delivery that is open for reading, and the layout its files have."""

    delivery: Delivery
    layout: Layout

    def land(self, keep: Keep) -> "Received":
        """
        Read the rows.

        Args:
            keep: What becomes of them.

        Raises:
            ContractBroken: A file cannot be read, or none is a sheet of the layout.
        """
        modes = manifest(self.delivery)
        absent = {sheet.name for sheet in self.layout.sheets if modes.get(sheet.name.casefold()) == "absent"}
        landing = land(self.delivery, self.layout, keep, absent)
        _compare_manifest(modes, self.delivery, landing)
        if not landing.sheets:
            raise ContractBroken(
                f"None of the files is a sheet of the layout {self.layout.title}. Nothing was changed. "
                "Check the files, or choose another layout.",
                code="file-unknown",
            )
        partial = {sheet.name for sheet in self.layout.sheets if modes.get(sheet.name.casefold()) == "delta"}
        return Received(self.layout, landing, partial)

    def land_again(self, received: "Received", keep: Keep, parts: Mapping[int, int]) -> None:
        """See `landing.store.land_again`."""
        land_again(self.delivery, received.landing, keep, parts)


@dataclass(frozen=True)
class Received:
    """
    One delivery, landed.

    Args:
        partial: Sheets that only hold changes (a OneRoster manifest says `delta`).
    """

    layout: Layout
    landing: Landing
    partial: set[str] = field(default_factory=set)

    def digest(self, rows: RowSet) -> str:
        """Of what was received and what it may stand for, whatever the order of the rows."""
        sheets = sorted((file.sheet, sorted(file.columns.values())) for file in self.landing.files)
        return repr([self.layout.name, sorted(self.partial), sheets, rows.digest()])


@contextmanager
def opened(
    path: Path, layout: Layout | None, templates: Mapping[str, Template], seen: Contents = NOTHING
) -> Iterator[Opened]:
    """
    Open a folder, file or zip.

    Args:
        layout: None = recognise it.

        seen: What lay there before, so that no file that is still the same is hashed twice.

    Raises:
        SettingsError: The path is not there.

        ContractBroken: The files cannot be read, or fit no layout.
    """
    if not path.exists():
        raise SettingsError(f"There is no file or folder {path}. Nothing was read. Check the path.")
    with open_delivery(path, templates=templates, seen=seen) as delivery:
        yield Opened(delivery, layout or _recognised(delivery))


def _recognised(delivery: Delivery) -> Layout:
    name, score = layouts.best((sheet.stem, tuple(sheet.header)) for sheet in delivery.sheets)
    if score < SURE:
        names = ", ".join(sheet.file for sheet in delivery.sheets[:5])
        raise ContractBroken(
            f"The files ({names}) fit none of the known layouts. Nothing was changed. "
            "Name the layout, or describe your own (see the page on layouts).",
            code="file-unknown",
        )
    return layouts.load(name)


def manifest(delivery: Delivery) -> dict[str, str]:
    """Sheet (without case) -> absent, bulk or delta, as a OneRoster manifest says; empty without one."""
    for sheet in delivery.sheets:
        if sheet.stem.casefold() == "manifest" and {"propertyName", "value"} <= set(sheet.header):
            return _modes(sheet)
    return {}


def _modes(sheet: Sheet) -> dict[str, str]:
    rows = [row for frame in sheet.frames() for row in frame.select("propertyName", "value").rows()]
    return {
        str(name)[5:].casefold(): str(value).strip().casefold() for name, value in rows if str(name).startswith("file.")
    }


def _compare_manifest(modes: Mapping[str, str], delivery: Delivery, landing: Landing) -> None:
    """Say where the manifest and the files differ; the files decide."""
    sent = {sheet.stem.casefold() for sheet in delivery.sheets}
    for name, mode in sorted(modes.items()):
        if mode == "absent" and name in sent:
            landing.note(
                "manifest-differs",
                "manifest.csv",
                detail=f"The manifest says that {name} is absent, and it came; it was read.",
            )
        if mode in ("bulk", "delta") and name not in sent:
            landing.note("manifest-differs", "manifest.csv", detail=f"The manifest names {name}, and it did not come.")

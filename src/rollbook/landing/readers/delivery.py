"""A folder, a file or a zip -> the sheets of one delivery."""

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType

from rollbook.landing.readers import chunks
from rollbook.landing.readers.encoding import survey_bytes
from rollbook.landing.readers.sheet import Sheet
from rollbook.landing.readers.terms import Limits, Note, Template, refusal
from rollbook.landing.readers.textsheet import DelimitedSheet


class Delivery:
    """Sheets that belong together; a context manager that closes what they read from."""

    def __init__(self, sheets: tuple[Sheet, ...], notes: list[Note]) -> None:
        self.sheets, self.notes = sheets, notes
        self.digest = _digest_of(sheets)

    def __enter__(self) -> "Delivery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def open_delivery(path: Path, *, templates: Mapping[str, Template] = {}, limits: Limits = Limits()) -> Delivery:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    sheets = tuple(_open_text(file, templates, limits) for file in files)
    return Delivery(sheets, [])


def _open_text(path: Path, templates: Mapping[str, Template], limits: Limits) -> Sheet:
    def blocks() -> Iterator[bytes]:
        return chunks.blocks_of(path.open("rb"))

    template = next((t for glob, t in templates.items() if fnmatch.fnmatch(path.name, glob)), Template())
    survey = survey_bytes(path.name, blocks, template.encoding)
    return DelimitedSheet(path.name, PurePosixPath(path.name).stem, blocks, survey, template, limits)


def _digest_of(sheets: tuple[Sheet, ...]) -> str:
    """One digest for all, whatever their order."""
    lines = sorted(f"{sheet.digest} {sheet.file}\n" for sheet in sheets)
    return hashlib.blake2b("".join(lines).encode(), digest_size=16).hexdigest()

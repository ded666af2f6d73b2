"""Frames -> the files of a layout, in a folder or in one zip."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout

MANIFEST = "manifest"


class Files:
    """
    The files of one export while they are made, beside the place where they will be.

    Args:
        target: What the person is told: the folder, or the zip.
    """

    def __init__(self, scratch: Path, target: Path, layout: Layout) -> None:
        self.target = target
        self._scratch, self._layout = scratch, layout

    def write(self, sheet: str, frames: Iterator[pl.DataFrame]) -> int:
        """Write a sheet a batch at a time; a sheet without rows gives no file. Returns the number of rows."""
        first = next(frames, None)
        if first is None:
            return 0
        rows = 0
        with (self._scratch / self._name(sheet)).open("wb") as file:
            while first is not None:
                first.write_csv(
                    file,
                    include_header=rows == 0,
                    separator=self._layout.delimiter,
                    line_terminator="\r\n",
                    quote_style="necessary",
                )
                rows += first.height
                first = next(frames, None)
        return rows

    def finish_folder(self) -> None:
        """Put the files into the folder; those of an earlier export that are no more go."""
        for sheet in (MANIFEST, *(s.name for s in self._layout.sheets)):
            made, placed = self._scratch / self._name(sheet), self.target / self._name(sheet)
            if made.exists():
                made.replace(placed)
            else:
                placed.unlink(missing_ok=True)

    def finish_zip(self) -> None:
        """Put the files at the root of a zip."""
        unfinished = self._scratch / "unfinished"
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(self._scratch.glob(f"*.{self._layout.extension}")):
                archive.write(path, path.name)
        unfinished.replace(self.target)

    def _name(self, sheet: str) -> str:
        return f"{sheet}.{self._layout.extension}"


@contextmanager
def package(folder: Path, layout: Layout, *, zipped: bool) -> Iterator[Files]:
    """
    Files that appear in `folder` together, when the block ends well.

    Raises:
        SettingsError: The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be written ({error.strerror}). Nothing was exported.") from error
    try:
        files = Files(scratch, folder / f"{layout.name}.zip" if zipped else folder, layout)
        yield files
        if zipped:
            files.finish_zip()
        else:
            files.finish_folder()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

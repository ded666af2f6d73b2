"""A folder, a file or a zip -> the sheets of one delivery."""

import fnmatch
import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import MappingProxyType, TracebackType
from typing import BinaryIO

from rollbook.core.errors import ContractBroken
from rollbook.landing.contents import NOTHING, Contents, Stamp, shown, stamp
from rollbook.landing.names import holds_sheets, is_draft
from rollbook.landing.readers import workbook
from rollbook.landing.readers.archive import member_blocks, open_archive
from rollbook.landing.readers.chunks import BLOCK
from rollbook.landing.readers.encoding import Blocks, survey_bytes
from rollbook.landing.readers.fixed import FixedSheet
from rollbook.landing.readers.sheet import Sheet
from rollbook.landing.readers.terms import Limits, Note, Template, refusal
from rollbook.landing.readers.textsheet import DelimitedSheet

NO_TEMPLATES: Mapping[str, Template] = MappingProxyType({})
NO_LIMITS_SET = Limits()
FILES_AT_ONCE = 2

_HIDDEN = re.compile(r"^~|^(thumbs\.db|desktop\.ini)$", re.I)
_ABOUT = re.compile(r"^(read[-_ ]?me|licen[cs]e|changelog)\b", re.I)
_OTHER_TYPES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"PAR1": "a Parquet file",
}
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|table|!--)", re.I)


class Delivery:
    """Sheets that belong together; as a context manager it closes what they read from."""

    def __init__(self, sheets: tuple[Sheet, ...], notes: list[Note], closing: ExitStack) -> None:
        self.sheets, self.notes = sheets, notes
        self._closing = closing

    def __enter__(self) -> "Delivery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


def open_delivery(
    path: Path,
    *,
    templates: Mapping[str, Template] = NO_TEMPLATES,
    limits: Limits = NO_LIMITS_SET,
    seen: Contents = NOTHING,
) -> Delivery:
    """
    Open what was sent: a folder, one file, or a zip of files. What a file is, its content says.

    Every file is read once here, for its digest and its encoding, so that a refusal comes before the first row.

    Args:
        path: The folder or file. Files in a folder that are hidden, unfinished, of another kind or about the
            delivery are left out, which is noted.

        templates: File name patterns ("staff*.txt"; for a sheet of a workbook also its name) and how to read
            what they match; the first that matches counts.

        seen: What lay there before: the digest of a file that has not changed since is not taken again.

    Raises:
        ContractBroken: Something in the delivery cannot be read; then none of it is.
    """
    with ExitStack() as closing:
        opener = _Opener(templates, limits, seen, closing)
        if path.is_dir():
            opener.open_folder(path)
        else:
            opener.open_file(path)
        if not opener.sheets:
            happened = "there is no sheet in this delivery."
            raise refusal("file-empty", path.name, happened, "Send CSV, text or Excel files, or a zip of them.")
        return Delivery(tuple(opener.sheets), opener.notes, closing.pop_all())


class _Opener:
    """Collects the sheets of one delivery."""

    def __init__(self, templates: Mapping[str, Template], limits: Limits, seen: Contents, closing: ExitStack) -> None:
        self.templates, self.limits, self.seen, self.closing = templates, limits, seen, closing
        self.sheets: list[Sheet] = []
        self.notes: list[Note] = []

    def open_folder(self, folder: Path) -> None:
        entries = _listed(folder)
        if len(entries) > self.limits.max_files:
            happened = f"the folder holds more than {self.limits.max_files} files."
            raise refusal("too-many-files", folder.name, happened, "Send only the sheets.")
        with ThreadPoolExecutor(FILES_AT_ONCE) as threads:
            for one in threads.map(self._entry, entries):
                self.sheets += one.sheets
                self.notes += one.notes

    def _entry(self, entry: Path) -> "_Opener":
        """One entry of a folder, opened by itself."""
        alone = _Opener(self.templates, self.limits, self.seen, self.closing)
        if entry.is_symlink() or not entry.is_file():
            alone._ignore(shown(entry.name), "It is a folder or a link, not a file")
        elif alone._is_wanted(shown(entry.name), shown(entry.name)):
            alone.open_file(entry)
        return alone

    def open_file(self, path: Path) -> None:
        file = shown(path.name)
        blocks = _FileBytes(path, file, self.limits)
        head = next(blocks(), b"")
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            stream = self.closing.enter_context(path.open("rb"))
            self._open_zip(file, stream, path.stat().st_size, blocks)
        else:
            self._open_plain(file, blocks, head, self.seen.known(file, blocks.seen))

    def _open_zip(self, file: str, stream: BinaryIO, size: int, blocks: Blocks) -> None:
        archive = self.closing.enter_context(open_archive(file, stream, size, self.limits))
        if workbook.is_workbook(archive):
            workbook.judge_workbook(file, archive, self.limits)
            self._open_workbook(file, blocks)
            return
        for member in archive.infolist():
            name = f"{file}/{member.filename}"
            if not member.is_dir() and self._is_wanted(name, PurePosixPath(member.filename).name, member.filename):
                self._open_member(name, archive, member)

    def _open_member(self, name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        if member.file_size > self.limits.max_file_bytes:
            raise _too_large(name, self.limits.max_file_bytes)

        def blocks() -> Iterator[bytes]:
            return member_blocks(name, archive, member)

        head = next(blocks(), b"")
        if not head.startswith(b"PK\x03\x04"):
            self._open_plain(name, blocks, head)
            return
        data = self._whole(name, blocks)
        with open_archive(name, io.BytesIO(data), len(data), self.limits) as inner:
            if not workbook.is_workbook(inner):
                raise refusal("zip-nested", name, "it is a zip within a zip.", "Put the sheets into one zip.")
            workbook.judge_workbook(name, inner, self.limits)
        self._open_workbook(name, blocks)

    def _open_plain(self, file: str, blocks: Blocks, head: bytes, digest: str | None = None) -> None:
        """Open what is no zip: an old workbook or text."""
        if head.startswith(workbook.OLE):
            self._open_workbook(file, blocks)
            return
        other = next((kind for start, kind in _OTHER_TYPES.items() if head.startswith(start)), None)
        if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
            other = "XML or a web page"
        if other:
            raise refusal("file-type", file, f"it is {other}.", "Export it as CSV, text or Excel.")
        template = self._template(PurePosixPath(file).name)
        survey = survey_bytes(file, blocks, template.encoding, digest)
        kind = FixedSheet if template.widths else DelimitedSheet
        self.sheets.append(kind(file, PurePosixPath(file).stem, blocks, survey, template, self.limits))

    def _open_workbook(self, file: str, blocks: Blocks) -> None:
        data = self._whole(file, blocks)
        digest = hashlib.sha256(data).hexdigest()
        name = PurePosixPath(file).name
        sheets, notes = workbook.open_sheets(
            file, data, digest, lambda sheet: self._template(name, sheet, f"{name}/{sheet}"), self.limits
        )
        self.sheets += sheets
        self.notes += notes

    def _whole(self, file: str, blocks: Blocks) -> bytes:
        data = bytearray()
        for block in blocks():
            data += block
            if len(data) > self.limits.max_workbook_bytes:
                raise _too_large(file, self.limits.max_workbook_bytes)
        return bytes(data)

    def _template(self, *names: str) -> Template:
        for pattern, template in self.templates.items():
            if any(fnmatch.fnmatchcase(name.casefold(), pattern.casefold()) for name in names):
                return template
        return Template()

    def _is_wanted(self, file: str, name: str, path: str = "") -> bool:
        if is_draft(name) or _HIDDEN.search(name) or path.startswith("__MACOSX/"):
            return self._ignore(file, "It is hidden or unfinished")
        if _ABOUT.search(name):
            return self._ignore(file, "It is about the delivery, not data")
        if not holds_sheets(name):
            return self._ignore(file, "It is not a kind of file that holds sheets")
        return True

    def _ignore(self, file: str, reason: str) -> bool:
        self.notes.append(Note("file-ignored", file, None, f"{reason}, so it was left out."))
        return False


class _FileBytes:
    """The bytes of a file, as often as asked for, as long as it stays the same file."""

    def __init__(self, path: Path, file: str, limits: Limits) -> None:
        self.path, self.file, self.limits = path, file, limits
        self.seen: Stamp | None = None

    def __call__(self) -> Iterator[bytes]:
        try:
            self._judge(self.path.stat())  # before opening: to open a pipe would wait for its writer
            with self.path.open("rb") as stream:
                self._judge(os.fstat(stream.fileno()))
                while block := stream.read(BLOCK):
                    yield block
        except OSError as error:
            happened = f"the file cannot be read ({error.strerror})."
            raise refusal("file-unreadable", self.file, happened, "Check that it is there and may be read.") from None

    def _judge(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise refusal("file-type", self.file, "it is not a regular file.", "Send a file or a folder.")
        if status.st_size > self.limits.max_file_bytes:
            raise _too_large(self.file, self.limits.max_file_bytes)
        now = stamp(status)
        if self.seen not in (None, now):
            happened = "the file changed while it was read."
            raise refusal("file-changed", self.file, happened, "Send it again, and rename it only once it is whole.")
        self.seen = now


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        happened = f"the folder cannot be read ({error.strerror})."
        raise refusal("file-unreadable", folder.name, happened, "Check that it is there and may be read.") from None


def _too_large(file: str, limit: int) -> ContractBroken:
    return refusal("file-too-large", file, f"it is larger than {limit:,} bytes.", "Send less in one file.")

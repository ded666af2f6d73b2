"""
Which encoding a file is in, found from all of its bytes, and its text line by line.

A byte order mark decides; else NULs that alternate mean UTF-16; else what is valid UTF-8 is UTF-8; else it is
Windows-1252, unless most of its accents were valid UTF-8.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rollbook_upload.preflight.findings import Finding, Refused

BLOCK = 2**20

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_IN_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_BELOW_WIDE = bytes(range(0xC2))


@dataclass(frozen=True)
class Survey:
    """What one pass over the bytes of a file showed; `fault_line` is the first that is not UTF-8."""

    encoding: str
    fault_line: int
    last_line_ended: bool

    def notes(self, file: str) -> list[Finding]:
        """What is worth telling."""
        notes = []
        if self.fault_line:
            text = "The file is not UTF-8; it was read as Windows-1252. Look at an accented name."
            notes.append(Finding("encoding-fallback", file=file, line=self.fault_line, detail=text))
        if not self.last_line_ended:
            text = "The last line has no line end. Whole files mostly have one: make sure that nothing was cut off."
            notes.append(Finding("file-note", file=file, detail=text))
        return notes


def survey(file: str, path: Path, encoding: str | None = None) -> Survey:
    """
    Find the encoding of a file, or prove the one that it was given.

    Raises:
        Refused: It is empty, holds no text, or is in no encoding that is read.
    """
    judge: _Judge | None = None
    tail = b""
    for block in blocks(path):
        judge = judge or _judge(file, block, encoding)
        tail = (tail + block[-2:])[-2:]
        judge.see(block)
    if judge is None:
        raise Refused("file-empty", file, "the file is empty.", "Export it again and look at its size.")
    try:
        found = judge.verdict()
    except UnicodeError:
        line = _first_fault(path, judge.encoding)
        happened = f"line {line} holds bytes that are not {judge.encoding.upper()} text."
        raise Refused("file-encoding", file, happened, "Export the file again as UTF-8.") from None
    fault_line = _first_fault(path, "utf-8") if judge.faulty else 0
    return Survey(found, fault_line, tail.endswith(("\n".encode(found), "\r".encode(found))))


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file."""
    with path.open("rb") as stream:
        while True:
            block = stream.read(BLOCK)
            if not block:
                return
            yield block


def lines(file: str, path: Path, encoding: str, longest: int) -> Iterator[str]:
    r"""
    The physical lines with their ends: each ends at \n, \r\n or a lone \r. The last gets an end where it lacks one.

    Raises:
        Refused: A line is longer than any line may be.
    """
    with path.open(encoding=encoding, newline="") as stream:
        first = True
        while True:
            line = stream.readline(longest + 1)
            if first:
                first, line = False, line[1:] if line.startswith("\ufeff") else line
                if not line:
                    line = stream.readline(longest + 1)
            if not line:
                return
            if len(line) > longest:
                happened = f"a line is longer than {longest:,} bytes."
                raise Refused("line-too-long", file, happened, "Look at how the export ends its lines.")
            yield line if line.endswith(("\n", "\r")) else line + "\n"


class _Judge:
    """Proves that a file is in the one encoding it claims."""

    faulty = False

    def __init__(self, file: str, encoding: str) -> None:
        self.file, self.encoding = file, encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.decodes = True

    def see(self, block: bytes, final: bool = False) -> None:
        """Look at the next bytes."""
        if not self.decodes:
            return
        try:
            text = self.decoder.decode(block, final)
            text.encode()
        except UnicodeError:
            self.decodes = False
            return
        if "\0" in text:
            raise _binary(self.file)

    def verdict(self) -> str:
        """The encoding; UnicodeError when the bytes are not in it."""
        self.see(b"", final=True)
        if not self.decodes:
            raise UnicodeError
        return self.encoding


class _Utf8Judge(_Judge):
    """Proves UTF-8, or that only Windows-1252 is left."""

    def __init__(self, file: str, only: bool) -> None:
        super().__init__(file, "utf-8")
        self.only, self.fits_cp1252 = only, True
        self.wide_characters = self.faults = 0
        self.lenient = codecs.getincrementaldecoder("utf-8")("replace")

    def see(self, block: bytes, final: bool = False) -> None:
        """Look at the next bytes."""
        if b"\0" in block:
            raise _binary(self.file)
        if block.isascii() and not self.decoder.getstate()[0] and not final:
            return
        if not self.faulty:
            try:
                self.decoder.decode(block, final)
            except UnicodeDecodeError:
                self.faulty = True
                self.faults += final
        if self.faulty:
            self.faults += self.lenient.decode(block).count("\ufffd")
        self.fits_cp1252 = self.fits_cp1252 and not any(code in block for code in _NOT_IN_CP1252)
        self.wide_characters += len(block.translate(None, _BELOW_WIDE))

    def verdict(self) -> str:
        """UTF-8 or Windows-1252; UnicodeError when it is neither."""
        self.see(b"", final=True)
        if not self.faulty:
            return "utf-8"
        if self.only or self.wide_characters > 2 * self.faults or not self.fits_cp1252:
            raise UnicodeError
        return "cp1252"


def _judge(file: str, head: bytes, encoding: str | None) -> _Judge:
    if encoding is not None and encoding != "utf-8":
        return _Judge(file, encoding)
    for mark, marked in _BOMS:
        if head.startswith(mark) and marked != "utf-8":
            return _Judge(file, marked)
    wide = _unmarked_utf16(head)
    if wide and encoding is None:
        return _Judge(file, wide)
    return _Utf8Judge(file, only=encoding is not None or head.startswith(codecs.BOM_UTF8))


def _unmarked_utf16(head: bytes) -> str:
    """UTF-16 of mostly Latin text has a NUL in every other byte, and none in the others."""
    sample = head[: min(len(head), 4096) & ~1]
    if len(sample) < 4:
        return ""
    half = len(sample) / 2
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.6 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd == 0 else ""


def _binary(file: str) -> Refused:
    happened = "the file holds NUL bytes, so it is not a text file."
    return Refused("file-binary", file, happened, "Export it as CSV or Excel, and transfer it in binary mode.")


def _first_fault(path: Path, encoding: str) -> int:
    """The line of the first byte that does not decode."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    for block in blocks(path):
        try:
            line += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].decode(encoding, "replace").count("\n")
    return line

"""
Which encoding a file is in, found from all of its bytes.

A byte order mark decides; else NULs that alternate mean UTF-16; else what is valid UTF-8 is UTF-8; else it is
taken for Windows-1252, unless most of its accents were valid UTF-8: guessing would then garble every name.
"""

import codecs
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers.terms import Note, refusal

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_IN_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_PIECE = 2**15
"""Bytes that are decoded together for a proof: the text made of them stays in the processor's cache."""


Blocks = Callable[[], Iterator[bytes]]
"""The bytes of a file from its start, as often as they are asked for."""


@dataclass(frozen=True)
class Survey:
    """What one pass over the bytes of a file showed."""

    size: int
    digest: str
    encoding: str
    fault_line: int | None
    """The first line that is not UTF-8, when that made the encoding fall back."""
    last_line_ended: bool

    def notes(self, file: str) -> list[Note]:
        """What is worth telling the sender."""
        notes = []
        if self.fault_line:
            text = "The file is not UTF-8; it was read as Windows-1252. Look at an accented name."
            notes.append(Note("encoding-fallback", file, self.fault_line, text))
        if not self.last_line_ended:
            text = "The last line has no line end. Whole files mostly have one: make sure that nothing was cut off."
            notes.append(Note("no-final-newline", file, None, text))
        return notes


def survey_bytes(file: str, blocks: Blocks, encoding: str | None = None, digest: str | None = None) -> Survey:
    """
    Measure a file, take its SHA-256 and find its encoding (or prove the one it was given).

    Args:
        digest: The SHA-256, where somebody has taken it already.

    Raises:
        ContractBroken: file-empty, file-binary or file-encoding.
    """
    sha256, size, tail = hashlib.sha256(), 0, b""
    judge: _Utf8Judge | _FixedJudge | None = None
    hashing: Future[None] | None = None
    with ThreadPoolExecutor(1) as beside:
        for block in blocks():
            judge = judge or _judge(file, block, encoding)
            size += len(block)
            tail = (tail + block[-2:])[-2:]
            if digest is None:
                if hashing:
                    hashing.result()
                hashing = beside.submit(sha256.update, block)
            judge.see(block)
    if judge is None:
        raise refusal("file-empty", file, "the file is empty.", "Export it again and look at its size.")
    try:
        found = judge.verdict()
    except UnicodeError:
        line = _first_fault(blocks(), judge.encoding)
        raise _undecodable(file, line, judge.encoding.upper()) from None
    fell_back_at = _first_fault(blocks(), "utf-8") if judge.faulty else None
    last_line_ended = tail.endswith(("\n".encode(found), "\r".encode(found)))
    return Survey(size, digest or sha256.hexdigest(), found, fell_back_at, last_line_ended)


def decoded(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The blocks as UTF-8, without the byte order mark; the survey has proven that they decode."""
    started = False
    decoder = codecs.getincrementaldecoder(encoding)()
    for block in blocks:
        text = block if encoding == "utf-8" else decoder.decode(block).encode()
        if not started and text:
            started = True
            text = text.removeprefix(codecs.BOM_UTF8)
        yield text


def _judge(file: str, head: bytes, encoding: str | None) -> "_Utf8Judge | _FixedJudge":
    if encoding is not None and encoding != "utf-8":
        return _FixedJudge(file, encoding)
    for mark, marked in BOMS:
        if head.startswith(mark) and marked != "utf-8":
            return _FixedJudge(file, marked)
    wide = _unmarked_utf16(head)
    if wide and encoding is None:
        return _FixedJudge(file, wide)
    return _Utf8Judge(file, only=encoding is not None or head.startswith(codecs.BOM_UTF8))


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a NUL in every other byte, and none in the others."""
    sample = np.frombuffer(head[: min(len(head), 4096) & ~1], dtype=np.uint8)
    if len(sample) < 4:
        return None
    even, odd = float(np.mean(sample[0::2] == 0)), float(np.mean(sample[1::2] == 0))
    if odd > 0.6 and even == 0:
        return "utf-16-le"
    if even > 0.6 and odd == 0:
        return "utf-16-be"
    return None


def _binary(file: str) -> ContractBroken:
    return refusal(
        "file-binary",
        file,
        "the file holds NUL bytes, so it is not a text file.",
        "Export it as CSV or Excel, and transfer it in binary mode.",
    )


def _undecodable(file: str, line: int, encoding: str) -> ContractBroken:
    return refusal(
        "file-encoding",
        file,
        f"line {line} holds bytes that are not {encoding} text.",
        "Export the file again as UTF-8.",
    )


def _first_fault(blocks: Iterator[bytes], encoding: str) -> int:
    """The line of the first byte that does not decode."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    for block in blocks:
        try:
            line += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].decode(encoding, "replace").count("\n")
    return line


class _FixedJudge:
    """Proves that a file is in the one encoding it claims."""

    faulty = False

    def __init__(self, file: str, encoding: str) -> None:
        self.file, self.encoding = file, encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.decodes = True

    def see(self, block: bytes, final: bool = False) -> None:
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
        self.see(b"", final=True)
        if not self.decodes:
            raise UnicodeError
        return self.encoding


class _Utf8Judge:
    """Proves UTF-8, or that only Windows-1252 is left."""

    encoding = "utf-8"

    def __init__(self, file: str, only: bool) -> None:
        self.file, self.only = file, only
        self.faulty, self.fits_cp1252 = False, True
        self.wide_characters = self.faults = 0
        self.strict = codecs.getincrementaldecoder("utf-8")()
        self.lenient = codecs.getincrementaldecoder("utf-8")("replace")

    def see(self, block: bytes, final: bool = False) -> None:
        if b"\0" in block:
            raise _binary(self.file)
        if block.isascii() and not self.strict.getstate()[0] and not final:
            return
        if not self.faulty:
            try:
                self._prove(block, final)
            except UnicodeDecodeError:
                self.faulty = True
                self.faults += final
        if self.faulty:
            self.faults += self.lenient.decode(block).count("\ufffd")
        self.fits_cp1252 &= not any(code in block for code in _NOT_IN_CP1252)
        self.wide_characters += int(np.count_nonzero(np.frombuffer(block, np.uint8) >= 0xC2))

    def _prove(self, block: bytes, final: bool) -> None:
        view = memoryview(block)
        for start in range(0, len(block), _PIECE):
            self.strict.decode(view[start : start + _PIECE])
        self.strict.decode(b"", final)

    def verdict(self) -> str:
        self.see(b"", final=True)
        if not self.faulty:
            return "utf-8"
        garbled = self.wide_characters > 2 * self.faults
        if self.only or garbled or not self.fits_cp1252:
            raise UnicodeError
        return "cp1252"

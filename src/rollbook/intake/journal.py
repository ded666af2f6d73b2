"""
Small files and their rows, one behind the other in one file, so that one short visit to the disk makes each safe.

    ROLLBOOK_HOME/journal/1, 2     written in turn; while one is written, what the other holds finds its place

Their length never changes, so nothing but the record itself has to reach the disk: a fraction of what a file of its own
takes, whatever else the disk is busy with. A record counts once it is wholly there. What stands here is placed in the
inbox and entered in the database a moment later; a server that starts makes up for what had not come to that.
"""

import os
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from struct import Struct

from rollbook.intake.models import ReceivedFile

LARGEST = 64 << 10
"""Bytes of a file that is worth writing twice."""

SIZE = 8 << 20

_head = Struct(">16sI")  # the name of this filling; bytes that follow
_fields = Struct(">I16sQ32sddddHH")
_BLANK = bytes(16)


@dataclass(frozen=True)
class Record:
    """One file: its row, its content, and its times (accessed, modified) if its sender gave them."""

    row: ReceivedFile
    content: bytes
    times: tuple[int, int] | None = None


class Journal:
    """One of the two files. Filled from its beginning, then emptied as a whole."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._number).st_size != SIZE:
            os.pwrite(self._number, bytes(SIZE), 0)  # real blocks: what is only promised is given at each write
            os.ftruncate(self._number, SIZE)
            os.fsync(self._number)
        self._name = _BLANK
        self._at = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written since it was emptied."""
        return self._at == 0

    def add(self, record: Record) -> bool:
        """Write a record down; `sync` makes it safe. False: it is full."""
        body = _packed(record)
        if self._at + 2 * _head.size + len(body) > SIZE:
            return False
        if self.is_empty:
            self._name = uuid.uuid4().bytes
        os.pwrite(self._number, _head.pack(self._name, len(body)) + body, self._at)
        self._at += _head.size + len(body)
        return True

    def sync(self) -> None:
        """Bring what was written to the disk."""
        os.fdatasync(self._number)

    def empty(self) -> None:
        """All that it holds has found its place, on the disk and in the database."""
        os.pwrite(self._number, _head.pack(_BLANK, 0), 0)
        os.fdatasync(self._number)
        self._at = 0

    def records(self) -> Iterator[Record]:
        """What it held when its server ended; the last record may not be whole, and is none then."""
        at, name = 0, None
        while at + _head.size < SIZE:
            found, length = _head.unpack(os.pread(self._number, _head.size, at))
            if found == _BLANK or found != (name or found):
                return
            name = found
            body = os.pread(self._number, length, at + _head.size)
            if len(body) != length or (record := _unpacked(body)) is None:
                return
            yield record
            at += _head.size + length

    def close(self) -> None:
        """Done."""
        os.close(self._number)


def both(home: Path) -> tuple[Journal, Journal]:
    """The two of a hub, made when they are not there."""
    return Journal(home / "journal" / "1"), Journal(home / "journal" / "2")


def _packed(record: Record) -> bytes:
    row = record.row
    path, client = row.path.encode(), row.client.encode()
    ended = row.ended or row.began
    fixed = _fields.pack(
        row.account_id,
        row.upload.bytes,
        row.size,
        bytes.fromhex(row.sha256),
        row.began.timestamp(),
        ended.timestamp(),
        *(record.times or (-1, -1)),
        len(path),
        len(client),
    )
    body = fixed + path + client + record.content
    return zlib.crc32(body).to_bytes(4, "big") + body


def _unpacked(packed: bytes) -> Record | None:
    body = packed[4:]
    if len(body) < _fields.size or zlib.crc32(body).to_bytes(4, "big") != packed[:4]:
        return None
    account, upload, size, digest, began, ended, accessed, modified, path, client = _fields.unpack_from(body)
    at = _fields.size
    row = ReceivedFile(
        account_id=account,
        upload=uuid.UUID(bytes=upload),
        path=body[at : at + path].decode(),
        state=ReceivedFile.State.WHOLE,
        size=size,
        sha256=digest.hex(),
        client=body[at + path : at + path + client].decode(),
        began=_moment(began),
        ended=_moment(ended),
    )
    times = (int(accessed), int(modified)) if modified >= 0 else None
    return Record(row, body[at + path + client :], times)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)

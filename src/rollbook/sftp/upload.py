"""
One file that is being received.

It is written beside the inbox. When its sender closes it, it is brought to the disk, its checksum is entered in the
database, and it is moved into the inbox; only then the sender is told that it is stored. Whatever fails before that is
told as a failure, and a connection that breaks leaves a part that can be resumed.
"""

import asyncio
import hashlib
import logging
import os
import uuid
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.utils import timezone

from rollbook.intake import store
from rollbook.intake.faults import is_database_fault
from rollbook.intake.journal import LARGEST, Record
from rollbook.intake.models import ReceivedFile
from rollbook.sftp.desk import Desk
from rollbook.sftp.ledger import Ledger
from rollbook.sftp.wire import Code, NotStored, Refusal

log = logging.getLogger("rollbook.sftp")

State = ReceivedFile.State

_SHORT = 4 << 20  # bytes that are on the disk soon
_SLOW = 1.0  # seconds after which an upload is entered while it goes on; most files are whole before


class Upload:
    """
    An open file of one session.

    Args:
        number: The open file. Closed with the upload.

        size: What is there already, when an earlier upload goes on.

        is_first: Nothing was there under its path.
    """

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        path: str,
        number: int,
        client: str,
        *,
        size: int = 0,
        is_first: bool = False,
    ) -> None:
        self.path, self.size = path, size
        self.part = desk.folder.parts / path  # where it lies until it is whole
        self.finished: asyncio.Future[None] | None = None  # there while the file is being finished
        self.is_appended = False
        self.times: tuple[int, int] | None = None
        self._desk, self._ledger, self._number = desk, ledger, number
        self._inode = os.fstat(number).st_ino
        self._client, self._began, self._id = client, timezone.now(), uuid.uuid4()
        self._is_first = is_first  # until something of it is entered
        self._digest = hashlib.sha256() if size == 0 else None  # of what came in order; None: to be read again
        self._hashed = 0
        self._why_not = ""
        self._has_gap = False  # a block was refused: what is there is not what was sent
        self._late = asyncio.get_running_loop().call_later(_SLOW, self._enter_late)

    def write(self, offset: int, block: memoryview) -> None:
        """
        Keep a block.

        Raises:
            Refusal: There is no room for it, or somebody else writes this file now.
        """
        if self._why_not:
            raise Refusal(Code.FAILURE, self._why_not)
        try:
            self._write(offset, block)
        except (Refusal, OSError):
            self._has_gap = True
            raise

    def _write(self, offset: int, block: memoryview) -> None:
        if self.is_appended:
            offset = self.size
        end = offset + len(block)
        if end > self.size:
            self._desk.take_bytes(end - self.size, end)
            self.size = end
        written = os.pwrite(self._number, block, offset)
        while written < len(block):
            written += os.pwrite(self._number, block[written:], offset + written)
        if self._digest is not None:
            if offset == self._hashed:
                self._digest.update(block)
                self._hashed = end
            else:
                self._digest = None

    def read(self, offset: int, length: int) -> bytes:
        """What is there."""
        return os.pread(self._number, length, offset)

    def truncate(self, size: int) -> None:
        """
        Cut it off, or fill it up with zeros.

        Raises:
            Refusal: There is no room for it.
        """
        if size == self.size:
            return
        if size > self.size:
            self._desk.take_bytes(size - self.size, size)
        else:
            self._desk.give_back(self.size - size)
        os.ftruncate(self._number, size)
        self.size = size
        self._digest, self._hashed = (hashlib.sha256(), 0) if size == 0 else (None, 0)

    async def finish(self) -> None:
        """
        Make it whole.

        Raises:
            Refusal: It could not be stored. The part stays, and counts as broken off.
        """
        if self._has_gap:
            self.break_off("A part of the file was refused. The file is not stored.")
        if self._why_not:
            raise Refusal(Code.FAILURE, self._why_not)
        self.finished = asyncio.get_running_loop().create_future()
        self._late.cancel()
        try:
            await self._finish()
        except Exception as failure:
            self._note(State.PARTIAL)
            log.error("sftp.not_stored login=%s", self._desk.account.login, exc_info=failure)
            cause = "The hub's database is away." if is_database_fault(failure) else "The hub's disk fails."
            raise NotStored(f"{cause} The file is not stored; send it again.") from failure
        finally:
            os.close(self._number)
            self.finished.set_result(None)
            if self._desk.uploads.get(self.path) is self:
                del self._desk.uploads[self.path]

    async def _finish(self) -> None:
        digest = self._digest.hexdigest() if self._digest is not None and self._hashed == self.size else ""
        if self.times is not None:
            os.utime(self._number, self.times)
        if not digest:
            digest, _ = await asyncio.to_thread(store.checksum, self.part)
        row = self._row_as(State.WHOLE)
        row.sha256 = digest
        if not await self._store_quickly(row):
            await self._store(row)
        log.info("sftp.stored login=%s bytes=%d", self._desk.account.login, self.size)

    async def _store_quickly(self, row: ReceivedFile) -> bool:
        """By the journal, for one small file of many: then the database need not be waited for. False: it is none."""
        if not (self._desk.is_in_a_hurry() and self.size <= LARGEST and self._ledger.is_well()):
            return False
        content = os.pread(self._number, self.size, 0)
        done = await self._desk.quick.keep(Record(row, content, self.times))
        if done is None:
            return False
        asyncio.get_running_loop().call_soon(self._place, row, done)  # first the sender is told, then asks for more
        return True

    def _place(self, row: ReceivedFile, done: Callable[[], None]) -> None:
        try:
            self._move()
        except OSError:
            log.exception("sftp.not_placed login=%s", self._desk.account.login)  # the next start does it
            return
        self._ledger.enter_soon(row, is_first=self._is_first)
        done()

    async def _store(self, row: ReceivedFile) -> None:
        """Enter it, then move it: the row says what was meant."""
        number = self._number if settings.SFTP_SYNC else None
        if number is not None and self.size > _SHORT:
            await asyncio.to_thread(os.fsync, number)
            number = None
        is_first = self._is_first
        await self._ledger.write(lambda: store.enter(row, is_first=is_first), sync=number)
        self._move()

    def _move(self) -> None:
        place, part = self._desk.folder.inbox / self.path, self.part
        if not self._is_first:
            with suppress(FileNotFoundError):
                self._desk.give_back(place.stat().st_size, files=1)
        if part.stat().st_ino != self._inode:
            raise RuntimeError("the part is not the one that was written")
        part.replace(place)

    def break_off(self, why: str = "") -> None:
        """
        The connection is gone, or another upload takes its place: what came is a part.

        Args:
            why: What its sender is told, if it is still there.
        """
        if self._why_not or self.finished is not None:
            return
        self._why_not = why or "The connection was lost."
        self._late.cancel()
        os.close(self._number)
        if self._desk.uploads.get(self.path) is self:
            del self._desk.uploads[self.path]
        self._note(State.PARTIAL)

    def _enter_late(self) -> None:
        self._note(State.RECEIVING)

    def _note(self, state: ReceivedFile.State) -> None:
        self._is_first = False
        row = self._row_as(state)
        self._ledger.note(lambda: store.enter(row))

    def _row_as(self, state: ReceivedFile.State) -> ReceivedFile:
        """What is known of it now."""
        return ReceivedFile(
            account_id=self._desk.account.pk,
            upload=self._id,
            path=self.path,
            state=state,
            size=self.size,
            client=self._client,
            began=self._began,
            ended=None if state == State.RECEIVING else timezone.now(),
        )

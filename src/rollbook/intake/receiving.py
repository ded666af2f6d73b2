"""
The draft of an upload over HTTPS while somebody holds it: bytes in, a whole file in the inbox out.

The lock is one of the kernel on the open file: it ends with the process that held it.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from django.db import connection, transaction
from django.utils import timezone

from rollbook.core.errors import RollbookError
from rollbook.intake import store
from rollbook.intake.models import Account, ReceivedFile, ResumableUpload

log = logging.getLogger("rollbook.api")

State = ReceivedFile.State
LASTS = timedelta(hours=24)
"""How long an upload waits for its sender to go on."""

KNOWN = timedelta(days=7)
"""How long the end of an upload is told to a sender who asks."""

_WITH_FILE = ResumableUpload.objects.select_related("file__account__integration__tenant")
_SHORT = 1_000_000  # bytes that are here soon
_AGAIN = timedelta(seconds=15)  # after which somebody else looks whether a file was moved


class Gone(RollbookError):
    """The upload has ended without being finished."""

    def __init__(self) -> None:
        super().__init__(
            "This upload has ended: it expired, was taken back, or the same file was sent anew. Nothing was stored. "
            "Send the file again from its beginning."
        )


class Busy(RollbookError):
    """Another request writes to the upload right now."""

    def __init__(self) -> None:
        super().__init__(
            "Another request writes to this upload. Nothing was changed. Wait some seconds, then ask again."
        )


class WrongOffset(RollbookError):
    """The upload does not stand where its sender goes on."""

    def __init__(self, here: int, at: int) -> None:
        super().__init__(f"The upload stands at byte {here}, not at {at}. Nothing was changed. Go on at byte {here}.")


class TooLong(RollbookError):
    """More came than was announced."""

    def __init__(self, length: int) -> None:
        super().__init__(f"More than the {length} bytes that were announced came. What came too much was not kept.")


class Mismatch(RollbookError):
    """What came is not what was sent."""


class Check(Protocol):
    """A checksum that is computed while bytes come."""

    def update(self, block: bytes) -> None:
        """Take a block in."""

    def agrees(self) -> bool:
        """Whether it is the one that the sender told."""


def draft_of(upload: ResumableUpload) -> Path:
    """Where an upload lies until it is whole."""
    return store.folder_of(upload.file.account).uploads / str(upload.file.upload)


def is_finished(upload: ResumableUpload) -> bool:
    """Whether its file was stored. It may have been replaced or taken since."""
    return bool(upload.file.sha256) and upload.file.state != State.REMOVED


@contextmanager
def hold(upload: ResumableUpload) -> "Iterator[Receiving]":
    """
    Hold an upload, so that nobody else writes to it. One that was entered and never moved is moved now.

    Raises:
        Busy: Somebody else holds it.

        Gone: It has ended without being finished.
    """
    number = -1
    with suppress(FileNotFoundError):
        number = os.open(draft_of(upload), os.O_RDWR | os.O_NOFOLLOW)
    try:
        if number >= 0:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy from None
        try:
            upload.refresh_from_db(from_queryset=_WITH_FILE)
        except ResumableUpload.DoesNotExist:
            raise Gone from None
        receiving = Receiving(upload, number)
        receiving.settle()
        yield receiving
    finally:
        if number >= 0:
            os.close(number)


class Receiving:
    """
    An upload that is held.

    Args:
        number: Its open draft; -1: there is none any more.
    """

    def __init__(self, upload: ResumableUpload, number: int) -> None:
        self.upload = upload
        self._number = number
        self._digest: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether its file was stored."""
        return is_finished(self.upload)

    @property
    def offset(self) -> int:
        """How much of it is there."""
        return self.upload.length if self.is_finished else size_of(self.upload, os.fstat(self._number).st_size)

    def settle(self) -> None:
        """
        Make up for a process that was killed between the row and the move.

        Raises:
            Gone: It has ended without being finished.
        """
        file = self.upload.file
        if self.is_finished and self._has_draft():
            with _alone(file.account):
                file.refresh_from_db(fields=["state"])
                if file.state in store.CURRENT:
                    log.warning("api.recovered login=%s file=%d", file.account.login, file.pk)
                    self._move()
                else:  # a later one has taken its place
                    draft_of(self.upload).unlink(missing_ok=True)
        elif self.is_finished or (file.state == State.RECEIVING and self._has_draft()):
            return
        else:
            draft_of(self.upload).unlink(missing_ok=True)
            raise Gone

    def add(self, at: int, blocks: Iterable[bytes], check: Check | None = None) -> None:
        """
        Add what comes; with its last byte the file is stored.

        Where the sender is gone in the middle, what came is kept, unless a checksum would have proven it.

        Args:
            at: Where the sender goes on.

        Raises:
            WrongOffset: It does not stand there.

            TooLong: More came than was announced. None of it was kept.

            Mismatch: A checksum does not agree. None of it was kept; of a whole file nothing.

            Gone: Somebody ended it meanwhile.
        """
        if at != self.offset:
            raise WrongOffset(self.offset, at)
        if self.is_finished:
            if any(blocks):
                raise TooLong(self.upload.length)
            return
        self._begin(at, is_proven=check is not None)
        try:
            end = self._write(at, blocks, check)
        except BaseException as failure:
            if check is not None or isinstance(failure, TooLong):
                os.ftruncate(self._number, at)
            self._note()
            raise
        if check is not None and not check.agrees():
            os.ftruncate(self._number, at)
            self._note()
            raise Mismatch("The checksum of this part does not agree. Nothing of it was kept. Send the part again.")
        if end == self.upload.length:
            self.finish()
        else:
            os.fsync(self._number)
            self._note()

    def add_whole(self, blocks: Iterable[bytes]) -> None:
        """
        Take a file that comes in one piece, and store it; its length is a limit until its end is there.

        Raises:
            TooLong: More came than was announced, or than there is room for.

            Mismatch: It is not what its sender says.

            Gone: Somebody ended it meanwhile.
        """
        self._begin(0, is_proven=False)
        self.finish(self._write(0, blocks, None))

    def _begin(self, at: int, *, is_proven: bool) -> None:
        if self.upload.unproven_from is not None:
            os.ftruncate(self._number, at)
        unproven = at if is_proven else None
        if unproven != self.upload.unproven_from:
            self.upload.unproven_from = unproven
            self.upload.save(update_fields=["unproven_from"])
        if self.upload.length > _SHORT and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # nobody needs it while bytes come, which may take hours

    def _write(self, at: int, blocks: Iterable[bytes], check: Check | None) -> int:
        digest = hashlib.sha256() if at == 0 else None
        for block in blocks:
            if at + len(block) > self.upload.length:
                raise TooLong(self.upload.length)
            if digest is not None:
                digest.update(block)
            if check is not None:
                check.update(block)
            rest = memoryview(block)
            while rest:
                written = os.pwrite(self._number, rest, at)
                rest, at = rest[written:], at + written
        self._digest = digest.hexdigest() if digest else ""
        return at

    def _note(self) -> None:
        """What came is proven, or cut off; and its sender was there just now."""
        self.upload.unproven_from, self.upload.due = None, timezone.now() + LASTS
        self.upload.save(update_fields=["unproven_from", "due"])

    def finish(self, length: int | None = None) -> None:
        """
        Make it whole: on the disk, compared, entered, moved.

        Args:
            length: Its length, where that was not known at its beginning.

        Raises:
            Mismatch: It is not what its sender says. Nothing of it was kept.

            Gone: Somebody ended it meanwhile.
        """
        file, folder = self.upload.file, store.prepare(self.upload.file.account)
        os.fsync(self._number)
        digest = self._digest or store.checksum(draft_of(self.upload))[0]
        if self.upload.sha256 and digest != self.upload.sha256:
            os.ftruncate(self._number, 0)
            self._note()
            raise Mismatch("The checksum of the file does not agree. Nothing of it was stored. Send all of it again.")
        if (modified := self.upload.modified) is not None:
            os.utime(self._number, (modified, modified))
        (folder.inbox / file.path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(file.account):
            self._enter(digest, length)
            self._move()
        log.info("api.stored login=%s bytes=%d", file.account.login, file.size)

    def _enter(self, digest: str, length: int | None) -> None:
        file = self.upload.file
        with transaction.atomic():
            if not ReceivedFile.objects.filter(pk=file.pk, state=State.RECEIVING, account__is_active=True).exists():
                raise Gone
            file.state, file.sha256, file.ended = State.WHOLE, digest, timezone.now()
            if length is not None:
                self.upload.length = file.size = length
            store.enter(file)
            self.upload.unproven_from, self.upload.due = None, file.ended + _AGAIN
            self.upload.save()

    def _move(self) -> None:
        target = store.folder_of(self.upload.file.account).inbox / self.upload.file.path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft_of(self.upload).replace(target)
        self.upload.due = timezone.now() + KNOWN
        self.upload.save(update_fields=["due"])

    def drop(self, state: ReceivedFile.State) -> None:
        """End it; what came of it is removed."""
        draft_of(self.upload).unlink(missing_ok=True)
        file = self.upload.file
        file.state, file.size, file.ended = state, 0, timezone.now()
        file.save(update_fields=["state", "size", "ended"])

    def _has_draft(self) -> bool:
        """Whether what is open is the draft: another process may have moved it while this one waited for its lock."""
        with suppress(FileNotFoundError):
            return self._number >= 0 and os.path.samestat(os.fstat(self._number), draft_of(self.upload).lstat())
        return False


@contextmanager
def _alone(account: Account) -> Iterator[None]:
    """Finish no two uploads of an account at once: row and file of a path would be those of different ones."""
    number = os.open(store.folder_of(account).uploads, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def size_of(upload: ResumableUpload, on_disk: int) -> int:
    """How much of a draft counts: not what its checksum has yet to prove."""
    return on_disk if upload.unproven_from is None else min(on_disk, upload.unproven_from)

"""
The closed folder of an account on disk, and what is known of the files in it.

    ROLLBOOK_HOME/inbox/<tenant>/<login>/
        inbox/      whole files, nothing else: each was written elsewhere, synced, entered, and then moved here
        parts/      the same tree; files that are being received, or broke off
        outbox/     what the sender can fetch: receipts, reports, error rows
        history/    what was received, a file for each month
        uploads/    what is being received over HTTPS, each under the number of its upload; see `resumable`

A file is entered in the database first and moved into the inbox after. Whoever is killed in between is made up for by
`recover`, which compares checksums. So a file that a sender was told is stored is always there.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from rollbook.intake.models import Account, ReceivedFile

State = ReceivedFile.State

CURRENT = (State.WHOLE, State.TAKEN)
"""States of a file that lies in the inbox."""

OPEN = (State.RECEIVING, State.PARTIAL)
"""States of a file that is not whole, and may still become so."""

_BLOCK = 1 << 20
_TABLE = ReceivedFile._meta.db_table
_COLUMNS = ("upload", "account_id", "path", "state", "size", "sha256", "client", "began", "ended")
_INSERT = f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)}) VALUES "
_OR_UPDATE = f" ON CONFLICT (upload) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
_REPLACE = f"UPDATE {_TABLE} SET state = CASE state WHEN 'taken' THEN 'cleared' ELSE 'replaced' END WHERE "
_TOGETHER = 500  # rows of one statement; databases take some thousands of values


@dataclass(frozen=True)
class Folder:
    """Where the files of an account lie."""

    root: Path

    @cached_property
    def inbox(self) -> Path:
        """Whole files."""
        return self.root / "inbox"

    @cached_property
    def parts(self) -> Path:
        """Files that are not whole, in the same tree."""
        return self.root / "parts"

    @cached_property
    def outbox(self) -> Path:
        """What the sender can fetch."""
        return self.root / "outbox"

    @cached_property
    def uploads(self) -> Path:
        """What is being received over HTTPS."""
        return self.root / "uploads"

    @cached_property
    def history(self) -> Path:
        """What was received, as the sender can read it; see `intake.own_history`."""
        return self.root / "history"


def folder_of(account: Account) -> Folder:
    """The folder of an account; `prepare` makes it."""
    return Folder(Path(settings.ROLLBOOK_HOME) / "inbox" / account.integration.tenant.slug / account.login)


def prepare(account: Account) -> Folder:
    """Make the folder of an account, with the folders that were agreed, for the hub's own eyes."""
    folder = folder_of(account)
    for path in (folder.inbox, folder.parts, folder.outbox, folder.uploads, folder.history):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for agreed in account.folders:
        if "*" not in agreed:
            (folder.inbox / agreed.strip("/")).mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def whole_files(account: Account) -> QuerySet[ReceivedFile]:
    """What lies in the inbox: each file once, as it was received last."""
    return ReceivedFile.objects.filter(account=account, state__in=CURRENT)


def held(account: Account) -> tuple[int, int]:
    """Bytes and files that the account holds, what is being received with all its length."""
    rows = ReceivedFile.objects.filter(account=account, state__in=(*CURRENT, *OPEN))
    found = rows.aggregate(size=Sum("size"), count=Count("pk"))
    return found["size"] or 0, found["count"]


def has_open_files(account: Account) -> bool:
    """Whether something is being received, or broke off: then what lies in the inbox is no delivery."""
    return ReceivedFile.objects.filter(account=account, state__in=OPEN).exists()


# What changes, each in one transaction --------------------------------------------------------------------


def enter(row: ReceivedFile, *, is_first: bool = False) -> None:
    """
    Write an upload down as it is now; a whole one replaces what had its path, an open one what had broken off.

    May be repeated. Plain SQL: a thousand small files are a thousand of these.

    Args:
        is_first: There was no file under this path, so there is no row to look for.
    """
    enter_all([(row, is_first)])


def enter_all(rows: Sequence[tuple[ReceivedFile, bool]]) -> None:
    """Write many uploads down, in order; see `enter`."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for some in _apart(rows):
            later = sorted((row for row, is_first in some if not is_first), key=_kind)
            for (account, is_whole), alike in groupby(later, _kind):
                _replace(cursor, account, list(alike), (*OPEN, *CURRENT) if is_whole else OPEN)
            values = [value for row, _ in some for value in _values(row)]
            cursor.execute(_INSERT + ", ".join([_listed(_COLUMNS)] * len(some)) + _OR_UPDATE, values)


def _apart(rows: Sequence[tuple[ReceivedFile, bool]]) -> "Iterator[list[tuple[ReceivedFile, bool]]]":
    """The same in pieces, none with a path twice: what one row replaces has to be there before."""
    some: list[tuple[ReceivedFile, bool]] = []
    paths: set[tuple[int, str]] = set()
    for row, is_first in rows:
        if (row.account_id, row.path) in paths or len(some) == _TOGETHER:
            yield some
            some, paths = [], set()
        some.append((row, is_first))
        paths.add((row.account_id, row.path))
    if some:
        yield some


def _replace(cursor: Any, account: int, rows: Sequence[ReceivedFile], states: Sequence[ReceivedFile.State]) -> None:
    """What has the paths of these rows, and is in one of the states, is replaced by them."""
    paths, uploads, named = [row.path for row in rows], [_key(row) for row in rows], [state.value for state in states]
    cursor.execute(
        f"{_REPLACE}account_id = %s AND path IN {_listed(paths)} AND upload NOT IN {_listed(uploads)} "
        f"AND state IN {_listed(named)}",
        [account, *paths, *uploads, *named],
    )


def _listed(values: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(values))})"


def _kind(row: ReceivedFile) -> tuple[int, bool]:
    return row.account_id, row.state == State.WHOLE


def _values(row: ReceivedFile) -> tuple[Any, ...]:
    began, ended = map(connection.ops.adapt_datetimefield_value, (row.began, row.ended))
    state = str(row.state)
    return (_key(row), row.account_id, row.path, state, row.size, row.sha256, row.client, began, ended)


def _key(row: ReceivedFile) -> Any:
    return row.upload if connection.features.has_native_uuid_field else row.upload.hex


def enter_rename(account: int, old: str, new: str) -> None:
    """A file has another path from now on; what lay there is replaced."""
    with transaction.atomic(savepoint=False):
        moved = ReceivedFile.objects.filter(account_id=account, path=old, state__in=(*CURRENT, *OPEN))
        kept = list(moved.values_list("pk", flat=True))
        there = ReceivedFile.objects.filter(account_id=account, path=new)
        there.filter(state__in=(State.WHOLE, *OPEN)).update(state=State.REPLACED)
        there.filter(state=State.TAKEN).update(state=State.CLEARED)
        # a file that was taken under its old name is a new one under another
        ReceivedFile.objects.filter(pk__in=kept, state=State.TAKEN).update(state=State.WHOLE)
        ReceivedFile.objects.filter(pk__in=kept).update(path=new, ended=timezone.now())


def enter_removal(account: int, path: str) -> None:
    """The sender has removed a file."""
    gone = ReceivedFile.objects.filter(account_id=account, path=path, state__in=(*CURRENT, *OPEN))
    gone.update(state=State.REMOVED, ended=timezone.now())


def accept(account: Account, path: str, draft: Path, *, client: str) -> ReceivedFile:
    """
    Put a finished file into the inbox that came another way than SFTP.

    Args:
        path: Where it belongs below inbox, made of safe names.

        draft: The file, on the same file system; it is moved.
    """
    now = timezone.now()
    digest, size = checksum(draft)
    sync(draft)
    row = ReceivedFile(account=account, path=path, client=client[:64], began=now, ended=now)
    row.size, row.sha256, row.state = size, digest, State.WHOLE
    folder = prepare(account)
    part = folder.parts / path
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder.inbox / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft.replace(part)
    enter(row)
    part.replace(folder.inbox / path)
    return row


# Files ----------------------------------------------------------------------------------------------------


def checksum(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def sync(path: Path) -> None:
    """Bring a file to the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def usage(folder: Folder) -> tuple[int, int]:
    """Bytes and files (and folders) that a sender has put here."""
    size = count = 0
    for place in (folder.inbox, folder.parts, folder.uploads):
        for _, entry in _walk(place):
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                is_file = stat.S_ISREG(found.st_mode)
                size += found.st_size if is_file else 0
                count += is_file or place == folder.inbox
    return size, count


def files_below(place: Path) -> dict[str, os.stat_result]:
    """Path -> what the file system says, of every file; links are none."""
    found = {}
    for path, entry in _walk(place):
        with suppress(FileNotFoundError):
            if entry.is_file(follow_symlinks=False):
                found[path.relative_to(place).as_posix()] = entry.stat(follow_symlinks=False)
    return found


def _walk(place: Path) -> "Iterator[tuple[Path, os.DirEntry[str]]]":
    with suppress(FileNotFoundError), os.scandir(place) as entries:
        for entry in entries:
            yield Path(entry.path), entry
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))

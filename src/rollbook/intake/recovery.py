"""
Bring rows and files together again after a server ended without a farewell.

Each change is written down before it is done, so the rows say what was meant:

    a part with the checksum of a whole row     it only had to be moved: it is
    a whole row that neither part nor file is   it was never whole: its sender was told nothing
    another part                                it broke off
    a file without a row, a row without a file  renamed, where the checksums agree; else it came whole, or is lost
    a record of the journal                     it was stored: what it has not got of file and row it gets
"""

import logging
import os
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from rollbook.intake import journal, store
from rollbook.intake.journal import Record
from rollbook.intake.models import Account, ReceivedFile

State = ReceivedFile.State
log = logging.getLogger("rollbook.sftp")


def recover_all() -> None:
    """Every account. Only when no server receives files."""
    accounts = {account.pk: account for account in Account.objects.select_related("integration__tenant")}
    for account in accounts.values():
        recover(account)
    journals = journal.both(Path(settings.ROLLBOOK_HOME))
    records = [record for one in journals for record in one.records()]
    for record in sorted(records, key=lambda record: record.row.ended or record.row.began):
        if record.row.account_id in accounts:
            _replay(accounts[record.row.account_id], record)
    if records:
        os.sync()
    for one in journals:
        one.empty()
        one.close()


def _replay(account: Account, record: Record) -> None:
    """A small file that was safe: give it its place, and its row, where it has none."""
    row, folder = record.row, store.folder_of(account)
    known = ReceivedFile.objects.filter(upload=row.upload).first()
    if known and known.state not in (State.RECEIVING, State.PARTIAL, State.LOST):
        if known.state not in store.CURRENT:
            return  # replaced or removed since
        row = known
    if not _is(row, folder.inbox / row.path):
        part = folder.parts / row.path
        for place in (part, folder.inbox / row.path):
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_bytes(record.content)
        part.chmod(0o600)
        if record.times:
            os.utime(part, record.times)
        part.replace(folder.inbox / row.path)
        log.warning("sftp.recovered login=%s file=%s", account.login, row.upload)
    if row is not known and not store.whole_files(account).filter(path=row.path, sha256=row.sha256).exists():
        store.enter(row)


def recover(account: Account) -> None:
    """One account."""
    folder = store.prepare(account)
    _finish_moves(account, folder)
    _note_parts(account, folder)
    _match(account, folder)


def _finish_moves(account: Account, folder: store.Folder) -> None:
    whole = {row.path: row for row in store.whole_files(account).order_by("pk")}
    for path, found in store.files_below(folder.parts).items():
        row = whole.get(path)
        if row is None:
            continue
        if row.size != found.st_size or not _is(row, folder.parts / path):
            if not _is(row, folder.inbox / path):  # the machine stopped before the disk had it; nobody was told
                ReceivedFile.objects.filter(pk=row.pk).update(state=State.LOST)
            continue
        (folder.inbox / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder.parts / path).replace(folder.inbox / path)
        log.warning("sftp.recovered login=%s file=%d", account.login, row.pk)


def _is(row: ReceivedFile, path: Path) -> bool:
    """Whether a file is what a row says."""
    return path.is_file() and store.checksum(path) == (row.sha256, row.size)


def _note_parts(account: Account, folder: store.Folder) -> None:
    now = timezone.now()
    parts = store.files_below(folder.parts)
    known = ReceivedFile.objects.filter(account=account, state__in=store.OPEN, resumable=None)
    known.exclude(path__in=parts).update(state=State.LOST, ended=now)
    known.filter(state=State.RECEIVING).update(state=State.PARTIAL, ended=now)
    for path in parts.keys() - set(known.values_list("path", flat=True)):
        size = parts[path].st_size
        store.enter(ReceivedFile(account=account, path=path, state=State.PARTIAL, size=size, began=now, ended=now))


def _match(account: Account, folder: store.Folder) -> None:
    """Rows without a file, and files without a row."""
    files = store.files_below(folder.inbox)
    rows = {row.path: row for row in store.whole_files(account).order_by("pk")}
    missing = {(row.size, row.sha256): row for path, row in rows.items() if path not in files}
    for path in sorted(files.keys() - rows.keys()):
        digest, size = store.checksum(folder.inbox / path)
        if row := missing.pop((size, digest), None):
            (folder.inbox / row.path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder.inbox / path).replace(folder.inbox / row.path)
            continue
        now = timezone.now()
        found = ReceivedFile(account=account, path=path, state=State.WHOLE, size=size, sha256=digest)
        found.began = found.ended = now
        store.enter(found)
    for row in missing.values():
        log.error("sftp.lost login=%s file=%d", account.login, row.pk)
        ReceivedFile.objects.filter(pk=row.pk).update(state=State.LOST)

"""
Files that come over HTTPS, in one piece or in many, and go on where they broke off.

What came of a file lies in `uploads/` under the number of its upload; how much is there is what the disk says, so a
server that is killed loses nothing that was written. Its row among the received files is there from the beginning, with
the whole length: it counts against the quota, and no delivery is taken meanwhile.

    begin       row RECEIVING, an empty draft
    receive     bytes are added by whoever holds the draft; they are on the disk before that is said
    finish      on the disk, its checksum compared, the row WHOLE, moved into the inbox, and only then said

Whoever is killed between the row and the move is made up for by the next request, or by `look`.
"""

import logging
import os
import uuid
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from rollbook.intake import quota, store
from rollbook.intake.models import Account, ReceivedFile, ResumableUpload
from rollbook.intake.names import BadName, check_file, check_folder, is_draft, safe_path
from rollbook.intake.receiving import KNOWN, LASTS, Busy, Gone, draft_of, hold, size_of

log = logging.getLogger("rollbook.api")

State = ReceivedFile.State
_MOST = 500  # uploads that one look goes through


def begin(
    account: Account,
    path: str,
    length: int,
    *,
    client: str,
    sha256: str = "",
    modified: int | None = None,
    metadata: str = "",
) -> ResumableUpload:
    """
    A new upload. One of the same file that was not finished is given up.

    Args:
        path: Where the file belongs below inbox, as its sender writes it.

        sha256: What its sender says, in hexadecimal; blank: nothing.

        modified: The time of the file.

    Raises:
        BadName: The account takes no file of this name, or not in this folder.

        TooLarge: It is larger than the account may send.

        NoRoom: The folder of the account is full.
    """
    path = check(account, path)
    quota.check_size(account, length)
    folder, now = store.prepare(account), timezone.now()
    row = ReceivedFile(account=account, path=path, state=State.RECEIVING, size=length, client=client[:64], began=now)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)  # two that begin at once share the room that is left
        before = account.files.filter(path=path, state__in=store.OPEN)
        has_part = before.filter(state=State.PARTIAL, resumable=None).exists()  # it broke off over SFTP
        former = list(before.exclude(resumable=None).values_list("upload", flat=True))
        account.files.filter(upload__in=former).update(state=State.REPLACED, size=0, ended=now)
        size, count = store.held(account)
        quota.check_bytes(account, size + length)
        quota.check_files(account, count + 1)
        store.enter(row)
        upload = ResumableUpload.objects.create(
            file=ReceivedFile.objects.select_related("account__integration__tenant").get(upload=row.upload),
            length=length,
            sha256=sha256,
            modified=modified,
            metadata=metadata,
            due=now + LASTS,
        )
        os.close(os.open(draft_of(upload), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for number in former:
        (folder.uploads / str(number)).unlink(missing_ok=True)
    if has_part:
        (folder.parts / path).unlink(missing_ok=True)
    return upload


def check(account: Account, path: str) -> str:
    """
    The path of a file, composed.

    Raises:
        BadName: The account takes no file of this name, or not in this folder.
    """
    path = safe_path(path)
    if is_draft(path):
        raise BadName("Programs give names like this for the time being. Send the file under its own name.")
    check_file(path, account.patterns, account.marker)
    folder = path.rpartition("/")[0]
    if folder:
        check_folder(folder, account.folders)
    if (store.folder_of(account).inbox / path).is_dir():
        raise BadName("There is a folder of this name.")
    return path


def find(account: Account, number: uuid.UUID) -> ResumableUpload | None:
    """The upload of an account with this number."""
    uploads = ResumableUpload.objects.select_related("file__account__integration__tenant")
    return uploads.filter(file__account=account, file__upload=number).first()


def offset(upload: ResumableUpload) -> int:
    """
    How much of an upload is there. What a server that was killed could not finish is finished now.

    Raises:
        Gone: It has ended without being finished.

        Mismatch: It is all there, and not what its sender says. Nothing of it was kept.
    """
    try:
        with hold(upload) as receiving:
            if not receiving.is_finished and receiving.offset == upload.length:
                receiving.finish()
            return receiving.offset
    except Busy:
        with suppress(FileNotFoundError):
            here = size_of(upload, draft_of(upload).stat().st_size)
            return min(here, max(0, upload.length - 1))  # all of it is there only once it is stored
        return upload.length  # it was moved just now


def remove(upload: ResumableUpload) -> None:
    """
    Take an upload back; a file that was stored is removed from the inbox, as over SFTP.

    Raises:
        Busy: Somebody writes to it.

        Gone: It has ended already.
    """
    with hold(upload) as receiving:
        file = receiving.upload.file
        if not receiving.is_finished:
            receiving.drop(State.REMOVED)
        elif file.state in store.CURRENT:
            store.enter_removal(file.account_id, file.path)
            (store.folder_of(file.account).inbox / file.path).unlink(missing_ok=True)


def break_off(upload: ResumableUpload) -> None:
    """An upload that nobody can go on with: the file waits until it is sent anew, or given up."""
    with suppress(Gone), hold(upload) as receiving:
        if not receiving.is_finished:
            receiving.drop(State.PARTIAL)


# What goes on all the time --------------------------------------------------------------------------------


def look(now: datetime | None = None) -> None:
    """Give up what expired, finish what nobody else will, and forget what ended long ago."""
    now = now or timezone.now()
    due = ResumableUpload.objects.filter(due__lte=now).select_related("file__account__integration__tenant")
    for upload in due.order_by("due")[:_MOST]:
        with suppress(Busy):
            _look_at(upload, now)


def _look_at(upload: ResumableUpload, now: datetime) -> None:
    try:
        with hold(upload) as receiving:
            if not receiving.is_finished:
                log.info("api.expired login=%s file=%d", upload.file.account.login, upload.file_id)
                receiving.drop(State.DROPPED)
    except Gone:
        open_still = ReceivedFile.objects.filter(pk=upload.file_id, state__in=store.OPEN)
        open_still.update(state=State.DROPPED, ended=now)
    upload.refresh_from_db()
    ended = upload.file.ended or now
    if ended + KNOWN <= now:
        upload.delete()
    else:
        ResumableUpload.objects.filter(pk=upload.pk).update(due=ended + KNOWN)

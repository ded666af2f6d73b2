"""
Files of an inbox -> a copy that nobody changes any more.

    ROLLBOOK_HOME/deliveries/<tenant>/<login>/
        <number>/    the files of a delivery
        current      a link to the one that was taken last: what a nightly run reads
"""

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from rollbook.intake.models import Account, Delivery, ReceivedFile
from rollbook.intake.store import folder_of

_BLOCK = 1 << 20
_KEPT = 10
"""So many deliveries of an account are kept; runs keep what they read for themselves."""


class Moved(Exception):
    """A file was replaced while it was copied: the sender goes on, so nothing is taken yet."""


def place_of(account: Account) -> Path:
    """Where the deliveries of an account lie."""
    return Path(settings.ROLLBOOK_HOME) / "deliveries" / account.integration.tenant.slug / account.login


def current(account: Account) -> Path:
    """What a run reads that nobody named a delivery for."""
    return place_of(account) / "current"


def folder(delivery: Delivery) -> Path:
    """The files of a delivery."""
    return place_of(delivery.account) / str(delivery.pk)


def name_of(path: str) -> str:
    """The name of a file in the copy: `2026/users.csv` is `2026-users.csv`."""
    return path.replace("/", "-")


def copy(account: Account, files: Iterable[ReceivedFile], target: Path) -> None:
    """
    Copy files of the inbox, each compared with its checksum.

    Files of folders lie side by side in the copy, their folders in their names.

    Raises:
        Moved: One of them is another file by now. Nothing remains of the copy.
    """
    inbox = folder_of(account).inbox
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    try:
        for file in files:
            if _copied(inbox / file.path, target / name_of(file.path)) != file.sha256:
                raise Moved(file.path)
    except (Moved, FileNotFoundError):
        shutil.rmtree(target, ignore_errors=True)
        raise Moved from None


def _copied(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as received, target.open("xb") as kept:
        while block := received.read(_BLOCK):
            digest.update(block)
            kept.write(block)
        kept.flush()
        os.fsync(kept.fileno())
    return digest.hexdigest()


def make_current(delivery: Delivery) -> None:
    """Let whoever reads without naming a delivery read this one, from one moment to the next."""
    link = current(delivery.account)
    draft = link.with_name(f"current-{delivery.pk}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(folder(delivery).name)
    draft.replace(link)
    _drop_old(delivery)


def _drop_old(delivery: Delivery) -> None:
    place = place_of(delivery.account)
    numbered = sorted((path for path in place.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
    for path in numbered[:-_KEPT]:
        shutil.rmtree(path, ignore_errors=True)

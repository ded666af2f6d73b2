"""The bytes of a file that was received, as long as the hub keeps them."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rollbook.intake import store, taking
from rollbook.intake.models import Delivery, ReceivedFile


def is_kept(file: ReceivedFile) -> bool:
    """Whether something of its size lies where it would be; `received` looks whether it is the same."""
    return any(path.is_file() and path.stat().st_size == file.size for path in _places(file))


def received(file: ReceivedFile) -> BinaryIO | None:
    """A file that was received, as it was; None when neither its delivery nor the inbox has it any more."""
    return next(filter(None, (_same(path, file.size, file.sha256) for path in _places(file))), None)


def delivered(delivery: Delivery, file: dict[str, object]) -> BinaryIO | None:
    """One of the files of a delivery; None when its copy is not kept any more."""
    copy = taking.folder(delivery) / taking.name_of(str(file["path"]))
    return _same(copy, int(str(file["size"])), str(file["sha256"]))


def _places(file: ReceivedFile) -> Iterator[Path]:
    if file.delivery:
        yield taking.folder(file.delivery) / taking.name_of(file.path)
    if file.state in store.CURRENT:
        yield store.folder_of(file.account).inbox / file.path


def _same(path: Path, size: int, sha256: str) -> BinaryIO | None:
    """The file, opened, if it is the one with this checksum; another may have taken its place."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
    except OSError:
        return None
    if os.fstat(file.fileno()).st_size == size and hashlib.file_digest(file, "sha256").hexdigest() == sha256:
        file.seek(0)
        return file
    file.close()
    return None

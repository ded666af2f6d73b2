"""One program at a time with one configuration. The lock goes with its process, however that ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rollbook_upload.errors import Occupied


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """
    Hold the lock.

    Raises:
        Occupied: Another one holds it.
    """
    with path.open("a+") as file:
        try:
            _lock(file)
        except OSError:
            raise Occupied(f"Another rollbook-upload is at work ({path}). Nothing was done by this one.") from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

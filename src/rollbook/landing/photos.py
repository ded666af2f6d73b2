"""
Photos of people: each kept once, small, and with nothing in it but the picture.

A photo is named by its *received* bytes (SHA-256): the same picture at the source has the same reference on every
night and with every version of the library that scales it, and a photo that is known is not opened again.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_REFERENCE = re.compile(r"photo:([0-9a-f]{64})")


class PhotoRefused(ValueError):
    """What came is not kept as a photo. The message says why, and ends a sentence that begins with "The photo"."""


@dataclass(frozen=True)
class Photos:
    """
    The photos that a hub keeps.

    Args:
        folder: Made when the first photo is kept. Photos lie in it as `<first two digits>/<digest>.jpg`.
    """

    folder: Path

    def keep(self, received: bytes) -> str:
        """
        Keep a photo, and say how the roster refers to it: `photo:<digest>`.

        A photo that is kept again counts as new, so that whoever removes old ones spares it (see `unnamed`).

        Raises:
            PhotoRefused: It is no picture, or none that the hub takes. Nothing was kept.
        """
        digest = hashlib.sha256(received).hexdigest()
        path = self._path(digest)
        try:
            os.utime(path)
        except FileNotFoundError:
            from rollbook.landing.pictures import cleaned

            _write(path, cleaned(received))
        return f"photo:{digest}"

    def read(self, reference: str) -> bytes | None:
        """The JPEG that a reference names; None when there is none, or when it refers to something else."""
        if found := _REFERENCE.fullmatch(reference):
            with suppress(FileNotFoundError):
                return self._path(found[1]).read_bytes()
        return None

    def unnamed(self, named: Container[str], before: float) -> Iterator[str]:
        """
        The references of photos that nothing names any more.

        Args:
            named: What roster rows and the files of kept runs refer to.

            before: A time (seconds of the epoch); photos kept later are left out, since the run that brought them
                may not have named them yet.
        """
        for path in sorted(self.folder.glob("??/*.jpg")):
            reference = f"photo:{path.stem}"
            if reference not in named and path.stat().st_mtime < before:
                yield reference

    def remove(self, reference: str) -> None:
        """Remove a photo for good; nothing happens where there is none."""
        if found := _REFERENCE.fullmatch(reference):
            self._path(found[1]).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.jpg"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner's eyes only."""
    path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise

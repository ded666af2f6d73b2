"""
The bytes of a delivery as one digest, before anything is parsed.

Kept apart from the readers and without their libraries: the commonest night brings the same bytes again, and then
this is all that is read.
"""

import hashlib
import os
import stat
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Stamp = tuple[int, int, int]
"""Size, time of change (ns) and inode of a file."""


@dataclass(frozen=True)
class Contents:
    """
    What lay there at one moment.

    Args:
        digest: Of the names and bytes of all files (32 hex digits); blank when one could not be read.

        stamps: By file name.

        digests: SHA-256 of the bytes, by file name.
    """

    digest: str
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    def known(self, name: str, now: Stamp | None) -> str | None:
        """SHA-256 of a file that is still as it was seen; None for any other."""
        return self.digests.get(name) if now and now == self.stamps.get(name) else None


NOTHING = Contents("")


def contents(path: Path) -> Contents:
    """The files of a folder (not of the folders within), or one file; the readers tell what is wrong with them."""
    stamps: dict[str, Stamp] = {}
    with suppress(OSError):
        files = _files(path)
        stamps = {shown(file.name): stamp(file.stat()) for file in files}
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            digests = dict(zip(files, threads.map(_digest, files), strict=True))
        lines = [f"{digest} {os.fsencode(file.name).hex()}" for file, digest in digests.items()]
        return Contents(
            hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest(),
            stamps,
            {shown(file.name): digest for file, digest in digests.items()},
        )
    return Contents("", stamps)


def changed(path: Path, seen: Contents, names: Collection[str]) -> list[str]:
    """Which of the named files are not as they were seen; those not seen then are left out."""
    try:
        now = {shown(file.name): stamp(file.stat()) for file in _files(path)}
    except OSError:
        now = {}
    return sorted(name for name, then in seen.stamps.items() if name in names and now.get(name) != then)


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if stat.S_ISREG(file.lstat().st_mode)) if path.is_dir() else [path]


def stamp(status: os.stat_result) -> Stamp:
    """What is compared of a file to tell whether it changed."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def _digest(file: Path) -> str:
    """SHA-256, since most processors have instructions for it: twice as quick there as BLAKE2b."""
    with file.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def shown(name: str) -> str:
    """A file name that can be shown and stored, even when its bytes are no UTF-8."""
    return name.encode(errors="surrogateescape").decode(errors="replace")

"""The watched folder: which files are there, which the hub would not take, and which are still being written."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rollbook_upload.config import Config
from rollbook_upload.hub import Agreed
from rollbook_upload.names import BadName, check_path, composed, fits, is_draft

_BLOCK = 2**20


@dataclass(frozen=True)
class Found:
    """A file to send: its place below the inbox, and where it lies."""

    path: str
    file: Path

    @property
    def name(self) -> str:
        """As it is called in the delivery."""
        return self.path.replace("/", "-")


def look(config: Config, agreed: Agreed) -> tuple[list[Found], list[str]]:
    """
    The files that are meant to be sent, and a sentence for each that the hub would not take.

    Links are not followed: only what lies in the folder itself is ever sent.
    """
    found: list[Found] = []
    refused: list[str] = []
    for path, file in sorted(_files(config)):
        name = path.rpartition("/")[2]
        if is_draft(name) or not any(fits(name, pattern) for pattern in config.patterns or ["*"]):
            continue
        try:
            check_path(path, agreed.patterns, agreed.folders)
            if agreed.largest and file.stat().st_size > agreed.largest:
                raise BadName(f"The file is larger than {agreed.largest:,} bytes.")
        except BadName as error:
            refused.append(f"{path}: {error} It was not sent.")
        else:
            found.append(Found(composed(path), file))
    return found, refused


def _files(config: Config) -> Iterator[tuple[str, Path]]:
    """Files of the folder itself, and of the folders below it that were named."""
    own = {config.path.name, *(config.beside(ending).name for ending in OWN)}
    for file in _of(config.folder):
        if not (file.name in own and file.parent == config.path.parent):
            yield file.name, file
    for above, _, _ in os.walk(config.folder):
        folder = Path(above)
        below = folder.relative_to(config.folder).as_posix()
        if below != "." and any(_is_folder(below, agreed) for agreed in config.folders):
            yield from ((f"{below}/{file.name}", file) for file in _of(folder))


OWN = (".state.json", ".state.json.new", ".rules.json", ".lock", ".log", ".known_hosts", ".marker")
"""What the program keeps beside its configuration."""


def _of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.is_symlink())


def _is_folder(below: str, agreed: str) -> bool:
    parts, wanted = below.split("/"), agreed.strip("/").split("/")
    return len(parts) == len(wanted) and all(map(fits, parts, wanted))


def settled(found: list[Found], seconds: float, sleep: Callable[[float], None] = time.sleep) -> list[Found]:
    """The files that nobody writes to: not changed for some seconds. What is younger is looked at twice."""
    young = {one.path: _stamp(one.file) for one in found if time.time() - _changed(one.file) < seconds}
    if young:
        sleep(seconds)
    return [one for one in found if one.path not in young or _stamp(one.file) == young[one.path] != (0, 0)]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_size or -1, status.st_mtime_ns


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return time.time()


def sha256(file: Path) -> str:
    """The checksum of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while True:
            block = content.read(_BLOCK)
            if not block:
                return digest.hexdigest()
            digest.update(block)

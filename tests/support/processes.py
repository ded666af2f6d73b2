"""Processes of this machine, as the kernel knows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def descendants(process: int) -> Iterator[int]:
    """Every process that a process has started, directly or not."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it has ended meanwhile
        if parent == process:
            yield int(folder.name)
            yield from descendants(int(folder.name))


def is_running(process: int) -> bool:
    """Whether it is there, and is more than a zombie that nobody has reaped."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command_of(process: int) -> str:
    """The command line of a process; blank when it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""

"""What a look finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding is to be taken, from good to bad."""

    OK = "ok"
    WARNING = "warning"  # works, and could be better
    ERROR = "error"  # does not work, or is not safe


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, how it is, and how to mend it."""

    level: Level
    about: str
    text: str
    mend: str = ""


def ok(about: str, text: str) -> Finding:
    """It is in order."""
    return Finding(Level.OK, about, text)


def warning(about: str, text: str, mend: str) -> Finding:
    """It works, and could be better."""
    return Finding(Level.WARNING, about, text, mend)


def error(about: str, text: str, mend: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(Level.ERROR, about, text, mend)

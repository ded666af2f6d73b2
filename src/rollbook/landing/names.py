"""
Names of files that are safe on every system, names for the time being, and names of sheets.

A name that only looks different (composed and decomposed letters) is the same name; one that would mean something else
on another system, or that a person cannot read, is refused with a sentence for the sender.
"""

import unicodedata
from fnmatch import fnmatchcase

from rollbook.core.errors import RollbookError

LONGEST = 200
"""Bytes of one name: less than file systems take, since programs add endings such as `.filepart`."""

_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} | {
    f"{name}{number}" for name in ("COM", "LPT") for number in "0123456789¹²³"
}
_RESERVED = frozenset('<>:"|?*\\')
_UNREADABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, invisible, not a letter of anybody
_DRAFTS = (".filepart", ".part", ".partial", ".tmp", ".temp", ".crdownload", ".uploading", ".inprogress", ".swp")
_SHEETS = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".xls", ".xlsx", ".xlsm", ".zip")


class BadName(RollbookError):
    """A name that is not taken; the message is for the sender."""


def safe_name(raw: bytes | str) -> str:
    """
    One name, composed.

    Raises:
        BadName: It is not safe on every system.
    """
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadName("The name is not UTF-8. Set the program to UTF-8 names, or use plain letters.") from None
    name = unicodedata.normalize("NFC", text)
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        raise BadName(f"The name is too long: {LONGEST} bytes are the most.")
    if not (name.isascii() and name.isprintable()) and any(map(_is_unreadable, name)):
        raise BadName("The name holds characters that cannot be seen. Type it anew.")
    if found := sorted(_RESERVED & set(name)):
        raise BadName(f"The name holds {' '.join(found)}, which not every system takes.")
    if name != name.strip() or name.endswith("."):
        raise BadName("The name begins or ends with a blank, or ends with a dot.")
    if name.partition(".")[0].strip().upper() in _DEVICES:
        raise BadName("The name is that of a device on some systems. Choose another one.")
    if not name:
        raise BadName("The name is empty.")
    return name


def is_draft(name: str) -> bool:
    """Whether the last part of a path is a name that a program gives while it sends; it waits for the rename."""
    last = name.rpartition("/")[2]
    return last.startswith(".") or last.lower().endswith(_DRAFTS) or last.endswith("~")


def holds_sheets(name: str) -> bool:
    """Whether files that end so can hold sheets."""
    return name.lower().endswith(_SHEETS)


def fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern such as `students*.csv`; case does not matter."""
    return fnmatchcase(name.casefold(), unicodedata.normalize("NFC", pattern).casefold())


def _is_unreadable(letter: str) -> bool:
    return unicodedata.category(letter) in _UNREADABLE

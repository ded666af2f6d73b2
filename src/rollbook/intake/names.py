"""
Names of files and folders that are safe on every system, and what an account takes.

A name that only looks different (composed and decomposed letters) is the same name; one that would mean something else
on another system, or that a person cannot read, is refused with a sentence for the sender.
"""

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

from rollbook.core.errors import RollbookError

LONGEST = 200
"""Bytes of one name: less than file systems take, since programs add endings such as `.filepart`."""

DEEPEST, LONGEST_PATH = 8, 1000

_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} | {
    f"{name}{number}" for name in ("COM", "LPT") for number in "0123456789¹²³"
}
_RESERVED = frozenset('<>:"|?*\\')
_UNREADABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, invisible, not a letter of anybody
_DRAFTS = (".filepart", ".part", ".partial", ".tmp", ".temp", ".crdownload", ".uploading", ".inprogress", ".swp")


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


def safe_path(text: str) -> str:
    """
    A path below inbox, made of safe names.

    Raises:
        BadName: One of them is not safe, or the path is too long or too deep.
    """
    parts = [safe_name(part) for part in text.split("/")]
    if len(parts) >= DEEPEST or len("/".join(parts)) > LONGEST_PATH:
        raise BadName("The path is too long.")
    return "/".join(parts)


def is_draft(name: str) -> bool:
    """Whether the last part of a path is a name that a program gives while it sends; it waits for the rename."""
    last = name.rpartition("/")[2]
    return last.startswith(".") or last.lower().endswith(_DRAFTS) or last.endswith("~")


def check_file(path: str, patterns: Sequence[str]) -> None:
    """
    Refuse a file that an account does not take. Drafts are judged when they are renamed.

    Raises:
        BadName: Its name fits none of the patterns.
    """
    name = path.rpartition("/")[2]
    if patterns and not is_draft(name) and not any(_fits(name, pattern) for pattern in patterns):
        raise BadName(f"Files of this name are not taken here. Taken are: {', '.join(patterns)}")


def check_folder(path: str, folders: Sequence[str]) -> None:
    """
    Refuse a folder that was not agreed.

    Raises:
        BadName: It is neither one of `folders` nor on the way to one.
    """
    parts = path.split("/")
    for folder in folders:
        agreed = folder.strip("/").split("/")
        if len(parts) <= len(agreed) and all(map(_fits, parts, agreed)):
            return
    agreed_on = f"Agreed are: {', '.join(folders)}" if folders else "Files go straight into inbox."
    raise BadName(f"This folder was not agreed. {agreed_on}")


def _is_unreadable(letter: str) -> bool:
    return unicodedata.category(letter) in _UNREADABLE


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), unicodedata.normalize("NFC", pattern).casefold())

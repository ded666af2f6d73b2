"""Names of files and folders as the hub judges them, with its sentences: refused here, nothing need be sent for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

LONGEST = 200

_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} | {
    f"{name}{number}" for name in ("COM", "LPT") for number in "0123456789¹²³"
}
_RESERVED = frozenset('<>:"|?*\\')
_UNREADABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_DRAFTS = (".filepart", ".part", ".partial", ".tmp", ".temp", ".crdownload", ".uploading", ".inprogress", ".swp")


class BadName(Exception):
    """A name that the hub does not take."""


def composed(name: str) -> str:
    """A name as the hub keeps it."""
    return unicodedata.normalize("NFC", name)


def check_path(path: str, patterns: Sequence[str], folders: Sequence[str]) -> None:
    """
    Refuse what the hub would refuse.

    Args:
        path: Below the watched folder, with / between folders.

    Raises:
        BadName: It says why.
    """
    *above, name = path.split("/")
    for part in (*above, name):
        _check_name(composed(part))
    if above:
        _check_folder(above, folders)
    if patterns and not is_draft(name) and not any(fits(name, pattern) for pattern in patterns):
        raise BadName(f"Files of this name are not taken here. Taken are: {', '.join(patterns)}")


def is_draft(name: str) -> bool:
    """Whether a program gives such a name while it writes."""
    return name.startswith(".") or name.lower().endswith(_DRAFTS) or name.endswith("~")


def fits(name: str, pattern: str) -> bool:
    """Whether a name is of a pattern, whatever its case."""
    return fnmatchcase(composed(name).casefold(), composed(pattern).casefold())


def _check_name(name: str) -> None:
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        raise BadName(f"The name is too long: {LONGEST} bytes are the most.")
    if not (name.isascii() and name.isprintable()) and any(unicodedata.category(c) in _UNREADABLE for c in name):
        raise BadName("The name holds characters that cannot be seen. Type it anew.")
    found = sorted(_RESERVED & set(name))
    if found:
        raise BadName(f"The name holds {' '.join(found)}, which not every system takes.")
    if name != name.strip() or name.endswith("."):
        raise BadName("The name begins or ends with a blank, or ends with a dot.")
    if name.partition(".")[0].strip().upper() in _DEVICES:
        raise BadName("The name is that of a device on some systems. Choose another one.")
    if not name:
        raise BadName("The name is empty.")


def _check_folder(parts: Sequence[str], folders: Sequence[str]) -> None:
    for folder in folders:
        agreed = folder.strip("/").split("/")
        if len(parts) <= len(agreed) and all(map(fits, parts, agreed)):
            return
    agreed_on = f"Agreed are: {', '.join(folders)}" if folders else "Files go straight into inbox."
    raise BadName(f"This folder was not agreed. {agreed_on}")

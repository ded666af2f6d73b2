"""
What an account takes: names of files and folders.

What makes a name safe is the same wherever files come from: `landing.names`.
"""

from collections.abc import Sequence

from rollbook.landing.names import BadName, fits, is_draft, safe_name

__all__ = ["DEEPEST", "LONGEST_PATH", "BadName", "check_file", "check_folder", "is_draft", "safe_name", "safe_path"]

DEEPEST, LONGEST_PATH = 8, 1000


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


def check_file(path: str, patterns: Sequence[str], marker: str = "") -> None:
    """
    Refuse a file that an account does not take. Drafts are judged when they are renamed.

    Args:
        marker: The file that ends a delivery is always taken.

    Raises:
        BadName: Its name fits none of the patterns.
    """
    name = path.rpartition("/")[2]
    if patterns and path != marker and not is_draft(name) and not any(fits(name, pattern) for pattern in patterns):
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
        if len(parts) <= len(agreed) and all(map(fits, parts, agreed)):
            return
    agreed_on = f"Agreed are: {', '.join(folders)}" if folders else "Files go straight into inbox."
    raise BadName(f"This folder was not agreed. {agreed_on}")

"""How much an account may send. The sentences are for the sender, whichever way it sends."""

from rollbook.core.errors import RollbookError
from rollbook.intake.models import Account


class TooLarge(RollbookError):
    """One file is larger than the account may send."""


class NoRoom(RollbookError):
    """The folder of the account is full."""


def check_size(account: Account, size: int) -> None:
    """
    Refuse a file of this size.

    Raises:
        TooLarge: It is larger than the account may send.
    """
    if size > account.largest_file:
        raise TooLarge(f"The file is larger than {size_in_words(account.largest_file)}.")


def check_bytes(account: Account, size: int) -> None:
    """
    Refuse to hold so many bytes.

    Raises:
        NoRoom: They are more than the folder holds.
    """
    if size > account.quota_bytes:
        raise NoRoom(f"Your folder is full: it holds {size_in_words(account.quota_bytes)}.")


def check_files(account: Account, count: int) -> None:
    """
    Refuse to hold so many files and folders.

    Raises:
        NoRoom: They are more than the folder holds.
    """
    if count > account.quota_files:
        raise NoRoom(f"Your folder is full: it holds {account.quota_files:,} files.")


def size_in_words(size: int) -> str:
    """A size as a person reads it."""
    for unit, factor in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size} bytes"

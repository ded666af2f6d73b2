"""What the sessions of one account share: how much lies in its folder, and who is writing which file."""

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import connection

from rollbook.intake import own_history, quota, store
from rollbook.intake.models import Account
from rollbook.sftp.quick import Quick
from rollbook.sftp.wire import Code, Refusal

if TYPE_CHECKING:
    from rollbook.sftp.upload import Upload

_HURRY = 10  # files in a second
_FRESH = 5.0  # seconds for which a count is believed; the hub's other programs clear files too


class Desk:
    """One account while somebody is logged in with it."""

    def __init__(self, account: Account, quick: Quick) -> None:
        self.account, self.quick = account, quick
        self.folder = store.folder_of(account)
        self.uploads: dict[str, Upload] = {}
        self._bytes = self._files = 0
        self._counted = float("-inf")
        self._told = float("-inf")
        self._stored: deque[float] = deque(maxlen=_HURRY)

    def is_in_a_hurry(self) -> bool:
        """Whether file after file comes. Asked once at the end of each."""
        now = time.monotonic()
        self._stored.append(now)
        return len(self._stored) == _HURRY and now - self._stored[0] < 1

    def count(self) -> None:
        """Count anew, unless it was done just now. Touches the disk."""
        if time.monotonic() - self._counted > _FRESH:
            self._bytes, self._files = store.usage(self.folder)
            self._counted = time.monotonic()

    def write_history(self) -> None:
        """Write down what was received, unless that was done just now. Touches disk and database."""
        if time.monotonic() - self._told > _FRESH:
            try:
                own_history.write(self.account)
            finally:
                connection.close()
            self._told = time.monotonic()

    def take_bytes(self, size: int, of_file: int) -> None:
        """
        Take room for a file that grows.

        Raises:
            Refusal: There is none left.
        """
        account = self.account
        _refuse(quota.check_size, account, of_file)
        if self._bytes + size > account.quota_bytes:
            self.count()
            _refuse(quota.check_bytes, account, self._bytes + size)
        self._bytes += size

    def take_file(self) -> None:
        """
        Take room for one more file or folder.

        Raises:
            Refusal: There are too many.
        """
        if self._files + 1 > self.account.quota_files:
            self.count()
            _refuse(quota.check_files, self.account, self._files + 1)
        self._files += 1

    def give_back(self, size: int, files: int = 0) -> None:
        """Something went."""
        self._bytes = max(0, self._bytes - size)
        self._files = max(0, self._files - files)


def _refuse(rule: Callable[[Account, int], None], account: Account, number: int) -> None:
    """Where a rule refuses, so does the server."""
    try:
        rule(account, number)
    except (quota.TooLarge, quota.NoRoom) as error:
        raise Refusal(Code.FAILURE, str(error)) from None

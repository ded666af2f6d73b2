"""
The short way to the disk, for whoever sends file after small file: all of them go into one journal.

There are two. While one is written, what the other holds has its place in the inbox and in the database, is brought to
the disk there, and then the journal is empty again. A minute without new ones does the same.
"""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from rollbook.intake import journal
from rollbook.intake.journal import Journal, Record
from rollbook.sftp.ledger import SYNCERS, Ledger

log = logging.getLogger("rollbook.sftp")

_OLD = 60.0  # seconds after which a journal is emptied though it is not full
_QUICK = 0.0005  # seconds
_AGAIN = 5.0  # seconds until that is tried again


class Quick:
    """The journals of a server."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._empty: list[Journal] = []
        self._open: Journal | None = None
        self._since = 0.0
        self._took = _QUICK  # seconds that the disk takes, lately
        self._under_way: Counter[Journal] = Counter()  # records that have no place yet
        self._tasks: set[asyncio.Task[None]] = set()
        try:
            self._empty += journal.both(Path(settings.ROLLBOOK_HOME))
        except OSError as failure:
            log.error("sftp.no_journal reason=%s", failure.strerror)

    async def keep(self, record: Record) -> Callable[[], None] | None:
        """
        Make a file safe; it is placed and entered after that.

        Returns:
            What to call when both is done: the record may go then. None: there is no room just now, and the file has to
            take the long way.

        Raises:
            OSError: The disk fails.
        """
        current = self._add(record)
        if current is None:
            return None
        self._under_way[current] += 1
        done = partial(self._under_way.subtract, (current,))
        try:
            if settings.SFTP_SYNC:
                await self._sync(current)
        except BaseException:
            done()
            raise
        return done

    async def _sync(self, current: Journal) -> None:
        """
        Bring it to the disk.

        A quick disk is waited for, as long as it is: to hand that to a thread and back takes longer.
        """
        began = time.perf_counter()
        if self._took < _QUICK:
            current.sync()
        else:
            await asyncio.get_running_loop().run_in_executor(SYNCERS, current.sync)
        self._took += (time.perf_counter() - began - self._took) / 8

    def tidy(self) -> None:
        """Empty the journal in the background that has held something for a while."""
        if self._open and time.monotonic() - self._since > _OLD:
            self._put_away()

    async def close(self, grace: float) -> None:
        """Empty them, if the database is there: else the next start does."""
        self._put_away()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)

    def _add(self, record: Record) -> Journal | None:
        for _ in range(2):
            if self._open is None:
                if not self._empty:
                    return None
                self._open, self._since = self._empty.pop(), time.monotonic()
            if self._open.add(record):
                return self._open
            self._put_away()
        return None

    def _put_away(self) -> None:
        if self._open:
            task = asyncio.create_task(self._make_empty(self._open))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._open = None

    async def _make_empty(self, full: Journal) -> None:
        while True:
            try:
                while self._under_way[full]:
                    await asyncio.sleep(0.01)
                await self._ledger.look()  # behind every row that waits
                await asyncio.to_thread(os.sync)
                await asyncio.to_thread(full.empty)
            except (DatabaseError, OSError):
                log.warning("sftp.journal_waits")
                await asyncio.sleep(_AGAIN)
            else:
                self._empty.append(full)
                return

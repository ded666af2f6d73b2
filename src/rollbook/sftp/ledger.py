"""
The thread that writes to the database.

The event loop never waits for the database. What several sessions have to write at one moment becomes one transaction:
a disk that takes a millisecond to commit serves two hundred uploads in that time.

Rows of files that are safe without them are written in bulk, a moment later. They keep their place in the order, and
wait for a database that is away: nothing else is written before they are.
"""

import asyncio
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from rollbook.intake import store
from rollbook.intake.models import ReceivedFile

log = logging.getLogger("rollbook.sftp")

_MOST = 200  # entries of one transaction
_MOMENT = 1.0  # seconds
_SOON = 0.05  # seconds for which rows that may wait are gathered
_AWAY = (OperationalError, InterfaceError)
SYNCERS = ThreadPoolExecutor(16, "syncer")
"""Threads that wait for the disk."""


@dataclass
class _Entry:
    write: Callable[[], Any] | None = None
    then: Callable[[], None] | None = None
    waiter: "asyncio.Future[Any] | None" = None
    sync: int | None = None
    row: ReceivedFile | None = None
    is_first: bool = False
    result: Any = None
    failure: BaseException | None = None

    @property
    def waits_for_the_database(self) -> bool:
        """Whether it is tried again, because its file is stored and it was not."""
        return self.row is not None and isinstance(self.failure, _AWAY)


class Ledger:
    """
    Writes what it is given, in order.

    Raises:
        DatabaseError: (from what `write` returns) The database is away, or refused. Nothing was written.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._entries: queue.SimpleQueue[list[_Entry] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()
        self._well = float("-inf")
        self._later: list[_Entry] = []

    def is_well(self) -> bool:
        """Whether the database took something a moment ago."""
        return time.monotonic() - self._well < _MOMENT

    async def look(self) -> None:
        """
        Ask whether the database is there.

        Raises:
            DatabaseError: It is not.
        """
        await self.write(_ask)

    def write(
        self, write: Callable[[], Any], then: Callable[[], None] | None = None, *, sync: int | None = None
    ) -> "asyncio.Future[Any]":
        """
        Write something, and wait for it where the answer is awaited.

        Args:
            write: May be called twice: when another's entry broke the transaction, or the connection was lost.

            then: What follows once it is committed, such as moving a file. Its failure is that of the entry.

            sync: An open file that is brought to the disk meanwhile: both wait for a disk, so they wait together.
        """
        waiter = self._loop.create_future()
        self._hand_over(_Entry(write, then, waiter, sync))
        return waiter

    def note(self, write: Callable[[], Any]) -> None:
        """Write something that nobody waits for; what fails is logged."""
        self._hand_over(_Entry(write))

    def enter_soon(self, row: ReceivedFile, *, is_first: bool) -> None:
        """Write a row down whose file is stored, with others that come in this moment; see `store.enter`."""
        if not self._later:
            self._loop.call_later(_SOON, self._hand_over)
        self._later.append(_Entry(row=row, is_first=is_first))

    def close(self) -> None:
        """Write what was given, and end."""
        self._hand_over()
        self._entries.put(None)
        self._thread.join(timeout=30)

    def _hand_over(self, *entries: _Entry) -> None:
        if self._later or entries:
            self._entries.put([*self._later, *entries])
            self._later = []

    def _work(self) -> None:
        kept: list[_Entry] = []
        while True:
            batch, ends = self._next(waits=_MOMENT if kept else None)
            batch = kept + batch
            _carry_out(batch)
            self._loop.call_soon_threadsafe(self._answer, batch)
            kept = [entry for entry in batch if entry.waits_for_the_database]
            if ends:
                connection.close()
                return

    def _next(self, waits: float | None) -> tuple[list[_Entry], bool]:
        """All that is there, and whether that was the last. Blank: nothing came while it waited."""
        batch: list[_Entry] = []
        try:
            entries = self._entries.get(timeout=waits)
            while entries is not None:
                batch += entries
                if len(batch) >= _MOST:
                    return batch, False
                entries = self._entries.get_nowait()
        except queue.Empty:
            return batch, False
        return batch, True

    def _answer(self, batch: list[_Entry]) -> None:
        for entry in batch:
            self._well = time.monotonic() if entry.failure is None else float("-inf")
            if entry.waiter is None:
                if entry.waits_for_the_database:
                    log.error("sftp.database_away")
                elif entry.failure is not None:
                    log.error("sftp.not_noted", exc_info=entry.failure)
            elif entry.waiter.cancelled():
                pass
            elif entry.failure is not None:
                entry.waiter.set_exception(entry.failure)
            else:
                entry.waiter.set_result(entry.result)


def _carry_out(batch: list[_Entry]) -> None:
    """All in one transaction, or each in its own where that did not work; the disk works meanwhile."""
    for entry in batch:
        entry.failure = None
    syncs = [(entry, SYNCERS.submit(os.fsync, entry.sync)) for entry in batch if entry.sync is not None]
    try:
        _write(batch)
    except Exception:
        connection.close()
        _write_each(batch)
    for entry, synced in syncs:
        entry.failure = synced.exception() or entry.failure
    for entry in batch:
        if entry.failure is None and entry.then is not None:
            try:
                entry.then()
            except Exception as failure:
                entry.failure = failure


def _write_each(batch: list[_Entry]) -> None:
    away: BaseException | None = None  # why a row waits that must not be overtaken
    for entry in batch:
        entry.failure = away
        if away is not None:
            continue
        try:
            _write([entry])
        except Exception as failure:
            connection.close()
            entry.failure = failure
            away = failure if entry.waits_for_the_database else None


def _write(batch: list[_Entry]) -> None:
    with transaction.atomic():
        for rows, entries in groupby(batch, lambda entry: entry.row is not None):
            if rows:
                store.enter_all([(entry.row, entry.is_first) for entry in entries if entry.row is not None])
                continue
            for entry in entries:
                entry.result = entry.write() if entry.write else None


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

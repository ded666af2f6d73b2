"""
The thread that writes to the database.

The event loop never waits for the database. What several sessions have to write at one moment becomes one transaction:
a disk that takes a millisecond to commit serves two hundred uploads in that time.
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
from typing import Any

from django.db import connection, transaction

log = logging.getLogger("rollbook.sftp")

_MOST = 200  # entries of one transaction
_MOMENT = 1.0  # seconds
_syncers = ThreadPoolExecutor(16, "syncer")


@dataclass
class _Entry:
    write: Callable[[], Any]
    then: Callable[[], None] | None
    waiter: "asyncio.Future[Any] | None"
    sync: int | None = None
    result: Any = None
    failure: BaseException | None = None


class Ledger:
    """
    Writes what it is given, in order.

    Raises:
        DatabaseError: (from what `write` returns) The database is away, or refused. Nothing was written.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._entries: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()
        self._well = float("-inf")

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
        self._entries.put(_Entry(write, then, waiter, sync))
        return waiter

    def note(self, write: Callable[[], Any]) -> None:
        """Write something that nobody waits for; what fails is logged."""
        self._entries.put(_Entry(write, None, None))

    def close(self) -> None:
        """Write what was given, and end."""
        self._entries.put(None)
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while True:
            batch, ends = self._next()
            if batch:
                _carry_out(batch)
                self._loop.call_soon_threadsafe(self._answer, batch)
            if ends:
                connection.close()
                return

    def _next(self) -> tuple[list[_Entry], bool]:
        """All that waits, and whether that was the last."""
        batch: list[_Entry] = []
        entry = self._entries.get()
        while entry is not None:
            batch.append(entry)
            if len(batch) >= _MOST:
                return batch, False
            try:
                entry = self._entries.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _answer(self, batch: list[_Entry]) -> None:
        for entry in batch:
            self._well = time.monotonic() if entry.failure is None else float("-inf")
            if entry.waiter is None:
                if entry.failure is not None:
                    log.error("sftp.not_noted", exc_info=entry.failure)
            elif entry.waiter.cancelled():
                pass
            elif entry.failure is not None:
                entry.waiter.set_exception(entry.failure)
            else:
                entry.waiter.set_result(entry.result)


def _carry_out(batch: list[_Entry]) -> None:
    """All in one transaction, or each in its own where that did not work; the disk works meanwhile."""
    syncs = [(entry, _syncers.submit(os.fsync, entry.sync)) for entry in batch if entry.sync is not None]
    try:
        _write(batch)
    except Exception:
        connection.close()
        for entry in batch:
            try:
                _write([entry])
            except Exception as failure:
                connection.close()
                entry.failure = failure
    for entry, synced in syncs:
        entry.failure = synced.exception() or entry.failure
    for entry in batch:
        if entry.failure is None and entry.then is not None:
            try:
                entry.then()
            except Exception as failure:
                entry.failure = failure


def _write(batch: list[_Entry]) -> None:
    with transaction.atomic():
        for entry in batch:
            entry.result = entry.write()


def _ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

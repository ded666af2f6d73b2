"""
A worker: slots that carry runs, and a sweep that finds what nobody told of.

On PostgreSQL jobs tell that there is work, at once and on whichever machine has a slot free. On SQLite, with its one
machine, the worker looks for itself twice a second. Either way the claim decides which run is carried.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from rollbook.jobs.claim import is_anything_due
from rollbook.jobs.former import end_former
from rollbook.jobs.slots import Slots

log = logging.getLogger(__name__)
POLL = 0.5
Beat = Callable[[], object]


def work(name: str, *, concurrency: int = 1, beats: Sequence[Beat] = ()) -> None:
    """
    Carry due runs until SIGINT or SIGTERM; runs in flight finish their step and are handed back.

    Args:
        beats: Called every sweep, in a thread of their own, one after another.
    """
    asyncio.run(_work(Slots(name, concurrency), concurrency, beats))


async def _work(slots: Slots, concurrency: int, beats: Sequence[Beat]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    work = [_sweep(), _beat(beats), *(_look(slots) for _ in range(concurrency))]
    if connection.vendor == "postgresql":
        from rollbook.jobs.tasks import deliver

        work.append(deliver(slots.carry_one, concurrency))
    tasks = [asyncio.create_task(job) for job in work]
    ends = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait([ends, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stops = asyncio.create_task(slots.stop())
    for task in (ends, *tasks):
        task.cancel()
    await asyncio.gather(ends, *tasks, return_exceptions=True)
    await stops
    for task in done - {ends}:
        task.result()  # none of them ends by itself, unless by an error


async def _look(slots: Slots) -> None:
    """Let a slot carry the due runs that nobody told of: lapsed leases, due retries, and on SQLite all of them."""
    pause = settings.RUN_SWEEP if connection.vendor == "postgresql" else POLL
    while True:
        if not (slots.has_free and await _in_a_thread(is_anything_due) and await slots.carry_one()):
            await asyncio.sleep(pause)


async def _sweep() -> None:
    """End the carriers that lost their runs, here and in the database."""
    while True:
        await _in_a_thread(_clean)
        await asyncio.sleep(settings.RUN_SWEEP)


def _clean() -> None:
    end_former()
    if connection.vendor == "postgresql":
        from rollbook.jobs.tasks import forget_orphans

        forget_orphans()


async def _beat(beats: Sequence[Beat]) -> None:
    while True:
        for beat in beats:
            await _in_a_thread(beat)
        await asyncio.sleep(settings.RUN_SWEEP)


async def _in_a_thread(call: Callable[[], object]) -> object:
    """Django's database is not for the thread of the event loop."""
    return await asyncio.to_thread(_safely, call)


def _safely(call: Callable[[], object]) -> object:
    """One that fails is logged and does not keep the others from theirs."""
    try:
        return call()
    except DatabaseError:
        log.exception("The database cannot be used; trying again")
        connection.close()
    except Exception:
        log.exception("%s failed", getattr(call, "__qualname__", call))
    finally:
        close_old_connections()
    return None

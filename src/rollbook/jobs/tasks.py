"""
Delivery to workers on many machines, by Procrastinate: PostgreSQL only.

A job says only that there is work; which run it becomes is decided by the claim. A job that is lost, delivered twice
or late does no harm: every worker also looks by itself from time to time. So Procrastinate's own care for jobs of dead
workers is not needed, nor relied on (its listing of stalled jobs misses those of workers that it has pruned).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from django.db import connection
from procrastinate.contrib.django import app

QUEUE = "runs"
_carry_one: list[Callable[[], Awaitable[object]]] = []


@app.task(name="rollbook.there_is_work", queue=QUEUE)
async def there_is_work() -> None:
    """Let a free slot of this worker carry the run whose turn it is."""
    await _carry_one[0]()


def tell() -> None:
    """Wake a worker when the caller's transaction commits; not at all when it does not."""
    there_is_work.defer()


async def deliver(carry_one: Callable[[], Awaitable[object]], concurrency: int) -> None:
    """Take jobs until cancelled, one for each free slot."""
    _carry_one[:] = [carry_one]
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        async with worker_app.open_async():
            with contextlib.suppress(asyncio.CancelledError):
                await worker_app.run_worker_async(
                    queues=[QUEUE], concurrency=concurrency, install_signal_handlers=False, delete_jobs="always"
                )


def forget_orphans() -> None:
    """Remove the jobs of workers that died: their runs are found without them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE queue_name = %s AND status = 'doing' AND worker_id IS NULL", [QUEUE]
        )

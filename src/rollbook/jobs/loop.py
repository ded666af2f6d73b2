"""The embedded worker: due runs, one after another, until it is told to stop."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from rollbook.jobs import carrier, sessions
from rollbook.jobs.claim import claim
from rollbook.jobs.holder import Holder

log = logging.getLogger(__name__)
POLL = 0.5
Beat = Callable[[], object]


def work(stopping: threading.Event, *, name: str = "", beats: Sequence[Beat] = (), is_over: bool = False) -> int:
    """
    Carry due runs until `stopping` is set.

    Args:
        beats: Called every sweep, whatever is going on beside.

        is_over: Stop as soon as nothing is due.

    Returns:
        How many runs were carried.
    """
    sessions.limit_waiting()
    carried, next_beat = 0, 0.0
    while not stopping.is_set():
        if time.monotonic() >= next_beat:
            next_beat = time.monotonic() + settings.RUN_SWEEP
            call(beats)
        try:
            run = claim(Holder.this(name))
        except DatabaseError:
            log.exception("The database cannot be used; trying again")
            connection.close()
            stopping.wait(settings.RUN_HEARTBEAT)
            continue
        if run:
            carrier.carry_and_tell(run, stopping)
            carried += 1
        elif is_over:
            break
        else:
            close_old_connections()
            stopping.wait(POLL)
    return carried


def call(beats: Sequence[Beat]) -> None:
    """Call each beat; one that fails is logged and does not keep the others from theirs."""
    for beat in beats:
        try:
            beat()
        except Exception:
            log.exception("%s failed", getattr(beat, "__qualname__", beat))

"""
The process that carries runs for a worker, one at a time.

    python -m rollbook.jobs.slot NAME

It is told on standard input that there may be work, and answers with a line when it has looked: `carried` or
`nothing`. It stands apart from its worker so that a run which takes its process down takes nothing else with it; and
it is started by exec, since Polars' threads do not survive a fork.
"""

import logging
import os
import signal
import sys
import threading
from types import FrameType

import django
from django.conf import settings
from django.db import DatabaseError, connection

from rollbook import logs

log = logging.getLogger(__name__)
CARRIED, NOTHING = "carried", "nothing"


def main(name: str) -> None:
    """Carry runs until standard input ends or somebody asks to stop."""
    django.setup()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what anything prints is for the log
    stopping, waits = threading.Event(), True

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        if waits:
            sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with logs.about(worker=name):
        for _ in sys.stdin:
            waits = False
            carried = _carry_one(name, stopping)
            answers.write(f"{CARRIED if carried else NOTHING}\n")
            if stopping.is_set():
                break
            waits = True


def _carry_one(name: str, stopping: threading.Event) -> bool:
    from rollbook.jobs import carrier, sessions
    from rollbook.jobs.claim import claim
    from rollbook.jobs.holder import Holder

    try:
        sessions.limit_waiting()
        run = claim(Holder.this(name))
    except DatabaseError:
        log.exception("The database cannot be used; trying again")
        connection.close()
        stopping.wait(settings.RUN_HEARTBEAT)
        return False
    if run is None:
        return False
    carrier.carry_and_tell(run, stopping)
    return True


if __name__ == "__main__":
    main(sys.argv[1])

"""
A process that takes the run whose turn it is and carries it until told otherwise, for tests that need one to die.

    python -m tests.jobs.puppet [--at STEP --do kill|stop|hand-back|cancel] [--elsewhere]

STEP is the name of a step, or `row` for the moment after the first rows were written. It prints where the run stood
when it was done with it: its state, `lost`, or `nothing` when nothing was due. With `--elsewhere` it says that it runs
on another machine, where nobody can see or kill it.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading

from rollbook.runs.progress import Quiet


class _Watcher(Quiet):
    def __init__(self, at: str, do: str, stopping: threading.Event) -> None:
        self.at, self.do, self.stopping = at, do, stopping

    def step(self, name: str) -> None:
        self._reached(name)

    def advance(self, rows: int) -> None:
        self._reached("row")

    def _reached(self, name: str) -> None:
        if name != self.at:
            return
        if self.do == "hand-back":
            self.stopping.set()
        else:
            os.kill(os.getpid(), signal.SIGKILL if self.do == "kill" else signal.SIGSTOP)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--at", default="")
    parser.add_argument("--do", default="")
    parser.add_argument("--elsewhere", action="store_true")
    asked = parser.parse_args()

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "rollbook.settings"
    django.setup()
    from rollbook.jobs import carrier, holder, sessions
    from rollbook.jobs.claim import claim
    from rollbook.runs.models import LostRun

    if asked.elsewhere:
        holder._place = lambda: "another machine"  # type: ignore[assignment]
    sessions.limit_waiting()
    run = claim(holder.Holder.this("puppet"))
    if run is None:
        print("nothing")
        return
    stopping = threading.Event()
    try:
        print(carrier.carry(run, stopping, _Watcher(asked.at, asked.do, stopping)).state)
    except LostRun:
        print("lost")
    except Exception as error:
        print(type(error).__name__)


if __name__ == "__main__":
    main()

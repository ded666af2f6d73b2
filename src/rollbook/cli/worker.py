"""rollbook worker."""

import signal
import sys
import threading

import click

from rollbook.cli.support import say, with_database


@click.command()
@click.option("--name", default="", help="How runs name this worker. [default: host and process]")
def worker(name: str) -> None:
    """
    Carry due runs until Ctrl-C or SIGTERM.

    A run in flight finishes its step and is handed back; the next worker goes on behind its last finished phase.
    """
    with_database()
    from rollbook import logs
    from rollbook.jobs import loop, presence
    from rollbook.jobs.holder import Holder
    from rollbook.schedules.tick import tick

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    if sys.stdout.isatty():
        say("Carrying runs. Stop with Ctrl-C.")
    name = name or Holder.default_name()
    with logs.about(worker=name), presence.of(name) as note:
        loop.work(stopping, name=name, beats=[note, tick])

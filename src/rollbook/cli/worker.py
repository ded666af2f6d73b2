"""rollbook worker."""

import sys
from functools import partial

import click

from rollbook.cli.support import say, with_database


@click.command()
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=1, show_default=True, help="Runs that it carries at once."
)
@click.option("--name", default="", help="How runs name this worker.  [default: host and process]")
def worker(concurrency: int, name: str) -> None:
    """
    Carry due runs until Ctrl-C.

    A run in flight then finishes its step and is handed back; the next worker goes on behind its last finished phase.
    """
    with_database()
    from rollbook import logs
    from rollbook.intake import deliveries, handover, resumable
    from rollbook.intake.manual.tidying import tidy
    from rollbook.jobs import presence
    from rollbook.jobs.holder import Holder
    from rollbook.jobs.worker import work
    from rollbook.notices.watch import watch
    from rollbook.schedules.silence import is_silent
    from rollbook.schedules.tick import tick

    if sys.stdout.isatty():
        say("Carrying runs. Stop with Ctrl-C.")
    name = name or Holder.default_name()
    with logs.about(worker=name), presence.of(name) as note:
        looks = (resumable.look, deliveries.look, handover.look, tidy, partial(watch, is_silent=is_silent))
        work(name, concurrency=concurrency, beats=(note, tick, *looks))

"""rollbook run, runs, plan, approve, discard, undo, cancel, retry."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollbook.cli.support import progress, say, the_integration, the_run, with_database

if TYPE_CHECKING:
    from rollbook.runs.models import Run

EXIT_FAILED, EXIT_HELD = 1, 3


@click.command()
@click.argument("name")
@click.option("--test", is_flag=True, help="Plan and report; write nothing to the roster.")
@click.option("--delta", is_flag=True, help="Ask the source only for what has changed since the last applied run.")
@click.option(
    "--from",
    "path",
    type=click.Path(path_type=Path),
    help="Folder, file or zip to read, instead of the integration's own path.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(name: str, test: bool, delta: bool, path: Path | None, as_json: bool) -> None:
    """
    Carry one run of the integration NAME and wait for it.

    A plan beyond a limit is held and ends with 3, that of a test run too: a person has to look at it.
    """
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.jobs import foreground, queue
    from rollbook.runs.models import Mode
    from rollbook.sources.kinds import KINDS

    path = path.absolute() if path else None
    found = the_integration(name)
    if delta and not KINDS[found.source].offers_delta:
        raise SettingsError(f"{KINDS[found.source].title} cannot be asked for changes only. Nothing was done.")
    made = queue.enqueue(found, mode=Mode.TEST if test else Mode.LIVE, path=path, is_delta=delta)
    with progress(as_json) as watcher:
        made = foreground.carry(made, watcher)
    _tell(made, as_json)


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.option("--limit", default=20, show_default=True, help="The latest so many.")
def runs(name: str | None, as_json: bool, limit: int) -> None:
    """List the latest runs, of all integrations or of NAME."""
    with_database()
    from rich.console import Console
    from rich.table import Table

    from rollbook.runs import outcome
    from rollbook.runs.models import Run

    found = Run.objects.select_related("integration__tenant")
    if name:
        found = found.filter(integration=the_integration(name))
    latest = list(found[:limit])
    if as_json:
        say(json.dumps([outcome.as_json(r) for r in latest]))
        return
    if not latest:
        say("No run yet. Start one: rollbook run NAME --from PATH")
        return
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    numbers = ("Run", "New", "Updated", "Ended", "Rejected")
    for heading in ("Run", "Integration", "Mode", "State", "Started", *numbers[1:]):
        # On a narrow terminal names and states go on below; a date or a number never does.
        is_broken = heading in ("Integration", "State")
        table.add_column(heading, justify="right" if heading in numbers else "left", no_wrap=not is_broken)
    for made in latest:
        started = made.started.strftime("%Y-%m-%d %H:%M") if made.started else ""
        counts = [str(made.total(action)) for action in ("create", "update", "deactivate", "reject")]
        state = made.state.replace("_", " ")
        table.add_row(str(made.pk), made.integration.name, made.mode, state, started, *counts)
    Console().print(table)


@click.command()
@click.argument("number", metavar="RUN", type=int)
@click.option("--all", "everything", is_flag=True, help="Show every change.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with at most 1,000 changes an entity.")
def plan(number: int, everything: bool, as_json: bool) -> None:
    """
    Show what RUN would change, or has changed.

    First what is changed or ended, then what is new: the first of each, unless --all asks for everything.
    """
    with_database()
    from rollbook.runs import planview

    made = the_run(number)
    if as_json:
        say(json.dumps(planview.as_json(made), ensure_ascii=False))
    else:
        planview.show(made, everything=everything)


@click.command()
@click.argument("number", metavar="RUN", type=int)
def approve(number: int) -> None:
    """
    Apply the plan of a held or tested RUN, exactly.

    Refused when the roster has moved since the plan was made.
    """
    with_database()
    from rollbook.jobs import foreground, queue

    made = queue.approve(the_run(number))
    with progress(quiet=False) as watcher:
        made = foreground.carry(made, watcher)
    _tell(made, as_json=False)


@click.command()
@click.argument("number", metavar="RUN", type=int)
def discard(number: int) -> None:
    """Never apply the plan of a held or tested RUN."""
    with_database()
    from rollbook.runs import decisions

    decisions.discard(the_run(number))
    say(f"Run {number} was discarded. The roster is as it was.")


@click.command()
@click.argument("number", metavar="RUN", type=int)
def undo(number: int) -> None:
    """Give the rows that RUN wrote their earlier values back."""
    with_database()
    from rollbook.jobs import foreground, queue

    made = queue.undo(the_run(number))
    with progress(quiet=False) as watcher:
        made = foreground.carry(made, watcher)
    _tell(made, as_json=False)


@click.command()
@click.argument("number", metavar="RUN", type=int)
def cancel(number: int) -> None:
    """Take RUN out of the queue, or stop it at its next step."""
    with_database()
    from rollbook.jobs import queue
    from rollbook.runs.models import State

    made = queue.cancel(the_run(number))
    if made.state == State.CANCELLED:
        say(f"Run {number} was taken out of the queue.")
    else:
        say(f"Run {number} stops at its next step, unless it has begun to write by then. See: rollbook runs")


@click.command()
@click.argument("number", metavar="RUN", type=int)
def retry(number: int) -> None:
    """Ask for a run like RUN, which failed or was cancelled. A worker carries it."""
    with_database()
    from rollbook.jobs import queue

    made = queue.retry(the_run(number))
    say(f"Run {made.pk} waits in the queue.")


def _tell(made: "Run", as_json: bool) -> None:
    """Print how a run ended, and leave with its exit code."""
    from rollbook.runs import outcome
    from rollbook.runs.models import State

    if as_json:
        say(json.dumps(outcome.as_json(made)))
    elif made.state != State.FAILED:
        _show(made)
    if made.state == State.FAILED:
        click.echo(f"Error: run {made.pk} failed. {made.error}", err=True)
        sys.exit(EXIT_FAILED)
    if made.state == State.HELD:
        click.echo(
            f"Run {made.pk} is held. Look at it: rollbook plan {made.pk}. "
            f"Then: rollbook approve {made.pk}, or rollbook discard {made.pk}.",
            err=True,
        )
        sys.exit(EXIT_HELD)


def _show(made: "Run") -> None:
    from rollbook.runs import reporting
    from rollbook.runs.folder import RunFolder
    from rollbook.runs.report import effects
    from rollbook.runs.report.console import show

    folder = RunFolder.of(made)
    show(
        reporting.summary(made),
        effects=effects(folder.issues()),
        report=folder.excel if folder.excel.exists() else None,
    )

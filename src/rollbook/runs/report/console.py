"""A run on the terminal: numbers, kinds of issues and where the report lies, never a person's data."""

from collections.abc import Mapping
from pathlib import Path

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rollbook.core.guards import Held, sentence
from rollbook.core.issues import CATALOGUE, Severity
from rollbook.runs.report.summary import Summary

_ACTIONS = ("create", "update", "reactivate", "deactivate", "unchanged", "reject", "ignore")
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "dim"}


def show(
    summary: Summary,
    *,
    effects: Mapping[str, int] | None = None,
    report: Path | None = None,
    console: Console | None = None,
) -> None:
    """
    Print what a run did or found.

    Args:
        effects: What `findings.effects` counted.

        report: The file or folder to look at next.
    """
    console = console or Console(highlight=False)
    _print_head(console, summary)
    if summary.counts:
        console.print(_count_table(summary))
    if summary.waits:
        _print_held(console, summary)
    _print_issues(console, summary.issue_counts, effects or {})
    if report is not None:
        console.print(Text(f"Report: {report}"), soft_wrap=True)


def _print_head(console: Console, summary: Summary) -> None:
    known = not summary.integration or summary.integration in summary.title
    name = summary.title if known else f"{summary.title}, {summary.integration}"
    run = f", run {summary.run}" if summary.run is not None else ""
    console.print(Text(f"{name}{run}: {summary.state}", style="bold"))
    if summary.banner:
        console.print(Text(summary.banner))
    console.print()


def _count_table(summary: Summary) -> Table:
    """Entity by action; an action that occurs nowhere takes no room."""
    actions = [a for a in _ACTIONS if any(by_action.get(a) for by_action in summary.counts.values())]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("entity")
    for action in actions:
        table.add_column(action, justify="right")
    for entity, by_action in summary.counts.items():
        table.add_row(Text(entity), *(f"{by_action.get(a, 0):,}" for a in actions))
    return table


def _print_held(console: Console, summary: Summary) -> None:
    console.print(Text("Held: a member has to approve the plan", style="bold"))
    for held in summary.held:
        console.print(Padding(Text(sentence(Held(**held))), (0, 0, 0, 2), expand=False))
    console.print()


def _print_issues(console: Console, counts: Mapping[str, int], effects: Mapping[str, int]) -> None:
    """The kinds of issues, the worst first, each with what to do."""
    for severity in Severity:
        for kind in CATALOGUE:
            if kind.severity is not severity or not counts.get(kind.code):
                continue
            further = effects.get(kind.code, 0)
            fallen = f", and {further:,} more row{'s' if further > 1 else ''} with them" if further else ""
            head = Text.assemble(
                (severity.value, _STYLES[severity]), f"  {kind.title}: {counts[kind.code]:,}{fallen}  ({kind.code})"
            )
            console.print(head)
            console.print(Padding(Text(kind.fix), (0, 0, 0, 2), expand=False))
    if any(counts.values()):
        console.print()

"""rollbook check, template: work on files, need no database."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import click

from rollbook.cli.support import say


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--layout",
    "name",
    default="",
    metavar="NAME|FILE.toml",
    help="Layout of the sheets, or a file with a layout of your own; recognised when left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--report", type=click.Path(path_type=Path), help="Write an Excel report here.")
def check(path: Path, name: str, as_json: bool, report: Path | None) -> None:
    """
    Check a folder, file or zip before it is sent.

    Says what a run would say of the rows. Ends with 1 when it found errors, or when the files cannot be read.
    """
    from rollbook.runs.checking import check_files

    with tempfile.TemporaryDirectory(prefix="rollbook-check-") as scratch:
        checked = check_files(path, name, Path(scratch))
        if report:
            from rollbook.runs.report import write_reports

            shutil.copy(write_reports(checked.folder, checked.summary, layout=checked.layout), report)
        if as_json:
            say(json.dumps(checked.as_json(), ensure_ascii=False))
        else:
            from rollbook.runs.report import effects
            from rollbook.runs.report.console import show

            show(checked.summary, effects=effects(checked.folder.issues()), report=report)
    sys.exit(1 if checked.has_errors else 0)


@click.command()
@click.argument("layout")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def template(layout: str, out: Path) -> None:
    """
    Write the empty sheets of LAYOUT.

    With their headers, and a guide to every column.
    """
    from rollbook.sources import layouts
    from rollbook.sources.templates import write_template

    write_template(layouts.load(layout), out)
    say(f"Wrote the sheets of {layout} and FIELDS.md to {out}.")

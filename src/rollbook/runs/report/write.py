"""All reports of a run, written together."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from rollbook.core.layout import Layout
from rollbook.runs.folder import RunFolder
from rollbook.runs.report import tables
from rollbook.runs.report.changes import Changes, tally
from rollbook.runs.report.csv_files import write_guarded, write_guarded_parts
from rollbook.runs.report.error_rows import write_error_rows
from rollbook.runs.report.findings import effects, for_people, listed, listed_parts
from rollbook.runs.report.summary import Summary

LISTED_IN_JSON = 1_000

_README = """\
{title}
{banner}
issues.csv        everything that was found, with what to do about it
new.csv           records that are new or come back
updated.csv       changed fields, old and new
deactivated.csv   records that are ended
report.json       the numbers, for programs
error-rows/       rows that were not taken, in the layout they were sent in: mend them and send the file again

In the CSV files above, a ' stands before text that a spreadsheet would take for a formula.

The files in error-rows are the exception: they hold exactly what was sent, so that they can be sent again. A cell
that begins with = + - or @ may run as a formula when such a file is opened in a spreadsheet. Do not open one whose
sender you do not trust; mend it in a text editor, or import it with all columns as text. They are not masked either.
The last two columns, rollbook_line and rollbook_reason, are notes; leave them or take them out, they are not read.
Columns that the hub does not use, and cells beyond the last column of the header, are not kept and come back empty.
"""


def list_new(
    folder: RunFolder,
    files: Sequence[Mapping[str, Any]],
    path: Path,
    *,
    unmasked: bool = False,
    schools: Mapping[str, str] | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Path:
    """
    Write the list of the records that are new or come back, which a first load has millions of.

    Args:
        files: As in `Summary`.

        path: Of the file.

        is_wanted: Asked now and then; when it says no, the list ends there.

    Returns:
        `path`.
    """
    parts = _changes(folder, files, schools, unmasked).all_new()
    write_guarded_parts(takewhile(lambda _: is_wanted(), parts), path)
    return path


def write_reports(
    folder: RunFolder,
    summary: Summary,
    *,
    unmasked: bool = False,
    layout: Layout | None = None,
    schools: Mapping[str, str] | None = None,
    cap: int = tables.CAP,
    new: Path | None = None,
) -> Path:
    """
    Write the Excel report and the folder beside it, in place of those that are there.

    Args:
        unmasked: Show restricted values, which the files then must be guarded for. Error rows always show them.

        layout: What the rows were read by: tells which columns are restricted. Without it more is masked.

        schools: sourced_id -> name of the organisations in the roster; the plan itself names the ones it changes.

        cap: The most rows of an Excel sheet; the CSV files have them all.

        new: What `list_new` has written already, with the same arguments; it becomes part of the report.

    Returns:
        The Excel report.
    """
    from rollbook.runs.report.excel import write_workbook  # its library is slow to load, and many nights write nothing

    draft = folder.report.with_name("report.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    issues = for_people(folder.issues(), summary.files, layout, unmasked=unmasked)
    sheets = tables.issue_tables(issues, cap)
    if summary.has_plan:
        plan = _changes(folder, summary.files, schools, unmasked)
        sheets[2:2] = tables.change_tables(plan, cap)
        if new:
            new.rename(draft / "new.csv")
        else:
            write_guarded_parts(plan.all_new(), draft / "new.csv")
        write_guarded_parts(plan.updated(), draft / "updated.csv")
        write_guarded(plan.deactivated(), draft / "deactivated.csv")
    sheets += [tables.quiet_table(summary.counts), tables.file_table(summary)]
    write_guarded_parts(listed_parts(issues), draft / "issues.csv")
    write_error_rows(folder, summary.files, draft / "error-rows")
    facts = {**summary.facts(), "effects": effects(issues), "issues": listed(issues.head(LISTED_IN_JSON)).to_dicts()}
    (draft / "report.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    readme = _README.format(title=summary.title, banner=summary.banner and f"{summary.banner}\n")
    (draft / "README.txt").write_text(readme, encoding="utf-8")
    workbook = draft / folder.excel.name
    write_workbook(workbook, summary, sheets)
    workbook.replace(folder.excel)
    shutil.rmtree(folder.report, ignore_errors=True)
    draft.rename(folder.report)
    return folder.excel


def _changes(
    folder: RunFolder, files: Sequence[Mapping[str, Any]], schools: Mapping[str, str] | None, unmasked: bool
) -> Changes:
    return Changes(folder, tally(folder), schools or {}, [file["file"] for file in files], unmasked)

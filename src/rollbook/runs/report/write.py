"""All reports of a run, written together."""

import json
import shutil
from collections.abc import Callable, Mapping
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rollbook.core.layout import Layout
from rollbook.runs.folder import RunFolder
from rollbook.runs.report import tables
from rollbook.runs.report.changes import Changes, tally
from rollbook.runs.report.csv_files import write_guarded, write_guarded_parts
from rollbook.runs.report.error_rows import write_error_rows
from rollbook.runs.report.findings import effects, for_people, listed, listed_parts
from rollbook.runs.report.summary import Summary

if TYPE_CHECKING:
    from rollbook.runs.report.excel import Workbook

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


class Draft:
    """
    The reports of a run as they are written: first all that follows from its plan, in the end its numbers.

    The first takes longest, and can be done while the roster is written.

    Args:
        path: An empty folder for it; it becomes the folder of the reports.

        summary: The run as it stands now.

        unmasked, layout, schools, cap: As for `write_reports`.
    """

    def __init__(
        self,
        folder: RunFolder,
        path: Path,
        summary: Summary,
        *,
        unmasked: bool = False,
        layout: Layout | None = None,
        schools: Mapping[str, str] | None = None,
        cap: int = tables.CAP,
    ) -> None:
        self.folder, self.path, self.summary = folder, path, summary
        self.unmasked, self.layout, self.schools, self.cap = unmasked, layout, schools or {}, cap
        self.workbook: Workbook | None = None

    def write(self, is_wanted: Callable[[], bool] = lambda: True) -> Self:
        """
        Write all but the numbers.

        Args:
            is_wanted: Asked before each part of the list of new records, which comes last; it may take its time.
                When it says no, the draft is good for nothing and ends soon.
        """
        from rollbook.runs.report import excel  # its library is slow to load, and many nights write nothing

        files = self.summary.files
        self.issues = for_people(self.folder.issues(), files, self.layout, unmasked=self.unmasked)
        sheets = tables.issue_tables(self.issues, self.cap)
        if self.summary.has_plan:
            found, names = tally(self.folder), [file["file"] for file in files]
            plan = Changes(self.folder, found, self.schools, names, self.unmasked)
            sheets[2:2] = tables.change_tables(plan, self.cap)
            write_guarded_parts(plan.updated(), self.path / "updated.csv")
            write_guarded(plan.deactivated(), self.path / "deactivated.csv")
        sheets += [tables.quiet_table(self.summary.counts), tables.file_table(self.summary)]
        write_guarded_parts(listed_parts(self.issues), self.path / "issues.csv")
        write_error_rows(self.folder, files, self.path / "error-rows")
        self.workbook = excel.Workbook(self.path / self.folder.excel.name, self.summary)
        for table in sheets:
            self.workbook.table(table)
        if self.summary.has_plan:  # a first load has millions of new records
            write_guarded_parts(takewhile(lambda _: is_wanted(), plan.all_new()), self.path / "new.csv")
        return self

    def finish(self, summary: Summary) -> Path:
        """
        Write the numbers, and put the reports in place of those that are there.

        Args:
            summary: The run as it stands by now.

        Returns:
            The Excel report.
        """
        found = listed(self.issues.head(LISTED_IN_JSON)).to_dicts()
        facts = {**summary.facts(), "effects": effects(self.issues), "issues": found}
        (self.path / "report.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
        readme = _README.format(title=summary.title, banner=summary.banner and f"{summary.banner}\n")
        (self.path / "README.txt").write_text(readme, encoding="utf-8")
        assert self.workbook, "the draft was not written"
        self.workbook.close(summary)
        self.workbook = None
        (self.path / self.folder.excel.name).replace(self.folder.excel)
        shutil.rmtree(self.folder.report, ignore_errors=True)
        self.path.rename(self.folder.report)
        return self.folder.excel

    def discard(self) -> None:
        """Throw the draft away, unless it was finished."""
        if self.workbook:
            self.workbook.abandon()
        shutil.rmtree(self.path, ignore_errors=True)


def write_reports(
    folder: RunFolder,
    summary: Summary,
    *,
    unmasked: bool = False,
    layout: Layout | None = None,
    schools: Mapping[str, str] | None = None,
    cap: int = tables.CAP,
) -> Path:
    """
    Write the Excel report and the folder beside it, in place of those that are there.

    Args:
        unmasked: Show restricted values, which the files then must be guarded for. Error rows always show them.

        layout: What the rows were read by: tells which columns are restricted. Without it more is masked.

        schools: sourced_id -> name of the organisations in the roster; the plan itself names the ones it changes.

        cap: The most rows of an Excel sheet; the CSV files have them all.

    Returns:
        The Excel report.
    """
    path = folder.report.with_name("report.part")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    draft = Draft(folder, path, summary, unmasked=unmasked, layout=layout, schools=schools, cap=cap)
    return draft.write().finish(summary)

"""The workbook: text stays text, dates are dates, nothing is a formula or a link."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from rollbook.runs.report.summary import Summary
from rollbook.runs.report.tables import Table

MOST_CHARACTERS = 32_767
"""Excel holds no longer text in one cell."""

_FIRST_DAY = date(1900, 3, 1)
"""Earlier days come out wrong: Excel knows a 29 February 1900."""

_HELD = ("scope", "entity", "action", "count", "of", "limit")
_ACTIONS = ("create", "update", "reactivate", "deactivate", "unchanged", "reject", "ignore")
_WIDTHS = {
    "#": 7, "code": 21, "title": 28, "message": 70, "fix": 60, "entity": 18, "key": 24, "source_key": 24, "name": 30,
    "file": 26, "first_file": 26, "field": 24, "value": 24, "old": 30, "new": 30, "school": 28, "email": 32,
    "digest": 66, "model": 20,
}  # fmt: skip
_OTHER_WIDTH = 13


class Workbook:
    """
    A workbook as it is written: sheet by sheet, in the end the one that comes first, which has the numbers.

    Rows go to temporary files beside `path`, so that people's data stays in the folder of the run.

    Args:
        summary: The title and the banner are taken from it.
    """

    def __init__(self, path: Path, summary: Summary) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book, self.banner = xlsxwriter.Workbook(str(path), options), summary.banner
        self.book.set_properties({"title": summary.title})
        self.bold = self.book.add_format({"bold": True})
        self.heading = self.book.add_format({"bold": True, "bottom": 1})
        self.warning = self.book.add_format({"bold": True, "font_color": "#9C0006"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.first = self._sheet("Summary")

    def table(self, table: Table) -> None:
        """A heading that stays in sight and filters, the rows, and a line for those that are left out."""
        sheet, top = self._sheet(table.name)
        for column, name in enumerate(table.columns):
            sheet.set_column(column, column, _WIDTHS.get(name, _OTHER_WIDTH))
            sheet.write_string(top, column, _heading(name), self.heading)
        for line, row in enumerate(table.rows, top + 1):
            self._row(sheet, line, row)
        last = top + len(table.rows)
        sheet.freeze_panes(top + 1, 0)
        sheet.autofilter(top, 0, last, len(table.columns) - 1)
        if table.more:
            sheet.write_string(last + 1, 0, table.more, self.bold)

    def close(self, summary: Summary) -> None:
        """Write which run this is and its numbers, and with that the file."""
        sheet, line = self.first
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 36)
        sheet.set_column(2, len(_ACTIONS), _OTHER_WIDTH)
        for heading, rows in _blocks(summary):
            self._row(sheet, line, heading, self.heading)
            for row in rows:
                line += 1
                self._row(sheet, line, row)
            line += 2
        self.book.close()

    def abandon(self) -> None:
        """Let go of the temporary files; whatever there is now is the file."""
        self.book.close()

    def _sheet(self, name: str) -> tuple[Any, int]:
        """A new sheet, and the first line that is free under the banner."""
        sheet = self.book.add_worksheet(name)
        if not self.banner:
            return sheet, 0
        sheet.write_string(0, 0, self.banner, self.warning)
        return sheet, 1

    def _row(self, sheet: Any, line: int, row: tuple[Any, ...], style: Any = None) -> None:
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(line, column, value[:MOST_CHARACTERS], style)
            elif isinstance(value, int | float):
                sheet.write_number(line, column, value, style)
            elif isinstance(value, datetime):
                sheet.write_datetime(line, column, _utc(value), self.moment)
            elif value < _FIRST_DAY:
                sheet.write_string(line, column, value.isoformat(), style)
            else:
                sheet.write_datetime(line, column, value, self.day)


def _blocks(summary: Summary) -> list[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """The parts of the summary sheet: a heading and its rows."""
    facts: list[tuple[Any, ...]] = [
        ("Tenant", summary.tenant),
        ("Integration", summary.integration),
        ("Layout", summary.layout),
        ("Run", summary.run),
        ("Mode", summary.mode),
        ("State", summary.state),
        ("Asked for by", summary.trigger),
        ("Member", summary.member),
        ("Started (UTC)", summary.started),
        ("Ended (UTC)", summary.ended),
    ]
    counts = [(entity, *(by_action.get(a, 0) for a in _ACTIONS)) for entity, by_action in summary.counts.items()]
    held = [tuple(held.get(name) for name in _HELD) for held in summary.held]
    blocks: list[tuple[tuple[Any, ...], list[tuple[Any, ...]]]] = [
        ((summary.title,), facts),
        (("Entity", *map(_heading, _ACTIONS)), counts),
        (("Severity", "Issues"), list(summary.severities.items())),
        (("Held for" if summary.waits else "Beyond a limit", *map(_heading, _HELD[1:])), held),
        (("Step", "Seconds"), list(summary.seconds.items())),
        (("Setting", "Value"), list(summary.settings.items())),
    ]
    return [(heading, rows) for heading, rows in blocks if rows]


def _heading(name: str) -> str:
    """A column name as a heading."""
    return name[:1].upper() + name[1:].replace("_", " ")


def _utc(moment: datetime) -> datetime:
    """Excel knows no time zones."""
    return moment.astimezone(UTC).replace(tzinfo=None)

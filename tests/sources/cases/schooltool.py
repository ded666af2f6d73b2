"""SchoolTool, put to the test by its service: OneRoster 1.1 without totals or links between pages."""

from __future__ import annotations

from functools import partial

from simulators.schooltool import SchoolTool
from tests.sources.cases.case import Case
from tests.sources.cases.oneroster import expected

CASES = [
    Case(
        "schooltool",
        "schooltool",
        SchoolTool,
        partial(expected, version="1.1"),
        listing="*/users/",
        page_setting="page_size",
    )
]

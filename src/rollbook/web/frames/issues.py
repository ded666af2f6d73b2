"""The issues of a run: by code, by the record that blocks others, and row by row."""

from typing import Any

import polars as pl
from django.core.paginator import Page
from django.http import HttpRequest

from rollbook.core.errors import SettingsError
from rollbook.core.issues import worded
from rollbook.integrations import options
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from rollbook.runs.report import findings
from rollbook.web.frames.paging import PAGE_SIZE, frame_page

_BLOCKERS_SHOWN = 10


def by_code(run: Run) -> list[dict[str, Any]]:
    """One entry for each code, the worst first: `severity`, `title`, `fix`, `count`, `effects`."""
    return findings.by_code(findings.in_order(RunFolder.of(run).issues())).to_dicts()


def rows_of(request: HttpRequest, run: Run, code: str) -> Page[dict[str, Any]]:
    """A page of the issues of one code, in the order of the files, each in words."""
    rows = for_people(run, RunFolder.of(run).issues().filter(pl.col("code") == code))
    return frame_page(request, rows.lazy(), PAGE_SIZE, worded)


def blockers(run: Run) -> list[dict[str, Any]]:
    """The issues that keep most other rows out, with how many."""
    worst = RunFolder.of(run).issues().filter(pl.col("effects") > 0).top_k(_BLOCKERS_SHOWN, by="effects")
    return worded(for_people(run, worst)).sort("effects", descending=True, maintain_order=True).to_dicts()


def for_people(run: Run, issues: pl.DataFrame) -> pl.DataFrame:
    """In order, with the sender's own column names, and without restricted values."""
    try:
        layout = options.layout(run.integration_as_set())
    except SettingsError:  # without a layout more is hidden than need be
        layout = None
    return findings.for_people(issues, run.files, layout, unmasked=False)

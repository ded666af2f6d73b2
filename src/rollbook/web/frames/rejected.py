"""The rows of a run that were not taken, a page at a time, each with why."""

from typing import Any

import polars as pl
from django.core.paginator import Page
from django.http import HttpRequest

from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from rollbook.runs.report.error_rows import causes_of, reasons
from rollbook.web.frames.issues import for_people
from rollbook.web.frames.paging import PAGE_SIZE, frame_page


def count(folder: RunFolder) -> int:
    """How many rows were not taken."""
    return folder.rejected().height


def page_of(request: HttpRequest, run: Run) -> Page[dict[str, Any]]:
    """A page of them, in the order of the files: `file`, `sheet`, `line`, `reason`."""
    folder = RunFolder.of(run)
    rejected = folder.rejected()
    issues = for_people(run, folder.issues()) if not rejected.is_empty() else pl.DataFrame()

    def with_reasons(page: pl.DataFrame) -> pl.DataFrame:
        parts = [
            part.join(_why(part, issues), on="line", how="left", maintain_order="left")
            for part in page.partition_by("sheet", "file", maintain_order=True)
        ]
        return pl.concat(parts) if parts else page

    return frame_page(request, rejected.lazy(), PAGE_SIZE, with_reasons)


def _why(part: pl.DataFrame, issues: pl.DataFrame) -> pl.DataFrame:
    """`line`, `reason` of rejected rows of one file."""
    here = issues.join(part.select("sheet", "file", "line"), on=["sheet", "file", "line"], how="semi")
    return reasons(part, here, causes_of(part, issues))

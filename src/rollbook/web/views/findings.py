"""The issues of a run."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.core.schema import MASK
from rollbook.web.access import visible_run
from rollbook.web.frames import issues
from rollbook.web.frames import rejected as rejected_rows
from rollbook.web.rundetail import detail


def rejected(request: HttpRequest, run: int) -> HttpResponse:
    """The rows that were not taken, each with why."""
    found = visible_run(request, run)
    page = rejected_rows.page_of(request, found)
    return render(request, "web/run/errors.html", detail(found, "errors") | {"page": page})


def grouped(request: HttpRequest, run: int) -> HttpResponse:
    """What was found, one entry for each kind of issue."""
    found = visible_run(request, run)
    groups = issues.by_code(found)
    return render(request, "web/run/issues.html", detail(found, "issues") | {"groups": groups})


def listed(request: HttpRequest, run: int, code: str) -> HttpResponse:
    """Every issue of one kind, with where it was found."""
    found = visible_run(request, run)
    page = issues.rows_of(request, found, code)
    if not page.paginator.count:
        raise Http404(f"run {run} has no issue {code}")
    context = {
        "page": page,
        "code": code,
        "kind": page[0],
        "effects": any(row["effects"] for row in page),
        "is_masked": any(row["value"] == MASK for row in page),
    }
    return render(request, "web/run/issues_of.html", detail(found, "issues") | context)

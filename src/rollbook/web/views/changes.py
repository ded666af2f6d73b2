"""The planned or applied changes of a run: new, updated, deactivated."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.core import schema
from rollbook.core.plan import Action
from rollbook.runs.folder import RunFolder
from rollbook.runs.report.changes import DEACTIVATED, NEW, UPDATED
from rollbook.web.access import visible_run
from rollbook.web.frames.changes import change_page, entities_with, unchanged_page
from rollbook.web.rundetail import detail

_LINES, _CARDS = 50, 25


def created(request: HttpRequest, run: int) -> HttpResponse:
    """The records that come or come back, with what is known of each."""
    return _changes(request, run, "new", NEW, _LINES)


def updated(request: HttpRequest, run: int) -> HttpResponse:
    """The records that change, field by field; those that are back again among them."""
    return _changes(request, run, "updated", UPDATED, _CARDS)


def unchanged(request: HttpRequest, run: int) -> HttpResponse:
    """How many records came as the roster has them; of an upload also which."""
    found = visible_run(request, run)
    counts = {e.name: found.counts[e.name] for e in schema.ENTITIES if e.name in found.counts}
    rows = [(name, int(n.get("unchanged", 0)), int(n.get("ignore", 0))) for name, n in counts.items()]
    context: dict[str, Any] = {"rows": [row for row in rows if row[1] or row[2]]}
    listed = {name: n for name, n, _ in rows if n and RunFolder.of(found).unchanged(name) is not None}
    if listed:
        entity = request.GET.get("entity") or next(iter(listed))
        if entity not in listed:
            raise Http404(f"run {run} has no unchanged {entity}")
        context |= {"entities": listed, "entity": entity, "page": unchanged_page(request, found, entity)}
        context["page_name"] = "run-unchanged"
    return render(request, "web/run/unchanged.html", detail(found, "unchanged") | context)


def deactivated(request: HttpRequest, run: int) -> HttpResponse:
    """The records that end."""
    return _changes(request, run, "deactivated", DEACTIVATED, _LINES)


def _changes(request: HttpRequest, run: int, tab: str, actions: Sequence[Action], size: int) -> HttpResponse:
    found = visible_run(request, run)
    entities = entities_with(RunFolder.of(found), actions)
    context = detail(found, tab) | {"entities": entities, "page_name": f"run-{tab}"}
    if entities:
        entity = request.GET.get("entity") or next(iter(entities))
        if entity not in entities:
            raise Http404(f"run {run} has no such changes of {entity}")
        page, changes = change_page(request, found, entity, actions, size)
        context |= {"entity": entity, "page": page, "changes": changes, "is_masked": any(c.is_masked for c in changes)}
    return render(request, f"web/run/{tab}.html", context)

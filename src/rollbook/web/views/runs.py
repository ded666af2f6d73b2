"""The history of runs; summary, files and log of one run."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from rollbook.core import schema
from rollbook.runs.models import Mode, Run, State
from rollbook.web import words
from rollbook.web.access import member_of, visible_integrations, visible_run, visible_runs
from rollbook.web.frames.issues import blockers
from rollbook.web.frames.paging import query_page
from rollbook.web.rundetail import detail

_LISTED = ("create", "update", "unchanged", "deactivate", "reject")
_BAR_WIDTH = 1000.0


def listed(request: HttpRequest, integration: int | None = None) -> HttpResponse:
    """All runs, or those of one integration, newest first."""
    integrations = visible_integrations(request)
    asked = request.GET.get("integration", "")
    if integration is None and asked.isdecimal():
        integration = int(asked)
    chosen = get_object_or_404(integrations, pk=integration) if integration is not None else None
    state, mode = request.GET.get("state", ""), request.GET.get("mode", "")
    runs = visible_runs(request)
    if chosen:
        runs = runs.filter(integration=chosen)
    has_any = runs.exists()
    if state in State.values:
        runs = runs.filter(state=state)
    if mode in Mode.values:
        runs = runs.filter(mode=mode)
    context = {
        "page": query_page(request, runs),
        "integration": chosen,
        "integrations": integrations.order_by("name"),
        "states": [(s.value, words.state_chip(s).label) for s in State],
        "state": state,
        "modes": Mode.choices,
        "mode": mode,
        "has_any": has_any,
        "number_columns": [(a, words.COUNTED[a]) for a in _LISTED],
        "is_operator": member_of(request).tenant_id is None,
    }
    return render(request, "web/runs.html", context)


def summary(request: HttpRequest, run: int) -> HttpResponse:
    """
    What a run did or would do, what it waits for, and what went wrong.

    While it goes on the browser is told to load the page again, unless the address says `still`.
    """
    found = visible_run(request, run)
    shared = detail(found, "summary")
    context = {
        "table": _count_table(found),
        "columns": words.COUNTED,
        "held": words.held_sentences(found),
        "causes": words.likely_causes(found.held),
        "blockers": blockers(found),
        "steps": _steps(found),
    }
    is_still = "still" in request.GET
    response = render(request, "web/run/summary.html", shared | context | {"is_still": is_still})
    if shared["live"] and not is_still:
        response.headers["Refresh"] = str(shared["live"].refresh)
    return response


def files(request: HttpRequest, run: int) -> HttpResponse:
    """The files a run read."""
    return render(request, "web/run/files.html", detail(visible_run(request, run), "files"))


def log(request: HttpRequest, run: int) -> HttpResponse:
    """The steps of a run and how long each took."""
    found = visible_run(request, run)
    return render(request, "web/run/log.html", detail(found, "log") | {"steps": _steps(found)})


def _count_table(run: Run) -> list[dict[str, Any]]:
    """One row for each entity that the run counts, with a cell for each action."""
    names = [entity.name for entity in schema.ENTITIES if entity.name in run.counts]
    pages = {"create": "run-new", "update": "run-updated", "reactivate": "run-new", "deactivate": "run-deactivated"}
    return [
        {
            "entity": name,
            "cells": [
                {"action": a, "label": label, "count": int(run.counts[name].get(a, 0)), "page": pages.get(a, "")}
                for a, label in words.COUNTED.items()
            ],
        }
        for name in names
    ]


def _steps(run: Run) -> list[dict[str, Any]]:
    """The steps in the order they ran, each with its place on a bar of `_BAR_WIDTH`."""
    whole = sum(run.seconds.values()) or 1.0
    steps, start = [], 0.0
    for number, (name, seconds) in enumerate(run.seconds.items()):
        width = seconds / whole * _BAR_WIDTH
        steps.append(
            {
                "name": name,
                "seconds": seconds,
                "share": seconds / whole * 100,
                "x": f"{start:.1f}",
                "width": f"{width:.1f}",
                "tone": number % 6,
            }
        )
        start += width
    return steps

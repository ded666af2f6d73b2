"""The last step: what a test run found, and what going live means."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from rollbook.runs.models import UNDER_WAY, Mode, Run, State
from rollbook.runs.repeating import has_other_settings
from rollbook.schedules.models import Schedule
from rollbook.web import words
from rollbook.web.access import visible_integrations, visible_runs
from rollbook.web.rundetail import TALLY, waits
from rollbook.web.setting_up import context_of


def live(request: HttpRequest, integration: int) -> HttpResponse:
    """Where the integration is on its way to live runs, and what comes next."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    runs = visible_runs(request).filter(integration=found).order_by("-pk")
    last = runs.filter(mode=Mode.TEST).first()
    own = {
        "last": last,
        "is_under_way": last is not None and last.state in UNDER_WAY,
        **(_plan_of(last) if last else {}),
        "applied": runs.filter(state__in=[State.APPLIED, State.APPLIED_WITH_ERRORS]).first(),
        "schedules": Schedule.objects.filter(integration=found).order_by("pk"),
    }
    return render(request, "web/integration/live.html", context_of(found, "live") | own)


def _plan_of(run: Run) -> dict[str, Any]:
    return {
        "tally": [(action, words.COUNTED[action]) for action in TALLY],
        "held": words.held_sentences(run),
        "can_approve": waits(run),
        "is_older": run.is_ended and bool(run.basis) and has_other_settings(run),
    }

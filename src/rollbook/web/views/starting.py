"""Ask for a run of an integration: Test run, Run now."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import RollbookError, SettingsError
from rollbook.integrations.models import Integration
from rollbook.jobs import queue
from rollbook.runs.models import Mode, Run
from rollbook.web.access import member_of, visible_integrations

_ASKED = {
    Mode.TEST: "The test run was asked for. It begins when its turn comes.",
    Mode.LIVE: "The run was asked for. It begins when its turn comes.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, integration: int) -> HttpResponse:
    """
    What a test run and a live run do; then one of them is asked for.

    The first run of an integration is a test: approving its plan is the decision to go live.
    """
    found = get_object_or_404(visible_integrations(request), pk=integration)
    error, status = "", 200
    if request.method == "POST":
        mode = Mode.LIVE if request.POST.get("mode") == Mode.LIVE else Mode.TEST
        try:
            run = _ask(found, mode, request)
        except queue.AlreadyQueued as waiting:
            messages.info(request, "This run waits in the queue already, so no other was added.")
            return redirect("run", waiting.run.pk)
        except RollbookError as refused:
            error, status = str(refused), 409
        else:
            messages.success(request, _ASKED[mode])
            return redirect("run", run.pk)
    context = {"integration": found, "error": error, "may_go_live": found.is_active and found.applied_runs > 0}
    return render(request, "web/start.html", context, status=status)


def _ask(integration: Integration, mode: Mode, request: HttpRequest) -> Run:
    if not integration.is_active:
        raise SettingsError(f"{integration.name} is inactive. No run was asked for.")
    if mode == Mode.LIVE and not integration.applied_runs:
        raise SettingsError(
            f"No plan of {integration.name} was ever applied. No run was asked for. "
            "Make a test run first, read its plan and approve it."
        )
    return queue.enqueue(integration, mode=mode, trigger="member", member=member_of(request))

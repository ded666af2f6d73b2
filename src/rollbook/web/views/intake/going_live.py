"""From a delivery that was checked to an integration that runs by itself: verified, then activated."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import RollbookError
from rollbook.core.schedules.preview import coming
from rollbook.core.schedules.rhythm import Every
from rollbook.intake import activating, marks
from rollbook.intake.models import Delivery
from rollbook.intake.onboarding import running
from rollbook.runs.repeating import has_other_settings
from rollbook.schedules.models import Schedule
from rollbook.web import words
from rollbook.web.access import visible_account, visible_delivery, who_asks
from rollbook.web.intake_forms import ActivateForm
from rollbook.web.rundetail import TALLY

_AHEAD = 3


@require_http_methods(["GET", "HEAD", "POST"])
def verified(request: HttpRequest, delivery: int) -> HttpResponse:
    """What the run of a delivery found; then a specialist says that it is right."""
    found, error, status = visible_delivery(request, delivery), "", 200
    if request.method == "POST":
        try:
            marks.verify(found, who_asks(request))
        except RollbookError as refused:
            error, status = str(refused), 409
        else:
            messages.success(request, f"Delivery {found.pk} is marked as verified.")
            return redirect("delivery", found.pk)
    run = found.run
    context = {
        "delivery": found,
        "error": error,
        "can_verify": found.state == Delivery.State.ACCEPTED,
        "tally": [(action, words.COUNTED[action]) for action in TALLY],
        "held": words.held_sentences(run) if run else [],
        "is_older": _is_older(found),
    }
    return render(request, "web/intake/verify.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def activated(request: HttpRequest, login: str) -> HttpResponse:
    """Choose when the integration of an account runs by itself; a post shows the next times, or activates it."""
    account, status = visible_account(request, login), 200
    form = ActivateForm(request.POST or None)
    rhythm = form.rhythm() if form.is_bound and form.is_valid() else activating.NIGHTLY
    if form.is_bound and form.is_valid() and request.POST.get("do") == "activate":
        try:
            schedule = activating.activate(account, who_asks(request), **rhythm)
        except RollbookError as refused:
            form.add_error(None, str(refused))
            status = 409
        else:
            messages.success(request, f"{account.integration} is active: {schedule.words}.")
            return redirect("schedule", schedule.pk)
    mark, preview = marks.verified(account), Schedule(integration=account.integration, **rhythm)
    context = {
        "account": account,
        "integration": account.integration,
        "form": form,
        "mark": mark,
        "running": running(account),
        "is_older": mark is not None and _is_older(mark.delivery),
        "elsewhere": activating.reads_elsewhere(account) if rhythm["every"] != Every.DELIVERY else "",
        "preview": preview,
        "coming": coming(preview.timetable, timezone.now(), _AHEAD),
    }
    return render(request, "web/intake/activate.html", context, status=status)


def _is_older(delivery: Delivery) -> bool:
    """The settings are others by now than when the delivery was checked."""
    run = delivery.run
    return run is not None and "settings" in run.basis and has_other_settings(run)

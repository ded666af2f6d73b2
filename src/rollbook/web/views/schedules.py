"""The schedules of an integration: list, look, add, change, pause, switch, remove."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import SettingsError
from rollbook.core.schedules.preview import coming
from rollbook.integrations.models import Integration
from rollbook.runs.models import Mode
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule
from rollbook.web.access import visible_integrations, visible_schedule, visible_schedules
from rollbook.web.schedule_forms import BlackoutForm, BlackoutForms, PauseForm, ScheduleForm, blackouts_of, initial

_AHEAD = 5


def listed(request: HttpRequest, integration: int) -> HttpResponse:
    """The schedules of one integration."""
    chosen = get_object_or_404(visible_integrations(request), pk=integration)
    schedules = visible_schedules(request).filter(integration=chosen).order_by("pk")
    return render(request, "web/schedule/list.html", {"integration": chosen, "schedules": schedules})


@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: HttpRequest, schedule: int) -> HttpResponse:
    """One schedule with its next times; a post ends its pause, switches it on or off."""
    found = visible_schedule(request, schedule)
    if request.method == "POST":
        if request.POST.get("do") == "off":
            changing.switch_off(found)
            messages.success(request, "The schedule is off. Nothing runs until it is switched on again.")
        elif request.POST.get("do") == "resume":
            changing.resume(found)
            messages.success(request, "The schedule runs again.")
        return redirect("schedule", found.pk)
    context = {
        "schedule": found,
        "integration": found.integration,
        "coming": coming(found.timetable, timezone.now(), _AHEAD) if found.is_active else [],
        "blackouts": found.timetable.blackouts,
    }
    return render(request, "web/schedule/shown.html", context)


# Add and change --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def added(request: HttpRequest, integration: int) -> HttpResponse:
    """Add a schedule to an integration."""
    chosen = get_object_or_404(visible_integrations(request), pk=integration)
    others = visible_schedules(request).filter(integration=chosen).order_by("-pk")
    zone = others.values_list("zone", flat=True).first() or "UTC"
    mode = Mode.TEST if changing.is_untried(chosen) else Mode.LIVE
    return _filled_in(request, Schedule(integration=chosen, mode=mode, hour=2, zone=zone))


@require_http_methods(["GET", "HEAD", "POST"])
def edited(request: HttpRequest, schedule: int) -> HttpResponse:
    """Change a schedule."""
    return _filled_in(request, visible_schedule(request, schedule))


def _filled_in(request: HttpRequest, schedule: Schedule) -> HttpResponse:
    """The form; a post shows its next times, or saves it."""
    integration, data = schedule.integration, request.POST if request.method == "POST" else None
    form = ScheduleForm(data, initial=initial(schedule), integration=integration)
    rows = BlackoutForms(data, initial=schedule.blackouts, prefix="blackouts")
    preview = schedule
    if data is not None and form.is_valid() and rows.is_valid():
        values = form.values() | {"blackouts": blackouts_of(rows)}
        try:
            preview = changing.draft(integration, paused_until=schedule.paused_until, **values)
            if data.get("do") == "save":
                kept = _save(schedule, values)
                messages.success(request, f"The schedule was saved: {kept.words}.")
                return redirect("schedule", kept.pk)
        except SettingsError as refused:
            form.add_error(None, str(refused))
    context = {
        "schedule": schedule,
        "integration": integration,
        "form": form,
        "rows": _with_blank_rows(rows) if form.is_bound and rows.is_valid() else rows,
        "preview": preview,
        "is_untried": changing.is_untried(integration),
        "coming": [] if form.errors else coming(preview.timetable, timezone.now(), _AHEAD),
    }
    return render(request, "web/schedule/form.html", context)


def _save(schedule: Schedule, values: dict[str, Any]) -> Schedule:
    if schedule._state.adding:
        return changing.add(schedule.integration, **values)
    changing.change(schedule, **values)
    return schedule


def _with_blank_rows(rows: "BaseFormSet[BlackoutForm]") -> "BaseFormSet[BlackoutForm]":
    """What was filled in, with blank rows behind it again."""
    kept = [{"first": one.first, "last": one.last, "label": one.label} for one in blackouts_of(rows)]
    return BlackoutForms(initial=kept, prefix="blackouts")


# Pause and remove ------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def paused(request: HttpRequest, schedule: int) -> HttpResponse:
    """Run nothing before a day."""
    found = visible_schedule(request, schedule)
    week = timezone.now().astimezone(found.rhythm.tz).date() + timedelta(days=7)
    form = PauseForm(request.POST or None, initial={"until": found.paused_until or week, "reason": found.pause_reason})
    if request.method == "POST" and form.is_valid():
        try:
            changing.pause(found, form.cleaned_data["until"], form.cleaned_data["reason"])
        except SettingsError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The schedule is paused.")
            return redirect("schedule", found.pk)
    context = {"schedule": found, "integration": found.integration, "form": form}
    return render(request, "web/schedule/pause.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def removed(request: HttpRequest, schedule: int) -> HttpResponse:
    """Remove a schedule, after a page that asks."""
    found = visible_schedule(request, schedule)
    integration: Integration = found.integration
    if request.method == "POST":
        found.delete()
        messages.success(request, "The schedule was removed. Its runs stay.")
        return redirect("integration-schedules", integration.pk)
    return render(request, "web/schedule/remove.html", {"schedule": found, "integration": integration})

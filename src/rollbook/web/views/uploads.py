"""Upload files for an integration: choose them, say which sheets they are, match their columns, ask for a preview."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import RollbookError, SettingsError
from rollbook.intake.manual import choosing, files, places, previewing
from rollbook.intake.manual.models import ManualUpload
from rollbook.intake.manual.tidying import KEPT
from rollbook.integrations import options
from rollbook.integrations.inputs import is_pulled
from rollbook.integrations.models import Integration
from rollbook.jobs.queue import AlreadyQueued
from rollbook.web.access import member_of, visible_integrations, visible_uploads
from rollbook.web.receiving import Basket
from rollbook.web.upload_forms import ColumnsForm, SheetsForm

_LISTED = 10
_LIMITS = {
    "file": files.LARGEST // files.MB,
    "workbook": files.LARGEST_WORKBOOK // files.MB,
    "all": files.LARGEST_UPLOAD // files.MB,
    "number": files.MOST_FILES,
}


@csrf_exempt  # of the form alone: `_received` is protected, once it is said where the files go
@require_http_methods(["GET", "HEAD", "POST"])
def begun(request: HttpRequest, integration: int) -> HttpResponse:
    """The form for files, and the latest uploads; a post keeps what can be read."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    if is_pulled(found):
        raise Http404
    if request.method != "POST":
        return _form(request, found)
    if not found.is_active:
        return _form(request, found, [f"{found.name} is inactive. Nothing was kept."], 409)
    if int(request.META.get("CONTENT_LENGTH") or 0) > files.LARGEST_UPLOAD:
        return _form(request, found, [f"Together the files are larger than {_LIMITS['all']:,} MB. None was kept."], 413)
    upload = ManualUpload.objects.create(integration=found, member=member_of(request))
    try:
        places.folder(upload).mkdir(parents=True, mode=0o700)
        basket = Basket(places.folder(upload), options.templates(found))
        request.upload_handlers = [basket]
        return _received(request, upload, basket)
    finally:
        if not upload.files:
            places.clear(upload)
            upload.delete()


@csrf_protect
def _received(request: HttpRequest, upload: ManualUpload, basket: Basket) -> HttpResponse:
    len(request.FILES)  # reads the request
    if not basket.kept:
        return _form(request, upload.integration, basket.refused or ["Choose at least one file."], 400)
    upload.files = basket.kept
    previewing.keep(upload, choosing.first(upload.integration))
    upload.save(update_fields=["files"])
    for sentence in basket.refused:
        messages.warning(request, sentence)
    return redirect("upload-sheets", upload.pk)


def _form(
    request: HttpRequest, integration: Integration, errors: list[str] | None = None, status: int = 200
) -> HttpResponse:
    former = visible_uploads(request).filter(integration=integration).exclude(files=[]).select_related("member", "run")
    try:
        layout = options.layout(integration)
    except SettingsError as error:
        layout, errors = None, [*(errors or []), str(error)]
    context = {
        "integration": integration,
        "layout": layout,
        "errors": errors,
        "limits": _LIMITS,
        "former": former[:_LISTED],
        "days": KEPT.days,
        "step": "files",
    }
    return render(request, "web/upload/files.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request: HttpRequest, upload: int) -> HttpResponse:
    """Which sheet each file is; a post keeps what was chosen, looks again, or throws the upload away."""
    found = get_object_or_404(visible_uploads(request), pk=upload)
    if request.POST.get("do") == "discard":
        return _discarded(request, found)
    before = choosing.Choices.of(found)
    try:
        looks = previewing.looks_of(found, before)
        choices = choosing.proposed(found.integration, looks, before)
        layout = choosing.layout_for(found.integration, choices)
    except RollbookError as refused:
        return _cannot(request, found, "sheets", str(refused))
    is_open = not choosing.names_layout(found.integration)
    form = SheetsForm(looks, layout, choices, is_open, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = form.chosen()
        previewing.keep(found, chosen)
        if request.POST.get("do") == "look" or any(one.sheet is None for one in chosen.sheets.values()):
            return redirect("upload-sheets", found.pk)
        if any(one.sheet for one in chosen.sheets.values()):
            return redirect("upload-columns", found.pk)
        form.add_error(None, "Say of at least one file which sheet it is.")
    context = {"form": form, "parts": list(form.parts()), "looks": looks, "layout": layout}
    return _page(request, found, "sheets", context)


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, upload: int) -> HttpResponse:
    """What the columns mean; a post keeps it and asks for the preview."""
    found = get_object_or_404(visible_uploads(request), pk=upload)
    choices = choosing.Choices.of(found)
    if not any(one.sheet for one in choices.sheets.values()):
        return redirect("upload-sheets", found.pk)
    try:
        looks = previewing.looks_of(found, choices)
        layout = choosing.layout_for(found.integration, choices)
    except RollbookError as refused:
        return _cannot(request, found, "columns", str(refused))
    assert layout is not None  # else no sheet could have been chosen
    form = ColumnsForm(looks, layout, choices, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        previewing.keep(found, form.chosen())
        try:
            run = previewing.preview(found, member_of(request))
        except RollbookError as refused:
            form.add_error(None, _sentence(refused))
            status = 409
        else:
            messages.success(request, "The preview was asked for. It begins when its turn comes; nothing is written.")
            return redirect("run", run.pk)
    absence = options.absence(found.integration)
    context = {"form": form, "matchings": list(form.matchings()), "absence": absence.value, "looks": looks}
    return _page(request, found, "columns", context, status)


def _sentence(refused: RollbookError) -> str:
    if isinstance(refused, AlreadyQueued):
        return f"Run {refused.run.pk} of this integration waits in the queue. Try again when it has begun."
    return str(refused)


def _discarded(request: HttpRequest, upload: ManualUpload) -> HttpResponse:
    integration = upload.integration_id
    places.clear(upload)
    upload.delete()
    messages.success(request, "The files were removed. The roster is as it was.")
    return redirect("integration-upload", integration)


def _cannot(request: HttpRequest, upload: ManualUpload, step: str, error: str) -> HttpResponse:
    return _page(request, upload, step, {"error": error}, 409)


def _page(
    request: HttpRequest, upload: ManualUpload, step: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"upload": upload, "integration": upload.integration, "step": step, "days": KEPT.days}
    return render(request, f"web/upload/{step}.html", shared | context, status=status)

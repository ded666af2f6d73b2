"""The field mapping of an integration: what is read from what, what is left out."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import RollbookError
from rollbook.integrations import changing
from rollbook.integrations.fields import EntityRows, entities, settings_for
from rollbook.web.access import visible_integrations
from rollbook.web.field_forms import FieldsForm
from rollbook.web.setting_up import context_of, further_of


@require_http_methods(["GET", "HEAD", "POST"])
def fields(request: HttpRequest, integration: int) -> HttpResponse:
    """The mapping; a post keeps what was chosen, and leaves a field out or takes it back."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    further, error = further_of(found), ""
    try:
        rows = entities(found, further)
    except RollbookError as refused:
        rows, error = [], str(refused)
    form = FieldsForm(rows, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = form.chosen() | _asked(rows, request.POST.get("do", ""))
        try:
            changing.change(found, settings_for(found, further, chosen))
        except RollbookError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Saved. It holds from the next run on.")
            return HttpResponseRedirect(reverse("integration-fields", args=[found.pk]))
    own = {"form": form, "sections": form.sections(), "error": error}
    return render(request, "web/integration/fields.html", context_of(found, "fields") | own)


def _asked(rows: Sequence[EntityRows], do: str) -> dict[str, str | None]:
    """What the button that was pressed says of one field, or of all."""
    verb, _, target = do.partition(":")
    known = {row.target: row for one in rows for row in one.rows if not row.is_fixed}
    if verb == "reset":
        return {row.target: None for row in known.values() if row.own is not None}
    if target not in known:
        return {}
    return {target: ""} if verb == "leave" else {target: None} if verb == "restore" else {}

"""What an integration takes, and what it does with who is missing and what is blank."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import RollbookError
from rollbook.integrations import changing
from rollbook.sources.kinds import KINDS
from rollbook.web.access import visible_integrations
from rollbook.web.scope_forms import LIMITS, ScopeForm
from rollbook.web.setting_up import context_of


@require_http_methods(["GET", "HEAD", "POST"])
def scope(request: HttpRequest, integration: int) -> HttpResponse:
    """The form; a post saves it."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    form = ScopeForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changing.change(found, form.given())
        except RollbookError as refused:
            form.add_error(_field_of(str(refused), form), str(refused))
        else:
            messages.success(request, "Saved. It holds from the next run on.")
            return redirect("integration-scope", found.pk)
    own = {"kind": KINDS[found.source], "form": form, "limits": [form[name] for name in LIMITS]}
    return render(request, "web/integration/scope.html", context_of(found, "scope") | own)


def _field_of(message: str, form: ScopeForm) -> str | None:
    """The field that a refusal is about: its message begins with the setting."""
    name = message.removeprefix("The setting ").replace(":", " ").partition(" ")[0]
    return name if name in form.fields else None

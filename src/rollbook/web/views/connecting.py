"""Set an integration up: choose the kind of source, give its settings, change them, test the connection."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.accounts.models import Tenant
from rollbook.core.errors import RollbookError
from rollbook.integrations import changing
from rollbook.integrations.models import Integration
from rollbook.integrations.trying import Outcome, outcome_within
from rollbook.sources.base import SourceKind
from rollbook.sources.kinds import KINDS
from rollbook.web import throttle
from rollbook.web.access import member_of, visible_integrations, visible_tenants
from rollbook.web.setting_up import context_of
from rollbook.web.source_forms import SourceForm, add_tenants, parts
from rollbook.web.source_style import style_sheet

TEST_SECONDS = 45.0
_TOO_OFTEN = (
    "This connection was tested too often; systems lock out who asks too much. Wait 15 minutes, then try again."
)


def kinds(request: HttpRequest) -> HttpResponse:
    """The kinds of sources to choose from."""
    return render(request, "web/integration/kinds.html", {"kinds": KINDS.values()})


def kind_of(name: str) -> SourceKind:
    """
    The kind of source called `name`.

    Raises:
        Http404: There is none.
    """
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def style(request: HttpRequest, kind: str) -> HttpResponse:
    """The style sheet that hides what a source does not ask for at present."""
    return HttpResponse(style_sheet(kind_of(kind)), content_type="text/css; charset=utf-8")


def download(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """A file that an admin takes from the hub into the SIS."""
    found = next((one for one in kind_of(kind).downloads if one.name == name), None)
    if found is None:
        raise Http404
    attached = {"Content-Disposition": f'attachment; filename="{found.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(found.content(), content_type="application/octet-stream", headers=attached)


@require_http_methods(["GET", "HEAD", "POST"])
def added(request: HttpRequest, kind: str) -> HttpResponse:
    """Add an integration of a kind of source."""
    chosen, tenant = kind_of(kind), member_of(request).tenant
    form = SourceForm(chosen, tenant, None, request.POST if request.method == "POST" else None)
    if tenant is None:
        add_tenants(form, visible_tenants(request))
    if request.method == "POST" and form.is_valid():
        owner: Tenant = tenant or form.cleaned_data["tenant"]
        given = {name: text for name, text in form.given().items() if text is not None}
        try:
            made = changing.add(owner, form.cleaned_data["name"], chosen.name, given)
        except RollbookError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{made.name} was added. Test its connection next.")
            return redirect("integration-test", made.pk)
    context = {"kind": chosen, "form": form, "parts": parts(form)}
    return render(request, "web/integration/connection.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def connection(request: HttpRequest, integration: int) -> HttpResponse:
    """The settings of the source; a post saves them, or switches the integration on or off."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    do = request.POST.get("do", "")
    if do in ("on", "off"):
        found.is_active = do == "on"
        found.save(update_fields=["is_active"])
        messages.success(
            request, f"{found.name} is {'active again' if found.is_active else 'inactive: it never runs'}."
        )
        return redirect("integration-connection", found.pk)
    kind = KINDS[found.source]
    form = SourceForm(kind, found.tenant, found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _save(found, form)
        except RollbookError as refused:
            form.add_error(None, str(refused))
        else:
            if do == "test":
                return _test(request, found)
            messages.success(request, "Saved. It holds from the next run on.")
            return redirect("integration-connection", found.pk)
    context = context_of(found, "connection") | {"kind": kind, "form": form, "parts": parts(form)}
    return render(request, "web/integration/connection.html", context)


def _save(integration: Integration, form: SourceForm) -> None:
    changing.change(integration, form.given())
    integration.name = form.cleaned_data["name"]
    integration.save(update_fields=["name"])


@require_http_methods(["GET", "HEAD", "POST"])
def tested(request: HttpRequest, integration: int) -> HttpResponse:
    """What a test of the connection does; a post makes one and shows what it found."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    return _test(request, found) if request.method == "POST" else _shown(request, found, None)


def _test(request: HttpRequest, integration: Integration) -> HttpResponse:
    if not throttle.begin_test(integration):
        return _shown(request, integration, Outcome(error=_TOO_OFTEN), status=429)
    return _shown(request, integration, outcome_within(integration, TEST_SECONDS))


def _shown(request: HttpRequest, integration: Integration, outcome: Outcome | None, status: int = 200) -> HttpResponse:
    own = {"kind": KINDS[integration.source], "outcome": outcome, "seconds": int(TEST_SECONDS)}
    context = context_of(integration, "test") | own
    return render(request, "web/integration/test.html", context, status=status)

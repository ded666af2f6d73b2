"""The codes of an integration: which mapping translates which, and values that nobody mapped yet."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.core.codes import Otherwise, default_otherwise
from rollbook.core.errors import RollbookError, SettingsError
from rollbook.core.vocabulary import CODE_MODELS, CodeModel
from rollbook.integrations import codes, options
from rollbook.integrations.models import CodeMapping, Integration
from rollbook.runs.report.privacy import restricted_codes
from rollbook.sources.kinds import KINDS
from rollbook.web.access import visible_integrations
from rollbook.web.setting_up import context_of

_MOST_SHOWN = 50
_MOST_OPTIONS = 40
_OTHERWISE = {
    Otherwise.BLANK: "Left empty, with a warning",
    Otherwise.REJECT: "The row is rejected",
    Otherwise.KEEP: "Kept as sent",
    Otherwise.VALUE: "Mapped to the value",
}


@require_http_methods(["GET", "HEAD", "POST"])
def mapped(request: HttpRequest, integration: int) -> HttpResponse:
    """Each code model that the layout uses; a post maps a value, or chooses a mapping or the catch-all."""
    found = get_object_or_404(visible_integrations(request), pk=integration)
    error = ""
    if request.method == "POST":
        model = request.POST.get("model", "")
        try:
            messages.success(request, _changed(found, model, request))
        except RollbookError as refused:
            error = str(refused)
        else:
            return redirect("integration-codes", found.pk)
    sections = _sections(found)
    plain = [section for section in sections if not (section["waiting"] or section["chosen"])]
    own = {"kind": KINDS[found.source], "sections": sections, "plain": plain, "error": error}
    return render(request, "web/integration/codes.html", context_of(found, "codes") | own)


def _changed(integration: Integration, model: str, request: HttpRequest) -> str:
    """Do what the button said, and say what was done."""
    do, given = request.POST.get("do"), request.POST
    if model not in CODE_MODELS:
        raise SettingsError("There is no such code model. Nothing was changed.")
    title = CODE_MODELS[model].title
    if do == "map":
        external, value = given.get("external", ""), given.get("value", "").strip()
        if not (external and value):
            raise SettingsError("Choose what the value means. Nothing was changed.")
        row = codes.map_value(integration, model, external, value)
        return f"{external} is mapped, in {row.name}.{_shared(row, integration)} It holds from the next run on."
    if do == "use":
        name = given.get("mapping", "")
        codes.use(integration, model, name)
        return f"{title}: {name or 'what is understood without a mapping'} is used from the next run on."
    if do == "otherwise" and given.get("otherwise") in list(Otherwise):
        otherwise = Otherwise(given["otherwise"])
        value = given.get("value", "").strip() if otherwise is Otherwise.VALUE else ""
        codes.set_otherwise(integration, model, otherwise, value)
        return f"{title}: saved. It holds from the next run on."
    raise SettingsError("That cannot be done here. Nothing was changed.")


def _shared(row: CodeMapping, integration: Integration) -> str:
    others = [other.name for other in codes.users_of(row) if other.pk != integration.pk]
    return f" {', '.join(others)} use{'s' if len(others) == 1 else ''} it too." if others else ""


def _sections(integration: Integration) -> list[dict[str, Any]]:
    """A section for each model that is used or has unmapped values; those with unmapped values first."""
    try:
        layout = options.bound(integration)
    except SettingsError:
        layout = None
    waiting: dict[str, list[Any]] = {}
    for row in integration.unmapped_values.order_by("-count", "value"):
        waiting.setdefault(row.model, []).append(row)
    used = codes.models_of(layout) if layout else []
    models = [*used, *(m for name, m in CODE_MODELS.items() if name in waiting and m not in used)]
    mappings = list(CodeMapping.objects.filter(tenant=integration.tenant, is_active=True))
    found = [_section(integration, model, mappings, waiting.get(model.name, [])) for model in models]
    return sorted(found, key=lambda section: not section["waiting"])


def _section(
    integration: Integration, model: CodeModel, mappings: list[CodeMapping], waiting: list[Any]
) -> dict[str, Any]:
    chosen = integration.settings.get(f"codes.{model.name}", "")
    row = next((one for one in mappings if one.name == chosen), None)
    allowed = [o for o in Otherwise if o is not Otherwise.KEEP or model.open]
    return {
        "model": model,
        "chosen": chosen,
        "row": row,
        "users": [other for other in codes.users_of(row) if other.pk != integration.pk] if row else [],
        "mappings": [one.name for one in mappings if one.model == model.name],
        "waiting": waiting[:_MOST_SHOWN],
        "more": max(0, len(waiting) - _MOST_SHOWN),
        "values": model.values,
        "is_short": 0 < len(model.values) <= _MOST_OPTIONS,
        "is_restricted": model.name in restricted_codes(),
        "otherwise": row.otherwise if row else default_otherwise(model.name).value,
        "otherwises": [(o.value, _OTHERWISE[o]) for o in allowed],
    }

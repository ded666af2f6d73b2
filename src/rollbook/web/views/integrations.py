"""The list of integrations."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.core import schema
from rollbook.integrations.models import Integration
from rollbook.runs.models import Run, State
from rollbook.schedules.models import Schedule
from rollbook.web.access import member_of, visible_integrations
from rollbook.web.frames.paging import query_page

_COLUMNS = {
    "name": "name",
    "source": "source",
    "layout": "settings__layout",
    "state": "last_state",
    "run": "last_run",
    "next": "next_run",
    "active": "is_active",
}
_CHANGES = ("create", "update", "reactivate", "deactivate")


def listed(request: HttpRequest) -> HttpResponse:
    """The integrations of the tenant with how their last run ended; the address carries search, sort and page."""
    search = request.GET.get("search", "").strip()
    with_inactive = "inactive" in request.GET
    everything = visible_integrations(request)
    found = everything.filter(name__icontains=search) if search else everything
    if not with_inactive:
        found = found.filter(is_active=True)
    sort = _sort_of(request)
    page = query_page(request, _sorted(_with_last_run(found), sort))
    _add_last_change(list(page))
    context = {
        "page": page,
        "search": search,
        "with_inactive": with_inactive,
        "sort": sort,
        "is_filtered": bool(search),
        "has_any": everything.exists(),
        "is_operator": member_of(request).tenant_id is None,
    }
    return render(request, "web/integrations.html", context)


def _sort_of(request: HttpRequest) -> str:
    sort = request.GET.get("sort", "name")
    return sort if sort.removeprefix("-") in _COLUMNS else "name"


def _sorted(integrations: QuerySet[Integration], sort: str) -> QuerySet[Integration]:
    """Never run is older than any run, in every database."""
    column = F(_COLUMNS[sort.removeprefix("-")])
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_first=True)
    return integrations.order_by(order, "name", "pk")


def _with_last_run(integrations: QuerySet[Integration]) -> QuerySet[Integration]:
    runs = Run.objects.filter(integration=OuterRef("pk")).order_by("-pk")
    active = Schedule.objects.filter(integration=OuterRef("pk"), is_active=True, integration__is_active=True)
    due = active.filter(next_due__isnull=False).order_by("next_due")
    return integrations.annotate(
        last_run=Subquery(runs.values("pk")[:1]),
        last_state=Subquery(runs.values("state")[:1]),
        last_mode=Subquery(runs.values("mode")[:1]),
        last_started=Subquery(runs.values("created")[:1]),
        next_run=Subquery(due.values("next_due")[:1]),
    )


def _add_last_change(integrations: list[Integration]) -> None:
    """
    Set `last_change` on each: when a run last brought new or changed data.

    Asked for the integrations of one page only, since it looks into the counts of their runs.
    """
    changed = Q()
    for entity in schema.ENTITIES:
        for action in _CHANGES:
            changed |= Q(**{f"counts__{entity.name}__{action}__gt": 0})
    wrote = Run.objects.filter(state__in=[State.APPLIED, State.APPLIED_WITH_ERRORS, State.UNDONE])
    latest = wrote.filter(changed, integration=OuterRef("pk")).order_by("-pk").values("ended")[:1]
    rows = Integration.objects.filter(pk__in=[i.pk for i in integrations]).annotate(last_change=Subquery(latest))
    by_pk = dict(rows.values_list("pk", "last_change"))
    for integration in integrations:
        integration.last_change = by_pk[integration.pk]  # type: ignore[attr-defined]

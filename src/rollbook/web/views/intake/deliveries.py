"""What senders have delivered, and what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.intake.models import Delivery
from rollbook.web import intake_words
from rollbook.web.access import member_of, visible_accounts, visible_deliveries
from rollbook.web.frames.paging import query_page


def listed(request: HttpRequest) -> HttpResponse:
    """All deliveries, newest first, or those of one account or one result."""
    login, state = request.GET.get("account", ""), request.GET.get("state", "")
    deliveries = visible_deliveries(request)
    has_any = deliveries.exists()
    if login:
        deliveries = deliveries.filter(account__login=login)
    if state in Delivery.State.values:
        deliveries = deliveries.filter(state=state)
    context = {
        "page": query_page(request, deliveries),
        "accounts": visible_accounts(request),
        "login": login,
        "states": [(one.value, intake_words.delivery_chip(one).label) for one in Delivery.State],
        "state": state,
        "has_any": has_any,
        "is_operator": member_of(request).tenant_id is None,
    }
    return render(request, "web/intake/deliveries.html", context)

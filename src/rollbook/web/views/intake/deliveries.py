"""What senders have delivered, and what became of it."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from rollbook.intake import kept, marks, receipts
from rollbook.intake.models import UNDER_WAY, Delivery, Mark
from rollbook.intake.onboarding import onboarding
from rollbook.intake.taking import name_of
from rollbook.intake.waiting import waiting
from rollbook.runs.folder import RunFolder
from rollbook.web import intake_words, words
from rollbook.web.access import member_of, visible_accounts, visible_deliveries, visible_delivery
from rollbook.web.frames.paging import query_page
from rollbook.web.rundetail import TALLY, error_rows
from rollbook.web.views.intake.files import attachment

_REFRESH = "5"


def listed(request: HttpRequest) -> HttpResponse:
    """What lies in the inboxes, and all deliveries, newest first, or those of one account or one result."""
    login, state = request.GET.get("account", ""), request.GET.get("state", "")
    accounts, deliveries = visible_accounts(request), visible_deliveries(request)
    has_any = deliveries.exists()
    if login:
        deliveries = deliveries.filter(account__login=login)
    if state in Delivery.State.values:
        deliveries = deliveries.filter(state=state)
    context = {
        "page": query_page(request, deliveries),
        "waiting": waiting(accounts.filter(login=login) if login else accounts),
        "now": timezone.now(),
        "accounts": accounts,
        "login": login,
        "states": [(one.value, intake_words.delivery_chip(one).label) for one in Delivery.State],
        "state": state,
        "has_any": has_any,
        "is_operator": member_of(request).tenant_id is None,
    }
    return render(request, "web/intake/deliveries.html", context)


def shown(request: HttpRequest, delivery: int) -> HttpResponse:
    """
    One delivery: its files, its result, its receipt, and what people said of it.

    While it is being checked the browser is told to load the page again.
    """
    found = visible_delivery(request, delivery)
    way = onboarding(found.account)
    context = {
        "delivery": found,
        "is_under_way": found.state in UNDER_WAY,
        "is_latest": found == found.account.deliveries.first(),
        "files": _files(found),
        "way": way,
        "can_verify": found.state == Delivery.State.ACCEPTED and not _is_verified(found),
        "can_activate": marks.verified(found.account) is not None and way.now is not None,
        "receipt": receipts.text(found) if found.receipt else "",
        "history": found.marks.select_related("member"),
        **_of_run(found),
    }
    response = render(request, "web/intake/delivery.html", context)
    if found.state in UNDER_WAY:
        response.headers["Refresh"] = _REFRESH
    return response


def receipt(request: HttpRequest, delivery: int) -> HttpResponse:
    """The receipt as its sender got it."""
    found = visible_delivery(request, delivery)
    if not found.receipt:
        raise Http404(f"delivery {delivery} was not answered yet")
    answer = HttpResponse(receipts.text(found), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.receipt}"'
    return answer


def file(request: HttpRequest, delivery: int, place: int) -> FileResponse:
    """A file of a delivery, as it was copied."""
    found = visible_delivery(request, delivery)
    if place >= len(found.files):
        raise Http404(f"delivery {delivery} has no file {place}")
    facts = found.files[place]
    return attachment(request, found.account, facts["path"], kept.delivered(found, facts))


def _files(delivery: Delivery) -> list[dict[str, Any]]:
    """The files, with what the run says of each."""
    read = {file["file"]: file for file in delivery.run.files} if delivery.run else {}
    return [one | {"read": read.get(name_of(one["path"]))} for one in delivery.files]


def _is_verified(delivery: Delivery) -> bool:
    return delivery.marks.filter(kind=Mark.Kind.VERIFIED).exists()


def _of_run(delivery: Delivery) -> dict[str, Any]:
    run = delivery.run
    if run is None or delivery.state == Delivery.State.UNCHANGED:
        return {}
    folder = RunFolder.of(run)
    return {
        "tally": [(action, words.COUNTED[action]) for action in TALLY] if run.counts else [],
        "has_excel": folder.excel.exists(),
        "has_error_rows": bool(error_rows(folder)),
    }

"""That was all; and what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from rollbook.api.door import for_tokens
from rollbook.api.refusals import Refused
from rollbook.intake import deliveries, receipts
from rollbook.intake.marks import Who
from rollbook.intake.models import UNDER_WAY, Delivery, UploadToken


@for_tokens("POST")
def ended(request: HttpRequest, token: UploadToken) -> HttpResponse:  # noqa: ARG001
    """The sender is done: what lies in the inbox is a delivery now, without a quiet time."""
    made = deliveries.end(token.account, Who(f"{token.account} ({token.name})"))
    return JsonResponse({"delivery": made.pk, "state": made.state}, status=202)


@for_tokens("GET", "HEAD")
def latest(request: HttpRequest, token: UploadToken) -> HttpResponse:  # noqa: ARG001
    """The delivery that was closed last."""
    return _answer(token.account.deliveries.first())


@for_tokens("GET", "HEAD")
def shown(request: HttpRequest, token: UploadToken, number: int) -> HttpResponse:  # noqa: ARG001
    """One delivery of the account."""
    return _answer(token.account.deliveries.filter(pk=number).first())


def _answer(delivery: Delivery | None) -> HttpResponse:
    if delivery is None:
        raise Refused(404, "not-found", "There is no such delivery. Files make one once all of them have come.")
    return JsonResponse(_facts(delivery))


def _facts(delivery: Delivery) -> dict[str, Any]:
    is_open = delivery.state in UNDER_WAY
    return {
        "delivery": delivery.pk,
        "state": delivery.state,
        "result": "" if is_open else delivery.state.upper(),
        "closed": delivery.closed.isoformat(timespec="seconds"),
        "files": delivery.files,
        "missing": delivery.missing,
        "error": delivery.error,
        "receipt": "" if is_open else receipts.text(delivery),
    }

"""Make a delivery of what lies in an inbox, at once: a page that says what it will do, then the deed."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.core.errors import RollbookError
from rollbook.intake import deliveries, gathering
from rollbook.intake.marks import Who
from rollbook.intake.models import Account, Delivery
from rollbook.web.access import visible_account, who_asks

_SHOWN = 100


@dataclass(frozen=True)
class Ending:
    """One way to make a delivery by hand."""

    name: str
    make: Callable[[Account, Who], Delivery]


_SENT, _TAKE = Ending("sent", deliveries.end), Ending("take", deliveries.take)


@require_http_methods(["GET", "HEAD", "POST"])
def sent(request: HttpRequest, login: str) -> HttpResponse:
    """Say that all files are there."""
    return _end(request, login, _SENT)


@require_http_methods(["GET", "HEAD", "POST"])
def taken(request: HttpRequest, login: str) -> HttpResponse:
    """Take what is there, though sheets may be missing."""
    return _end(request, login, _TAKE)


def _end(request: HttpRequest, login: str, ending: Ending) -> HttpResponse:
    account, error, status = visible_account(request, login), "", 200
    if request.method == "POST":
        try:
            made = ending.make(account, who_asks(request))
        except RollbookError as refused:
            error, status = str(refused), 409
        else:
            messages.success(request, f"This is delivery {made.pk}.")
            return redirect("delivery", made.pk)
    files = gathering.data(account)
    context = {
        "account": account,
        "ending": ending.name,
        "error": error,
        "files": files[:_SHOWN],
        "further": max(0, len(files) - _SHOWN),
        "size": sum(file.size for file in files),
        "why_not": deliveries.why_not(account),
    }
    return render(request, "web/intake/end.html", context, status=status)

"""Who is kept out of the SFTP server, for the operators of the hub."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from rollbook.intake import watch
from rollbook.intake.models import Attempt, Ban
from rollbook.web import intake_words
from rollbook.web.access import operator_of
from rollbook.web.frames.paging import query_page

_LATELY, _SHOWN = timedelta(days=1), 20


def listed(request: HttpRequest) -> HttpResponse:
    """The bans that hold, what was tried lately from where, and the bans of before."""
    operator_of(request)
    now = timezone.now()
    context = {
        "current": watch.current(),
        "page": query_page(request, Ban.objects.filter(Q(until__lte=now) | Q(lifted__isnull=False))),
        "attempts": _attempts(),
        "points": watch.LIMIT,
        "minutes": int(watch.WINDOW.total_seconds() // 60),
    }
    return render(request, "web/intake/bans.html", context)


@require_POST
def lifted(request: HttpRequest, ban: int) -> HttpResponse:
    """Answer an address again."""
    operator = operator_of(request)
    found = get_object_or_404(Ban, pk=ban)
    if watch.lift(found.network):
        watch.log.info("sftp.lifted network=%s member=%d", found.network, operator.pk)
        messages.success(request, f"{found.network} is answered again. What was counted against it is forgotten.")
    else:
        messages.info(request, f"{found.network} is not kept out any more.")
    return redirect("bans")


def _attempts() -> list[dict[str, object]]:
    """What was tried within a day, by network, the most points first."""
    recent = Attempt.objects.filter(at__gt=timezone.now() - _LATELY)
    tried = recent.order_by().values("network").annotate(times=Count("pk"), sum=Sum("points"), last=Max("at"))
    found = list(tried.order_by("-sum", "-last")[:_SHOWN])
    reasons: dict[str, set[str]] = {}
    for network, reason in recent.filter(network__in=[one["network"] for one in found]).values_list(
        "network", "reason"
    ):
        reasons.setdefault(network, set()).add(intake_words.reason(reason))
    return [one | {"reasons": ", ".join(sorted(reasons[one["network"]]))} for one in found]

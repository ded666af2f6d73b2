"""The accounts of senders: list, look, switch off and on."""

from django.contrib import messages
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rollbook.intake import accounts, protection, store
from rollbook.intake.models import Account, Handover, ReceivedFile
from rollbook.intake.waiting import waiting
from rollbook.sftp.connecting import connection
from rollbook.web.access import member_of, visible_account, visible_accounts
from rollbook.web.frames.paging import query_page

_COLUMNS = {
    "login": "login",
    "integration": "integration__name",
    "seen": "last_login",
    "file": "last_file",
    "active": "is_active",
}
_LATEST_FILES, _LATEST_ENTRIES = 10, 100


def listed(request: HttpRequest) -> HttpResponse:
    """The accounts of the tenant; the address carries search, sort and page."""
    search = request.GET.get("search", "").strip()
    with_inactive = "inactive" in request.GET
    everything = visible_accounts(request)
    found = everything
    if search:
        found = found.filter(Q(login__icontains=search) | Q(integration__name__icontains=search))
    if not with_inactive:
        found = found.filter(is_active=True)
    sort = request.GET.get("sort", "login")
    sort = sort if sort.removeprefix("-") in _COLUMNS else "login"
    context = {
        "page": query_page(request, _sorted(_with_latest(found), sort)),
        "search": search,
        "with_inactive": with_inactive,
        "sort": sort,
        "has_any": everything.exists(),
        "is_operator": member_of(request).tenant_id is None,
    }
    return render(request, "web/intake/accounts.html", context)


def _with_latest(found: QuerySet[Account]) -> QuerySet[Account]:
    files = ReceivedFile.objects.filter(account=OuterRef("pk"), ended__isnull=False).order_by("-ended")
    links = Handover.objects.filter(account=OuterRef("pk"), state=Handover.State.OPEN)
    return found.annotate(last_file=Subquery(files.values("ended")[:1]), has_link=Exists(links))


def _sorted(found: QuerySet[Account], sort: str) -> QuerySet[Account]:
    """Never is older than any time, in every database."""
    column = F(_COLUMNS[sort.removeprefix("-")])
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_first=True)
    return found.order_by(order, "login")


@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: HttpRequest, login: str) -> HttpResponse:
    """One account: where it connects to, what lets it in, what it may do and has done; a post switches it."""
    found = visible_account(request, login)
    do = request.POST.get("do")
    if do in ("on", "off"):
        accounts.switch(found, on=do == "on", by=str(member_of(request)))
        said = "is let in again" if do == "on" else "is kept out; whoever is logged in is sent away"
        messages.success(request, f"{found} {said}.")
    if request.method == "POST":
        return redirect("account", found.login)
    folder = store.folder_of(found)
    used, count = store.usage(folder)
    context = {
        "account": found,
        "where": connection(found),
        "keys": accounts.known_keys(found),
        "link": found.handovers.filter(state=Handover.State.OPEN).first(),
        "handovers": found.handovers.select_related("before"),
        "history": found.history.all()[:_LATEST_ENTRIES],
        "waiting": waiting([found]),
        "now": timezone.now(),
        "files": found.files.all()[:_LATEST_FILES],
        "facts": protection.facts(found),
        "used": used,
        "used_files": count,
    }
    return render(request, "web/intake/account.html", context)

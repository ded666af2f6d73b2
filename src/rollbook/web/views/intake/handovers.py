"""
The page behind a link that hands credentials over. Whoever has the link can be anybody: the page tells nothing until
its recipient is known to be there.

Looking uses nothing up: programs that check mails open every link in them.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from rollbook.callers import host_of
from rollbook.core.errors import SettingsError
from rollbook.intake import handover
from rollbook.intake.models import Handover
from rollbook.sftp.connecting import connection
from rollbook.web import throttle
from rollbook.web.handover_forms import ColleagueForm, KeyForm, ProofForm

_COOKIE = _SALT = "handover"
_PROOF_LASTS = 30 * 60
_WRONG = "This is not the right code, or it is no longer valid. Look again, or ask for a new one."
_TOO_MANY = "Too many attempts. Wait 15 minutes, then try again."
_State = Handover.State


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """A link; a post proves who is there, and then shows the password, takes a key, or hands the link on."""
    found = handover.find(token)
    if found is None:
        return _careful(_gone(request))
    do = request.POST.get("do", "")
    if _is_proven(request, found):
        answer = _COLLECTING.get(do, _choose)
    else:
        answer = {"ask": _ask, "prove": _prove}.get(do, _who)
    try:
        return _careful(answer(request, token, found))
    except handover.Ended:
        return _careful(_gone(request))


@login_not_required
@require_safe
def downloaded(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A file that sets a program up, for whoever collects or has just collected; it holds no secret."""
    found = handover.find(token, _State.OPEN, _State.COLLECTED)
    files = connection(found.account).files() if found and _is_proven(request, found) else {}
    if name not in files:
        return _careful(_gone(request))
    response = HttpResponse(files[name], content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _careful(response)


# Who is there ---------------------------------------------------------------------------------------------


def _who(request: HttpRequest, _token: str, found: Handover) -> HttpResponse:
    is_asked = "code" in request.GET
    return _page(request, "prove", link=found, form=ProofForm(found, is_asked), is_asked=is_asked)


def _ask(request: HttpRequest, token: str, found: Handover) -> HttpResponse:
    """Always answered the same: only the mailbox learns whether the address was right."""
    form = ProofForm(found, False, request.POST)
    if not (found.is_mailed and form.is_valid()):
        return _page(request, "prove", link=found, form=form)
    if not throttle.begin_code(found.pk, host_of(request)):
        return _refused(request, found, form, is_asked=False)
    handover.ask(found, form.cleaned_data["address"])
    return redirect(f"{_address(token)}?code")


def _prove(request: HttpRequest, token: str, found: Handover) -> HttpResponse:
    form = ProofForm(found, True, request.POST)
    if form.is_valid():
        if not throttle.begin_proof(found.pk, host_of(request)):
            return _refused(request, found, form, is_asked=True)
        if handover.prove(found, form.cleaned_data["code"], form.cleaned_data.get("address", "")):
            response = redirect(_address(token))
            response.set_signed_cookie(
                _COOKIE,
                str(found.pk),
                salt=_SALT,
                max_age=_PROOF_LASTS,
                path=_address(token),
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
            return response
        if handover.find(token) is None:
            raise handover.Ended
        form.add_error("code", _WRONG)
    return _page(request, "prove", link=found, form=form, is_asked=True)


def _refused(request: HttpRequest, found: Handover, form: ProofForm, *, is_asked: bool) -> HttpResponse:
    form.add_error(None, _TOO_MANY)
    return _page(request, "prove", status=429, link=found, form=form, is_asked=is_asked)


def _is_proven(request: HttpRequest, found: Handover) -> bool:
    proof = request.get_signed_cookie(_COOKIE, default="", salt=_SALT, max_age=_PROOF_LASTS)
    return bool(proof) and proof == str(found.pk)


# What they do ---------------------------------------------------------------------------------------------


def _choose(request: HttpRequest, _token: str, found: Handover, **forms: Any) -> HttpResponse:
    shown = {"key_form": KeyForm(), "colleague_form": ColleagueForm(), **forms}
    return _page(request, "collect", link=found, account=found.account, **shown)


@sensitive_variables("password")
def _password(request: HttpRequest, token: str, found: Handover) -> HttpResponse:
    password = handover.collect(found)
    return _collected(request, token, found, password=password)


def _key(request: HttpRequest, token: str, found: Handover) -> HttpResponse:
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            handover.collect_with_key(found, form.cleaned_data["keys"])
        except SettingsError as error:
            form.add_error("keys", str(error))
        else:
            return _collected(request, token, found)
    return _choose(request, token, found, key_form=form)


def _forward(request: HttpRequest, token: str, found: Handover) -> HttpResponse:
    form = ColleagueForm(request.POST)
    if form.is_valid():
        try:
            link, code = handover.forward(found, form.cleaned_data["address"], form.cleaned_data["name"])
        except SettingsError as error:
            form.add_error(None, str(error))
        else:
            shown = {"colleague": form.cleaned_data["name"], "code": code, "onward": link and absolute(request, link)}
            return _page(request, "forwarded", **shown)
    return _choose(request, token, found, colleague_form=form)


def _collected(request: HttpRequest, token: str, found: Handover, password: str = "") -> HttpResponse:
    where = connection(found.account)
    files = [(name, reverse("handover-file", args=[token, name])) for name in where.files()]
    return _page(request, "shown", account=found.account, where=where, password=password, files=files)


_COLLECTING: dict[str, Callable[[HttpRequest, str, Handover], HttpResponse]] = {
    "password": _password,
    "key": _key,
    "forward": _forward,
}


# Pages ----------------------------------------------------------------------------------------------------


def absolute(request: HttpRequest, link: str) -> str:
    """A link with the hub's own address, as whoever asks has reached it, where nobody told the hub."""
    return link if "://" in link else request.build_absolute_uri(link)


def _gone(request: HttpRequest) -> HttpResponse:
    """The same, whatever is wrong with the link."""
    return _page(request, "gone", status=404)


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"web/handover/{name}.html", context, status=status)


def _careful(response: HttpResponse) -> HttpResponse:
    """No address that a browser tells anybody holds the link: with `no-referrer` it would not send our forms."""
    response["Referrer-Policy"] = "strict-origin"
    return response


def _address(token: str) -> str:
    return reverse("handover", args=[token])

"""
Who may ask: a program with a token that holds, from where its account may come.

Whoever sends a token that there is not gets points in the intrusion watch, and with many no answer but that one.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from rollbook.api.limits import requests
from rollbook.api.refusals import Refused, answer_to, refusal_of
from rollbook.callers import address_of, is_known, is_readable_on_the_way
from rollbook.intake import origins, tokens, watch
from rollbook.intake.models import UploadToken

View = Callable[..., HttpResponse]
log = logging.getLogger("rollbook.api")

REFUSED = "api.token_refused from=%s reason=%s"
"""The line that fail2ban and CrowdSec look for; docs/operate.md has their expressions."""

_UNKNOWN = (
    "This token is not known here, was revoked or has expired, or may not be used from your address. "
    "Nothing was done. Ask the specialist who gave it to you for a new one."
)


def for_tokens(*methods: str) -> Callable[[View], View]:
    """Let programs with a token ask, by these methods; no cookie counts, so nothing can be forged with one."""

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, **parts: Any) -> HttpResponse:
            try:
                token = let_in(request)
                if request.method not in methods:
                    return HttpResponseNotAllowed(methods)
                return view(request, token, **parts)
            except Exception as failure:
                return answer_to(request, refusal_of(failure))

        return csrf_exempt(login_not_required(asked))

    return decorate


def let_in(request: HttpRequest) -> UploadToken:
    """
    The token that a request comes with.

    Raises:
        Refused: It has none that holds, or comes from where it may not.
    """
    address, now = address_of(request), timezone.now()
    if is_readable_on_the_way(request):
        raise Refused(403, "https-only", "Anybody on the way could read the token. Nothing was done. Use https.")
    if settings.SFTP_WATCH and watch.current().filter(network=watch.network_of(address)).exists():
        raise Refused(
            429,
            "banned",
            "Too many wrong tokens or passwords came from your address. Nothing was done. Wait, or ask the specialist.",
            wait=600,
        )
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        log.info("api.no_token from=%s", address)
        raise _unauthorized("Send the token: Authorization: Bearer rbu_… Nothing was done.")
    token = tokens.find(text.strip())
    if token is None:
        _count(request, address, "wrong-token", "")
        raise _unauthorized()
    if not tokens.holds(token, now):
        log.info("api.old_token from=%s login=%s", address, token.account.login)
        raise _unauthorized()  # without points: a program that nobody told asks on, and harms nobody
    if not origins.may_come(token.account, address):
        _count(request, address, "wrong-network", token.account.login)
        raise _unauthorized()
    if not requests.lets(token.pk):
        raise Refused(429, "too-many", "Too many requests in a second. Nothing was done. Wait a second.", wait=1)
    tokens.note_contact(token, now)
    return token


def _unauthorized(message: str = _UNKNOWN) -> Refused:
    return Refused(401, "unauthorized", message, WWW_Authenticate="Bearer")


def _count(request: HttpRequest, address: str, reason: str, login: str) -> None:
    log.warning(REFUSED, address, reason)
    if settings.SFTP_WATCH and is_known(request):
        watch.note(address, reason, login)

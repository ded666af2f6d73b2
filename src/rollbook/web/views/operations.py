"""
For those who watch the hub: `/healthz`, `/readyz`, `/metrics`.

The first two are open to all, and say no more than yes or no. The log says why, and `rollbook doctor` what to do.
Metrics are for those who know the token, or who ask from a network that is allowed to.
"""

import logging
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client.exposition import choose_encoder

from rollbook.web import metrics as hub
from rollbook.web import readiness

log = logging.getLogger("rollbook.readiness")

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via")


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing else: a hub whose database is away is not mended by ending its processes."""
    return _plain("ok")


def readyz(request: HttpRequest) -> HttpResponse:
    """People can be sent here: database, tables and storage are there, and a worker where one is expected."""
    missing = readiness.missing()
    if readiness.changed(missing):
        log.warning("Not ready: %s", " ".join(missing)) if missing else log.warning("Ready again.")
    return _plain("not ready", 503) if missing else _plain("ready")


def metrics(request: HttpRequest) -> HttpResponse:
    """The hub in numbers, for Prometheus."""
    if not (_knows_the_token(request) or _is_near(request)):
        return _plain("Metrics are for those who may watch the hub.", 403)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        text = encode(hub.registry())
    except DatabaseError:
        log.exception("There are no metrics: the database does not answer")
        return _plain("The database does not answer.", 503)
    return HttpResponse(text, content_type=content_type, headers={"Cache-Control": "no-store"})


def _knows_the_token(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    return bool(token) and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}")


def _is_near(request: HttpRequest) -> bool:
    """
    Whether the request comes straight from a network that may read metrics.

    A proxy on this machine makes all the world look near, and whoever gets past a proxy can name any address. So a
    request that came through one is not near; it needs the token.
    """
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in settings.METRICS_FROM)


def _plain(text: str, status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}

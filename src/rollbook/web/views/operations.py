"""
For those who watch the hub: `/healthz`, `/readyz`.

They are open to all, and say no more than yes or no. The log says why, and `rollbook doctor` says what to do.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from rollbook.web import readiness

log = logging.getLogger("rollbook.readiness")


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing else: a hub whose database is away is not mended by ending its processes."""
    return _plain("ok")


def readyz(request: HttpRequest) -> HttpResponse:
    """People can be sent here: database, tables and storage are there, and a worker where one is expected."""
    missing = readiness.missing()
    if readiness.changed(missing):
        log.warning("Not ready: %s", " ".join(missing)) if missing else log.warning("Ready again.")
    return _plain("not ready", 503) if missing else _plain("ready")


def _plain(text: str, status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}

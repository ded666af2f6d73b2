"""The body of a request, block by block: it is never in memory as a whole."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest
from gunicorn.http.errors import ParseException

from rollbook.api.refusals import Refused, bad_request

_BLOCK = 256 * 1024
_PATIENCE = 30.0  # seconds in which a sender has to send something
_LONGEST_JSON = 64 * 1024


def length_of(request: HttpRequest) -> int | None:
    """How long the body is; None: its end will show (`Transfer-Encoding: chunked`)."""
    if _is_chunked(request):
        return None
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if length < 0:
        raise bad_request("The length of the body cannot be read.")
    return length


def blocks(request: HttpRequest) -> Iterator[bytes]:
    """
    What the sender sends.

    Raises:
        Refused: It stopped in the middle.
    """
    length, came = length_of(request), 0
    # Django's own stream ends at the Content-Length, which a chunked body does not have
    stream = request.META["wsgi.input"] if length is None else request
    with _patience(request):
        try:
            while block := stream.read(_BLOCK):
                came += len(block)
                yield block
        except (OSError, ParseException) as failure:
            raise _broken_off() from failure
    if length is not None and came < length:
        raise _broken_off()


def json_of(request: HttpRequest) -> dict[str, Any]:
    """
    A small body that is a JSON object; blank: an empty one.

    Raises:
        Refused: It is something else.
    """
    found, size = [], 0
    for block in blocks(request):
        size += len(block)
        if size > _LONGEST_JSON:
            raise Refused(413, "too-long", "The body is too long. Nothing was done.")
        found.append(block)
    try:
        value = json.loads(b"".join(found) or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("The body is no JSON object.")
    return value


@contextmanager
def _patience(request: HttpRequest) -> Iterator[None]:
    """Wait for no sender for ever; each holds a thread."""
    socket = request.META.get("gunicorn.socket")
    if socket is None:
        yield
        return
    socket.settimeout(_PATIENCE)
    try:
        yield
    finally:
        socket.settimeout(None)


def _is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()


def _broken_off() -> Refused:
    return Refused(400, "broken-off", "The body ended in the middle. The file is not stored; go on, or send it again.")

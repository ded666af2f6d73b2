"""Files in one request, for whoever has no more than curl; and what lies in the inbox."""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse

from rollbook.api import bodies
from rollbook.api.door import for_tokens
from rollbook.api.limits import places
from rollbook.api.refusals import bad_request
from rollbook.intake import resumable, store
from rollbook.intake.models import ReceivedFile, UploadToken
from rollbook.intake.receiving import hold

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@for_tokens("GET", "HEAD")
def listed(request: HttpRequest, token: UploadToken) -> HttpResponse:  # noqa: ARG001
    """What lies in the inbox, and what is being received or broke off."""
    rows = ReceivedFile.objects.filter(account=token.account, state__in=(*store.CURRENT, *store.OPEN))
    files = [
        {
            "path": row.path,
            "size": row.size,
            "sha256": row.sha256,
            "state": row.state,
            "received": row.ended.isoformat(timespec="seconds") if row.ended else None,
        }
        for row in rows.order_by("path", "pk")
    ]
    return JsonResponse({"files": files})


@for_tokens("POST", "PUT")
def sent(request: HttpRequest, token: UploadToken, path: str) -> HttpResponse:
    """A whole file in one request. It is stored when the answer says so, and not otherwise."""
    account, length = token.account, bodies.length_of(request)
    sha256 = request.headers.get("Content-SHA256", "").strip().lower()
    if sha256 and not _SHA256.match(sha256):
        raise bad_request("Content-SHA256 is no SHA-256 in hexadecimal.")
    with places.one(account.pk):
        size = _most(token) if length is None else length
        made = resumable.begin(account, path, size, client=request.headers.get("User-Agent", ""), sha256=sha256)
        try:
            with hold(made) as receiving:
                receiving.add_whole(bodies.blocks(request))
        except BaseException:
            resumable.break_off(made)
            raise
    row = made.file
    return JsonResponse({"path": row.path, "size": row.size, "sha256": row.sha256}, status=201)


def _most(token: UploadToken) -> int:
    """The largest file that there is room for, where nobody says how large it is."""
    held, _ = store.held(token.account)
    return max(0, min(token.account.largest_file, token.account.quota_bytes - held))

"""
How a request is refused: a status, a code for programs, and a sentence for people.

    {"error": {"code": "...", "message": "what happened, what was not changed, what to do"}}
"""

import logging
import os

from django.http import HttpRequest, HttpResponse, JsonResponse

from rollbook.core.errors import RollbookError
from rollbook.intake import faults, quota, receiving
from rollbook.intake.names import BadName

log = logging.getLogger("rollbook.api")


class Refused(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, code: str, message: str, *, wait: int = 0, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if wait:
            self.headers["Retry-After"] = str(wait)


def bad_request(message: str) -> Refused:
    """The request cannot be understood."""
    return Refused(400, "bad-request", f"{message} Nothing was done.")


_MEANT: tuple[tuple[type[RollbookError], int, str], ...] = (
    (BadName, 422, "bad-name"),
    (quota.TooLarge, 413, "file-too-large"),
    (quota.NoRoom, 413, "folder-full"),
    (receiving.Gone, 410, "gone"),
    (receiving.Busy, 423, "busy"),
    (receiving.WrongOffset, 409, "wrong-offset"),
    (receiving.TooLong, 413, "too-long"),
    (receiving.Mismatch, 460, "checksum-mismatch"),
    (RollbookError, 409, "not-now"),
)
_UNCHANGED = (BadName, quota.TooLarge, quota.NoRoom)  # they say what is wrong, and not what became of the file


def refusal_of(failure: Exception) -> Refused:
    """What a failure means for the sender."""
    if isinstance(failure, Refused):
        return failure
    for kind, status, code in _MEANT:
        if isinstance(failure, kind):
            unchanged = " The file is not stored." if isinstance(failure, _UNCHANGED) else ""
            return Refused(status, code, f"{failure}{unchanged}", wait=5 if kind is receiving.Busy else 0)
    if faults.is_database_fault(failure):
        log.error("api.database_away")
        return Refused(503, "database-away", faults.NO_DATABASE, wait=30)
    if isinstance(failure, OSError):
        log.error("api.disk reason=%s", os.strerror(failure.errno or 0))
        return Refused(507, "no-room", faults.NO_DISK, wait=300)
    log.error("api.failed", exc_info=failure)
    return Refused(500, "fault", faults.NO_IDEA)


def answer_to(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The answer; without words where none may follow."""
    body = {"error": {"code": refused.code, "message": str(refused)}}
    reason = "Checksum Mismatch" if refused.status == 460 else None
    response: HttpResponse = JsonResponse(body, status=refused.status, reason=reason, headers=refused.headers)
    if request.method == "HEAD":
        response.content = b""
    return response

"""
What goes wrong on demand. A fault waits for requests whose path it fits, and is used up after so many of them.

    slow              the answer comes after `seconds`
    too_many          429 with Retry-After: `seconds`
    error             500 with a JSON body
    html_error        500 with a page for people
    cut               the connection closes in the middle of the body
    truncated         a whole answer whose JSON ends in the middle
    drop              the connection closes without an answer
    maintenance       200 with a page for people: "try later", never "no students"
    expire            every token given out before stops being good (401)
    forbid            401 or 403, as the system says that a permission is missing
    moving            a record leaves the list while its pages are being read
    duplicate_page    a page comes twice: the second time in the place of the one after it
    wrong_year        the system answers for another school year than the one asked for

The first eight are carried out for every system by `faulty`; the others each system carries out in its own way,
asking `Faults.strikes` at the right place.
"""

import threading
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase

from simulators.http.messages import Answer, Request, as_html, as_json

KINDS = (
    "slow",
    "too_many",
    "error",
    "html_error",
    "cut",
    "truncated",
    "drop",
    "maintenance",
    "expire",
    "forbid",
    "moving",
    "duplicate_page",
    "wrong_year",
)


@dataclass
class Fault:
    """
    Args:
        path: Pattern of the paths it strikes, without case; `*` = any.

        times: How many requests it strikes.

        after: How many fitting requests it lets pass first.

        seconds: How long it takes, or asks to wait.
    """

    kind: str
    path: str = "*"
    times: int = 1
    after: int = 0
    seconds: float = 0.2


class Faults:
    """The faults that wait, for all threads of a system."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"There is no fault {fault.kind!r}. There are: {', '.join(KINDS)}.")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def strikes(self, kind: str, path: str) -> Fault | None:
        """The fault of this kind that strikes a request for the path now; it has one time less then."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind == kind and fnmatchcase(path.casefold(), fault.path.casefold()):
                    if fault.after > 0:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None


class Dropped(Exception):
    """The connection is to be closed without an answer."""


def before(faults: Faults, request: Request) -> Answer | None:
    """What is answered instead of what was asked for; None where nothing stands in the way."""
    if fault := faults.strikes("slow", request.path):
        time.sleep(fault.seconds)
    if faults.strikes("drop", request.path):
        raise Dropped
    if fault := faults.strikes("too_many", request.path):
        wait = {"Retry-After": str(max(1, round(fault.seconds)))}
        return as_json({"message": "Too many requests"}, 429, **wait)
    if faults.strikes("error", request.path):
        return as_json({"message": "An unknown error has occurred"}, 500)
    if faults.strikes("html_error", request.path):
        return as_html("Server Error in '/' Application.", 500)
    if faults.strikes("maintenance", request.path):
        return as_html("The system is being updated. Please come back later.")
    return None


def after(faults: Faults, request: Request, answer: Answer) -> Answer:
    """The answer as it leaves, damaged where a fault says so."""
    if faults.strikes("cut", request.path):
        answer.cut = True
    if faults.strikes("truncated", request.path):
        answer.body = answer.body[: len(answer.body) // 2]
    return answer

"""
What an answer looks like: pages by first and last record, JSON or XML, and refusals.

XML comes without `Accept: application/json`. A page has no total and no link to the next one: a client asks on until
fewer rows come back than it asked for.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from xml.etree import ElementTree

from simulators.http.faults import Faults
from simulators.http.messages import Answer, Request, as_json

T = TypeVar("T")


class Refused(Exception):
    """The request cannot be answered as it is."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def whole_number(value: str, name: str) -> int:
    """A number in a path or a query."""
    try:
        return int(value)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, f"Invalid {name}") from None


def page(rows: Sequence[T], request: Request, faults: Faults) -> list[T]:
    """
    The rows from StartingRecord to EndingRecord, both counted from 1 and both included; all of them without the two.

    Under `moving` the first row of the list has gone since the page before, so one row is in no page; under
    `duplicate_page` a page is the one before it once more.
    """
    named = {name.lower(): value for name, value in request.query.items()}
    if "startingrecord" not in named and "endingrecord" not in named:
        return list(rows)
    first = whole_number(named.get("startingrecord", "1"), "StartingRecord")
    last = whole_number(named.get("endingrecord", str(len(rows))), "EndingRecord")
    if first < 1 or last < first:
        raise Refused(HTTPStatus.BAD_REQUEST, "Invalid StartingRecord or EndingRecord")
    size = last - first + 1
    if first > 1 and faults.strikes("moving", request.path):
        first, last = first + 1, last + 1
    if first > 1 and faults.strikes("duplicate_page", request.path):
        first = max(1, first - size)
        last = first + size - 1
    return list(rows[first - 1 : last])


def answered(value: Any, request: Request, wrong_accept: str, status: int = HTTPStatus.OK) -> Answer:
    """JSON where it was asked for; else XML, or 406 by `wrong_accept`."""
    if _wants_json(request.headers.get("accept", "")):
        return as_json(value, status)
    if wrong_accept == "406":
        return as_json({"Message": "Not Acceptable"}, HTTPStatus.NOT_ACCEPTABLE)
    root = _element("Error" if status >= HTTPStatus.BAD_REQUEST else "Answer", value)
    return Answer(status, ElementTree.tostring(root), {"Content-Type": "application/xml; charset=utf-8"})


def _wants_json(accept: str) -> bool:
    """Clients that take anything get JSON; a browser, which names XML, does not, and neither does nobody."""
    kinds = [kind.split(";")[0].strip().lower() for kind in accept.split(",")]
    if "application/json" in kinds or "text/json" in kinds:
        return True
    return "*/*" in kinds and not any("xml" in kind for kind in kinds)


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        element.extend(_element("Item", inner) for inner in value)
    elif value is not None:
        element.text = str(value)
    return element

"""
All pages of a list, and the proof that no record slipped between two of them.

v3 tells no totals, and v2 not always. A record that leaves while pages are read moves all after it up by one, and the
one that crosses from a page to the page before it is never seen: the number of records still fits. So once a page has
come, the last record of the page before is asked for again, alone, at the place where it was. At the end so is the
last record of all, and nothing may stand behind it.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rollbook.sources.pulling import Moved

Record = dict[str, Any]


class Page(NamedTuple):
    """Records, and how many there are in all where the system says so."""

    records: list[Record]
    total: int | None = None


Ask = Callable[[int, int], Page]
"""A page by its number (1 is the first) and its size."""


def pages(ask: Ask, size: int, name: str, key: tuple[str, ...]) -> Iterator[Page]:
    """
    The pages of a list that have records.

    Args:
        name: The stream, for `Moved`.

        key: The fields that tell its records apart.

    Raises:
        Moved: The list changed while it was read.
    """
    number, last, total = 0, (), None
    while True:
        number += 1
        page = ask(number, size)
        if number > 1 and (page.total != total or _at(ask, (number - 1) * size, key) != [last]):
            raise Moved(name)
        total = page.total
        if page.records:
            yield page
            last = _told(page.records[-1], key)
        if len(page.records) < size:
            break
    end = (number - 1) * size + len(page.records)
    if number > 1 and page.records and _at(ask, end, key) != [last]:
        raise Moved(name)
    if page.records and _at(ask, end + 1, key):
        raise Moved(name)


def _at(ask: Ask, place: int, key: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """What tells the record at a place, counted from 1; nothing where there is none."""
    return [_told(record, key) for record in ask(place, 1).records]


def _told(record: Record, key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(record.get(name) for name in key)


def count(ask: Ask, size: int) -> int:
    """How many records a list has: by its total, or by finding its last page."""
    page = ask(1, size)
    if page.total is not None:
        return page.total
    if len(page.records) < size:
        return len(page.records)
    full, beyond = 1, 2
    while len((page := ask(beyond, size)).records) == size:
        full, beyond = beyond, beyond * 2
    while beyond - full > 1 and not page.records:
        middle = (full + beyond) // 2
        tried = ask(middle, size)
        if len(tried.records) == size:
            full = middle
        else:
            page, beyond = tried, middle
    return (beyond - 1) * size + len(page.records)

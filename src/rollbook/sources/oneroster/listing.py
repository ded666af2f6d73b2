"""
One collection of OneRoster, page by page, with the proof that nobody was missed.

    The server says             How the pages are read                            What proves them
    X-Total-Count               next, or from the number of rows received         as many distinct ids as it counts
    an opaque next only         next                                              the server's own bookmark
    neither                     each page begins with the last row of the one     that row comes again
                                before, until nothing more comes

A server may cap a page silently, so a page with fewer rows than asked for is not the last. A `next` on another host is
not followed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rollbook.core.errors import SourceRefused
from rollbook.sources.http import AccessRefused, Client, NotThere
from rollbook.sources.pulling import Moved

_NEXT = re.compile(r'<([^>]*)>[^,<]*;\s*rel="?next"?', re.IGNORECASE)
MOST_PAGES = 200_000


@dataclass
class Terms:
    """
    How a server is asked.

    Args:
        size: Records a page.

        slash: Addresses end with a slash.

        sort: Ask for an order; unset when the server refuses it.

        missing_is_empty: 404 stands for an empty list.
    """

    size: int
    slash: bool = False
    sort: bool = True
    missing_is_empty: bool = False


@dataclass(frozen=True)
class Page:
    """One answer: its rows, how many there are in all, where the next page is, and when it was written."""

    rows: list[dict[str, Any]]
    total: int | None = None
    next: str = ""
    clock: datetime | None = None


@dataclass
class Listing:
    """
    Args:
        collection: Its name, which is its path and the key of its list.

        filter: Which records; blank = all.

    Attributes:
        total: How many there are, once the first page came; None where the server does not say.

        duplicates: Rows that came in two pages, and were taken once.

        clock: When reading began, by the server's clock; None where it does not send it.
    """

    client: Client
    collection: str
    terms: Terms
    filter: str = ""
    total: int | None = None
    duplicates: int = 0
    clock: datetime | None = None
    _before: set[Any] = field(default_factory=set)

    @property
    def path(self) -> str:
        """The address below the base."""
        return f"/{self.collection}/" if self.terms.slash else f"/{self.collection}"

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        """
        The rows, page by page.

        Raises:
            Moved: The list changed while it was read.

            SourceUnavailable, SourceRefused: See `Client`.
        """
        first = self.peek(self.terms.size)
        self.total, self.clock = first.total, first.clock
        is_proven = first.total is not None or (first.next and "offset" not in parse_qs(urlsplit(first.next).query))
        pages = self._counted(first) if is_proven else self._overlapping(first)
        for number, rows in enumerate(pages):
            if number >= MOST_PAGES:
                raise SourceRefused(f"{self.client.host} has no end of {self.path}. Nothing was changed.")
            yield self._fresh(rows)

    def peek(self, size: int) -> Page:
        """The first page; asked for again without an order where the server knows none."""
        try:
            return self._ask(0, size)
        except (AccessRefused, NotThere):
            raise
        except SourceRefused:
            if not self.terms.sort:
                raise
            self.terms.sort = False
            try:
                return self._ask(0, size)
            except SourceRefused:
                self.terms.sort = True
                raise

    def count(self) -> int:
        """How many there are; where the server does not say, found by asking for single rows further and further on."""
        first = self.peek(1)
        if first.total is not None or not first.rows:
            return first.total or 0
        there, beyond = 0, 1
        while self._ask(beyond, 1).rows:
            there, beyond = beyond, beyond * 2
        while beyond - there > 1:
            middle = (there + beyond) // 2
            there, beyond = (middle, beyond) if self._ask(middle, 1).rows else (there, middle)
        return beyond

    def _fresh(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Without the rows that the page before had."""
        fresh = [row for row in rows if row.get("sourcedId") not in self._before]
        self.duplicates += len(rows) - len(fresh)
        self._before = {row.get("sourcedId") for row in rows}
        return fresh

    def _counted(self, page: Page) -> Iterator[list[dict[str, Any]]]:
        received, visited = 0, set[str]()
        while True:
            if page.total != self.total:
                raise Moved(self.collection)
            received += len(page.rows)
            yield page.rows
            if page.next:
                if page.next in visited:
                    raise SourceRefused(f"{self.client.host} leads in circles at {self.path}. Nothing was changed.")
                visited.add(page.next)
                page = self._page(page.next, {})
            elif self.total is not None and page.rows and received < self.total:
                page = self._ask(received, self.terms.size)
            else:
                return

    def _overlapping(self, page: Page) -> Iterator[list[dict[str, Any]]]:
        """A list that shifts shows it: its page does not begin with the row that the one before ended with."""
        received, size, is_capped_at_one = 0, max(2, self.terms.size), len(page.rows) == 1
        rows = page.rows
        while rows:
            received += len(rows)
            yield rows
            last = rows[-1].get("sourcedId")
            rows = self._ask(received - 1, size).rows
            if not rows or rows[0].get("sourcedId") != last:
                raise Moved(self.collection)
            rows = rows[1:]
            if not rows and is_capped_at_one:
                rows = self._ask(received, size).rows

    def _ask(self, offset: int, size: int) -> Page:
        params = {"limit": str(size), "offset": str(offset)}
        if self.terms.sort:
            params |= {"sort": "sourcedId", "orderBy": "asc"}
        if self.filter:
            params["filter"] = self.filter
        return self._page(self.path, params)

    def _page(self, address: str, params: dict[str, str]) -> Page:
        try:
            reply = self.client.json_reply(address, params or None)
        except NotThere:
            if self.terms.missing_is_empty:
                return Page([], self.total)
            raise
        counted = reply.headers.get("x-total-count", "").strip()
        total = int(counted) if counted.isdecimal() else None
        found = _NEXT.search(reply.headers.get("link", ""))
        onward = self._followed(found[1]) if found else ""
        return Page(_rows(reply.json(), self.collection), total, onward, _clock(reply.headers.get("date", "")))

    def _followed(self, address: str) -> str:
        """An address that may be followed; blank for one on another host, whose page is asked for by its number."""
        base, there = urlsplit(self.client.base_url), urlsplit(address)
        return address if (there.scheme, there.netloc) == (base.scheme, base.netloc) else ""


def _clock(said: str) -> datetime | None:
    try:
        return parsedate_to_datetime(said)
    except ValueError:
        return None


def _rows(body: Any, collection: str) -> list[dict[str, Any]]:
    """The records of an answer: null and {} stand for none, one object for a list of one."""
    if isinstance(body, dict):
        body = body.get(collection)
    if isinstance(body, dict):
        body = [body]
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []

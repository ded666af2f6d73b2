"""
The rows of one method, in whatever shape they come, and the proof that they are all of them.

A list is a bare array, or pages of an envelope: `{"page": 1, "num_pages": 7, "num_results": 1234, "results": [...]}`.
Which method gives which is not promised, and the counts may be text. https://demo.illuminateed.com/live/?ApiDocumentation
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rollbook.core.errors import SourceRefused
from rollbook.sources.http import Client, NotThere
from rollbook.sources.illuminate.profile import Method
from rollbook.sources.pulling import Moved

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """`total` is the number of rows of the whole list."""

    rows: list[Row]
    total: int


@dataclass
class Listing:
    """
    One list, page by page.

    Args:
        parameters: Sent with every request.

    Attributes:
        rows: How many came.

        digest: Of all answers; two readings with the same digest gave the same rows in the same order.
    """

    client: Client
    method: Method
    size: int
    parameters: Mapping[str, str]
    rows: int = 0
    digest: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def pages(self) -> Iterator[list[Row]]:
        """
        Every page.

        Raises:
            Moved: The list grew or shrank meanwhile.

            SourceUnavailable, SourceRefused: As the client has it.
        """
        number, total = 1, None
        while total is None or self.rows < total:
            page = self.page(number, self.size)
            total = page.total if total is None else total
            if page.total != total or self.rows + len(page.rows) > total or (total > self.rows and not page.rows):
                raise Moved(self.method.stream)
            self.rows += len(page.rows)
            yield page.rows
            number += 1

    def page(self, number: int, size: int) -> Page:
        """One page; a bare array is the only one."""
        path = f"{self.method.name}/"
        try:
            reply = self.client.json_reply(path, {**self.parameters, "page": number, "limit": size})
        except NotThere:
            raise NotThere(
                f"{self.client.host} has no method {self.method.name}. Nothing was changed. Put its right name into "
                f"the profile, or leave the stream {self.method.stream} out."
            ) from None
        self.digest.update(reply.body)
        return self._page(reply.json())

    def _page(self, answer: Any) -> Page:
        rows = answer.get("results") if isinstance(answer, dict) else answer
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SourceRefused(f"{self._who} answered something that is no list. Nothing was changed.")
        if isinstance(answer, list):
            return Page(rows, len(rows))
        try:
            return Page(rows, int(answer["num_results"]))
        except (KeyError, TypeError, ValueError):
            raise SourceRefused(
                f"{self._who} does not say how many rows there are, so nobody could tell whether all came. "
                "Nothing was changed."
            ) from None

    @property
    def _who(self) -> str:
        return f"{self.client.host} ({self.method.name})"

"""A client of Illuminate made of nothing but requests and requests-oauthlib: what its customers write themselves."""

from __future__ import annotations

from typing import Any

from requests import Response
from requests_oauthlib import OAuth1Session

from simulators.illuminate import Illuminate

Row = dict[str, Any]


class Client:
    """Signs with the keys of a simulated Illuminate; `wrong` replaces some of its settings."""

    def __init__(self, system: Illuminate, **wrong: str) -> None:
        keys = system.settings() | wrong
        self.base = keys["url"]
        self.session = OAuth1Session(
            keys["consumer_token"], keys["consumer_secret"], keys["user_token"], keys["user_secret"]
        )

    def get(self, name: str, **query: Any) -> Response:
        answer: Response = self.session.get(f"{self.base}{name}/", params=query)
        return answer

    def page(self, name: str, **query: Any) -> Row:
        answer: Row = self.get(name, **query).json()
        return answer

    def rows(self, name: str, limit: int = 200) -> list[Row]:
        """All rows of a resource, in the loop that the vendor's clients have."""
        first = self.get(name, page=1, limit=limit).json()
        if isinstance(first, list):
            return first
        rows: list[Row] = first["results"]
        for number in range(2, int(first["num_pages"]) + 1):
            rows += self.page(name, page=number, limit=limit)["results"]
        return rows

"""What the hosts of a Veracross site share: the switches, tonight's world, pages, and the count of requests."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar, TypeVar

from simulators.http.messages import Request
from simulators.http.system import System
from simulators.veracross import codes
from simulators.veracross.listing import Listings, Record, Resource
from simulators.veracross.tokens import Rates, Tokens, Window
from simulators.veracross.world import Choices, World

T = TypeVar("T")
LARGEST_PAGE, USUAL_PAGE = 1000, 100


@dataclass(frozen=True)
class Page:
    """Number 1 is the first; what was asked for is brought into the bounds of the API."""

    number: int
    size: int

    @classmethod
    def asked(cls, number: str | None, size: str | None) -> "Page":
        return cls(max(1, _number(number, 1)), min(max(1, _number(size, USUAL_PAGE)), LARGEST_PAGE))

    def of(self, found: Sequence[T]) -> Sequence[T]:
        return found[(self.number - 1) * self.size : self.number * self.size]


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise


class Site(System):
    """
    One school site.

    `clock` may be replaced, so that a token grows old and a window ends without waiting.
    """

    KIND = "veracross"
    TITLE = "Veracross"
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "school": "harrowcreek",
        "client_id": "harrowcreek-hub",
        "client_secret": "a-secret-of-v3",
        "user": "harrowcreek.api",
        "password": "a-password-of-v2",
        "version": "v3",  # which of the two `settings` speaks of
        "token_seconds": "3600",
        "rate_limit": "300",
        "rate_seconds": "180",
        "totals": "yes",  # X-Total-Count of v2
        "shuffle": "yes",  # value lists come in another order each time
        "without_scopes": "",  # what the application was not granted, joined by commas
        "scope_refusal": "refuse",  # or "omit": a token without the scope is given
        "without_resources": "",  # what the account of v2 may not read, joined by commas
        "without_keys": "",  # resources of v2 whose records have a key of another name, joined by commas
        "leavers": "vanish",  # or "stay", with an exit date
        "parents_on_staff": "0",
        "both_ways": "no",
        "personal_mail": "no",
        "without_mail": "0",
        "future": "0",  # students of next year, listed by v3 among the others
    }

    def prepare(self) -> None:
        options = self.options
        if not hasattr(self, "world"):
            self.clock: Callable[[], float] = time.time
            self.tokens = Tokens(lambda: self.clock(), int(options["token_seconds"]))
            self.rates = Rates(lambda: self.clock(), int(options["rate_limit"]), int(options["rate_seconds"]))
            self.chance = Random(self.district.seed)
        choices = Choices(
            leavers_stay=options["leavers"] == "stay",
            parents_on_staff=int(options["parents_on_staff"]),
            both_ways=options["both_ways"] == "yes",
            personal_mail=options["personal_mail"] == "yes",
            without_mail=int(options["without_mail"]),
            future=int(options["future"]),
        )
        self.world = World(self.district, choices, getattr(self, "world", None))
        self.v2, self.v3 = Listings(self.world), Listings(self.world)
        self.value_lists = codes.value_lists(self.world)

    def settings(self) -> dict[str, str]:
        options = self.options
        hosts = {"version": options["version"], "url": self.url, "school": options["school"]}
        if options["version"] == "v2":
            return hosts | {"user": options["user"], "password": options["password"]}
        return hosts | {
            "accounts_url": self.url,
            "client_id": options["client_id"],
            "client_secret": options["client_secret"],
        }

    def expire_tokens(self) -> None:
        self.tokens.expire()

    def is_school(self, school: str) -> bool:
        return school == self.options["school"]

    def page(
        self, listings: Listings, name: str, resource: Resource, request: Request, asked: Page
    ) -> tuple[list[Record], int]:
        """The records of a page, and how many records there are in all."""
        query, path = request.query, request.path
        found = listings.all(name, resource, query)
        if asked.number > 1 and self.faults.strikes("moving", path):
            found = found[1:]
        if asked.number > 1 and self.faults.strikes("duplicate_page", path):
            asked = Page(asked.number - 1, asked.size)
        records = [resource.write(self.world, one) for one in asked.of(found)]
        if records and "school_year" in records[0] and self.faults.strikes("wrong_year", path):
            records = [record | {"school_year": record["school_year"] - 1} for record in records]
        return records, len(found)

    def rate_headers(self, window: Window, reset: int) -> dict[str, str]:
        return {
            "X-Rate-Limit-Limit": self.options["rate_limit"],
            "X-Rate-Limit-Remaining": str(window.left),
            "X-Rate-Limit-Reset": str(reset),
        }

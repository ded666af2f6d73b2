"""A page of a list: where it starts, how long it is, and the headers that lead on."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from simulators.oneroster.dialect import Record
from simulators.oneroster.refusals import Refused

DEFAULT_LIMIT = 100
OPTIONS = {
    "link": "yes",  # yes: the header Link; no; opaque: its addresses hold a bookmark instead of an offset
    "total": "yes",  # the header X-Total-Count
    "cap": "0",  # the most rows of a page; 0: no limit
    "over_cap": "cut",  # cut: a larger limit gives a page of the cap; refused: it is an error
}


@dataclass(frozen=True)
class Window:
    """The part of a list that a request asks for."""

    limit: int
    offset: int

    @classmethod
    def of(cls, query: Mapping[str, str], options: Mapping[str, str]) -> "Window":
        """
        Raises:
            Refused: The numbers are none, or out of their range.
        """
        try:
            limit, offset = int(query.get("limit", DEFAULT_LIMIT)), int(query.get("offset", 0))
            offset = int(query["after"], 16) if "after" in query else offset
        except ValueError:
            raise Refused(400, "limit and offset are whole numbers.") from None
        if limit < 1 or offset < 0:
            raise Refused(400, "limit is at least 1, offset at least 0.")
        cap = int(options["cap"])
        if cap and limit > cap:
            if options["over_cap"] == "refused":
                raise Refused(400, f"limit is at most {cap}.")
            limit = cap
        return cls(limit, offset)

    def cut(self, records: list[Record]) -> list[Record]:
        return records[self.offset : self.offset + self.limit]

    def before(self) -> "Window":
        """The page before."""
        return Window(self.limit, max(0, self.offset - self.limit))

    def links(self, total: int, url: str, query: Mapping[str, str], *, is_opaque: bool) -> str:
        """
        The header Link.

        Commas inside of an address are coded: simple readers split the header at each comma.
        """
        places = {"first": 0, "last": max(0, (total - 1) // self.limit * self.limit)}
        if self.offset + self.limit < total:
            places = {"next": self.offset + self.limit, **places}
        if self.offset:
            places["prev"] = max(0, self.offset - self.limit)
        asked = {name: text for name, text in query.items() if name not in ("limit", "offset", "after")}
        if is_opaque:
            written = {name: {"limit": str(self.limit), "after": f"{place:x}"} for name, place in places.items()}
        else:
            written = {name: {"limit": str(self.limit), "offset": str(place)} for name, place in places.items()}
        return ", ".join(f'<{url}?{urlencode({**asked, **more})}>; rel="{name}"' for name, more in written.items())

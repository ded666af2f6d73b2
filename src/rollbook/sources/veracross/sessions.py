"""
The school year and its terms, out of grading periods.

Veracross has no tree of terms: it has grading periods, each in a group of those in which a class is graded. A period
belongs to the shortest one around it, and a class to the term that lasts as long as the periods of its group.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
Span = tuple[str, str]


@dataclass
class Sessions:
    """
    Args:
        year: The school year that was asked for.

        title: What the school calls it.
    """

    year: int
    title: str = ""
    _periods: list[Record] = field(default_factory=list)
    _groups: dict[str, list[Span]] = field(default_factory=dict)

    def add(self, periods: Iterable[Mapping[str, Any]]) -> None:
        """Grading periods, as they came."""
        for period in periods:
            begin, end = (str(period.get(name) or "")[:10] for name in ("start_date", "end_date"))
            if not begin or not end:
                continue
            self._periods.append({"id": period["id"], "title": period.get("description"), "span": (begin, end)})
            group = str((period.get("group") or {}).get("id"))
            self._groups.setdefault(group, []).append((begin, end))

    def records(self) -> list[Record]:
        """The year, then its parts; `school_year` is the year in which it ends, as everywhere in the roster."""
        begin, end = self._whole()
        year = {
            "key": self._year_key,
            "title": self.title or f"{self.year}-{self.year + 1}",
            "type": "schoolYear",
            "begin": begin,
            "end": end,
            "parent": None,
        }
        parts = [self._part(period) for period in self._periods]
        return [record | {"school_year": str(self.year + 1)} for record in (year, *parts)]

    def term_of(self, group: object) -> str:
        """The key of the session in which a class with a group of grading periods is held."""
        spans = self._groups.get(str(group))
        if not spans:
            return self._year_key
        whole = (min(begin for begin, _ in spans), max(end for _, end in spans))
        if whole == self._whole():
            return self._year_key
        found = sorted(self._key(period) for period in self._periods if period["span"] == whole)
        return found[0] if found else self._year_key

    @property
    def _year_key(self) -> str:
        return f"year:{self.year}"

    def _part(self, period: Record) -> Record:
        begin, end = period["span"]
        around = [one for one in self._periods if _within(period["span"], one["span"])]
        shortest = min(around, key=lambda one: (_length(one["span"]), self._key(one)), default=None)
        inside = any(_within(one["span"], period["span"]) for one in self._periods)
        return {
            "key": self._key(period),
            "title": period["title"],
            "type": self._type(period) if inside else "gradingPeriod",
            "begin": begin,
            "end": end,
            "parent": self._key(shortest) if shortest else self._year_key,
        }

    def _type(self, period: Record) -> str:
        """A part that has parts: one of two in a year is a semester, any other a term."""
        begin, end = self._whole()
        if (begin, end) == period["span"]:
            return "schoolYear"
        share = _length(period["span"]) / max(1, _length((begin, end)))
        return "semester" if 0.4 <= share <= 0.6 else "term"

    def _whole(self) -> tuple[str | None, str | None]:
        """From the first day of all periods to the last."""
        spans = [period["span"] for period in self._periods]
        return min((begin for begin, _ in spans), default=None), max((end for _, end in spans), default=None)

    @staticmethod
    def _key(period: Record) -> str:
        return f"period:{period['id']}"


def _within(inner: Span, outer: Span) -> bool:
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def _length(span: Span | tuple[str | None, str | None]) -> int:
    from datetime import date

    begin, end = span
    return (date.fromisoformat(end) - date.fromisoformat(begin)).days if begin and end else 0

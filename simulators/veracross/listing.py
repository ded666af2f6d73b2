"""A resource: which records it lists, what may be asked of it, and which of them answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulators.veracross.world import World

Record = dict[str, Any]
Matches = Callable[[Record], bool]


@dataclass(frozen=True)
class Resource:
    """
    Args:
        found: What is listed. A record is written only when its page is asked for: a large school has a million.

        write: The record of one of them.

        only: Query parameters that compare a field: parameter -> field, dotted where it is inside another. `=2` stands
            for a value that all records have and none shows; a blank for a parameter that changes nothing here.

        between: Fields that have `on_or_after_` and `on_or_before_` parameters.

        coded: Coded field -> name of its value list.

        single: The record of a single read, where it differs from the listed one.
    """

    found: Callable[[World], Iterable[Any]]
    write: Callable[[World, Any], Record]
    only: Mapping[str, str] = field(default_factory=dict)
    between: Sequence[str] = ()
    coded: Mapping[str, str] = field(default_factory=dict)
    single: Callable[[World, Any], Record] | None = None

    def known(self) -> set[str]:
        """The query parameters that it understands."""
        return {*self.only, *(f"on_or_{way}_{name}" for name in self.between for way in ("after", "before"))}

    def tests(self, query: Mapping[str, str]) -> list[Matches]:
        """What a record must be, to answer a query."""
        asked = [name for name in query if name in self.known() and self.only.get(name) != ""]
        return [self._test(name, query[name]) for name in asked]

    def _test(self, name: str, wanted: str) -> Matches:
        if name in self.only:
            path, values = self.only[name], wanted.split(",")
            return lambda record: text(value(record, path)) in values
        if name.startswith("on_or_after_"):
            path = name.removeprefix("on_or_after_")
            return lambda record: text(value(record, path)) >= wanted
        path = name.removeprefix("on_or_before_")
        return lambda record: "" < text(value(record, path))[: len(wanted)] <= wanted


class Listings:
    """All lists of one night; each is found when it is first asked for, and so is what answers a query."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._found: dict[tuple[str, frozenset[tuple[str, str]]], list[Any]] = {}
        self._places: dict[str, dict[str, int]] = {}

    def all(self, name: str, resource: Resource, query: Mapping[str, str]) -> list[Any]:
        """What answers a query, unwritten."""
        asked = (name, frozenset((key, text) for key, text in query.items() if key in resource.known()))
        if asked not in self._found:
            found, tests = list(resource.found(self.world)), resource.tests(query)
            if tests:
                found = [one for one in found if _passes(resource.write(self.world, one), tests)]
            self._found[asked] = found
        return self._found[asked]

    def one(self, name: str, resource: Resource, key: str) -> Record | None:
        """The record with an id, as a single read shows it."""
        found = self.all(name, resource, {})
        if name not in self._places:
            written = (resource.write(self.world, one) for one in found)
            self._places[name] = {str(next(iter(record.values()))): place for place, record in enumerate(written)}
        place = self._places[name].get(key)
        return None if place is None else (resource.single or resource.write)(self.world, found[place])


def value(record: Record, path: str) -> Any:
    """The value of a field, which may be inside another one; that of `=2` is 2."""
    if path.startswith("="):
        return path[1:]
    found: Any = record
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def text(found: Any) -> str:
    """A value as it stands in a query."""
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found is None else str(found)


def _passes(record: Record, tests: list[Matches]) -> bool:
    return all(test(record) for test in tests)

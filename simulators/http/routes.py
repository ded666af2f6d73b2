"""Which function of a system answers which path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.http.messages import Answer, Request

Answering = Callable[..., Answer]
_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """`pattern` has named groups for the parts of the path that vary."""

    method: str
    pattern: re.Pattern[str]
    name: str


def route(method: str, *paths: str) -> Callable[[Answering], Answering]:
    """
    Let a method of a system answer these paths: `@route("GET", "/ws/v1/school/{school}")`.

    The parts in braces are passed by name; they hold no slash. Case and a slash at the end do not matter. Of several
    paths that fit, the one that is written first in the class answers.
    """

    def mark(function: Answering) -> Answering:
        found = [Route(method, _pattern(path), function.__name__) for path in paths]
        function.routes = found  # type: ignore[attr-defined]
        return function

    return mark


def _pattern(path: str) -> re.Pattern[str]:
    parts = _PART.split(path)
    made = "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(made + "/?", re.IGNORECASE)


def routes_of(system: type) -> list[Route]:
    """The routes of a class and of those it builds on, in the order they are written."""
    found: list[Route] = []
    for owner in system.__mro__:
        for member in vars(owner).values():
            found += getattr(member, "routes", [])
    return found


def find(routes: list[Route], request: Request) -> tuple[str, dict[str, Any]] | None:
    """The name of the method that answers a request, and the parts of its path."""
    for one in routes:
        if one.method == request.method and (match := one.pattern.fullmatch(request.path)):
            return one.name, match.groupdict()
    return None

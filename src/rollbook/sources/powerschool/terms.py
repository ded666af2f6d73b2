"""Terms as a tree: PowerSchool knows that a quarter is a quarter of the year, and not which semester it lies in."""

from collections.abc import Iterable, Mapping
from typing import Any

from rollbook.sources.powerschool.words import kind_of_term


def with_parents(terms: Iterable[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    """
    Terms of one year with `kind`, and with `parent`: the shortest longer term of the same school that encloses it.

    Args:
        terms: With `school_dcid`, `portion`, `first_day` and `last_day`.

        key: The member that identifies a term.
    """
    found = list(terms)
    return [{**term, "kind": kind_of_term(term.get("portion")), "parent": _parent(term, found, key)} for term in found]


def _parent(term: Mapping[str, Any], terms: list[Mapping[str, Any]], key: str) -> Any:
    around = [
        one
        for one in terms
        if one["school_dcid"] == term["school_dcid"]
        and int(one["portion"]) < int(term["portion"])
        and str(one["first_day"]) <= str(term["first_day"])
        and str(term["last_day"]) <= str(one["last_day"])
    ]
    return max(around, key=lambda one: int(one["portion"]))[key] if around else None

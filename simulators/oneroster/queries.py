"""The query parameters `filter`, `sort`, `orderBy` and `fields`, as strict servers read them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from simulators.oneroster.dialect import Record
from simulators.oneroster.refusals import Refused

Test = Callable[[Record], bool]

_NAME = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_CLAUSE = rf"({_NAME})(!=|>=|<=|=|>|<|~)'((?:[^']|'')*)'"
# At most two clauses; no parentheses, no lists.
_FILTER = re.compile(rf"{_CLAUSE}(?: (AND|OR) {_CLAUSE})?")

_BASE = "sourcedId status dateLastModified metadata"
_OF_USERS = (
    "username userIds enabledUser givenName familyName middleName identifier email sms phone agents grades password"
)
_FIELDS = {
    "academicSessions": "title startDate endDate type parent children schoolYear",
    "orgs": "name type identifier parent children",
    "courses": "title schoolYear courseCode grades subjects org subjectCodes resources",
    "classes": "title classCode classType location grades subjects course school terms subjectCodes periods resources",
    "enrollments": "user class school role primary beginDate endDate",
    "demographics": (
        "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
        "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity "
        "countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus"
    ),
}
_USERS = {
    "1.1": f"{_OF_USERS} role orgs",
    "1.2": (
        f"{_OF_USERS} roles primaryOrg userMasterIdentifier preferredFirstName preferredMiddleName preferredLastName "
        "pronouns userProfiles resources"
    ),
}


def _wrong(text: str) -> Refused:
    return Refused(400, text, "invalid_filter_field")


def fields_of(collection: str, version: str) -> set[str]:
    """The names of the fields of a class."""
    own = _USERS[version] if collection == "users" else _FIELDS[collection]
    return {*_BASE.split(), *own.split()}


def parse_filter(text: str, known: set[str]) -> Test:
    """
    What a filter asks of a record.

    Raises:
        Refused: It is outside the grammar, or names a field that the class does not have.
    """
    match = _FILTER.fullmatch(text)
    if not match:
        raise _wrong(f"The filter {text!r} is not understood.")
    first = _clause(match[1], match[2], match[3], known)
    if not match[4]:
        return first
    second = _clause(match[5], match[6], match[7], known)
    if match[4] == "AND":
        return lambda record: first(record) and second(record)
    return lambda record: first(record) or second(record)


def _clause(field: str, sign: str, value: str, known: set[str]) -> Test:
    path, wanted = field.split("."), value.replace("''", "'")
    if path[0] not in known:
        raise _wrong(f"There is no field {field!r}.")
    if sign == "!=":
        return lambda record: wanted not in values_at(record, path)
    holds = _SIGNS[sign]
    return lambda record: any(holds(found, wanted) for found in values_at(record, path))


_SIGNS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda found, wanted: found == wanted,
    ">": lambda found, wanted: found > wanted,
    ">=": lambda found, wanted: found >= wanted,
    "<": lambda found, wanted: found < wanted,
    "<=": lambda found, wanted: found <= wanted,
    "~": lambda found, wanted: wanted.casefold() in found.casefold(),
}


def values_at(value: Any, path: list[str]) -> Iterator[str]:
    """The plain values at a dotted name, as text; of a list all of them."""
    if isinstance(value, list):
        for one in value:
            yield from values_at(one, path)
    elif isinstance(value, dict):
        if path and path[0] in value:
            yield from values_at(value[path[0]], path[1:])
    elif not path:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def sort(records: list[Record], field: str, descending: bool) -> list[Record]:
    path = field.split(".")
    return sorted(records, key=lambda record: next(values_at(record, path), ""), reverse=descending)


def select(record: Record, names: set[str]) -> Record:
    return {name: value for name, value in record.items() if name in names}

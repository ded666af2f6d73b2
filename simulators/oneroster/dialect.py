"""What OneRoster servers write differently: booleans, lists, dates, references, roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

Record = dict[str, Any]

# Where the object of each kind of reference is read.
PATHS = {"academicSession": "academicSessions", "class": "classes", "course": "courses", "org": "orgs", "user": "users"}

OPTIONS = {
    "version": "1.2",  # 1.1 or 1.2
    "booleans": "text",  # text: "true"; json: true
    "lists": "array",  # array; text: "3,4"; bare: a list of one is written as its one value
    "dates": "date",  # date: 2026-08-24; datetime: 2026-08-24T00:00:00; dotnet: /Date(1787529600000)/
    "end_dates": "exclusive",  # exclusive: the day after the last, as the standard says; inclusive: the last day
    "modified": "full",  # full; date: without the time; missing: not sent; today: every record changed tonight
    "users": "standard",  # standard; other: role and orgs in 1.2, roles in 1.1
    "references": "class",  # class: type is the class of the object; role: student, teacher, school, term in places
    "terms": "terms",  # terms; csv: the key is termSourcedIds
    "ids": "plain",  # plain; awkward: with slashes, at signs and spaces
}


@dataclass
class Dialect:
    """
    How one server writes.

    Args:
        base: Address of the service, for the `href` of references.
    """

    base: str
    options: Mapping[str, str]
    _references: dict[tuple[str, str], Record] = field(default_factory=dict)

    @property
    def version(self) -> str:
        return self.options["version"]

    @property
    def has_role_objects(self) -> bool:
        """Users have `roles`, each with its org; else one `role` and a list of `orgs`."""
        return (self.version == "1.2") == (self.options["users"] == "standard")

    def id(self, own: str) -> str:
        return own if self.options["ids"] == "plain" else f"hc/{own}@north wing"

    def reference(self, kind: str, own: str, role: str = "") -> Record:
        """
        Args:
            role: What the object is besides its class, such as student; some servers of 1.1 write that as the type.
        """
        word = role if role and self.options["references"] == "role" else kind
        if (found := self._references.get((word, own))) is None:
            key = self.id(own)
            href = f"{self.base}/{PATHS[kind]}/{quote(key, safe='')}"
            found = self._references[word, own] = {"href": href, "sourcedId": key, "type": word}
        return found

    def flag(self, value: bool | None) -> str | bool | None:
        if value is None or self.options["booleans"] == "json":
            return value
        return "true" if value else "false"

    def many(self, values: tuple[str, ...]) -> str | list[str] | None:
        """A list of plain values."""
        if not values:
            return None
        match self.options["lists"]:
            case "text":
                # A comma inside of a value would start the next one.
                return ",".join(value.replace(",", "") for value in values)
            case "bare" if len(values) == 1:
                return values[0].replace(",", "")
        return list(values)

    def day(self, value: date | None) -> str | None:
        if value is None:
            return None
        match self.options["dates"]:
            case "datetime":
                return f"{value.isoformat()}T00:00:00"
            case "dotnet":
                return f"/Date({int(datetime.combine(value, time(), UTC).timestamp()) * 1000})/"
        return value.isoformat()

    def end(self, last: date) -> str | None:
        return self.day(last + timedelta(days=self.options["end_dates"] == "exclusive"))


def said(**fields: object) -> Record:
    """The fields that have a value: an empty one is left out, as the strict schema of 1.2 asks."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], ())}

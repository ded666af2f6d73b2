"""
What versions and servers of OneRoster write differently, brought into one shape: the columns of its CSV files.

By shape and not by version: `roles` come in feeds of 1.1, `role` and `orgs` in feeds of 1.2.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rollbook.core.lists import listed

Record = Mapping[str, Any]
Row = dict[str, Any]

_DOTNET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_ADMINISTRATORS = {"district": "districtAdministrator", "state": "districtAdministrator"}
# Members whose meaning goes into columns of other names; whatever else a server adds is kept under its own name.
_TAKEN = {
    "orgs": {"parent", "children"},
    "academicSessions": {"parent", "children"},
    "courses": {"schoolYear", "org", "resources"},
    "classes": {"course", "school", "terms", "resources"},
    "users": {"orgs", "roles", "primaryOrg", "agents", "userIds", "password", "userProfiles", "resources"},
    "enrollments": {"user", "class", "school"},
    "demographics": set[str](),
}


class Shapes:
    """
    Args:
        ends_on_last_day: End dates name the last day, not the day after.
    """

    def __init__(self, *, ends_on_last_day: bool = False) -> None:
        self._more = timedelta(days=1) if ends_on_last_day else None
        self._org_types: dict[str, str] = {}
        self._shape: dict[str, Callable[[Record], Row]] = {
            "orgs": self._org,
            "academicSessions": self._session,
            "courses": self._course,
            "classes": self._class,
            "users": self._user,
            "enrollments": self._enrollment,
            "demographics": lambda record: {"birthDate": day(record.get("birthDate"))},
        }

    def rows(self, stream: str, records: Iterable[Record]) -> Iterator[Row]:
        """The rows of a stream."""
        taken, shape = _TAKEN[stream], self._shape[stream]
        for record in records:
            row = {name: value for name, value in record.items() if name not in taken}
            row.update(shape(record))
            yield row

    def roles(self, users: Iterable[Record]) -> Iterator[Row]:
        """What each user is where. Orgs must have come before."""
        for user in users:
            for role in self._roles(user):
                yield {"userSourcedId": user.get("sourcedId"), "status": user.get("status"), **role}

    def _org(self, record: Record) -> Row:
        self._org_types[str(record.get("sourcedId"))] = str(record.get("type"))
        return {"parentSourcedId": reference(record.get("parent"))}

    def _session(self, record: Record) -> Row:
        return {
            "startDate": day(record.get("startDate")),
            "endDate": self._end(record.get("endDate")),
            "parentSourcedId": reference(record.get("parent")),
        }

    def _course(self, record: Record) -> Row:
        return {
            "schoolYearSourcedId": reference(record.get("schoolYear")),
            "orgSourcedId": reference(record.get("org")),
            "subjects": texts(record.get("subjects")),
        }

    def _class(self, record: Record) -> Row:
        return {
            "courseSourcedId": reference(record.get("course")),
            "schoolSourcedId": reference(record.get("school")),
            "termSourcedIds": references(record.get("terms") or record.get("termSourcedIds")),
            "subjects": texts(record.get("subjects")),
        }

    def _enrollment(self, record: Record) -> Row:
        return {
            "classSourcedId": reference(record.get("class")),
            "userSourcedId": reference(record.get("user")),
            "schoolSourcedId": reference(record.get("school")),
            "beginDate": day(record.get("beginDate")),
            "endDate": self._end(record.get("endDate")),
        }

    def _user(self, record: Record) -> Row:
        roles = self._roles(record)
        return {
            "userIds": _user_ids(record.get("userIds")),
            "role": list(dict.fromkeys(role["role"] for role in roles if role["role"])),
            "primaryOrgSourcedId": reference(record.get("primaryOrg"))
            or next((role["orgSourcedId"] for role in roles if role["orgSourcedId"]), None),
            "agentSourcedIds": references(record.get("agents")),
        }

    def _roles(self, user: Record) -> list[Row]:
        if isinstance(user.get("roles"), list):
            return [self._role(role) for role in user["roles"] if isinstance(role, Mapping)]
        return [
            # Which of several is the main one 1.1 says by their order, and of the others nothing.
            {"role": self._word(user.get("role"), org), "orgSourcedId": org, "roleType": None if place else "primary"}
            for place, org in enumerate(references(user.get("orgs")) or [""])
        ]

    def _role(self, role: Record) -> Row:
        org = reference(role.get("org"))
        return {
            "role": self._word(role.get("role"), org),
            "orgSourcedId": org,
            "roleType": role.get("roleType"),
            "beginDate": day(role.get("beginDate")),
            "endDate": self._end(role.get("endDate")),
        }

    def _word(self, role: Any, org: str | None) -> Any:
        """1.1 has one word for administrators of schools and of districts."""
        if role != "administrator":
            return role
        return _ADMINISTRATORS.get(self._org_types.get(org or "", ""), "siteAdministrator")

    def _end(self, value: Any) -> Any:
        """The day after the last."""
        found = day(value)
        if self._more is None or not isinstance(found, str):
            return found
        try:
            return (date.fromisoformat(found) + self._more).isoformat()
        except ValueError:
            return found


def reference(value: Any) -> str | None:
    """The sourcedId that a reference names: an object, a list of one, or the id itself."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = value.get("sourcedId")
    return None if value in (None, "") else str(value)


def references(value: Any) -> list[str]:
    """The sourcedIds that a list of references names; one that is no list counts as a list of one."""
    if isinstance(value, str):
        return list(listed(value))
    members = value if isinstance(value, list) else [value]
    return [found for member in members if (found := reference(member))]


def texts(value: Any) -> str | None:
    """Several texts, which may hold commas, as the columns for them separate them."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list):
        return None
    return "|".join(str(part) for part in value if part not in (None, "")) or None


def day(value: Any) -> Any:
    """A date that came as a date, with a time, or as .NET writes it; anything else as it came."""
    if not isinstance(value, str) or len(value) <= 10:
        return value
    if value[10] in "T " and value[4] == value[7] == "-":
        return value[:10]
    if match := _DOTNET.fullmatch(value):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
        return moment.date().isoformat()
    return value


def _user_ids(value: Any) -> str | None:
    """`{kind:id},{kind:id}`, as the CSV files have it."""
    if isinstance(value, str):
        return value or None
    if not isinstance(value, list):
        return None
    pairs = [(one.get("type"), one.get("identifier")) for one in value if isinstance(one, Mapping)]
    return ",".join(f"{{{kind}:{own}}}" for kind, own in pairs if kind and own) or None

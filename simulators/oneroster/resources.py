"""The paths of the rostering service: which list each reads, and which scopes let it be read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from simulators.oneroster.dialect import Record

Store = Mapping[str, list[Record]]
CORE, NESTED, DEMOGRAPHICS = (
    ("roster-core.readonly", "roster.readonly"),
    ("roster.readonly",),
    ("roster-demographics.readonly",),
)


@dataclass(frozen=True)
class Resource:
    """
    One collection that has a path of its own.

    Args:
        collection: The list that it reads; also the key of the list in the answer.

        single: The key of one object in the answer.

        keeps: Which objects of the list are in it.
    """

    name: str
    collection: str
    single: str
    keeps: Callable[[Record], bool] | None = None
    scopes: tuple[str, ...] = CORE

    def of(self, store: Store) -> list[Record]:
        records = store[self.collection]
        return records if self.keeps is None else [record for record in records if self.keeps(record)]


def roles_of(user: Record) -> set[str]:
    """All roles of a user, in either way of writing them."""
    return {user["role"]} if "role" in user else {role["role"] for role in user["roles"]}


def orgs_of(user: Record) -> set[str]:
    return {org["sourcedId"] for org in user.get("orgs", ())} | {
        role["org"]["sourcedId"] for role in user.get("roles", ())
    }


def terms_of(class_: Record) -> set[str]:
    return {term["sourcedId"] for term in class_.get("terms") or class_["termSourcedIds"]}


def _has_role(name: str) -> Callable[[Record], bool]:
    return lambda user: name in roles_of(user)


def _has_type(*names: str) -> Callable[[Record], bool]:
    return lambda record: record["type"] in names


_SESSION = ("academicSessions", "academicSession")
# The standard says that terms are of the type term; servers count semesters among them.
RESOURCES = {
    one.name.casefold(): one
    for one in (
        Resource("academicSessions", *_SESSION),
        Resource("terms", *_SESSION, _has_type("term", "semester")),
        Resource("gradingPeriods", *_SESSION, _has_type("gradingPeriod")),
        Resource("orgs", "orgs", "org"),
        Resource("schools", "orgs", "org", _has_type("school")),
        Resource("courses", "courses", "course"),
        Resource("classes", "classes", "class"),
        Resource("enrollments", "enrollments", "enrollment"),
        Resource("users", "users", "user"),
        Resource("students", "users", "user", _has_role("student")),
        Resource("teachers", "users", "user", _has_role("teacher")),
        Resource("demographics", "demographics", "demographics", scopes=DEMOGRAPHICS),
    )
}


def _at(kind: str, owner: str) -> Callable[[Record], bool]:
    return lambda record: bool(record[kind]["sourcedId"] == owner)


def _active(records: Iterable[Record]) -> list[Record]:
    return [record for record in records if record["status"] == "active"]


def _enrolled(store: Store, owner: str, role: str) -> list[Record]:
    """The people who have this role in a class."""
    found = {
        one["user"]["sourcedId"]
        for one in _active(store["enrollments"])
        if one["class"]["sourcedId"] == owner and one["role"] == role
    }
    return [user for user in store["users"] if user["sourcedId"] in found]


def _classes_of(store: Store, owner: str) -> list[Record]:
    found = {one["class"]["sourcedId"] for one in _active(store["enrollments"]) if one["user"]["sourcedId"] == owner}
    return [class_ for class_ in store["classes"] if class_["sourcedId"] in found]


def _courses_at(store: Store, school: str) -> list[Record]:
    """What a school offers or teaches: the courses of a district belong to the district."""
    taught = {one["course"]["sourcedId"] for one in store["classes"] if one["school"]["sourcedId"] == school}
    return [one for one in store["courses"] if one["sourcedId"] in taught or one["org"]["sourcedId"] == school]


def _people_at(role: str) -> Callable[[Store, str], list[Record]]:
    return lambda store, school: [user for user in store["users"] if role in roles_of(user) and school in orgs_of(user)]


Below = Callable[[Store, str], list[Record]]
# What is read below one object: (collection, what is asked for) -> the list, by the id of the object.
NESTED_LISTS: dict[tuple[str, str], Below] = {
    ("schools", "classes"): lambda store, key: list(filter(_at("school", key), store["classes"])),
    ("schools", "courses"): _courses_at,
    ("schools", "enrollments"): lambda store, key: list(filter(_at("school", key), store["enrollments"])),
    ("schools", "students"): _people_at("student"),
    ("schools", "teachers"): _people_at("teacher"),
    # Schools of a district share its calendar.
    ("schools", "terms"): lambda store, _: RESOURCES["terms"].of(store),
    ("classes", "students"): lambda store, key: _enrolled(store, key, "student"),
    ("classes", "teachers"): lambda store, key: _enrolled(store, key, "teacher"),
    ("courses", "classes"): lambda store, key: list(filter(_at("course", key), store["classes"])),
    ("students", "classes"): _classes_of,
    ("teachers", "classes"): _classes_of,
    ("users", "classes"): _classes_of,
    ("terms", "classes"): lambda store, key: [one for one in store["classes"] if key in terms_of(one)],
    ("terms", "gradingperiods"): lambda store, key: [
        one for one in RESOURCES["gradingperiods"].of(store) if one.get("parent", {}).get("sourcedId") == key
    ],
}
# What is read below one class of one school.
CLASS_LISTS: dict[str, Below] = {
    "enrollments": lambda store, key: list(filter(_at("class", key), store["enrollments"])),
    "students": NESTED_LISTS["classes", "students"],
    "teachers": NESTED_LISTS["classes", "teachers"],
}

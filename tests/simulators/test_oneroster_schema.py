"""The simulated OneRoster 1.2 against the published OpenAPI of the rostering service."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from simulators.district import build
from simulators.oneroster import OneRoster
from tests.support.openapi import Document

FILE = "oneroster/onerosterv1p2rostersservice_openapi3_v1p0.json"
# An object of each kind, for the parts of a path that vary.
IDS = {
    "academicSessions": "SY2027-S1",
    "terms": "SY2027-S1",
    "gradingPeriods": "SY2027-S1-Q1",
    "orgs": "HCSD",
    "schools": "0014",
    "courses": "HR09",
    "classes": "0014-HR09-01",
}


@pytest.fixture(scope="module")
def document(shared_data: Path) -> Document:
    return Document(shared_data / FILE)


@pytest.fixture(scope="module")
def server() -> Iterator[OneRoster]:
    with OneRoster(build(60), auth="none") as server:
        server.pass_night()
        yield server


def addressed(server: OneRoster, path: str) -> str:
    """A path of the document with ids of the district in it."""
    student = next(one for one in server.district.enrollments.values() if one.class_id == IDS["classes"])
    if student.role != "student":
        student = next(one for one in server.district.enrollments.values() if one.role == "student")
    teacher = next(one for one in server.district.enrollments.values() if one.role == "teacher")
    people = {"students": student.person_id, "users": student.person_id, "demographics": student.person_id}
    ids = {**IDS, **people, "teachers": teacher.person_id, "enrollments": student.id}
    parts = path.split("/")
    return "/".join(ids[parts[place - 1]] if part.startswith("{") else part for place, part in enumerate(parts))


def test_every_answer_fits_the_published_schema(document: Document, server: OneRoster) -> None:
    """All 41 operations answer 200, with something in it, and every field as the document says."""
    found = {}
    for path in document.paths():
        answer = httpx2.get(f"{server.url}{server.base}{addressed(server, path)}", params={"limit": 1000})
        body = answer.json()
        found[path] = (answer.status_code, bool(next(iter(body.values()))), document.faults(path, "200", body)[:3])
    assert len(found) == 41
    assert {path: result for path, result in found.items() if result != (200, True, [])} == {}


@pytest.mark.parametrize(
    "path, status",
    [("/users?filter=shoe='9'", "400"), ("/users?fields=shoe", "400"), ("/users?limit=0", "400"), ("/users/0", "404")],
)
def test_every_refusal_fits_the_published_schema(document: Document, server: OneRoster, path: str, status: str) -> None:
    """What is refused is refused with the status and the body of the document."""
    answer = httpx2.get(f"{server.url}{server.base}{path}")
    operation = "/users/{sourcedId}" if status == "404" else "/users"
    assert (str(answer.status_code), document.faults(operation, status, answer.json())) == (status, [])


def test_the_check_finds_what_does_not_fit(document: Document, server: OneRoster) -> None:
    """The check itself is not blind: a null, an unknown field, a wrong word and a wrong date are found."""
    body = httpx2.get(f"{server.url}{server.base}/users", params={"limit": 1}).json()
    body["users"][0] |= {"middleName": None, "shoe": "9", "status": "gone", "dateLastModified": "yesterday"}
    assert len(document.faults("/users", "200", body)) == 4

"""The plainest system there could be, and its source: what a source must do, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollbook.core.errors import SourceError
from rollbook.core.layout import Layout
from rollbook.sources.base import Asked, Sees, Setting, Setup, Sight, Source, SourceKind, Tried, Works
from rollbook.sources.http import Client
from rollbook.sources.layouts import load_text
from rollbook.sources.oauth import ClientCredentials
from rollbook.sources.pulling import Pull
from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.http.system import System
from simulators.model import District
from tests.sources.cases.case import Case, Expected

LAYOUT = """
name = "plain"
title = "Plain"

[[sheet]]
name = "schools"
required = true
[sheet.columns]
id = {required = true, help = "Id."}
name = {required = true, help = "Name."}
[[sheet.record]]
entity = "org"
key = "id"
fields = {name = "name", type = "=school"}

[[sheet]]
name = "students"
required = true
[sheet.columns]
id = {required = true, help = "Id."}
"name.first" = {required = true, help = "First name."}
"name.last" = {required = true, help = "Last name."}
school = {required = true, help = "Id of the school."}
email = {help = "E-mail address."}
birth = {help = "Date of birth."}
[[sheet.record]]
entity = "user"
key = "id"
fields = {given_name = "name.first", family_name = "name.last", email = "email", primary_org = "school"}
[[sheet.record]]
entity = "role"
key = "{id}|{school}"
fields = {user = "id", org = "school", role = "=student"}
[[sheet.record]]
entity = "demographics"
key = "id"
fields = {user = "id", birth_date = "birth"}
"""


class Plain(System):
    """Schools, and students in pages; those that changed; a bearer token that can run out."""

    KIND, TITLE, OPTIONS = "plain", "Plain", {"page": "25"}

    def prepare(self) -> None:
        self.token = getattr(self, "token", "first")
        self.hidden: set[str] = getattr(self, "hidden", set())
        before = {row["id"]: row for row in getattr(self, "students", [])}
        self.schools = [{"id": org.id, "name": org.name} for org in self.district.of_kind("school")]
        self.students: list[dict[str, Any]] = [
            {
                "id": person.id,
                "name": {"first": person.given, "last": person.family},
                "school": person.org_ids[0],
                "email": person.email,
                "birth": person.birth_date and person.birth_date.isoformat(),
            }
            for person in self.district.of_role("student")
        ]
        self.changed = [row for row in self.students if row != before.get(row["id"])]

    def settings(self) -> dict[str, str]:
        return {"url": self.url, "client_id": "hub", "client_secret": "made-up-secret-of-plain"}

    def expire_tokens(self) -> None:
        self.token += "-next"

    @route("POST", "/token")
    def give_token(self, request: Request) -> Answer:
        if request.basic != ("hub", "made-up-secret-of-plain"):
            return as_json({"error": "invalid_client"}, 401)
        return as_json({"access_token": self.token, "expires_in": "3600"})

    @route("GET", "/schools")
    def list_schools(self, request: Request) -> Answer:
        found = {"count": len(self.schools), "rows": self.schools, "night": self.district.night}
        return self._allowed(request) or as_json(found)

    @route("GET", "/students/since/{night}")
    def list_changed(self, request: Request, night: str) -> Answer:
        """What has changed since yesterday; who asks for longer ago gets everybody."""
        rows = self.changed if int(night) == self.district.night - 1 else self.students
        return self._allowed(request) or as_json({"rows": rows})

    @route("GET", "/students")
    def list_students(self, request: Request) -> Answer:
        if refusal := self._allowed(request):
            return refusal
        page, size = int(request.query["page"]), int(self.options["page"])
        if page == 1:
            self.hidden.clear()
        elif self.faults.strikes("moving", request.path):
            self.hidden.add(self.students[0]["id"])
        if page > 1 and self.faults.strikes("duplicate_page", request.path):
            page -= 1
        rows = [row for row in self.students if row["id"] not in self.hidden]
        return as_json({"count": len(self.students), "rows": rows[(page - 1) * size : page * size]})

    def _allowed(self, request: Request) -> Answer | None:
        if request.bearer != self.token:
            return as_json({"error": "invalid_token"}, 401)
        if self.faults.strikes("forbid", request.path):
            return as_json({"error": "forbidden"}, 403)
        return None


class PlainSource(Source):
    """The source that reads it."""

    kind = SourceKind(
        "plain",
        "Plain",
        implementation="tests.sources.cases.plain:PlainSource",
        streams="plain",
        offers_delta=True,
        settings=(
            Setting("url", "Address", "Where it answers.", Asked.URL, required=True),
            Setting("client_id", "Client id", "As given.", required=True),
            Setting("client_secret", "Client secret", "As given.", Asked.SECRET, required=True),
        ),
        sights=tuple(Sight(what, Sees.NO, "") for what in ("Deletions", "History", "Contacts", "Photos")),
    )

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> Layout:
        return load_text(LAYOUT)

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        url = setup.value("url")
        auth = ClientCredentials(
            setup, Client(setup, url), setup.value("client_id"), setup.value("client_secret"), path="token"
        )
        self.client = Client(setup, url, auth=auth)

    def pull(self, pull: Pull) -> None:
        found: dict[str, Any] = self.client.json("/schools")
        pull.add("schools", found["rows"], "/schools")
        pull.expect("schools", found["count"], by="id")
        pull.mark("night", str(found["night"]))
        if pull.since:
            pull.add("students", self.client.json(f"/students/since/{pull.since['night']}")["rows"], "/students/since")
            return
        page = 1
        while True:
            found = self.client.json("/students", {"page": page})
            pull.add("students", found["rows"], "/students")
            if not found["rows"]:
                break
            page += 1
        pull.expect("students", found["count"], by="id")

    def test(self) -> Iterator[Tried]:
        for what, path in (("Schools", "/schools"), ("Students", "/students?page=1")):
            try:
                yield Tried(what, Works.YES, count=self.client.json(path)["count"])
            except SourceError as error:
                yield Tried(what, Works.NO, str(error))


def expected(district: District) -> Expected:
    students = district.of_role("student")
    return {
        "org": {org.id: {"name": org.name, "type": "school"} for org in district.of_kind("school")},
        "user": {
            p.id: {
                "given_name": p.given,
                "family_name": p.family,
                "email": p.email or None,
                "primary_org": p.org_ids[0],
            }
            for p in students
        },
        "role": {f"{p.id}|{p.org_ids[0]}": {"user": p.id, "role": "student"} for p in students},
        "demographics": {p.id: {"birth_date": p.birth_date} for p in students},
    }


CASES = [Case("plain", "plain", Plain, expected, listing="/students", page_option="page")]

"""What the two PowerSchool sources promise beyond the suite that every source passes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from rollbook.core.errors import SettingsError, SourceRefused, SourceUnavailable
from rollbook.integrations import codes
from rollbook.sources.base import Setup, Source, Works
from rollbook.sources.kinds import KINDS
from rollbook.sources.powerschool import words
from rollbook.sources.powerschool.query import PowerSchoolQuery as QuerySource
from rollbook.sources.powerschool.records import contact, listed, members
from rollbook.sources.powerschool.rest import PowerSchool as RestSource
from rollbook.sources.powerschool.terms import with_parents
from simulators.district import build
from simulators.http.messages import Request
from simulators.model import District
from simulators.powerschool import PowerSchool, PowerSchoolQuery, keys
from tests.journeys.support import Hub
from tests.sources.cases.powerschool import World
from tests.sources.cases.registry import CASES
from tests.sources.test_conformance import carry, integrate
from tests.support.certificates import behind_tls, make_certificates

REST, QUERY = (next(case for case in CASES if case.name == name) for name in ("powerschool", "powerschool-query"))


@contextmanager
def source(system: PowerSchool, **more: str) -> Iterator[Source]:
    """A source that reads a system, without a hub around it."""
    kind = KINDS[system.KIND]
    with kind.load()(Setup(kind, {**system.settings(), **more}, networks=(ip_network("127.0.0.0/8"),))) as made:
        yield made


def district() -> District:
    return build(20, seed=11)


# Words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, found",
    [
        ("Peanut, penicillin", ["Peanut", "penicillin"]),
        ("Bee stings; eggs/milk\nEggs.", ["Bee stings", "eggs", "milk"]),
        ("None known", []),
        ("N/A", []),
        ("NKDA", []),
        ("", []),
    ],
)
def test_allergies_come_out_of_one_text(text: str, found: list[str]) -> None:
    """Split at commas, semicolons, slashes and lines; each once; nothing for the words that say nothing."""
    assert words.allergies(text) == found


def test_ends_are_exclusive() -> None:
    """The last day is the day before an exit date; what is no date has none."""
    assert [words.last_day(end) for end in ("2027-06-12", "2027-01-01", "", "0/0/0")] == [
        "2027-06-11",
        "2026-12-31",
        "",
        "",
    ]


def test_a_mark_of_single_sign_on_is_no_log_in() -> None:
    """The next name is taken."""
    assert words.log_in("##12", None, "~~x", "varga@northfield.example") == "varga@northfield.example"


def test_postal_codes_get_their_zeros_back() -> None:
    """Only numbers that are too short are filled up."""
    assert [words.postal_code(code) for code in (904, "04901", "K1A 0B1", None)] == ["00904", "04901", "K1A 0B1", ""]


@pytest.mark.parametrize("value, found", [(None, []), ("", []), ({"a": 1}, [{"a": 1}]), ([1, 2], [1, 2])])
def test_a_list_of_any_shape(value: Any, found: list[Any]) -> None:
    """A list, its only member, blank text, or nothing."""
    assert members(value) == found


@pytest.mark.parametrize("answer", [{"students": ""}, {"students": {"@expansions": "a"}}, {}])
def test_an_empty_list_of_any_shape(answer: dict[str, Any]) -> None:
    """An envelope without records has none."""
    assert listed(answer, "student") == []


def test_a_quarter_lies_in_its_semester() -> None:
    """The parent of a term is the next longer one around it, at the same school."""
    terms = [
        {"id": key, "school_dcid": school, "portion": portion, "first_day": first, "last_day": last}
        for key, school, portion, first, last in [
            ("year", 1, "1", "2026-08-24", "2027-06-11"),
            ("s1", 1, "2", "2026-08-24", "2027-01-15"),
            ("q2", 1, "4", "2026-10-31", "2027-01-15"),
            ("other", 2, "1", "2026-08-01", "2027-06-30"),
        ]
    ]
    assert [term["parent"] for term in with_parents(terms, "id")] == [None, "year", "s1", None]


def test_only_links_in_force_count() -> None:
    """Of what a contact was to a student, what holds today is told; of its students, the one that was asked for."""
    detail = {"relationship": "Mother", "custodial": True, "active": True, "startDate": "2025-08-01", "endDate": None}
    past = {**detail, "relationship": "Neighbor", "endDate": "2026-01-01"}
    record = {
        "contactId": 7,
        "active": True,
        "contactStudents": [
            {"dcid": 1, "sequence": 2, "studentDetails": [past, detail]},
            {"dcid": 2, "sequence": 1, "studentDetails": [past]},
        ],
    }
    today = date(2026, 9, 1)
    assert [(row["relationship"], row["priority"]) for row in contact(record, 1, 53, today)] == [("Mother", 2)]
    assert contact(record, 2, 53, today) == []


# Settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RestSource, QuerySource])
def test_the_required_fields_are_a_setting(kind: type[Source]) -> None:
    """The five of the contract, or those that the setting names; another name is refused."""

    def required(**settings: str) -> set[str]:
        return set(kind.layout(settings).sheet("students").required_columns)

    names = {"student_dcid", "first_name", "last_name"}
    assert required() == names | {"email", "projected_graduation_year"}
    assert required(required="id,first_name,last_name") == names
    with pytest.raises(SettingsError, match="shoe_size"):
        required(required="id,shoe_size")


def test_what_is_switched_off_is_not_asked_for() -> None:
    """Without contacts and allergies nobody asks the server about them."""
    with PowerSchoolQuery(district()) as system, source(system, contacts="off", allergies="off") as made:
        tried = list(made.test())
    assert all(one.works is Works.YES for one in tried)
    assert not [path for path in system.asked if "contacts" in path or "allergies" in path]


def test_a_year_without_terms_is_refused(hub: Hub) -> None:
    """Where the server knows nothing of the year, the run says where to look."""
    with QUERY.start(district()) as system:
        run = carry(integrate(hub, QUERY, system, school_year="2031"))
    assert ("no terms" in run.error, hub.everything()) == (True, {})


# What is refused -----------------------------------------------------------------------------------------


def test_a_missing_permission_is_named() -> None:
    """The query that was refused, and the tables that it reads."""
    with PowerSchoolQuery(district(), deny="studentcorefields") as system, source(system) as made:
        refused = {one.what: one.note for one in made.test() if one.works is Works.NO}
    assert set(refused) == {"Students", "Allergies"}
    assert all("STUDENTCOREFIELDS" in note for note in refused.values())


def test_a_missing_permission_of_the_rest_interface_is_named() -> None:
    """The path that was refused."""
    with PowerSchool(district(), deny="schoolstaff") as system, source(system) as made:
        refused = [(one.what, "/staff/count" in one.note) for one in made.test() if one.works is Works.NO]
    assert refused == [("Staff of the first school", True)]


def test_the_other_plugin_is_not_enough() -> None:
    """With the credentials of the REST plugin no query is there: the test says what to install."""
    with PowerSchoolQuery(district()) as system:
        rest = system.plugins[0]
        with source(system, client_id=rest.client_id, client_secret=rest.client_secret) as made:
            notes = [one.note for one in made.test() if one.what == "Students"]
    assert "Install the plugin" in notes[0]


def test_a_closed_server_is_tried_again_later() -> None:
    """The page to which the vendor sends everybody in maintenance is no other host to be afraid of."""
    with PowerSchool(district(), down_page="https://message.powerschool.com/") as system, source(system) as made:
        system.trouble("maintenance", times=1_000)
        with pytest.raises(SourceUnavailable, match="maintenance"):
            made.server.district()  # type: ignore[attr-defined]


def test_another_host_is_never_followed() -> None:
    """A redirect that is no maintenance is refused: credentials stay with the host that they belong to."""
    with PowerSchool(district(), down_page="https://elsewhere.example/") as system, source(system) as made:
        system.trouble("maintenance", path="/ws/*", times=1_000)
        with pytest.raises(SourceRefused, match=r"elsewhere\.example"):
            made.server.district()  # type: ignore[attr-defined]


class Leaky(PowerSchoolQuery):
    """Leaves the first student out of a page, once."""

    leaks = True

    def window(self, request: Request, largest: int | None = None) -> slice:
        asked = super().window(request, largest)
        if self.leaks and request.path.endswith(".students"):
            self.leaks = False
            return slice(asked.start + 1, asked.stop + 1)
        return asked


def test_a_row_that_is_left_out_is_missed(hub: Hub) -> None:
    """The rows are not as many as the server counts, so everything is read again, and nobody seems to have left."""
    school = district()
    with Leaky(school) as system:
        run = carry(integrate(hub, QUERY, system))
    assert (system.leaks, run.error) == (False, "")
    assert len([key for key in hub.roster("user") if key.startswith("student:")]) == len(school.of_role("student"))


def test_a_plugin_that_may_not_read_the_district(hub: Hub) -> None:
    """Then the district is called by the name of its server, and everything else is read."""
    with QUERY.start(district()) as system:
        system.trouble("forbid", path="/ws/v1/district", times=10)
        run = carry(integrate(hub, QUERY, system))
    assert (run.error, hub.roster("org")["district"]["name"]) == ("", "127.0.0.1")


def test_the_authority_of_a_district_can_be_trusted(tmp_path: Path) -> None:
    """A server whose certificate the district signed itself is read once its authority is in the settings."""
    certificates = make_certificates(tmp_path)
    with behind_tls(PowerSchool(district()), certificates) as system:
        url = system.url.replace("http://", "https://")
        with source(system, url=url) as stranger, source(system, url=url, authorities=certificates.authority) as known:
            assert next(one.works for one in stranger.test()) is Works.NO
            assert all(one.works is Works.YES for one in known.test())


# What arrives --------------------------------------------------------------------------------------------


def test_codes_of_the_district_are_mapped(hub: Hub) -> None:
    """Races and allergies of the Query source go through the code mappings of the integration."""
    school = build(60, seed=11)
    with QUERY.start(school) as system:
        integration = integrate(hub, QUERY, system)
        for code, race in {"I": "american_indian_or_alaska_native", "A": "asian", "W": "white"}.items():
            codes.map_value(integration, "race", code, race)
        codes.map_value(integration, "allergy", "Ragweed (seasonal)", "pollen")
        carry(integration)
    world = World(school)
    white = {world.student(one.id) for one in world.students() if "white" in one.races}
    assert white == {key for key, row in hub.roster("demographics").items() if "white" in row.get("races", "")}
    assert {"pollen"} < {row["allergy"] for row in hub.roster("health_alert").values()}


def test_a_student_who_left_ends_with_the_changes(hub: Hub) -> None:
    """The server says who was transferred out, so a pull of changes ends the student and every seat."""
    school = build(60, seed=11)
    with QUERY.start(school) as system:
        integration = integrate(hub, QUERY, system)
        carry(integration)
        before = {World(school).student(one.id) for one in school.of_role("student")}
        system.pass_night()
        carry(integration, delta=True)
    gone = before - {World(school).student(one.id) for one in school.of_role("student")}
    users = hub.roster("user")
    seats = [row for row in hub.roster("enrollment").values() if row["user"] in gone]
    assert gone
    assert [key for key in gone if users[key]["active"]] == []
    assert not any(row["active"] for row in seats)


def test_a_school_is_all_that_is_asked_for(hub: Hub) -> None:
    """An integration of one school asks the REST interface for no other."""
    school = build(60, seed=11)
    mine = school.of_kind("school")[0]
    with REST.start(school) as system:
        carry(integrate(hub, REST, system, schools=World(school).org(mine.id)))
        others = [str(keys.school_dcid(one)) for one in school.of_kind("school") if one is not mine]
        asked = [path for path in system.asked if any(f"/school/{other}/" in path for other in others)]
    students = {World(school).student(one.id) for one in school.of_role("student") if mine.id in one.org_ids}
    assert asked == []
    assert students == {key for key in hub.roster("user") if key.startswith("student:")}


@pytest.mark.parametrize("case", [REST, QUERY], ids=lambda case: case.name)
def test_photos_where_there_is_a_path(hub: Hub, case: Any) -> None:
    """Every third student has a photo; nobody else's record has one."""
    school = district()
    with case.system(school, photos="yes") as system:
        run = carry(integrate(hub, case, system, photos="on"))
    world = World(school)
    with_photo = {world.student(one.id) for one in world.students() if int(one.number) % 3 == 0}
    assert run.error == ""
    assert with_photo == {key for key, row in hub.roster("user").items() if row.get("photo_url")}


def test_a_server_without_photos_says_so(hub: Hub) -> None:
    """The test of the connection is unsure, and a pull goes on without."""
    with PowerSchool(district()) as system, source(system, photos="on") as made:
        assert [one.works for one in made.test() if one.what == "Photos"] == [Works.UNSURE]

"""What the Veracross source does beyond what every source must do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pytest_django import Settings

from rollbook.core.errors import SettingsError, SourceRefused
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.landing.spool import Spool
from rollbook.runs import carrying
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from rollbook.sources.base import Setup, Tokens, TokensInMemory, Tried, Works
from rollbook.sources.http import AccessRefused
from rollbook.sources.pulling import Pull, pull
from rollbook.sources.veracross.declaration import KIND
from rollbook.sources.veracross.source import Veracross as Source
from simulators.district import build
from simulators.veracross import Veracross
from simulators.veracross.keys import household_pk, person_pk
from tests.journeys.support import NO_LIMITS, Hub, hub

__all__ = ["hub"]
LOOPBACK = ip_network("127.0.0.0/8")
VERSIONS = pytest.mark.parametrize("version", ["v3", "v2"])


@contextmanager
def opened(students: int = 40, **switches: Any) -> Iterator[Veracross]:
    with Veracross(build(students, seed=11), **{"rate_limit": "100000", **switches}) as system:
        yield system


def source(system: Veracross, tokens: Tokens | None = None, **settings: str) -> Source:
    made = {**system.settings(), **settings}
    return Source(Setup(KIND, made, tokens=tokens or TokensInMemory(), networks=(LOOPBACK,)))


def pulled(
    folder: Path, system: Veracross, since: dict[str, str] | None = None, tokens: Tokens | None = None, **settings: str
) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """The rows of each stream, and the marks."""
    layout = Source.layout({**system.settings(), **settings})
    with source(system, tokens, **settings) as reading:
        received, marks = pull(reading, layout, folder, since)
    rows = {
        file.sheet: pl.read_parquet(folder / file.sheet / "*.parquet") for file in received.landing.files if file.rows
    }
    return rows, marks


def tried(system: Veracross, **settings: str) -> dict[str, Tried]:
    with source(system, None, **settings) as reading:
        return {one.what: one for one in reading.test()}


def asked(system: Veracross, method: str = "GET") -> list[str]:
    """The paths that were asked for, without the host, the school and the version."""
    return [line.split("/", 3)[3] for line in system.asked if line.startswith(method)]


# The connection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", ["refuse", "omit"])
def test_missing_scopes_are_named(refusal: str) -> None:
    """Whether a missing scope fails the whole token or is just not in it, the test names it and counts the rest."""
    with opened(without_scopes="parents:list,academics.rooms:list", scope_refusal=refusal) as system:
        found = tried(system)
    assert {what for what, one in found.items() if one.works is Works.NO} == {"parents", "rooms"}
    assert "academics.rooms:list" in found["rooms"].note
    assert found["students"].count == 40


def test_a_test_of_the_connection_gives_its_tokens_back() -> None:
    """Only ten tokens may live: trying scope after scope leaves no more than the one that is kept."""
    with opened(without_scopes="parents:list") as system:
        tried(system)
        assert len(system.tokens.live()) == 1


@pytest.mark.parametrize("size", ["7", "40", "1000"])
def test_lists_are_counted(size: str) -> None:
    """v3 tells no totals, and the test of the connection counts all the same."""
    with opened() as system:
        district, found = system.district, tried(system, page_size=size)
    seats = sum(one.role == "student" for one in district.enrollments.values())
    assert (found["enrollments"].count, found["parents"].count) == (seats, len(district.of_role("guardian")))


@VERSIONS
def test_an_unknown_school_is_told_apart_from_a_wrong_secret(version: str) -> None:
    """The test says whether the school or the credentials are wrong."""
    with opened(version=version) as system:
        unknown = tried(system, school="nowhere")["Sign in"]
        wrong = tried(system, client_secret="wrong", password="wrong")["Sign in"]
    assert (unknown.works, wrong.works) == (Works.NO, Works.NO)
    assert "no school" in unknown.note
    assert "credentials" in wrong.note or "secret" in wrong.note


def test_a_resource_that_v2_does_not_grant_is_named() -> None:
    """The test of an API account names what it may not read, and counts the rest."""
    with opened(version="v2", without_resources="parents") as system:
        found = tried(system)
    assert [what for what, one in found.items() if one.works is Works.NO] == ["parents"]
    assert found["students"].count == 40


def test_a_token_is_used_until_it_ends(tmp_path: Path) -> None:
    """Two pulls that share their tokens ask for one."""
    tokens = TokensInMemory()
    with opened(20) as system:
        for _ in range(2):
            pulled(tmp_path, system, tokens=tokens)
        assert len(asked(system, "POST")) == 1


def test_a_scope_that_is_taken_away_is_named(tmp_path: Path) -> None:
    """A pull that lacks a scope says which, and what to do."""
    with opened(20) as system:
        system.trouble("forbid", path="*/v3/parents", times=100)
        with pytest.raises(AccessRefused, match="parents:list") as refused:
            pulled(tmp_path, system)
    assert "Nothing was changed" in str(refused.value)


# What is asked for --------------------------------------------------------------------------------------


def test_what_is_left_out_is_not_asked_for(tmp_path: Path) -> None:
    """A list that is left out is not read, and its scope is not asked for; what needs it falls too."""
    with opened(20, without_scopes="academics.classes:list,contact_info:list") as system:
        rows, _ = pulled(tmp_path, system, without="classes,contact_info")
        paths = {path.partition("?")[0] for path in asked(system)}
    assert {"classes", "enrollments", "permissions", "contact_info"} & rows.keys() == set()
    assert not any("class" in path or "enrollments" in path for path in paths)


@pytest.mark.parametrize("setting", ["without=nonsense", "without=students", "required=shoe_size"])
def test_a_list_or_field_that_is_not_there_is_refused(setting: str) -> None:
    """Settings are checked when they are saved."""
    name, _, value = setting.partition("=")
    with pytest.raises(SettingsError, match="Nothing was changed"):
        options.checked({"school": "oakhill", name: value}, "veracross")


def test_only_students_of_the_chosen_status_are_read(tmp_path: Path) -> None:
    """A status may be named by its text or its code; without any, who has left is there and known to have left."""
    with opened(leavers="stay") as system:
        system.pass_night()
        system.pass_night()
        students = len(system.district.of_role("student"))
        every = pulled(tmp_path, system)[0]["students"]
        chosen = [pulled(tmp_path, system, statuses=status)[0]["students"].height for status in ("enrolled", "3", "9")]
    left = every.height - students
    assert every["hub.standing"].drop_nulls().to_list() == ["inactive"] * (left // 2)
    assert chosen == [students, students, left]


def test_students_of_next_year_can_be_left_out(school: Hub) -> None:
    """A school that lists future students among the others gets only the current ones when it names their status."""
    with opened(future="3") as system:
        carried(school, system, statuses="Enrolled")
    assert sum("grades" in row for row in school.roster("user").values()) == 40


def test_a_pull_of_changes_asks_for_what_was_modified(tmp_path: Path) -> None:
    """Three lists are asked for changes since the day before; staff and parents, who know no such thing, never."""
    with opened() as system:
        _, marks = pulled(tmp_path, system)
        system.pass_night()
        system.asked.clear()
        rows, after = pulled(tmp_path, system, since=marks)
        paths = {
            path.partition("?")[0] for path in asked(system) if "on_or_after_last_modified_date=2026-09-13" in path
        }
    assert paths == {"relationships", "academics/enrollments", "academics/permissions"}
    assert (marks, after) == ({"modified": "2026-09-13"}, {"modified": "2026-09-14"})
    assert 0 < rows["enrollments"].height < 60


def test_the_rate_limit_is_kept(tmp_path: Path) -> None:
    """When a window is used up, the source waits for the next one and reads on."""
    with opened(20, rate_limit="25", rate_seconds="1") as system:
        rows, _ = pulled(tmp_path, system)
        assert len(asked(system)) > 25
    assert rows["students"].height == 20


def test_v2_is_read_without_totals(tmp_path: Path) -> None:
    """Where a site sends no totals, pages are proven as in v3."""
    with opened(version="v2", totals="no") as system:
        rows, _ = pulled(tmp_path, system, page_size="13")
    assert rows["students"].height == 40


def test_a_v2_whose_records_cannot_be_told_apart_is_refused(tmp_path: Path) -> None:
    """Where a site names its keys otherwise, the message names the field instead of guessing."""
    with opened(20, version="v2", without_keys="classes") as system:
        with pytest.raises(SourceRefused, match="classes without class_pk") as refused:
            pulled(tmp_path, system)
        rows, _ = pulled(tmp_path, system, without="classes")
    assert "Nothing was changed" in str(refused.value)
    assert rows["students"].height == 20


def test_v2_tells_which_fields_its_records_have(tmp_path: Path) -> None:
    """What a site of v2 sends beyond the known fields can be offered for mapping, from one pull."""
    with opened(20, version="v2") as system, source(system) as reading:
        spool = Spool(Source.layout(system.settings()), tmp_path)
        reading.pull(Pull(spool))
    students = next(file for file in spool.close().files if file.sheet == "students")
    assert {"school_level", "roles"} <= set(students.further)


# What the roster holds ----------------------------------------------------------------------------------


@pytest.fixture
def school(hub: Hub, settings: Settings) -> Hub:
    """A tenant whose operator lets sources read this machine."""
    settings.SOURCE_NETWORKS = [LOOPBACK]
    return hub


def carried(hub: Hub, system: Veracross, **more: str) -> Run:
    """One run of an integration that reads the site."""
    made = Integration(tenant=hub.tenant, name="SIS", source="veracross")
    secrets.keep(made, options.checked({**NO_LIMITS, **system.settings(), **more}, "veracross"))
    made.save()
    return carrying.carry(Run.objects.create(integration=made))


@VERSIONS
def test_a_student_without_a_required_field_is_reported(school: Hub, version: str) -> None:
    """Students without e-mail are rejected under their id, everybody else arrives; the setting asks for less."""
    with opened(version=version, without_mail="2") as system:
        lacking = {str(person_pk(student.id)) for student in system.district.of_role("student")[:2]}
        run = carried(school, system)
    (returned,) = RunFolder.of(run).path.rglob("error-rows/students.csv")
    rows = pl.read_csv(returned, infer_schema=False)
    assert set(rows[rows.columns[0]]) == lacking
    assert all("email_1 is blank" in reason for reason in rows["rollbook_reason"])
    assert not lacking & school.roster("user").keys()
    assert sum("grades" in row for row in school.roster("user").values()) == 38


@VERSIONS
def test_less_can_be_required(school: Hub, version: str) -> None:
    """Where the lower school has no addresses, the setting lets everybody in."""
    with opened(version=version, without_mail="2") as system:
        carried(school, system, required="first_name,last_name")
    assert sum("grades" in row for row in school.roster("user").values()) == 40


@VERSIONS
def test_a_parent_on_the_staff_is_one_user(school: Hub, version: str) -> None:
    """Somebody in two lists is one person with two roles, and no rows disagree."""
    with opened(version=version, parents_on_staff="2") as system:
        both = [str(person_pk(parent.id)) for parent in system.district.of_role("guardian")[:2]]
        run = carried(school, system)
    roles = [row for row in school.roster("role").values() if row["user"] in both]
    assert sorted(row["role"] for row in roles) == ["guardian", "guardian", "staff", "staff"]
    assert not {"duplicate-differs", "duplicate-conflict"} & set(RunFolder.of(run).issues()["code"])


def test_relationships_are_read_from_the_side_of_the_child(school: Hub) -> None:
    """A site that lists both directions gives each relationship once."""
    with opened(both_ways="yes") as system:
        carried(school, system)
    pairs = {(one.student_id, one.contact_id) for one in system.district.relationships}
    assert school.roster("relationship").keys() == {f"{person_pk(a)}|{person_pk(b)}" for a, b in pairs}


@VERSIONS
def test_a_personal_address_is_the_second_one(school: Hub, version: str) -> None:
    """The personal e-mail address of the upper school arrives beside that of the school."""
    with opened(version=version, personal_mail="yes") as system:
        carried(school, system)
    expected = {str(person_pk(p.id)): f"{p.username}@inbox.example" for p in system.district.of_role("student")
                if p.grade in ("09", "10", "11", "12")}  # fmt: skip
    assert {key: row["email_2"] for key, row in school.roster("user").items() if "email_2" in row} == expected


@VERSIONS
def test_households_are_families(school: Hub, version: str) -> None:
    """By the family key, students of one household are one family, with their parents."""
    with opened(version=version) as system:
        carried(school, system, family="family_key")
    homes = {household_pk(student.household_ids[0]) for student in system.district.of_role("student")}
    assert {row["family_identifier"] for row in school.roster("household").values()} == set(map(str, homes))
    parts = {row["part"] for row in school.roster("household_member").values()}
    assert parts == {"student", "contact"}


@VERSIONS
def test_optional_fields_can_be_left_out(school: Hub, version: str) -> None:
    """What is left out is neither in the roster nor in what was stored of the run."""
    left_out = {"field.user.middle_name": "", "field.demographics.birth_date": "", "field.user.grades": ""}
    with opened(version=version) as system:
        run = carried(school, system, **left_out)
    assert not any("middle_name" in row or "grades" in row for row in school.roster("user").values())
    assert not any("birth_date" in row for row in school.roster("demographics").values())
    stored = pl.read_parquet(RunFolder.of(run).rows / "students" / "*.parquet").columns
    assert not {"birthday", "middle_name", "current_grade", "grade_level.text"} & set(stored)


@pytest.mark.parametrize(
    "version, column, values",
    [
        ("v2", "school_level", {"Lower School", "Middle School", "Upper School"}),
        ("v3", "school_level.text", {"Lower School", "Middle School", "Upper School"}),
        ("v3", "school_level.code", {"1", "2", "3"}),
    ],
)
def test_a_field_of_the_schools_own_can_be_added(school: Hub, version: str, column: str, values: set[str]) -> None:
    """A member of the records that no layout names is read once it is bound; of a code, its text or its number."""
    with opened(version=version) as system:
        carried(school, system, **{"columns.students": column, "field.user.track": column})
    assert {row["track"] for row in school.roster("user").values() if "track" in row} == values

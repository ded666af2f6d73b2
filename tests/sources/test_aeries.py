"""What the Aeries source promises beside the suite that every source passes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from rollbook.core.errors import SettingsError
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.integrations.photos import photos
from rollbook.integrations.setup import source_of
from rollbook.runs import carrying
from rollbook.runs.models import Run, State
from rollbook.sources.aeries.api import first_year, site
from rollbook.sources.base import Tried, Works
from simulators.aeries import Aeries
from simulators.aeries.access import AREAS
from simulators.district import build
from simulators.model import District, Person
from tests.journeys.support import NO_LIMITS, Hub
from tests.sources.cases.aeries import family_key, staff_key, student_key

pytestmark = pytest.mark.django_db
STUDENTS = 40


@pytest.fixture
def school() -> District:
    return build(STUDENTS, seed=11)


@pytest.fixture
def aeries(school: District) -> Iterator[Aeries]:
    with Aeries(school) as system:
        yield system


def integrate(hub: Hub, system: Aeries, name: str = "SIS", **settings: str) -> Integration:
    made = Integration(tenant=hub.tenant, name=name, source="aeries")
    secrets.keep(made, options.checked({**NO_LIMITS, **system.settings(), **settings}, "aeries"))
    made.save()
    return made


def carry(integration: Integration, *, delta: bool = False) -> Run:
    run = carrying.carry(Run.objects.create(integration=integration, is_delta=delta))
    assert (run.state in (State.APPLIED, State.APPLIED_WITH_ERRORS), run.error) == (True, "")
    return run


def refused(integration: Integration) -> str:
    """What a run that fails says."""
    run = carrying.carry(Run.objects.create(integration=integration))
    assert run.state == State.FAILED
    return run.error


def active(hub: Hub, entity: str, prefix: str = "") -> set[str]:
    return {key for key, row in hub.roster(entity).items() if row["active"] and key.startswith(prefix)}


def tried(integration: Integration) -> dict[str, Tried]:
    with source_of(integration) as source:
        return {one.what: one for one in source.test()}


def some(school: District, **having: Any) -> Person:
    """A student whose id is a multiple of something."""
    return next(one for one in school.of_role("student") if int(one.id) % having["multiple"] == 0)


# The address and the year -------------------------------------------------------------------------------


@pytest.mark.parametrize("pasted", ["", "/", "/api", "/API/v5/", "/Login.aspx", "/api/v5"])
def test_any_page_of_aeries_leads_to_its_api(pasted: str) -> None:
    """Whatever page of Aeries was pasted, the address is that of Aeries itself."""
    assert (
        site(f"https://northfield.aeries.example/Aeries.Net{pasted}") == "https://northfield.aeries.example/Aeries.Net"
    )


@pytest.mark.parametrize("text", ["2026", "2026-2027", "2026-27", " 2026 "])
def test_a_school_year_has_several_spellings(text: str) -> None:
    """The year in which it starts, alone or with the one in which it ends."""
    assert first_year(text) == 2026


@pytest.mark.parametrize("text", ["", "26", "2026/27", "2026-2028", "next"])
def test_anything_else_is_no_school_year(text: str) -> None:
    """What cannot be read as a school year is refused before anything is asked."""
    with pytest.raises(SettingsError, match="year in which it starts"):
        first_year(text)


def test_a_year_that_is_not_there_is_refused(hub: Hub, aeries: Aeries) -> None:
    """Aeries answers from its default database without a word; nothing is read from it."""
    said = refused(integrate(hub, aeries, academic_year="2027"))
    assert "answers for 2026-2027; it has 2026-2027, 2025-2026" in said
    assert hub.everything() == {}


def test_the_year_is_asked_for_where_another_is_the_default(hub: Hub, school: District) -> None:
    """In summer the default is still the year before: every request names the year."""
    with Aeries(school, default_year="2025") as system:
        carry(integrate(hub, system))
        data = [path for path in system.asked if "systeminfo" not in path]
    assert all("DatabaseYear=2026" in path for path in data)
    assert active(hub, "user", "student:") == {student_key(one) for one in school.of_role("student")}


@pytest.mark.parametrize("path", ["*/students", "*/classes", "*/schools", "*/systeminfo"])
def test_an_answer_of_another_year_is_never_read(hub: Hub, aeries: Aeries, path: str) -> None:
    """Though Aeries says that it has the right year, lists that show another one are refused."""
    integration = integrate(hub, aeries, page_size="5")
    aeries.trouble("wrong_year", path=path, times=1_000_000)
    assert "2026-2027" in refused(integration)
    assert hub.everything() == {}


@pytest.mark.parametrize("path", ["*/students", "*/classes"])
def test_a_single_answer_of_another_year_is_asked_for_again(hub: Hub, aeries: Aeries, path: str) -> None:
    """One page of another year among the right ones: the pull begins anew, and is right."""
    aeries.trouble("wrong_year", path=path, after=2)
    carry(integrate(hub, aeries, page_size="5"))
    grades = {key: row["grades"] for key, row in hub.roster("user").items() if "grades" in row}
    assert grades == {student_key(one): f'["{one.grade}"]' for one in aeries.district.of_role("student")}


# What the certificate may read --------------------------------------------------------------------------


def test_a_missing_area_is_called_by_its_name(hub: Hub, school: District) -> None:
    """The test of the connection and a run name the security area that the certificate lacks."""
    with Aeries(school, areas=",".join(area for area in AREAS if area != "Contacts")) as system:
        integration = integrate(hub, system)
        found = tried(integration)
        assert "Give it the security area Contacts" in refused(integration)
    assert {what for what, one in found.items() if one.works is Works.NO} == {"Contacts"}
    assert "security area Contacts" in found["Contacts"].note


def test_what_is_left_out_needs_no_area(hub: Hub, school: District) -> None:
    """Without contact records and without meals and flags, neither contacts nor programs are asked for."""
    with Aeries(school, areas=",".join(set(AREAS) - {"Contacts", "Student Programs"})) as system:
        left_out = {"field.user.meal_status": "", "field.user.flags": ""}
        integration = integrate(hub, system, contact_record="off", **left_out)
        carry(integration)
        system.pass_night()
        carry(integration, delta=True)
    assert active(hub, "user", "student:") >= {student_key(one) for one in school.of_role("student")}


def test_a_replaced_certificate_is_told_from_a_missing_area(hub: Hub, aeries: Aeries) -> None:
    """Aeries answers both alike; the hub says which it is."""
    integration = integrate(hub, aeries)
    aeries.replace_certificate()
    assert "does not accept the credentials" in refused(integration)


def test_a_feature_that_is_off_is_no_absence(hub: Hub, school: District) -> None:
    """An area behind a switch that is off fails the run."""
    with Aeries(school, off="Class Schedules/History") as system:
        assert "501" in refused(integrate(hub, system))


# Which rows count ---------------------------------------------------------------------------------------


def test_rows_of_other_codes_do_not_count(hub: Hub) -> None:
    """By default only rows without a code are enrollments: pre-enrolled, concurrent and left ones are none."""
    school = build(200, seed=11)
    with Aeries(school) as system:
        carry(integrate(hub, system))
    assert active(hub, "role", "student:") == {
        f"{student_key(one)}|{int(one.org_ids[0])}" for one in school.of_role("student")
    }


def test_an_alternate_row_alone_is_still_a_student(hub: Hub) -> None:
    """Whoever has an alternate row in a school that is read, and the first one in another, comes with that."""
    school = build(200, seed=11)
    student = some(school, multiple=29)
    other = (int(student.org_ids[0]) - 11 + 1) % 4 + 11
    with Aeries(school) as system:
        carry(integrate(hub, system, schools=str(other), alternate_codes="C"))
    found = hub.roster("user")[student_key(student)]
    assert found["primary_org"] == str(other)
    assert hub.roster("role")[f"{student_key(student)}|{other}"]["role_type"] == "secondary"


def test_codes_can_lie_in_another_column(hub: Hub, aeries: Aeries) -> None:
    """With the codes in an attendance program, an inactive row still counts for nothing."""
    integration = integrate(hub, aeries, enrollment_field="AttendanceProgramCodePrimary")
    carry(integration)
    assert active(hub, "role", "student:") == {
        f"{student_key(one)}|{int(one.org_ids[0])}" for one in aeries.district.of_role("student")
    }


def test_only_chosen_schools_are_asked_for(hub: Hub, aeries: Aeries) -> None:
    """A limit to some schools limits the requests, not only the records."""
    carry(integrate(hub, aeries, schools="13,14"))
    assert active(hub, "org") == {"13", "14"}
    assert not [path for path in aeries.asked if "/schools/11/" in path or "/schools/12/" in path]


@pytest.mark.slow
@pytest.mark.parametrize("delta", [False, True], ids=["full", "changes"])
def test_a_leaver_ends_though_nothing_ends_by_absence(hub: Hub, delta: bool) -> None:
    """A code on the row, and in a run of changes also a row that is gone, end the student at once."""
    school = build(200, seed=11)
    with Aeries(school) as system:
        integration = integrate(hub, system)
        carry(integration)
        for _ in range(4):
            system.pass_night()
        carry(integration, delta=delta)
    left = {int(one.person_id) for one in school.events if one.kind == "left"}
    still = {int(key.partition(":")[2]) for key in active(hub, "user", "student:")} & left
    assert len(left) > 2
    assert still == (set() if delta else {one for one in left if one % 2})


@pytest.mark.slow
def test_changes_stamped_before_the_last_run_are_found(hub: Hub, school: District) -> None:
    """What was being saved while the last run asked is listed before its time; the overlap finds it."""
    with Aeries(school, late="yes") as system:
        integration = integrate(hub, system)
        carry(integration)
        system.pass_night()
        carry(integration, delta=True)
    joined = {int(one.person_id) for one in school.events if one.kind == "joined"}
    assert {f"student:{one}" for one in joined} <= active(hub, "user", "student:")


# People -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_contacts_with_a_red_flag_are_withheld(hub: Hub) -> None:
    """They are not in the roster, unless the integration says so."""
    school = build(200, seed=11)
    flagged = {(int(one.student_id), one.priority) for one in school.relationships if not one.may_pick_up}
    with Aeries(school) as system:
        integration = integrate(hub, system)
        carry(integration)
        without = len(active(hub, "relationship"))
        integration.settings |= {"red_flag_contacts": "on"}
        integration.save()
        carry(integration)
        everybody = len(active(hub, "relationship"))
        integration.settings |= {"red_flag_contacts": "off"}
        integration.save()
        carry(integration)
    assert flagged
    assert (without, everybody) == (len(school.relationships) - len(flagged), len(school.relationships))
    assert len(active(hub, "relationship")) == without


def test_a_mother_of_two_is_one_person_in_a_keyed_family(hub: Hub) -> None:
    """A contact comes once for each child; the family key and the name tell that it is one person."""
    school = build(200, seed=11)
    with Aeries(school) as system:
        carry(integrate(hub, system, red_flag_contacts="on"))
    expected = {
        (one.contact_id, "" if family_key(school.people[one.student_id]) else one.student_id)
        for one in school.relationships
    }
    assert len(active(hub, "user", "contact:")) == len(expected)


def test_without_contact_records_the_student_names_the_guardian(hub: Hub, aeries: Aeries) -> None:
    """One guardian each, with the student's telephone and the e-mail of the parent; contacts are not asked for."""
    carry(integrate(hub, aeries, contact_record="off"))
    firsts = {rows[0].contact_id for rows in aeries.district.contacts().values()}
    people = [row for key, row in hub.roster("user").items() if key.startswith("contact:")]
    assert {row["display_name"] for row in people} == {
        f"{aeries.district.people[one].given} {aeries.district.people[one].family}" for one in firsts
    }
    assert len(active(hub, "relationship")) == STUDENTS
    assert not [path for path in aeries.asked if "/contacts" in path]


def test_families_share_a_household_by_their_key(hub: Hub) -> None:
    """Students of one family key are one household; those whose key is 0 have one each."""
    school = build(200, seed=11)
    with Aeries(school) as system:
        carry(integrate(hub, system, family="family_key"))
    keys = [family_key(one) for one in school.of_role("student")]
    assert len(active(hub, "household")) == len({key for key in keys if key}) + keys.count(0)


@pytest.mark.parametrize("local_id, attribute", [("student_id", "id"), ("student_number", "number")])
def test_the_pin_is_the_local_id(hub: Hub, aeries: Aeries, local_id: str, attribute: str) -> None:
    """Either of the numbers that districts call local; none unless it is wanted."""
    carry(integrate(hub, aeries, local_id_as_pin="on", local_id=local_id))
    pins = {key: row.get("pin") for key, row in hub.roster("user").items() if key.startswith("student:")}
    assert pins == {student_key(one): str(int(getattr(one, attribute))) for one in aeries.district.of_role("student")}


def test_programs_of_today_give_meals_and_flags(hub: Hub, aeries: Aeries) -> None:
    """Void and past rows count for nothing."""
    carry(integrate(hub, aeries))
    found = hub.roster("user")
    for one in aeries.district.of_role("student"):
        number, row = int(one.id), found[student_key(one)]
        meal = "free" if number % 3 == 0 else "reduced" if number % 7 == 1 else None
        assert (row.get("meal_status"), "Special Education" in row.get("flags", "")) == (meal, number % 10 == 0)


def test_codes_become_words(hub: Hub, aeries: Aeries) -> None:
    """Languages and relationships are known by the district's own tables, races by the codes of California."""
    carry(integrate(hub, aeries))
    students = [one for one in aeries.district.of_role("student") if one.language != "is"]
    languages = {key: row.get("home_language") for key, row in hub.roster("user").items()}
    assert {student_key(one): languages[student_key(one)] for one in students} == {
        student_key(one): one.language for one in students
    }
    races = {key: row.get("races", "[]").count('"') // 2 for key, row in hub.roster("demographics").items()}
    assert [races[student_key(one)] for one in students] == [len(one.races) for one in students]


def test_older_versions_are_read_too(hub: Hub, school: District) -> None:
    """Renamed and misspelt keys are known under their older names."""
    with Aeries(school, legacy_keys="yes") as system:
        carry(integrate(hub, system, photos="on"))
    assert [row for row in hub.roster("user").values() if "photo_url" in row]
    assert [row for key, row in hub.roster("user").items() if key.startswith("contact:") and "home_language" in row]


@pytest.mark.slow
def test_a_replaced_teacher_takes_over_the_homeroom(hub: Hub) -> None:
    """Nothing lists the change of a homeroom's teacher; a run of changes finds it, and the class stays the same."""
    school = build(40, seed=11)
    with Aeries(school) as system:
        integration = integrate(hub, system)
        carry(integration)
        classes = active(hub, "class")
        for _ in range(6):
            system.pass_night()
        carry(integration, delta=True)
    new = [one.person_id for one in school.events if one.kind == "teacher_replaced"]
    taught = {key for key in active(hub, "enrollment") if any(key.endswith(f"|{staff_key(one)}") for one in new)}
    assert taught
    assert active(hub, "class") >= classes


# Photographs --------------------------------------------------------------------------------------------


def test_photographs_keep_nothing_of_the_camera(hub: Hub, aeries: Aeries) -> None:
    """What is kept has no EXIF: no photographer, no place."""
    carry(integrate(hub, aeries, photos="on"))
    kept = [photos().read(row["photo_url"]) for row in hub.roster("user").values() if "photo_url" in row]
    assert len(kept) > STUDENTS / 2
    assert all(content and not Image.open(BytesIO(content)).getexif() for content in kept)


def test_pictures_only_finds_the_people_of_another_integration(hub: Hub, aeries: Aeries) -> None:
    """An integration for photographs alone adds them to people who are there; it asks for nothing else."""
    carry(integrate(hub, aeries, schools="13"))
    before = {key: row for key, row in hub.roster("user").items() if "photo_url" not in row}
    aeries.asked.clear()
    run = carry(integrate(hub, aeries, "Pictures", pictures_only="on", match="local_id"))
    found = hub.roster("user")
    assert found.keys() == before.keys()
    shown = {key for key, row in found.items() if "photo_url" in row}
    assert shown
    assert {key: {**found[key], "photo_url": ""} for key in shown} == {
        key: {**before[key], "photo_url": ""} for key in shown
    }
    assert run.counts["user"]["ignore"] > 0
    assert {path.split("?")[0].rpartition("/")[2] for path in aeries.asked} == {
        "systeminfo",
        "schools",
        "StudentPictures",
    }

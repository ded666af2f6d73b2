"""
Sets that others published, and ours in their formats, carried as they are.

Where each came from, and what is wrong with it, stands in the SOURCE.md beside it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from django.db import connection

from rollbook.core.errors import ContractBroken
from rollbook.runs.checking import check_files
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import State
from tests.journeys.support import Found, Hub, carry, counts, found, hub, other, planned, stored_bytes, write
from tests.support.cli import run_cli

__all__ = ["hub", "other"]

ONEROSTER, SDS, CONTOSO = "oneroster/samples", "microsoft-sds", "oea-contoso-delta"
BULK_11, BULK_12, DELTA_12 = f"{ONEROSTER}/own_v1p1_bulk", f"{ONEROSTER}/own_v1p2_bulk", f"{ONEROSTER}/own_v1p2_delta"
DOCS_FULL, DOCS_MINIMAL = f"{ONEROSTER}/onerosterdocs_v1p1_full.zip", f"{ONEROSTER}/onerosterdocs_v1p1_minimal.zip"
SDS_25, SDS_MINIMAL = f"{SDS}/SDS_Format_25_Users", f"{SDS}/SDS_Format_Min_Required_Attributes"
SDS_V2, SDS_V21 = f"{SDS}/SDS_v2", f"{SDS}/SDS_v2.1"

OWN = {
    "org": 3, "academic_session": 7, "course": 4, "class": 4, "user": 12, "role": 14, "demographics": 4,
    "relationship": 4, "enrollment": 12,
}  # fmt: skip
SDS_PEOPLE = {"org": 2, "class": 2, "user": 24, "role": 24, "demographics": 22, "enrollment": 46}
CREATED: Mapping[str, tuple[str, Mapping[str, int]]] = {
    BULK_11: ("oneroster_11", OWN),
    BULK_12: ("oneroster_12", OWN),
    DOCS_FULL: (
        "oneroster_11",
        {"org": 1, "academic_session": 3, "class": 1, "user": 6, "role": 6, "relationship": 4},
    ),
    DOCS_MINIMAL: (
        "oneroster_11",
        {"org": 1, "academic_session": 5, "class": 2, "user": 6, "role": 6, "enrollment": 6},
    ),
    SDS_25: ("sds_v1", {**SDS_PEOPLE, "academic_session": 1, "course": 2}),
    SDS_MINIMAL: ("sds_v1", SDS_PEOPLE),
    SDS_V2: ("sds_v21", {"org": 5, "class": 4, "user": 29, "role": 29, "enrollment": 28}),
    SDS_V21: (
        "sds_v21",
        {"org": 4, "academic_session": 2, "course": 3, "class": 2, "user": 8, "role": 9, "demographics": 6,
         "relationship": 3, "enrollment": 6},
    ),
    f"{CONTOSO}/day1": ("sds_v1", {"user": 2, "demographics": 2}),
    f"{CONTOSO}/day2": ("sds_v1", {"user": 2, "demographics": 2}),
}  # fmt: skip
# What SOURCE.md says is wrong, as we say it; notices (columns not used, passwords dropped) are tested apart.
SAID: Mapping[str, set[tuple[str, str, int, str]]] = {
    DOCS_FULL: {
        ("reference-dropped", "academicSessions.csv", 3, "parentSourcedId"),
        ("reference-dropped", "classes.csv", 2, "courseSourcedId"),
        ("reference-dropped", "orgs.csv", 2, "parentSourcedId"),
    },
    DOCS_MINIMAL: {
        ("reference-dropped", "classes.csv", 2, "courseSourcedId"),
        ("reference-dropped", "classes.csv", 3, "courseSourcedId"),
    },
    SDS_V2: {("required-unmapped", "enrollments.csv", 26, "role")},
    f"{CONTOSO}/day1": {("sheet-missing", "", 0, ""), ("reference-not-found", "students.csv", 2, "School SIS ID")},
    f"{CONTOSO}/day2": {("sheet-missing", "", 0, ""), ("reference-not-found", "students.csv", 2, "School SIS ID")},
}
QUIET = {"file-ignored", "file-note", "column-dropped", "column-unknown"}


def said(issues: list[Found]) -> set[tuple[str, str, int, str]]:
    """Code, file without the package it came in, line and field of every issue that is not a mere notice."""
    return {(i.code, Path(i.file).name, i.line, i.field) for i in issues if i.code not in QUIET}


@pytest.mark.parametrize("path", CREATED)
def test_a_published_set_fills_the_roster(path: str, hub: Hub, shared_data: Path) -> None:
    """Each set is recognised, and the roster then has as many records as its SOURCE.md counts."""
    layout, created = CREATED[path]
    run = carry(hub.integrate(), shared_data / path)
    assert run.state in (State.APPLIED, State.APPLIED_WITH_ERRORS)
    made = {entity: found["create"] for entity, found in counts(run).items() if "create" in found}
    assert {entity: made[entity] for entity in created} == created
    assert {entity: len(hub.roster(entity)) for entity in made if entity != "enrollment"} == {
        entity: count for entity, count in made.items() if entity != "enrollment"
    }
    assert {file["sheet"] for file in run.files} - {""}
    assert check_files(shared_data / path, "", run.folder / "again").layout.name == layout


@pytest.mark.parametrize("path", CREATED)
def test_the_faults_of_a_published_set_are_said(path: str, hub: Hub, shared_data: Path) -> None:
    """What is known to be wrong with a set is an issue with file and line; a set without faults has none."""
    expected = SAID.get(path, set())
    assert said(found(carry(hub.integrate(), shared_data / path, test=True))) >= expected
    if not expected:
        assert said(found(carry(hub.integrate("again"), shared_data / path, test=True))) == set()


@pytest.mark.parametrize("path", CREATED)
def test_a_published_set_changes_nothing_the_second_time(path: str, hub: Hub, shared_data: Path) -> None:
    """The same set again, and once more with every file touched, leaves every row as it is."""
    integration = hub.integrate()
    carry(integration, shared_data / path)
    before = hub.revisions()
    for _ in range(2):
        again = carry(integration, shared_data / path)
        assert {a for found in counts(again).values() for a in found} <= {"unchanged", "reject", "ignore"}
        integration.refresh_from_db()
        integration.input_digest = ""  # as if the bytes were others: the second time every record is compared
        integration.save()
    assert hub.revisions() == before


# OneRoster -------------------------------------------------------------------------------------------


def test_both_versions_of_a_set_say_the_same(hub: Hub, other: Hub, shared_data: Path) -> None:
    """Version 1.1 and 1.2 of one set give equal rosters, but for what only 1.2 can say."""
    carry(hub.integrate(), shared_data / BULK_11)
    carry(other.integrate(), shared_data / BULK_12)
    old, new = hub.everything(), other.everything()
    only_12 = {"user_master_identifier", "preferred_given_name", "pronouns"}
    for row in new["user"].values():
        for name in only_12 & set(row):
            del row[name]
    assert new["demographics"]["u-s4"].pop("sex") == "unspecified"
    assert {e: old[e] for e in OWN if e != "role"} == {e: new[e] for e in OWN if e != "role"}

    administrators = {("u-adm1", "org-d1"), ("u-prin2", "org-s2")}
    held_old = {(r["user"], r["org"]): r["role"] for r in old["role"].values()}
    held_new = {(r["user"], r["org"]): r["role"] for r in new["role"].values()}
    assert {one for one in held_new if held_old[one] != held_new[one]} == administrators
    assert {held_old[one] for one in administrators} == {"siteAdministrator"}


def test_hard_values_arrive_whole(hub: Hub, shared_data: Path) -> None:
    """Accents, commas, quotes and apostrophes, lists and a disabled guardian arrive as they were sent."""
    carry(hub.integrate(), shared_data / BULK_12)
    everything = hub.everything()
    assert everything["user"]["u-t3"]["family_name"] == "Ibáñez"
    assert everything["user"]["u-p2"]["enabled_user"] is False
    assert everything["user"]["u-s3"]["family_name"] == "O'Neil"
    assert everything["org"]["org-s2"]["name"] == "Cedar High, North Campus"
    assert everything["course"]["crs-bio"]["title"] == 'Biology "Honors"'
    assert json.loads(everything["class"]["cls-bio-3"]["periods"]) == ["3", "4"]
    assert {r["org"] for r in everything["role"].values() if r["user"] == "u-t2"} == {"org-s1", "org-s2"}
    contacts = {(r["user"], r["contact"]) for r in everything["relationship"].values()}
    assert contacts == {("u-s1", "u-p1"), ("u-s2", "u-p1"), ("u-s2", "u-p2"), ("u-s3", "u-p2")}


@pytest.mark.parametrize("absence", ["keep", "deactivate"])
def test_a_delta_changes_what_it_says(absence: str, hub: Hub, shared_data: Path) -> None:
    """A delta on top of a bulk set ends what it marks, changes what it names, and ends nothing by absence."""
    integration = hub.integrate(settings={"absence": absence})
    carry(integration, shared_data / BULK_12)
    before = hub.everything()
    run = carry(integration, shared_data / DELTA_12)
    assert {entity: planned(run, entity) for entity in ("user", "role", "enrollment")} == {
        "user": {"u-s4": ("update", {"family_name": ("Xu", "Xu-Hale")}), "u-s5": ("create", {})},
        "role": {"rol-u-s5-org-s2": ("create", {})},
        "enrollment": {"enr-esp-2-u-s3": ("deactivate", {}), "enr-esp-2-u-s5": ("create", {})},
    }
    after = hub.everything()
    assert after["enrollment"]["enr-esp-2-u-s3"] == before["enrollment"]["enr-esp-2-u-s3"] | {"active": False}
    unchanged = set(OWN) - {"user", "role", "enrollment"}
    assert {e: after[e] for e in unchanged} == {e: before[e] for e in unchanged}


def test_loose_values_of_the_field_are_understood(hub: Hub, shared_data: Path) -> None:
    """`Scheduled`, `TRUE`, blanks inside lists and dates without a time are read; a department serves as a school."""
    run = carry(hub.integrate(), shared_data / DOCS_FULL)
    assert counts(run)["academic_session"] == {"create": 3, "ignore": 2}
    assert counts(run)["class"] == {"create": 1, "ignore": 1}
    class_ = hub.roster("class")["cls-222-123456"]
    assert class_["class_type"] == "scheduled"
    assert json.loads(class_["subjects"]) == ["Science", "Physics", "Biology"]
    assert class_["school"] == "org-sch-222-456"
    assert "course" not in class_
    assert hub.roster("org")["org-sch-222-456"]["type"] == "department"
    assert {user["enabled_user"] for user in hub.roster("user").values()} == {True}


def test_sheets_with_headers_only_change_nothing(hub: Hub, shared_data: Path) -> None:
    """A set of nothing but headers is refused, and the roster stays as it was."""
    integration = hub.integrate(settings={"absence": "deactivate"})
    carry(integration, shared_data / BULK_11)
    before = hub.everything()
    run = carry(integration, shared_data / f"{ONEROSTER}/mocker_v1p1_headers")
    assert run.state == State.FAILED
    assert "not one row below it" in run.error
    assert "Nothing was changed" in run.error
    assert hub.everything() == before


def test_a_check_refuses_headers_only(shared_data: Path, tmp_path: Path) -> None:
    """The pre-flight check says the same of a header-only set as a run."""
    with pytest.raises(ContractBroken, match="not one row below it"):
        check_files(shared_data / f"{ONEROSTER}/mocker_v1p1_headers", "", tmp_path / "scratch")


# Microsoft School Data Sync --------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SDS_25, SDS_V2, SDS_V21, DOCS_FULL])
def test_a_password_is_stored_nowhere(path: str, hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """No password of a set is in any file of the home or any table, and its column is said to have been dropped."""
    run = carry(hub.integrate(), shared_data / path)
    assert {i.field.casefold() for i in found(run) if i.code == "column-dropped"} == {"password"}
    secrets = (b"P@ssw", b"Password1-")
    assert [file for file, content in stored_bytes(tmp_path / "home") if any(s in content for s in secrets)] == []
    for parquet in (tmp_path / "home").rglob("*.parquet"):
        assert "P@ssw" not in pl.read_parquet(parquet).write_json()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "P@ssw" not in repr(cursor.fetchall()), table


def test_american_dates_are_read(hub: Hub, shared_data: Path) -> None:
    """`4/2/2000` in an SDS sheet is the second of April."""
    carry(hub.integrate(), shared_data / SDS_25)
    assert str(hub.roster("demographics")["student:13001"]["birth_date"]) == "2000-04-02"
    assert str(hub.roster("academic_session")["12000"]["end_date"]) == "2018-06-30"


def test_a_state_in_the_place_of_a_state_id_makes_nobody_one(hub: Hub, shared_data: Path) -> None:
    """Where everybody's State ID is `WA`, people are still told apart, even if state ids were agreed to match them."""
    carry(hub.integrate(), shared_data / SDS_25)
    carry(hub.integrate("second", {"match": "state_id"}), shared_data / SDS_25)
    people = hub.roster("user")
    assert {user["state_id"] for user in people.values()} == {"WA"}
    assert len({(user["given_name"], user["family_name"]) for user in people.values()}) == 24
    assert {user["active"] for user in people.values()} == {True}


def test_students_and_teachers_have_keys_of_their_own(hub: Hub, shared_data: Path) -> None:
    """SDS numbers students and teachers apart, so their keys say which they are."""
    carry(hub.integrate(), shared_data / SDS_MINIMAL)
    assert {key.partition(":")[0] for key in hub.roster("user")} == {"student", "teacher"}
    assert hub.roster("user")["student:13001"] == {"active": True, "username": "OKlein", "primary_org": "10001"}


def test_the_words_of_colleges_are_understood(hub: Hub, shared_data: Path) -> None:
    """College years, a ministry and a professor need no mapping; only a role nobody can teach in is refused."""
    run = carry(hub.integrate(), shared_data / SDS_V2)
    assert said(found(run)) == {("required-unmapped", "enrollments.csv", 26, "role")}
    assert counts(run)["enrollment"]["create"] == 28
    assert hub.roster("user")["13015"]["grades"] == '["PS"]'
    assert hub.roster("org")["10000"]["type"] == "national"


def test_subject_and_grade_are_taken_as_sent(hub: Hub, shared_data: Path) -> None:
    """The courses of SDS 2.1 seem to have subject and grade swapped: `10` is a subject code, `PS1` a college year."""
    carry(hub.integrate(), shared_data / SDS_V21)
    courses = hub.roster("course")
    assert (courses["C12001"]["subjects"], courses["C12001"]["grades"]) == ('["10"]', '["PS"]')
    assert (courses["B102021"]["subjects"], courses["B102021"]["grades"]) == ('["14"]', '["10"]')


# Contoso: two nights ---------------------------------------------------------------------------------

SCHOOL = "SIS ID,Name\r\nsch0,Contoso High School\r\n"


def _with_school(day: Path, folder: Path) -> Path:
    """A day as the sender meant it: with the school that its students are at."""
    shutil.copytree(day, folder)
    return write(folder, {"School.csv": SCHOOL})


def test_the_second_night_changes_what_changed(hub: Hub, shared_data: Path) -> None:
    """Albert becomes Al, Sharon is new, and Jon, who is missing, stays: by default absence ends nothing."""
    integration = hub.integrate()
    carry(integration, shared_data / CONTOSO / "day1")
    run = carry(integration, shared_data / CONTOSO / "day2")
    assert planned(run, "user") == {
        "student:st1": ("update", {"given_name": ("Albert", "Al")}),
        "student:st2": ("create", {}),
    }
    people = hub.roster("user")
    assert {key: user["active"] for key, user in people.items()} == dict.fromkeys(people, True)
    assert [user["state_id"] for key, user in sorted(people.items())] == ["123", "123", "126"]


def test_a_delivery_without_a_needed_sheet_ends_nobody(hub: Hub, shared_data: Path) -> None:
    """Contoso sends no School sheet: under `deactivate` Jon still stays, and the report says why."""
    integration = hub.integrate(settings={"absence": "deactivate"})
    carry(integration, shared_data / CONTOSO / "day1")
    run = carry(integration, shared_data / CONTOSO / "day2")
    assert hub.roster("user")["student:st4"]["active"] is True
    assert Found("sheet-missing", "", 0, "", "") in found(run)


def test_roles_wait_for_their_school(hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """Without School.csv the people come and their roles do not; the night the sheet comes, roles follow."""
    integration = hub.integrate()
    run = carry(integration, shared_data / CONTOSO / "day1")
    assert counts(run)["role"] == {"reject": 2}
    assert hub.roster("role") == {}
    assert "primary_org" not in hub.roster("user")["student:st1"]
    run = carry(integration, _with_school(shared_data / CONTOSO / "day1", tmp_path / "mended"))
    assert counts(run)["role"] == {"create": 2}
    assert planned(run, "user")["student:st1"][1].keys() == {"primary_org"}
    assert {r["org"] for r in hub.roster("role").values()} == {"sch0"}


def test_a_complete_second_night_ends_who_is_missing(hub: Hub, shared_data: Path, tmp_path: Path) -> None:
    """With the School sheet in both nights, `deactivate` ends Jon and all that is his, and nothing else."""
    integration = hub.integrate(settings={"absence": "deactivate"})
    carry(integration, _with_school(shared_data / CONTOSO / "day1", tmp_path / "day1"))
    run = carry(integration, _with_school(shared_data / CONTOSO / "day2", tmp_path / "day2"))
    ended = {e: {k for k, row in rows.items() if not row["active"]} for e, rows in hub.everything().items()}
    assert ended == {
        "org": set(), "user": {"student:st4"}, "role": {"student:st4|sch0"}, "demographics": {"student:st4"},
    }  # fmt: skip
    assert run.state == State.APPLIED


def test_attendance_and_marks_are_left_alone(hub: Hub, shared_data: Path) -> None:
    """Sheets of attendance and of marks are said to be no roster data, and not a row of them is kept."""
    run = carry(hub.integrate(), shared_data / CONTOSO / "day1")
    ignored = {i.file for i in found(run) if i.code == "file-ignored"}
    assert ignored == {"studentattendance.csv", "studentsectionmark.csv"}
    assert {file.name for file in RunFolder.of(run).rows.iterdir()} == {"Student"}
    assert {i.field for i in found(run) if i.code == "column-unknown"} >= {"SpecialEducation", "LowIncome"}


# The command line ------------------------------------------------------------------------------------


def test_the_command_line_says_the_same(shared_data: Path, rollbook_home: Path) -> None:
    """`check` and `run` count a set as the journey in one process does, and a refused set ends with 1."""
    run_cli(["init"], rollbook_home)
    run_cli(["integration", "add", "alder", "--source", "sheets"], rollbook_home)
    done = run_cli(["run", "alder", "--from", shared_data / BULK_12, "--json"], rollbook_home)
    said = json.loads(done.stdout)
    assert {entity: found["create"] for entity, found in said["counts"].items()} == OWN
    assert said["state"] == "applied"
    refused = run_cli(
        ["run", "alder", "--from", shared_data / f"{ONEROSTER}/mocker_v1p1_headers"], rollbook_home, check=False
    )
    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stderr
    with sqlite3.connect(rollbook_home / "rollbook.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM roster_user WHERE active").fetchone() == (12,)


def test_the_check_counts_what_a_run_would_take(shared_data: Path, rollbook_home: Path) -> None:
    """`rollbook check` needs no database and ends with 1 where rows would not be taken."""
    done = run_cli(["check", shared_data / SDS_25, "--json"], rollbook_home)
    counted = {entity: found["create"] for entity, found in json.loads(done.stdout)["counts"].items()}
    assert counted == {**SDS_PEOPLE, "academic_session": 1, "course": 2}
    assert run_cli(["check", shared_data / SDS_V2], rollbook_home, check=False).returncode == 1
    assert "P@ssw" not in done.stdout

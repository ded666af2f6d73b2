"""The roster as OneRoster CSV: the published form, and the least wrong value where the roster has none."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.core.errors import SettingsError
from rollbook.roster import edits
from rollbook.roster.export import Ids, export
from rollbook.runs.models import Mode
from tests.roster.hubs import Table, exported, integration, moves, simulated, stored, table, take, write_table

pytestmark = pytest.mark.django_db

RACES = [
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
]


def cells(rows: Table) -> Iterator[tuple[str, str, str]]:
    return ((row["sourcedId"], column, value) for row in rows for column, value in row.items())


@pytest.mark.parametrize("layout, sample", [("oneroster_12", "own_v1p2_bulk"), ("oneroster_11", "own_v1p1_bulk")])
def test_a_sample_set_comes_out_as_it_went_in(layout: str, sample: str, shared_data: Path, tmp_path: Path) -> None:
    """
    Cell by cell, by the ids of the source.

    But for what the roster does not hold: that a race was ruled out, and sign-in profiles.
    """
    folder = shared_data / "oneroster" / "samples" / sample
    sis = integration()
    take(sis, folder)
    exported(sis, layout, tmp_path / "out")
    differing = set()
    for file in sorted(folder.glob("*.csv")):
        if file.stem in ("manifest", "userProfiles"):
            continue
        before, after = table(file), table(tmp_path / "out" / file.name)
        assert list(before[0]) == list(after[0])
        differing |= {(file.stem, column, value) for _, column, value in set(cells(before)) ^ set(cells(after))}
    ruled_out = {("demographics", race, said) for race in RACES for said in ("", "false")}
    profiles = {
        ("roles", "userProfileSourcedId", value) for value in ("", "prf-u-s1", "prf-u-s2", "prf-u-s3", "prf-u-s4")
    }
    assert differing <= ruled_out | profiles


@pytest.mark.parametrize("layout, version", [("oneroster_12", "1.2.1"), ("oneroster_11", "1.1")])
def test_columns_are_the_published_ones(layout: str, version: str, shared_data: Path, tmp_path: Path) -> None:
    """Every file has the columns of the specification, in its order."""
    published = json.loads((shared_data / "oneroster" / "csv_fields.json").read_text("utf-8"))["versions"][version]
    sis = integration()
    take(sis, simulated("oneroster_12", tmp_path / "in", students=20))
    done = exported(sis, layout, tmp_path / "out")
    for name in done.rows:
        header = (tmp_path / "out" / f"{name}.csv").read_bytes().split(b"\r\n")[0].decode()
        assert header.split(",") == [column["name"] for column in published[name]]


def test_the_package_is_a_bulk_one(tmp_path: Path) -> None:
    """The manifest names each file, status is blank, lines end in CRLF, no file is without rows."""
    sis = integration()
    take(sis, simulated("sds_v1", tmp_path / "in", students=20))
    done = exported(sis, "oneroster_12", tmp_path / "out")
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    manifest = {row["propertyName"]: row["value"] for row in table(tmp_path / "out" / "manifest.csv")}
    stated = {name.removeprefix("file."): value for name, value in manifest.items() if name.startswith("file.")}
    assert names == {*done.rows, "manifest"}
    assert {name for name, value in stated.items() if value == "bulk"} == set(done.rows)
    assert len(stated) == 21
    assert all(row["status"] + row["dateLastModified"] == "" for row in table(tmp_path / "out" / "users.csv"))
    assert b"\n" not in (tmp_path / "out" / "users.csv").read_bytes().replace(b"\r\n", b"")


def test_a_zip_has_its_files_at_the_root(tmp_path: Path) -> None:
    """One zip, named after the layout, and nothing beside it."""
    sis = integration()
    take(sis, simulated("oneroster_12", tmp_path / "in", students=20))
    done = export(sis.tenant, "oneroster_12", tmp_path / "out", zipped=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["oneroster_12.zip"]
    with zipfile.ZipFile(done.path) as archive:
        assert {Path(name).name for name in archive.namelist()} == set(archive.namelist())
        assert "users.csv" in archive.namelist()


def test_an_earlier_export_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file that is no longer part of the export goes; files of others stay."""
    sis, out = integration(), tmp_path / "out"
    take(sis, simulated("oneroster_12", tmp_path / "in", students=20))
    exported(sis, "oneroster_12", out)
    (out / "notes.txt").write_text("mine")
    stored("demographics").update(active=False)
    exported(sis, "oneroster_12", out)
    assert not (out / "demographics.csv").exists()
    assert (out / "notes.txt").exists()


def test_a_layout_that_is_only_read_is_refused(tmp_path: Path) -> None:
    """The message names the layouts that can be exported."""
    with pytest.raises(SettingsError, match="hub_v1, oneroster_11, oneroster_12"):
        export(integration().tenant, "clever", tmp_path)


def test_only_what_is_active_is_named(tmp_path: Path) -> None:
    """Without its class an enrollment is left out, and a note says how many."""
    sis = integration()
    take(sis, simulated("oneroster_12", tmp_path / "in", students=20))
    gone = stored("class").order_by("source_key")[0]
    stored("class").filter(pk=gone.pk).update(active=False)
    lost = stored("enrollment").filter(roster_class=gone.pk).count()
    notes = exported(sis, "oneroster_12", tmp_path / "out").notes
    left = {row["classSourcedId"] for row in table(tmp_path / "out" / "enrollments.csv")}
    assert gone.source_key not in left
    assert f"{lost} enrollments are left out: their roster_class is not among the active classes." in notes


def test_other_tenants_are_not_exported(tmp_path: Path) -> None:
    """An export holds one tenant's roster."""
    sis, stranger = integration(), integration("stranger")
    take(sis, simulated("oneroster_12", tmp_path / "in", students=20))
    assert exported(stranger, "oneroster_12", tmp_path / "out").rows == {}


# What the roster lacks -------------------------------------------------------------------------------

ORGS = [{"org_id": "D1", "name": "Northfield", "type": "district"}, {"org_id": "S1", "name": "High", "type": "campus"}]
PEOPLE = [
    {"person_id": "1", "role": "student", "org_id": "S1", "first_name": "Ada", "last_name": "Roe", "username": ""},
    {"person_id": "2", "role": "staff", "org_id": "S1", "first_name": "Ben", "last_name": "Orr", "username": "ben"},
]


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """Sheets that say little: a class without course, term and type, a person without a username."""
    folder = tmp_path / "sparse"
    write_table(folder / "orgs.csv", [{**org, "parent_org_id": "" if org["org_id"] == "D1" else "D1"} for org in ORGS])
    write_table(
        folder / "terms.csv", [{"term_id": "Y", "name": "2027", "type": "schoolYear", "end_date": "2027-06-16"}]
    )
    write_table(folder / "people.csv", PEOPLE)
    write_table(folder / "classes.csv", [{"class_id": "C", "title": "Chess", "org_id": "S1"}])
    write_table(folder / "enrollments.csv", [{"class_id": "C", "person_id": "2", "role": "aide"}])
    return folder


def test_structure_that_is_missing_stands_in(sparse: Path, tmp_path: Path) -> None:
    """A class without a course gets one of its own, without a term the school year, without a type `scheduled`."""
    sis = integration()
    take(sis, sparse)
    notes = exported(sis, "oneroster_12", tmp_path / "out").notes
    [class_], [course] = table(tmp_path / "out" / "classes.csv"), table(tmp_path / "out" / "courses.csv")
    assert (class_["courseSourcedId"], class_["termSourcedIds"], class_["classType"]) == ("C", "Y", "scheduled")
    assert (course["sourcedId"], course["title"], course["orgSourcedId"]) == ("C", "Chess", "S1")
    assert any("no course" in note for note in notes)


def test_nothing_is_made_up_about_people(sparse: Path, tmp_path: Path) -> None:
    """Without a username the cell is blank; who says nothing of log-ins is enabled; both are told."""
    sis = integration()
    take(sis, sparse)
    notes = exported(sis, "oneroster_12", tmp_path / "out").notes
    users = {row["sourcedId"]: row for row in table(tmp_path / "out" / "users.csv")}
    assert (users["1"]["username"], users["2"]["username"]) == ("", "ben")
    assert users["1"]["enabledUser"] == "true"
    assert "1 users have no username, which OneRoster requires: it is blank, never made up." in notes


def test_our_own_codes_are_extensions_in_12(sparse: Path, tmp_path: Path) -> None:
    """A role or type that OneRoster does not know begins with `ext:`, as 1.2 allows, and is read back as it was."""
    sis = integration()
    take(sis, sparse)
    exported(sis, "oneroster_12", tmp_path / "out")
    assert {row["role"] for row in table(tmp_path / "out" / "roles.csv")} == {"student", "ext:staff"}
    assert [row["role"] for row in table(tmp_path / "out" / "enrollments.csv")] == ["ext:aide"]
    assert {row["type"] for row in table(tmp_path / "out" / "orgs.csv")} == {"district", "ext:campus"}
    other = integration("other")
    take(other, tmp_path / "out")
    assert set(stored("role").filter(tenant=other.tenant).values_list("role", flat=True)) == {"student", "staff"}


def test_11_takes_the_nearest_word_or_leaves_out(sparse: Path, tmp_path: Path) -> None:
    """A campus is a school and staff are aides; an aide in a class, which 1.1 has no word for, is left out and told."""
    sis = integration()
    take(sis, sparse)
    done = exported(sis, "oneroster_11", tmp_path / "out")
    assert {row["role"] for row in table(tmp_path / "out" / "users.csv")} == {"student", "aide"}
    assert {row["type"] for row in table(tmp_path / "out" / "orgs.csv")} == {"district", "school"}
    assert "enrollments" not in done.rows
    assert "1 enrollments are left out: 1.1 has no word for the role in the class." in done.notes


def test_several_roles_are_several_rows_in_11(tmp_path: Path) -> None:
    """The main role keeps the person's id; as a parent a teacher has a row of its own, which the child names."""
    folder = tmp_path / "in"
    people = [*PEOPLE, {**PEOPLE[1], "person_id": "3", "role": "teacher", "username": "tess"}]
    write_table(folder / "orgs.csv", ORGS)
    write_table(folder / "people.csv", people)
    write_table(folder / "roles.csv", [{"person_id": "3", "org_id": "D1", "role": "parent"}])
    write_table(folder / "relationships.csv", [{"student_id": "1", "contact_id": "3", "type": "mother"}])
    write_table(folder / "classes.csv", [{"class_id": "C", "title": "Chess", "org_id": "S1"}])
    write_table(folder / "enrollments.csv", [{"class_id": "C", "person_id": "3", "role": "teacher"}])
    sis = integration()
    take(sis, folder)
    exported(sis, "oneroster_11", tmp_path / "out")
    users = {row["sourcedId"]: row for row in table(tmp_path / "out" / "users.csv")}
    assert (users["3"]["role"], users["3"]["orgSourcedIds"]) == ("teacher", "S1")
    assert (users["3-parent"]["role"], users["3-parent"]["orgSourcedIds"]) == ("parent", "D1")
    assert (users["1"]["agentSourcedIds"], users["3-parent"]["agentSourcedIds"]) == ("3-parent", "1")
    assert [row["userSourcedId"] for row in table(tmp_path / "out" / "enrollments.csv")] == ["3"]


def test_keys_of_two_integrations_that_clash_are_refused(sparse: Path, tmp_path: Path) -> None:
    """By source ids two people of one key could not be told apart; by our own they can."""
    one = integration()
    two = integration("south")
    take(one, sparse)
    take(two, sparse)
    stored("user").update(tenant=one.tenant)
    with pytest.raises(SettingsError, match="--ids roster"):
        exported(one, "oneroster_12", tmp_path / "out")
    assert exported(one, "oneroster_12", tmp_path / "out", Ids.ROSTER).rows["users"] == 4


def test_a_hand_edit_is_exported(tmp_path: Path, sparse: Path) -> None:
    """What a person entered is what others get; sent back, it is what the roster already says."""
    sis = integration()
    take(sis, sparse)
    ada = stored("user").get(source_key="1")
    edits.edit(sis.tenant, "user", ada.sourced_id, {"family_name": '=Roe, "Ada"'})
    exported(sis, "hub_v1", tmp_path / "out")
    assert {row["last_name"] for row in table(tmp_path / "out" / "people.csv")} == {'=Roe, "Ada"', "Orr"}
    assert moves(take(sis, tmp_path / "out", Mode.TEST)) == {}

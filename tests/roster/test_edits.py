"""Hand edits: checked like any other value, kept until they are released."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from rollbook.accounts.models import Member
from rollbook.integrations.models import Integration
from rollbook.roster.edits import EditRefused, edit, release
from rollbook.roster.models import Link, StickyField
from rollbook.runs.models import Mode, State
from tests.roster.hubs import integration, moves, simulated, stored, table, take, write_table
from tests.support import carried
from tests.support.cli import run_cli

pytestmark = pytest.mark.django_db

ORGS = [{"org_id": "S1", "name": "North High", "type": "school"}, {"org_id": "S2", "name": "South", "type": "school"}]
ADA = {"person_id": "1", "role": "student", "org_id": "S1", "first_name": "Ada", "last_name": "Roe"} | {
    "middle_name": "May",
    "grade": "09",
    "exit_date": "2027-06-16",
    "username": "ada",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sheets with two schools and Ada."""
    write_table(tmp_path / "in" / "orgs.csv", ORGS)
    write_table(tmp_path / "in" / "people.csv", [ADA])
    return tmp_path / "in"


@pytest.fixture
def sis(folder: Path) -> Integration:
    """An integration that has taken them."""
    made = integration(layout="hub_v1")
    take(made, folder)
    return made


def ada() -> Any:
    return stored("user").get(source_key="1")


def sent(folder: Path, **changed: str) -> Path:
    """The sheets as the source sends them later."""
    write_table(folder / "people.csv", [ADA | changed])
    return folder


def test_an_edit_is_kept_when_the_source_says_otherwise(sis: Integration, folder: Path) -> None:
    """The run keeps the entered value, takes the other news of the record, and counts what it kept."""
    edit(sis.tenant, "user", ada().pk, {"family_name": "Roe-Orr"})
    run = take(sis, sent(folder, last_name="Row", middle_name="Mae"))
    assert (ada().family_name, ada().middle_name) == ("Roe-Orr", "Mae")
    assert run.issue_counts["sticky-kept"] == 1
    assert moves(run) == {"user": {"update": 1}}


def test_an_edit_is_no_news_to_the_source(sis: Integration, folder: Path) -> None:
    """The same delivery again changes nothing, edited or not."""
    edit(sis.tenant, "user", ada().pk, {"family_name": "Roe-Orr"})
    assert moves(take(sis, folder)) == {}
    assert ada().family_name == "Roe-Orr"


def test_a_released_field_follows_the_source_again(sis: Integration, folder: Path) -> None:
    """The next run takes the source's value, even from the very files that were read before."""
    edit(sis.tenant, "user", ada().pk, {"family_name": "Roe-Orr", "username": "roe"})
    release(sis.tenant, "user", ada().pk, "family_name")
    run = take(sis, folder)
    assert (ada().family_name, ada().username) == ("Roe", "roe")
    assert run.issue_counts["sticky-kept"] == 1
    assert moves(take(sis, folder)) == {}


def test_every_integration_that_knows_the_row_is_asked_again(sis: Integration, folder: Path) -> None:
    """A released field is compared by those that only share the row, too."""
    second = Integration.objects.create(tenant=sis.tenant, name="two", source="sheets", input_digest="read before")
    link = Link.objects.create(
        integration=second, entity="user", source_key="A", key_hash=7, record_hash=8, row=ada().pk
    )
    edit(sis.tenant, "user", ada().pk, {"family_name": "Roe-Orr"})
    release(sis.tenant, "user", ada().pk, "family_name")
    link.refresh_from_db()
    second.refresh_from_db()
    assert (ada().record_hash, link.record_hash, second.input_digest) == (None, None, "")


def test_who_edited_what_is_known(sis: Integration) -> None:
    """Each field is kept once, with the member who last edited it."""
    member = Member.objects.create_member("ada@north.example", "")
    edit(sis.tenant, "user", ada().pk, {"family_name": "Orr"})
    edit(sis.tenant, "user", ada().pk, {"family_name": "Roe"}, member)
    [kept] = StickyField.objects.all()
    assert (kept.entity, kept.row, kept.field, kept.member) == ("user", ada().pk, "family_name", member)


def test_an_edit_counts_as_a_change_of_the_row(sis: Integration) -> None:
    """The row's revision and time move, so that readers of changes see it; nobody's run did it."""
    before = ada()
    edit(sis.tenant, "user", before.pk, {"family_name": "Orr"})
    after = ada()
    assert (after.revision, after.changed_run) == (before.revision + 1, None)
    assert after.date_last_modified > before.date_last_modified


def test_an_edit_of_the_same_value_only_keeps_it(sis: Integration) -> None:
    """To confirm a value is to keep it: the row stays as it is."""
    before = ada().revision
    edit(sis.tenant, "user", ada().pk, {"family_name": "Roe"})
    assert ada().revision == before
    assert StickyField.objects.count() == 1


def test_a_held_plan_that_an_edit_overtook_is_refused(sis: Integration, folder: Path) -> None:
    """What was planned before the edit was not planned with it."""
    run = take(sis, sent(folder, middle_name="Mae"), Mode.TEST)
    edit(sis.tenant, "user", ada().pk, {"family_name": "Orr"})
    with pytest.raises(Exception, match="changed since the plan was made"):
        carried.approve(run)
    assert ada().middle_name == "May"


def test_an_undo_leaves_edits_alone(sis: Integration, folder: Path) -> None:
    """What a person entered after a run is not taken back with it."""
    run = take(sis, sent(folder, last_name="Row", middle_name="Mae"))
    edit(sis.tenant, "user", ada().pk, {"family_name": "Orr"})
    assert carried.undo(run).state == State.APPLIED
    assert (ada().family_name, ada().middle_name) == ("Orr", "May")


@pytest.mark.parametrize(
    "field, text, value",
    [
        ("given_name", "  Ada  ", "Ada"),
        ("grades", "9, KG", '["09","KG"]'),
        ("flags", 'IEP,"504"', '["IEP","\\"504\\""]'),
        ("enabled_user", "no", False),
        ("email", "ada@north.example", "ada@north.example"),
        ("phone", "(207) 555-0101", "+12075550101"),
        ("home_country", "us", "US"),
        ("user_ids", r"{LDAP:N\ada}", '{"LDAP":"N\\\\ada"}'),
        ("custom", '{"x_a": "1"}', '{"x_a":"1"}'),
        ("exit_date", "", None),
    ],
)
def test_values_are_read_like_any_other(sis: Integration, field: str, text: str, value: object) -> None:
    """An entered value gets the form that a received one has; blank clears."""
    edit(sis.tenant, "user", ada().pk, {field: text})
    assert getattr(ada(), field) == value


def test_references_name_active_rows(sis: Integration) -> None:
    """A reference is entered as a roster id, with dashes or without."""
    south = stored("org").get(source_key="S2")
    edit(sis.tenant, "user", ada().pk, {"primary_org": str(south.pk)})
    assert ada().primary_org_id == south.pk


@pytest.mark.parametrize(
    "entity, field, text, reason",
    [
        ("pupil", "name", "x", "There is no kind of record 'pupil'"),
        ("user", "nick", "x", "A user has no field nick"),
        ("user", "exit_date", "soon", "it must be a date as YYYY-MM-DD"),
        ("user", "meal_status", "gold", "it must be one of free"),
        ("user", "email", "ada", "it must be an e-mail address"),
        ("user", "prefix", "x" * 65, "it may have 64 characters"),
        ("user", "user_ids", '{"a": 1}', "JSON object of texts"),
        ("user", "primary_org", "S2", "must be the roster id of a org"),
        ("user", "primary_org", str(UUID(int=1)), "There is no org"),
    ],
)
def test_what_cannot_be_read_is_refused(sis: Integration, entity: str, field: str, text: str, reason: str) -> None:
    """The message says what is wrong, nothing is written and nothing is kept."""
    with pytest.raises(EditRefused, match=reason):
        edit(sis.tenant, entity, ada().pk, {field: text})
    assert ada().revision == 1
    assert not StickyField.objects.exists()


def test_one_wrong_value_refuses_all(sis: Integration) -> None:
    """An edit is written whole or not at all."""
    with pytest.raises(EditRefused):
        edit(sis.tenant, "user", ada().pk, {"family_name": "Orr", "exit_date": "soon"})
    assert ada().family_name == "Roe"


def test_required_fields_cannot_be_cleared(sis: Integration) -> None:
    """A school has a name."""
    school = stored("org").get(source_key="S1")
    with pytest.raises(EditRefused, match="cannot be without name"):
        edit(sis.tenant, "org", school.pk, {"name": " "})


def test_rows_that_are_not_there_are_refused(sis: Integration) -> None:
    """A row that ended, that nobody knows or that is another tenant's cannot be edited."""
    stranger = integration("stranger")
    with pytest.raises(EditRefused, match="There is no user"):
        edit(stranger.tenant, "user", ada().pk, {"family_name": "Orr"})
    with pytest.raises(EditRefused, match="There is no user"):
        edit(sis.tenant, "user", uuid4(), {"family_name": "Orr"})
    stored("user").update(active=False)
    with pytest.raises(EditRefused, match="is not active"):
        edit(sis.tenant, "user", ada().pk, {"family_name": "Orr"})


def test_only_what_was_edited_can_be_released(sis: Integration) -> None:
    """The message says that there is nothing to release."""
    with pytest.raises(EditRefused, match="was not edited by hand"):
        release(sis.tenant, "user", ada().pk, "family_name")


@pytest.mark.slow
def test_edit_and_release_from_the_command_line(database: str, rollbook_home: Path, tmp_path: Path) -> None:
    """Export names the records, edit changes one, the sync keeps it, release lets it go, on either database."""

    def rollbook(*args: str | Path) -> str:
        return run_cli(args, rollbook_home, database).stdout

    def family_name() -> str:
        rollbook("export", "--layout", "hub_v1", "--out", tmp_path / "out")
        return next(row["last_name"] for row in table(tmp_path / "out" / "people.csv") if row["person_id"] == key)

    rollbook("init")
    rollbook("integration", "add", "sis", "--source", "sheets")
    folder = simulated("oneroster_12", tmp_path / "in", students=10)
    rollbook("run", "sis", "--from", folder)
    rollbook("export", "--layout", "oneroster_12", "--out", tmp_path / "first")
    first = table(tmp_path / "first" / "users.csv")[0]
    key = first["sourcedId"]
    assert "until: rollbook release user" in rollbook("edit", "user", key, "family_name==Quill")
    rollbook("run", "sis", "--from", folder)
    assert family_name() == "=Quill"
    rollbook("release", "user", key, "family_name")
    rollbook("run", "sis", "--from", folder)
    assert family_name() == first["familyName"]

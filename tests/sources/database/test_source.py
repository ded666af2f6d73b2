"""A district in a real database, pulled as an integration does it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.core.errors import SettingsError
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.integrations.setup import source_of
from rollbook.runs import carrying
from rollbook.runs.models import WRITTEN, Mode, Run, State
from rollbook.sources.base import Works
from rollbook.sources.database import presets
from rollbook.sources.database.declaration import KIND
from simulators.district import build
from simulators.model import District
from simulators.sheets import make_sheets, write
from tests.journeys.support import Hub, found, stored_bytes
from tests.sources.database.hubs import carry, hub, integrate
from tests.sources.database.servers import Made, on_mariadb
from tests.support.mariadb import MariaDBServer

__all__ = ["hub"]

pytestmark = pytest.mark.django_db
SECRET = "made-up-pa55word-of-a-database"
# What has nothing to do with the kind of database is tested on one of them.
in_a_file = pytest.mark.parametrize("made", ["sqlite"], indirect=True)


def fill(made: Made, district: District) -> dict[str, str]:
    """Put a district into tables of the layout `hub_v1`, and give a statement for each."""
    statements = {}
    for sheet in make_sheets(district, "hub_v1"):
        table = f"sis_{Path(sheet.name).stem}"
        columns = [f"c_{name}" for name in sheet.header]
        made.run(f"DROP TABLE IF EXISTS {table}")
        made.run(f"CREATE TABLE {table} ({', '.join(f'{column} VARCHAR(400)' for column in columns)})")
        for start in range(0, len(sheet.rows), 200):
            values = ", ".join(f"({', '.join(map(_literal, row))})" for row in sheet.rows[start : start + 200])
            made.run(f"INSERT INTO {table} VALUES {values}")
        quote = "`" if made.driver.kind == "mysql" else '"'
        named = ", ".join(f"{c} AS {quote}{n}{quote}" for c, n in zip(columns, sheet.header, strict=True))
        statements[f"query__{Path(sheet.name).stem}"] = f"SELECT {named} FROM {table}"
    return statements


def _literal(value: Any) -> str:
    return "NULL" if value in (None, "") else "'" + str(value).replace("'", "''") + "'"


def test_the_roster_is_that_of_the_same_sheets(made: Made, hub: Hub, tmp_path: Path) -> None:
    """Every record and every value is what files of the same rows give."""
    district = build(12, seed=11)
    run = carry(integrate(hub, made, **fill(made, district)))
    assert (run.state in WRITTEN, run.error) == (True, "")
    write(make_sheets(district, "hub_v1"), tmp_path / "sheets")
    other = Hub(Tenant.objects.create(slug="southport", name="Southport"))
    carrying.carry(
        Run.objects.create(integration=other.integrate(settings={"layout": "hub_v1"}), mode=Mode.LIVE),
        tmp_path / "sheets",
    )
    assert hub.everything() == other.everything()
    assert len(hub.roster("user")) > 12


def test_nights_in_a_database(made: Made, hub: Hub) -> None:
    """A night without news writes nothing; after a night with news, who is gone is deactivated."""
    district = build(12, seed=11)
    integration = integrate(hub, made, **fill(made, district), absence="deactivate")
    carry(integration)
    before = hub.revisions()
    assert carry(integration).state in WRITTEN
    assert hub.revisions() == before
    made.run("DELETE FROM sis_people WHERE c_person_id = (SELECT * FROM (SELECT MIN(c_person_id) FROM sis_people "
             "WHERE c_role = 'student') x)")  # fmt: skip
    run = carry(integration)
    assert (run.state in WRITTEN, run.error) == (True, "")
    assert [row["active"] for row in hub.roster("user").values()].count(False) == 1


def test_a_statement_that_fails_changes_nothing(made: Made, hub: Hub) -> None:
    """When the last table is gone, nothing of the others is taken, and the message says which statement."""
    integration = integrate(hub, made, **fill(made, build(12, seed=11)), absence="deactivate")
    carry(integration)
    before = hub.revisions()
    made.run("DROP TABLE sis_enrollments")
    run = carry(integration)
    assert run.state == State.FAILED
    assert "query.enrollments" in run.error
    assert hub.revisions() == before


@in_a_file
def test_too_many_rows_change_nothing(made: Made, hub: Hub) -> None:
    """A pull beyond the row limit fails as a whole."""
    integration = integrate(hub, made, **fill(made, build(12, seed=11)), row_limit="20", absence="deactivate")
    run = carry(integration)
    assert run.state == State.FAILED
    assert "more than 20 rows" in run.error
    assert hub.everything() == {}


@in_a_file
def test_a_statement_without_a_required_column(made: Made, hub: Hub) -> None:
    """A column that every row must have, and that the statement does not give, fails the run by its name."""
    statements = fill(made, build(12, seed=11))
    statements["query__people"] = "SELECT c_first_name AS first_name, c_last_name AS last_name FROM sis_people"
    run = carry(integrate(hub, made, **statements))
    assert run.state == State.FAILED
    assert "query.people does not give person_id" in run.error


@in_a_file
def test_passwords_are_never_landed(made: Made, hub: Hub, tmp_path: Path) -> None:
    """A column of passwords is left out before anything is stored, and so is what the layout does not know."""
    statements = fill(made, build(12, seed=11))
    made.script(f"CREATE TABLE sis_hashes (h VARCHAR(60)); INSERT INTO sis_hashes VALUES ('{SECRET}')")
    further = "(SELECT MAX(h) FROM sis_hashes) AS password_hash, 'made-up-extra' AS shoe_size"
    statements["query__people"] = statements["query__people"].replace("SELECT", f"SELECT {further},")
    integration = integrate(hub, made, **statements)
    run = carry(integration)
    assert {(i.code, i.field) for i in found(run) if i.code.startswith("column-")} == {
        ("column-dropped", "password_hash"), ("column-unknown", "shoe_size"),
    }  # fmt: skip
    with source_of(integration) as source:
        seen = source.preview("people", 3)
    assert seen is not None
    assert "password_hash" not in seen.columns
    kept = [path for path, data in stored_bytes(tmp_path / "home") if SECRET.encode() in data]
    assert kept == []


def test_a_preview_shows_the_first_rows(made: Made, hub: Hub) -> None:
    """The names that the database gives stand beside those of the layout, and what is missing is told."""
    fill(made, build(12, seed=11))
    statement = "SELECT c_org_id AS ORG_ID, c_name AS Name, 1 AS other FROM sis_orgs ORDER BY c_org_id"
    with source_of(integrate(hub, made, query__orgs=statement)) as source:
        seen = source.preview("orgs", 2)
        with pytest.raises(SettingsError, match="no statement for 'people'"):
            source.preview("people", 2)
    assert seen is not None
    assert [(name.casefold(), known) for name, known in seen.columns.items()] == [
        ("org_id", "org_id"), ("name", "name"), ("other", ""),
    ]  # fmt: skip
    assert seen.missing == ("type",)
    assert len(seen.rows) == 2


def test_the_connection_is_tested(made: Made, hub: Hub) -> None:
    """The version, a refused write, and the rows of every statement; one that fails does not hide the others."""
    district = build(12, seed=11)
    statements = fill(made, district)
    statements["query__terms"] = "SELECT nothing FROM sis_terms"
    with source_of(integrate(hub, made, **statements)) as source:
        tried = {one.what: one for one in source.test()}
    assert tried["Log in"].note.split()[0] in ("PostgreSQL", "MariaDB", "SQLite")
    assert tried["Read only"].works is Works.YES
    assert tried["terms"].works is Works.NO
    assert "nothing" in tried["terms"].note
    people = next(s for s in make_sheets(district, "hub_v1") if s.name == "people.csv")
    assert (tried["people"].works, tried["people"].count) == (Works.YES, len(people.rows))
    assert hub.everything() == {}


def test_an_account_that_may_write_is_told(mariadb_server: MariaDBServer, hub: Hub) -> None:
    """Even a session that refuses to write tells nothing bad of an account that may: the transaction refuses."""
    with on_mariadb(mariadb_server) as made:
        statements = fill(made, build(12, seed=11))
        with source_of(integrate(hub, made, **statements, user="rollbook")) as source:
            tried = {one.what: one for one in source.test()}
        assert tried["Read only"].works is Works.YES


def test_a_wrong_password_is_named(mariadb_server: MariaDBServer, hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """A refused log-in fails the test and the run, and the password is nowhere."""
    with on_mariadb(mariadb_server) as made, caplog.at_level(logging.DEBUG):
        integration = integrate(hub, made, preset="gibbon", password=SECRET)
        with source_of(integration) as source:
            tried = list(source.test())
        run = carry(integration)
    assert [one.works for one in tried] == [Works.NO]
    assert run.state == State.FAILED
    assert SECRET not in caplog.text + run.error + repr(tried)


def test_without_a_snapshot_everything_is_read_twice(mariadb_server: MariaDBServer, hub: Hub) -> None:
    """Tables that know no snapshot are read until they stand still; what never does is not taken."""
    with on_mariadb(mariadb_server) as made:
        statements = fill(made, build(12, seed=11))
        made.run("CREATE TABLE other (x INTEGER) ENGINE = MyISAM")
        still = carry(integrate(hub, made, **statements))
        before = hub.revisions()
        moving = Integration.objects.get()
        moving.settings |= {"query.orgs": "SELECT c_org_id AS org_id, NOW(6) AS name, 'school' AS type FROM sis_orgs"}
        moving.save()
        run = carry(moving)
    assert (still.state in WRITTEN, still.error) == (True, "")
    assert "changed while it was read, 3 times in a row (orgs)" in run.error
    assert hub.revisions() == before


# What the operator allows ----------------------------------------------------------------------------


def test_private_networks_only_where_allowed(mariadb_server: MariaDBServer, hub: Hub, settings: Settings) -> None:
    """A database inside the operator's own network is not reached unless the operator says so."""
    settings.SOURCE_NETWORKS = []
    with on_mariadb(mariadb_server) as made:
        run = carry(integrate(hub, made, preset="gibbon"))
    assert run.state == State.FAILED
    assert "SOURCE_NETWORKS does not allow" in run.error


def test_tls_off_only_where_allowed(hub: Hub) -> None:
    """Over public networks, nothing is read in the clear."""
    settings = {
        "engine": "mysql",
        "host": "8.8.8.8",
        "database": "sis",
        "user": "hub",
        "password": SECRET,
        "tls": "off",
    }
    integration = Integration(tenant=hub.tenant, name="SIS", source="database")
    secrets.keep(integration, options.checked({**settings, "preset": "gibbon"}, "database"))
    integration.save()
    with source_of(integration) as source:
        tried = list(source.test())
    assert [one.works for one in tried] == [Works.NO]
    assert "tls=off is allowed only" in tried[0].note


@pytest.mark.parametrize("name", ["../elsewhere.sqlite3", "link.sqlite3"])
def test_files_only_where_allowed(hub: Hub, settings: Settings, tmp_path: Path, name: str) -> None:
    """A file outside the operator's folders is not opened, by whatever way its path gets there."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (tmp_path / "elsewhere.sqlite3").touch()
    (folder / "link.sqlite3").symlink_to(tmp_path / "elsewhere.sqlite3")
    settings.SOURCE_FOLDERS = [folder]
    asked = {"engine": "sqlite", "database": str(folder / name), "preset": "oneroster_views_11"}
    integration = Integration(tenant=hub.tenant, name="SIS", source="database", settings=asked)
    integration.save()
    with source_of(integration) as source:
        tried = list(source.test())
    assert "SOURCE_FOLDERS" in tried[0].note


# Settings --------------------------------------------------------------------------------------------


def _refused(**settings: str) -> str:
    """What is said about settings that cannot be used."""
    with pytest.raises(SettingsError) as refused:
        options.checked({name.replace("__", "."): text for name, text in settings.items()}, "database")
    return str(refused.value)


def test_settings_are_looked_at_when_they_are_made() -> None:
    """A statement that writes, an unknown sheet, a preset for another database: all are said before anything is run."""
    assert "Only a SELECT" in _refused(engine="mysql", query__people="DELETE FROM people")
    assert "no sheet of that name" in _refused(engine="mysql", query__pupils="SELECT 1 AS x")
    assert "for PostgreSQL" in _refused(engine="mysql", preset="rosariosis")
    assert "no statement to read anything" in _refused(engine="mysql")
    assert "no layout 'nope'" in _refused(engine="mysql", layout="nope", query__people="SELECT 1 AS x")


def test_own_statements_take_the_place_of_the_presets() -> None:
    """One sheet is read otherwise, another not at all; the rest is the preset's."""
    from rollbook.sources.database.queries import queries

    own: Mapping[str, str] = {"query.orgs": "SELECT 1 AS org_id", "query.terms": "off"}
    asked = queries({"engine": "mysql", "preset": "gibbon", **own})
    assert asked.statements["orgs"] == "SELECT 1 AS org_id"
    assert asked.statements["people"] == presets.load("gibbon").queries["people"]
    assert "terms" not in {sheet.name for sheet in asked.layout.sheets}


def test_presets_of_the_form_are_those_there_are() -> None:
    """The form offers every preset, under its title."""
    assert dict(KIND.setting("preset").choices) == {name: presets.load(name).title for name in presets.names()}

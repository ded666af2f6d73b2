"""What reading Illuminate does beyond what every source does: its year, its ends, its profile, its silences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rollbook.core.errors import ContractBroken, RollbookError, SettingsError, SourceRefused
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.runs import carrying
from rollbook.runs.models import Run
from rollbook.sources.base import Setup, Tried, Works
from rollbook.sources.illuminate.declaration import KIND
from rollbook.sources.illuminate.profile import default_text, profile_of
from rollbook.sources.illuminate.source import Illuminate as IlluminateSource
from rollbook.sources.pulling import pull
from rollbook.sources.sheets import Received
from simulators.district import build
from simulators.illuminate import Illuminate
from simulators.illuminate.world import Table
from tests.journeys.support import NO_LIMITS, Hub, stored_bytes
from tests.sources.cases.illuminate import expected

HERE = (ip_network("127.0.0.0/8"),)


def source(system: Illuminate, now: datetime | None = None, **settings: str) -> IlluminateSource:
    """Reads the system; another day than today goes with OAuth 2 only, as a signature holds the time."""
    setup = Setup(KIND, system.settings() | settings, networks=HERE)
    return IlluminateSource(replace(setup, now=lambda: now) if now else setup)


def received_by(reader: IlluminateSource, folder: Path) -> Received:
    """What a source gives."""
    with reader:
        return pull(reader, reader.layout(reader.setup.settings), folder)[0]


def pulled(reader: IlluminateSource, folder: Path) -> dict[str, pl.DataFrame]:
    """Stream -> the rows that landed."""
    received = received_by(reader, folder)
    return {name: pl.read_parquet(folder / name / "*.parquet") for name in received.landing.sheets}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refusal(reader: IlluminateSource, folder: Path) -> str:
    with pytest.raises(RollbookError) as refused:
        pulled(reader, folder)
    return str(refused.value)


def tried_out(reader: IlluminateSource) -> dict[str, Tried]:
    with reader:
        return {tried.what: tried for tried in reader.test()}


class Changed(Illuminate):
    """An Illuminate whose lists are not as they usually are."""

    change: Callable[[dict[str, Table]], None] = staticmethod(lambda tables: None)

    def prepare(self) -> None:
        super().prepare()
        type(self).change(self._rows)
        self._served = None
        self._serve()


def changed(change: Callable[[dict[str, Table]], None], students: int = 12) -> Illuminate:
    """A system whose tables were changed once they were made."""
    return type("Changed", (Changed,), {"change": staticmethod(change)})(build(students))  # type: ignore[no-any-return]


# Access and shapes -----------------------------------------------------------------------------------


def test_the_newer_kind_of_access_key(tmp_path: Path) -> None:
    """OAuth 2, counts as text and other lists bare: the same rows."""
    with Illuminate(build(30)) as system:
        usual = pulled(source(system), tmp_path / "usual")
    with Illuminate(build(30), auth="oauth2", counts="text", bare="Students,Rosters") as system:
        other = pulled(source(system), tmp_path / "other")
    assert {name: rows.equals(usual[name]) for name, rows in other.items()} == dict.fromkeys(usual, True)


def test_a_proxy_that_hides_https_is_told(tmp_path: Path) -> None:
    """Where the server sees another address than the client, every signature is wrong, and the test says so."""
    with Illuminate(build(12), scheme="https") as system:
        tried = tried_out(source(system))
    assert {name: one.works for name, one in tried.items()} == {"Sign in": Works.NO}


def test_passwords_are_not_kept(tmp_path: Path) -> None:
    """The password that stands in the list of users is stored nowhere."""
    with Illuminate(build(12)) as system:
        pulled(source(system), tmp_path)
    assert [path for path, data in stored_bytes(tmp_path) if b"pw-" in data] == []


# Years and ends --------------------------------------------------------------------------------------


@pytest.mark.parametrize("today, year", [("2026-06-30", "2026"), ("2026-07-01", "2027"), ("2027-01-01", "2027")])
def test_the_year_is_the_one_that_ends(today: str, year: str) -> None:
    """Without a setting the year is that of the day, and a new one begins in July."""
    with Illuminate(build(4)) as system, source(system, day(today), academic_year="") as reader:
        assert reader.year == year


def test_rows_of_other_years_are_left_out(tmp_path: Path) -> None:
    """A list of several years gives the rows of the one that was set."""

    def older(tables: dict[str, Table]) -> None:
        terms = tables["Terms"]
        year = terms.place("academic_year")
        terms.rows += [(*row[:year], 2026, *row[year + 1 :]) for row in terms.rows]

    with changed(older) as system:
        assert pulled(source(system), tmp_path)["terms"]["academic_year"].unique().to_list() == ["2027"]


def test_another_year_is_refused_by_name(tmp_path: Path) -> None:
    """A list of nothing but another year stops the run, with the year that was wanted."""
    with Illuminate(build(12)) as system:
        said = refusal(source(system, academic_year="2026"), tmp_path)
    assert "(Terms) gave no row of the academic year 2026. Nothing was changed." in said


@pytest.mark.parametrize("meaning, ended", [("last_day", ""), ("day_after", "inactive")])
def test_what_a_leave_date_means_is_a_setting(tmp_path: Path, meaning: str, ended: str) -> None:
    """On the leave date itself a student is still there or not, as the district counts."""
    with Illuminate(build(120), auth="oauth2") as system:
        system.pass_night()
        rows = pulled(source(system, day("2026-09-15"), leave_date=meaning), tmp_path)["students"]
    assert rows.filter(pl.col("leave_date").is_not_null())["status"].fill_null("").unique().to_list() == [ended]


def test_out_of_session_nothing_is_taken_for_everybody_left(tmp_path: Path) -> None:
    """Empty lists in summer stop the run; asked for a day of the year, the server gives them."""
    with Illuminate(build(12), today="2027-07-20") as system:
        with pytest.raises(ContractBroken, match="gave no students, enrollment, rosters at all"):
            pulled(source(system), tmp_path)
        assert pulled(source(system, date="2027-05-01"), tmp_path)["students"].height == 12


# What is not allowed, or not there -------------------------------------------------------------------


def test_a_missing_permission_is_named() -> None:
    """The test goes on after a list that is refused, and names it; an empty one is doubtful."""
    with Illuminate(build(12), denied="Users,Roles") as system:
        tried = tried_out(source(system))
    with Illuminate(build(12), denied="Users", denial="empty") as system:
        empty = tried_out(source(system))["Users"]
    assert {name for name, one in tried.items() if one.works is Works.NO} == {"Users", "Roles"}
    assert (tried["Students"].count, empty.works, empty.count) == (12, Works.UNSURE, 0)


def test_an_empty_list_ends_nobody(tmp_path: Path) -> None:
    """An empty list of contacts may be a missing permission: nobody's absence follows from it."""
    with Illuminate(build(12), denied="StudentContacts", denial="empty") as system:
        assert received_by(source(system), tmp_path).partial == {"contacts"}


def test_a_stream_can_be_left_out(tmp_path: Path) -> None:
    """What the access key may not read can be left out, and is not asked for."""
    with Illuminate(build(12), denied="StudentContacts") as system:
        assert "contacts" not in pulled(source(system, without="contacts, terms"), tmp_path)
        assert [asked for asked in system.asked if "Contacts" in asked or "Terms" in asked] == []


def test_what_is_needed_cannot_be_left_out() -> None:
    """Students and sites cannot be left out, nor what does not exist."""
    with pytest.raises(SettingsError, match="no stream homework, students that could be left out"):
        IlluminateSource.layout({"without": "students,homework"})


# The profile -----------------------------------------------------------------------------------------


def renamed(tables: dict[str, Table]) -> None:
    """Students under another name, with another name for the family name."""
    pupils = tables.pop("Students")
    keys = ["Surname" if key == "last_name" else key for key in pupils.keys]
    tables["Pupils"] = Table(tuple(keys), pupils.rows)


PUPILS = '[students]\nmethod = "Pupils"\nnames = {last_name = "Surname"}'


def test_a_method_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A run stops at a method that the server does not have, and says where to set it right."""
    with changed(renamed) as system:
        said, tried = refusal(source(system), tmp_path), tried_out(source(system))
    assert "has no method Students. Nothing was changed. Put its right name into the profile" in said
    assert tried["Students"].works is Works.NO


def test_a_member_that_is_not_there_is_told() -> None:
    """The test names the members that rows lack, and those that they have."""
    with changed(renamed) as system:
        tried = tried_out(source(system, profile='[students]\nmethod = "Pupils"'))["Pupils"]
    assert tried.works is Works.NO
    assert tried.note.startswith("Rows have no last_name; they have Surname, ")


def test_a_profile_says_it_otherwise(tmp_path: Path) -> None:
    """With the right names in the profile the students come, under the columns of the layout."""
    with changed(renamed) as system:
        rows = pulled(source(system, profile=PUPILS), tmp_path)["students"]
        assert set(rows["last_name"]) == {p.family for p in system.district.of_role("student")}
        assert {one.works for one in tried_out(source(system, profile=PUPILS)).values()} == {Works.YES}


def test_the_profile_is_laid_over_ours() -> None:
    """What a profile does not say stays as it is in ours; a blank one is ours."""
    ours, theirs = profile_of(""), profile_of(PUPILS)
    assert profile_of(default_text()) == ours
    assert {name for name in ours.methods if ours.methods[name] != theirs.methods[name]} == {"students"}
    assert theirs.methods["students"].key == ("local_student_id",)


@pytest.mark.parametrize("text, said", [
    ("[students", "it is not valid TOML"),
    ("[pupils]\nmethod = 'Pupils'", "there is no 'pupils'; it has contacts, courses, date_parameter,"),
    ("students = 'Pupils'", "there is no 'students'"),
    ("[students]\nurl = 'x'", "students has no 'url'; it has method, key, names, leave_out"),
    ("[students]\nmethod = 7", "students.method must be a text"),
    ("[students]\nkey = 'id'", "students.key must be a list"),
    ("[students]\nnames = {last_name = 1}", "students.names.last_name must be a text"),
    ("[sites]\nleave_out = {site_id = 1}", "sites.leave_out.site_id must be a list"),
    ("date_parameter = 1", "date_parameter must be a text"),
])  # fmt: skip
def test_a_profile_that_cannot_be_used_is_refused(text: str, said: str) -> None:
    """Whoever writes a profile is told what is wrong, and where, before anything is read."""
    with pytest.raises(SettingsError) as refused:
        IlluminateSource.layout({"profile": text})
    assert said in str(refused.value)


# Proof -----------------------------------------------------------------------------------------------


def twice(tables: dict[str, Table]) -> None:
    tables["Roles"].rows += tables["Roles"].rows[:3]


def test_a_list_that_always_has_a_row_twice_is_taken(tmp_path: Path) -> None:
    """Rows that come twice whenever they are asked for are the list's own; a second reading proves it."""
    with changed(twice) as system:
        rows = pulled(source(system), tmp_path)["roles"]
        assert rows.height == rows.unique(["local_user_id", "site_id", "role_name"]).height + 3
        assert sum("Roles" in asked for asked in system.asked) == 2


NO_LISTS = [{"results": [{"site_id": 1}]}, {"error": "no"}, [1, 2], "closed", {"num_results": "many", "results": []}]


@pytest.mark.parametrize("answer", NO_LISTS)
def test_an_answer_that_is_no_list_is_refused(tmp_path: Path, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer without rows, or without their number, is never taken for an empty list."""
    with Illuminate(build(4)) as system:
        reader = source(system)
        reply = type("Reply", (), {"body": b"", "json": lambda self: answer})()
        monkeypatch.setattr(reader.client, "json_reply", lambda *_: reply)
        with pytest.raises(SourceRefused, match="Nothing was changed"):
            pulled(reader, tmp_path)


# Into the roster -------------------------------------------------------------------------------------


def integrate(hub: Hub, system: Illuminate, **settings: str) -> Integration:
    made = Integration(tenant=hub.tenant, name="SIS", source="illuminate")
    secrets.keep(made, options.checked({**NO_LIMITS, **system.settings(), **settings}, "illuminate"))
    made.save()
    return made


def carry(integration: Integration) -> Run:
    return carrying.carry(Run.objects.create(integration=integration))


def test_whoever_left_is_ended(hub: Hub) -> None:
    """A student with a leave date is ended, with seat and role, though whoever is missing stays by policy."""
    with Illuminate(build(120)) as system:
        made = integrate(hub, system, absence="keep")
        carry(made)
        system.pass_night()
        carry(made)
        left = {f"student:{event.person_id}" for event in system.district.events if event.kind == "left"}
    users = hub.roster("user")
    theirs = [row for e in ("enrollment", "role") for row in hub.roster(e).values() if row["user"] in left]
    assert left
    assert {users[key]["active"] for key in left} == {row["active"] for row in theirs} == {False}
    assert set(expected(system.district)["user"]) <= {key for key, row in users.items() if row["active"]}


@pytest.mark.parametrize("without", ["terms,courses,contacts", "users", "sections", "users,rosters,contacts,terms"])
def test_the_rest_fits_together(hub: Hub, without: str) -> None:
    """Whatever is left out, the rest arrives whole, and nothing of it refers to what is not there."""
    with Illuminate(build(12)) as system:
        run = carry(integrate(hub, system, without=without))
    assert (run.error, set(run.issue_counts) - {"unmapped-code"}) == ("", set())
    assert len([key for key in hub.roster("user") if key.startswith("student:")]) == 12

"""A made-up district in each of the nine layouts that schools send, from the files to the roster and the next night."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from rollbook.accounts.models import Tenant
from rollbook.core import schema
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations.models import CodeMapping, Integration
from rollbook.runs.checking import check_files
from rollbook.runs.models import State
from simulators import sheets
from simulators.district import build
from simulators.model import District
from tests.journeys.support import Hub, carry, counts, found, hub, other, planned, write

__all__ = ["hub", "other"]

STUDENTS = 60
LAYOUTS = pytest.mark.parametrize("layout", sheets.LAYOUTS)
FULL = {"absence": "deactivate", "blank": "clear"}

# What a sender uses words of its own for, and what a specialist maps them to before going live.
RACES = {"A": "asian", "B": "black_or_african_american", "W": "white", "M": "two_or_more",
         "I": "american_indian_or_alaska_native", "P": "native_hawaiian_or_other_pacific_islander"}  # fmt: skip


@cache
def district(night: int, students: int = STUDENTS) -> District:
    """The district as it is on one night; nobody changes it."""
    return build(students=students, night=night)


def send(layout: str, folder: Path, night: int = 0, students: int = STUDENTS) -> Path:
    """The files of one night."""
    sheets.write(sheets.make_sheets(district(night, students), layout), folder / f"{layout}-{night}")
    return folder / f"{layout}-{night}"


def integrate(hub: Hub, layout: str, settings: Mapping[str, str] | None = None) -> Integration:
    """An integration of one layout, with the code mappings that its sender needs."""
    buildings = {org.name: org.id for org in district(0).orgs.values()}
    needed = {
        "clever": [("race", RACES)],
        "finalsite_open": [("building", buildings)],
    }
    codes = {}
    for model, entries in needed.get(layout, []):
        otherwise = "keep" if CODE_MODELS[model].open else "blank"
        CodeMapping.objects.create(
            tenant=hub.tenant, name=f"{layout} {model}", model=model, entries=entries, otherwise=otherwise
        )
        codes[f"codes.{model}"] = f"{layout} {model}"
    return hub.integrate(layout, {**codes, **(settings or {})})


# Counts ----------------------------------------------------------------------------------------------


def _people(d: District, *roles: str) -> int:
    return len(d.of_role(*roles))


def _posts(d: District, *roles: str) -> int:
    """How many places the people of some roles are at, together."""
    return sum(len(person.org_ids) for person in d.of_role(*roles))


def _terms(d: District) -> int:
    """The different spans in which classes are held: what a layout knows of terms that it only names with classes."""
    spans = {(c.session_ids[0], d.sessions[c.session_ids[-1]].end) for c in d.classes.values()}
    return len(spans)


def _reached(d: District) -> set[str]:
    """The guardians with an e-mail address; one layout knows them by nothing else."""
    return {person.id for person in d.of_role("guardian") if person.email}


ALL_ROLES = ("student", "guardian", "teacher", "staff", "administrator")
CORE: Mapping[str, Callable[[District], int]] = {
    "org": lambda d: len(d.orgs),
    "academic_session": lambda d: len(d.sessions),
    "course": lambda d: len(d.courses),
    "class": lambda d: len(d.classes),
    "user": lambda d: len(d.people),
    "role": lambda d: _posts(d, *ALL_ROLES),
    "demographics": lambda d: _people(d, "student"),
    "relationship": lambda d: len(d.relationships),
    "enrollment": lambda d: len(d.enrollments),
}
EXPECTED: Mapping[str, Mapping[str, Callable[[District], int]]] = {
    "oneroster_11": CORE,
    "oneroster_12": CORE,
    "sds_v1": {
        "org": lambda d: len(d.of_kind("school")),
        "academic_session": lambda d: len({c.session_ids[0] for c in d.classes.values()}),
        "course": CORE["course"],
        "class": CORE["class"],
        "user": lambda d: _people(d, "student", "teacher"),
        "role": lambda d: _posts(d, "student", "teacher"),
        "demographics": CORE["demographics"],
        "enrollment": CORE["enrollment"],
    },
    "sds_v21": {
        **CORE,
        "role": lambda d: (
            _posts(d, "student", "teacher", "staff", "administrator")
            + sum(len(d.people[one].org_ids) for one in _reached(d))
        ),
        "relationship": lambda d: sum(r.contact_id in _reached(d) for r in d.relationships),
    },
    "clever": {
        **CORE,
        "org": lambda d: len(d.of_kind("school")),
        "academic_session": _terms,
        "course": lambda d: len({(c.school_id, c.course_id) for c in d.classes.values()}),
    },
    "canvas_sis": {
        "org": CORE["org"],
        "academic_session": lambda d: len([s for s in d.sessions.values() if s.kind in ("schoolYear", "semester")]),
        "course": CORE["course"],
        "class": CORE["class"],
        "user": CORE["user"],
        "role": lambda d: _people(d, "student", "teacher", "guardian"),
        "relationship": CORE["relationship"],
        "enrollment": CORE["enrollment"],
        "group": lambda d: len(d.groups),
        "membership": lambda d: len(d.memberships),
    },
    "app_sftp": {
        "org": CORE["org"],
        "class": CORE["class"],
        "user": CORE["user"],
        "role": CORE["role"],
        "relationship": CORE["relationship"],
        "enrollment": CORE["enrollment"],
    },
    "finalsite_open": {
        **CORE,
        "academic_session": _terms,
        "demographics": CORE["user"],
        "group": lambda d: (
            len({o for p in d.of_role("teacher", "staff", "administrator") for o in p.org_ids})
            + len({p.department for p in d.of_role("teacher", "staff", "administrator") if p.department})
        ),
        "membership": lambda d: (
            _posts(d, "teacher", "staff", "administrator")
            + sum(bool(p.department) for p in d.of_role("teacher", "staff", "administrator"))
        ),
    },
    "hub_v1": {
        **CORE,
        "demographics": CORE["user"],
        "health_alert": lambda d: len(d.health_alerts),
        "group": lambda d: len(d.groups),
        "membership": lambda d: len(d.memberships),
    },
}


def expected(layout: str) -> dict[str, int]:
    """Entity -> how many records a layout says of the district."""
    return {entity: count(district(0)) for entity, count in EXPECTED[layout].items()}


@LAYOUTS
def test_the_check_counts_the_district(layout: str, tmp_path: Path, db: None) -> None:
    """The pre-flight check recognises each layout, counts what the district has, and finds no error."""
    checked = check_files(send(layout, tmp_path), "", tmp_path / "scratch")
    assert checked.layout.name == layout
    assert not checked.has_errors
    made = {entity: found["create"] for entity, found in checked.summary.counts.items()}
    # Without the mapping of buildings, the places that staff name and the ids of schools are apart.
    names = {"org"} if layout == "finalsite_open" else set()
    assert {e: n for e, n in made.items() if e not in names} == {
        e: n for e, n in expected(layout).items() if e not in names
    }


@LAYOUTS
def test_a_test_run_writes_nothing(layout: str, hub: Hub, tmp_path: Path) -> None:
    """A test run plans the whole district, and the roster stays empty."""
    run = carry(integrate(hub, layout), send(layout, tmp_path), test=True)
    assert run.state == State.TESTED
    assert {entity: found["create"] for entity, found in counts(run).items()} == expected(layout)
    assert hub.everything() == {}


@LAYOUTS
def test_a_run_brings_the_district(layout: str, hub: Hub, tmp_path: Path) -> None:
    """A live run brings exactly the district with every reference met; only a term told in two ways is remarked on."""
    run = carry(integrate(hub, layout), send(layout, tmp_path))
    assert run.state == State.APPLIED
    assert {entity: len(rows) for entity, rows in hub.everything().items()} == expected(layout)
    quiet = {"file-ignored", "column-dropped"} | ({"duplicate-differs"} if layout == "sds_v1" else set())
    assert {issue.code for issue in found(run)} - quiet == set()


@LAYOUTS
def test_the_next_night_ends_where_a_first_load_would(layout: str, hub: Hub, other: Hub, tmp_path: Path) -> None:
    """Night 1 on top of night 0 leaves the active roster that night 1 alone gives; once more, it changes nothing."""
    integration = integrate(hub, layout, FULL)
    carry(integration, send(layout, tmp_path))
    night = send(layout, tmp_path, 1)
    assert carry(integration, night).state == State.APPLIED
    carry(integrate(other, layout, FULL), night)
    active = {e: {k: r for k, r in rows.items() if r["active"]} for e, rows in hub.everything().items()}
    assert active == other.everything()

    before = hub.revisions()
    for path in (night, _written_otherwise(night, tmp_path / "again")):
        again = carry(integration, path)
        assert {action for found in counts(again).values() for action in found} == {"unchanged"}
    assert hub.revisions() == before


def _written_otherwise(night: Path, folder: Path) -> Path:
    """The same rows in other bytes: LF instead of CRLF at the ends of lines."""
    shutil.copytree(night, folder)
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
    return folder


# One night, event by event ---------------------------------------------------------------------------

MANY = 320  # enough for a course to have two sections, so that somebody can move
FIELDS = {"family_name": "family_name", "email": "email"}


@pytest.mark.parametrize("layout", ["oneroster_12", "hub_v1"])
def test_a_night_is_planned_as_it_happened(layout: str, hub: Hub, tmp_path: Path) -> None:
    """The plan of night 1 is the district's own list of events: who came, who changed what, who left."""
    integration = integrate(hub, layout, FULL)
    carry(integration, send(layout, tmp_path, 0, MANY))
    run = carry(integration, send(layout, tmp_path, 1, MANY), test=True)
    old, new = district(0, MANY), district(1, MANY)
    events = [event for event in new.events if event.night == 1]
    people = planned(run, "user")

    assert _keys(people, "create") == set(new.people) - set(old.people)
    assert _keys(people, "deactivate") == set(old.people) - set(new.people)
    assert _keys(people, "update") == {e.person_id for e in events if e.kind in ("phone", "email", "family_name")}
    for event in events:
        match event.kind:
            case "email" | "family_name":
                assert people[event.person_id][1] == {FIELDS[event.kind]: (event.before, event.after)}
            case "phone":
                assert len(people[event.person_id][1]) == 1
            case "joined":
                assert people[event.person_id][0] == "create"
            case "left":
                assert people[event.person_id][0] == "deactivate"
            case "teacher_replaced":
                assert (people[event.before][0], people[event.after][0]) == ("deactivate", "create")
    assert {e.kind for e in events} >= {"phone", "email", "family_name", "class_moved", "joined", "left"}


@pytest.mark.parametrize("layout", ["oneroster_12", "hub_v1"])
def test_a_night_moves_seats_as_it_happened(layout: str, hub: Hub, tmp_path: Path) -> None:
    """Who changed class, came or left has new seats and ended ones, and no other seat is touched."""
    integration = integrate(hub, layout, FULL)
    carry(integration, send(layout, tmp_path, 0, MANY))
    run = carry(integration, send(layout, tmp_path, 1, MANY))
    old, new = _seats(district(0, MANY)), _seats(district(1, MANY))
    rows = hub.roster("enrollment").values()
    assert {(r["roster_class"], r["user"]) for r in rows if r["active"]} == new
    assert {(r["roster_class"], r["user"]) for r in rows if not r["active"]} == old - new
    assert counts(run)["enrollment"] == {
        "create": len(new - old), "deactivate": len(old - new), "unchanged": len(new & old),
    }  # fmt: skip
    moved = {(e.person_id, e.before, e.after) for e in district(1, MANY).events if e.kind == "class_moved"}
    assert all((before, who) in old - new and (after, who) in new - old for who, before, after in moved)
    untouched = {"org", "academic_session", "course", "class"}
    assert {action for e in untouched for action in counts(run)[e]} == {"unchanged"}


def _seats(d: District) -> set[tuple[str, str]]:
    return {(e.class_id, e.person_id) for e in d.enrollments.values()}


def _keys(plan: Mapping[str, tuple[str, object]], action: str) -> set[str]:
    return {key for key, (planned_action, _) in plan.items() if planned_action == action}


# Words of the sender's own ---------------------------------------------------------------------------


def test_an_unmapped_code_is_shown_as_sent(hub: Hub, tmp_path: Path) -> None:
    """A race in the sender's own letter is shown, though races are masked elsewhere: nobody could map it otherwise."""
    integration = hub.integrate()
    run = carry(integration, send("clever", tmp_path))
    races = {issue.value for issue in found(run) if issue.field == "Race"}
    assert races
    assert races <= set(RACES)
    assert not any("races" in row for row in hub.roster("demographics").values())


def test_names_of_buildings_become_schools(hub: Hub, tmp_path: Path) -> None:
    """Where staff name a school and students give its id, a mapping of buildings makes them one."""
    carry(integrate(hub, "finalsite_open"), send("finalsite_open", tmp_path))
    assert set(hub.roster("org")) == {org for p in district(0).people.values() for org in p.org_ids}


def test_every_entity_is_brought_by_some_layout() -> None:
    """Only households, which are derived, come in no layout of the simulators."""
    brought = {entity for counted in EXPECTED.values() for entity in counted}
    assert {entity.name for entity in schema.ENTITIES} - brought == {"household", "household_member"}


def test_tenants_with_one_district_share_nothing(hub: Hub, other: Hub, tmp_path: Path) -> None:
    """The same files in two tenants make two rosters with ids of their own."""
    for one in (hub, other):
        carry(integrate(one, "oneroster_12"), send("oneroster_12", tmp_path))
    assert Tenant.objects.count() == 2
    assert hub.everything() == other.everything()
    assert not {i for rows in hub.revisions().values() for i in rows} & {
        i for rows in other.revisions().values() for i in rows
    }


@pytest.mark.parametrize("blank", ["keep", "clear"])
def test_a_column_that_is_not_sent_says_nothing(blank: str, hub: Hub, tmp_path: Path) -> None:
    """A blank may clear a value; an export that lost the whole column never does."""
    integration = hub.integrate(settings={"layout": "hub_v1", "blank": blank})
    with_both = "person_id,role,first_name,last_name,email,homeroom\nada,student,Ada,Roe,ada@roe.example,3b\n"
    carry(integration, write(tmp_path / "first", {"people.csv": with_both}))
    lost = "person_id,role,first_name,last_name,homeroom\nada,student,Ada,Doe,\n"
    run = carry(integration, write(tmp_path / "lost", {"people.csv": lost}))
    cleared = {"homeroom": ("3b", None)} if blank == "clear" else {}
    assert planned(run, "user") == {"ada": ("update", {"family_name": ("Roe", "Doe"), **cleared})}
    assert hub.roster("user")["ada"]["email"] == "ada@roe.example"


def test_a_lookup_without_its_sheet_says_nothing(hub: Hub, tmp_path: Path) -> None:
    """Enrollments sent alone keep the school that their class gave them, even where a blank clears."""
    integration = hub.integrate(settings={"layout": "hub_v1", "blank": "clear", "mode": "delta"})
    whole = {
        "orgs.csv": "org_id,name,type\nS,School,school\n",
        "people.csv": "person_id,role,org_id,first_name,last_name\nada,student,S,Ada,Roe\n",
        "classes.csv": "class_id,title,org_id\nC,Choir,S\n",
        "enrollments.csv": "class_id,person_id,role\nC,ada,student\n",
    }
    carry(integration, write(tmp_path / "whole", whole))
    alone = {"enrollments.csv": "class_id,person_id,role,primary\nC,ada,student,true\n"}
    carry(integration, write(tmp_path / "alone", alone))
    assert hub.roster("enrollment")["C|ada|student"] == {
        "active": True, "roster_class": "C", "user": "ada", "school": "S", "role": "student", "primary": True,
    }  # fmt: skip

"""The small world of the tests: what it is, and that its two tenants never meet."""

from __future__ import annotations

import json

from rollbook.integrations.models import Integration
from rollbook.roster.models import Link
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run, State
from tests.journeys.support import Hub, counts, found
from tests.support import carried
from tests.world import NORTHFIELD, SOUTHPORT, World, send, world

__all__ = ["world"]


def test_the_world_is_as_its_sheets_say(world: World) -> None:
    """Both tenants have everybody, and the only thing to say of Northfield is the address that the twins share."""
    northfield, southport = Hub(world.northfield), Hub(world.southport)
    assert set(northfield.roster("user")) == {"ada", "ben", "eli", "ivy", "tomas", "mara", "uma"}
    assert set(southport.roster("user")) == {"ada", "ben"}
    assert (world.first.state, world.first_foreign.state) == (State.APPLIED, State.APPLIED)
    assert [issue.code for issue in found(world.first)] == ["duplicate-email"]


def test_a_teacher_is_at_both_schools(world: World) -> None:
    """Tomás has a role and a class in each of the two schools."""
    northfield = Hub(world.northfield)
    roles = {(r["org"], r["role"]) for r in northfield.roster("role").values() if r["user"] == "tomas"}
    assert roles == {("NHS", "teacher"), ("LMS", "teacher")}
    seats = {(r["roster_class"], r["school"]) for r in northfield.roster("enrollment").values() if r["user"] == "tomas"}
    assert seats == {("ALG-1", "NHS"), ("SCI-6", "LMS")}


def test_twins_with_one_address_are_two_people(world: World) -> None:
    """A shared e-mail address makes nobody one, in the first night or when a second integration brings the twins."""
    again = Integration.objects.create(
        tenant=world.northfield, name="Second", source="sheets", settings={"layout": "hub_v1"}
    )
    send(again, world.folder / "second", {name: NORTHFIELD[name] for name in ("orgs.csv", "people.csv")})
    twins = [row for row in Hub(world.northfield).roster("user").values() if row["family_name"] == "Strand"]
    assert {row["given_name"] for row in twins} == {"Eli", "Ivy", "Uma"}


def test_one_id_in_two_tenants_is_two_records(world: World) -> None:
    """`ada` of Northfield and `ada` of Southport have different ids in the roster, and so has every shared key."""
    northfield, southport = Hub(world.northfield), Hub(world.southport)
    for entity in ("org", "user", "role"):
        shared = set(northfield.roster(entity)) & set(southport.roster(entity))
        assert shared
        assert not set(northfield.revisions()[entity]) & set(southport.revisions()[entity])
    assert northfield.roster("user")["ada"]["family_name"] == "Lindqvist"
    assert southport.roster("user")["ada"]["family_name"] == "Southgate"


def test_an_address_of_another_tenant_matches_nobody(world: World) -> None:
    """Bella at Southport has Ben's e-mail address: she is neither matched to him nor suggested."""
    assert Hub(world.southport).roster("user")["ben"]["given_name"] == "Bella"
    assert not Link.objects.filter(integration=world.foreign).exists()
    assert {issue.code for issue in found(world.first_foreign)} & {
        "person-matched",
        "ambiguous-match",
        "possible-duplicate",
    } == set()


def test_a_run_of_one_tenant_touches_no_row_of_the_other(world: World) -> None:
    """Creates, updates, deactivations and an undo at Southport leave every row of Northfield as it was."""
    northfield = Hub(world.northfield)
    before, rows = northfield.everything(), northfield.revisions()
    world.foreign.settings |= {"absence": "deactivate", "limit_deactivate": "100"}
    world.foreign.save()
    people = SOUTHPORT["people.csv"].splitlines(keepends=True)
    changed = [people[0], people[1].replace("Southgate", "Southgate-Hill"), "cid,student,NHS,Cid,Sands,,09\n"]
    run = send(world.foreign, world.folder / "southport-2", {**SOUTHPORT, "people.csv": "".join(changed)})
    assert counts(run)["user"] == {"create": 1, "update": 1, "deactivate": 1}
    assert (northfield.everything(), northfield.revisions()) == (before, rows)
    carried.undo(run)
    assert (northfield.everything(), northfield.revisions()) == (before, rows)
    assert Hub(world.southport).roster("user")["ada"]["family_name"] == "Southgate"


def test_what_a_run_keeps_names_nobody_of_the_other_tenant(world: World) -> None:
    """Neither the plan, the issues nor the reports of Southport's run hold a name or an id of Northfield's roster."""
    names = ("Lindqvist", "Okafor", "Strand", "Reyes", "northfield-nightly")
    ids = {sourced_id.hex for rows in Hub(world.northfield).revisions().values() for sourced_id in rows}
    for entity in RunFolder.of(world.first_foreign).planned():
        text = RunFolder.of(world.first_foreign).plan(entity).collect().write_json()
        assert not [one for one in (*names, *ids) if one in text]
    report = json.loads((RunFolder.of(world.first_foreign).report / "report.json").read_text("utf-8"))
    assert not [name for name in names if name in json.dumps(report, ensure_ascii=False)]


def test_the_same_night_again_is_quiet_in_both(world: World) -> None:
    """Both tenants send the same again: all unchanged, whoever comes first."""
    for integration, folder in ((world.foreign, "southport"), (world.nightly, "northfield")):
        run = send(integration, world.folder / folder, {})
        assert {action for made in counts(run).values() for action in made} == {"unchanged"}
    assert Run.objects.count() == 4

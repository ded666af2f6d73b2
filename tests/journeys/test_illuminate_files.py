"""Illuminate's flat files, from the text of a simulated export to the roster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rollbook.core.recognition import match_sheet
from rollbook.integrations.models import CodeMapping
from rollbook.runs.models import State
from rollbook.sources import layouts
from simulators import sheets
from simulators.district import build
from simulators.illuminate import flatfiles
from simulators.illuminate.world import ETHNICITIES
from simulators.model import District
from tests.journeys.support import Hub, carry, found, hub
from tests.sources.cases.illuminate import expected

__all__ = ["hub"]

RACES = {code: {"asian": "asian", "white": "white", "blackOrAfricanAmerican": "black_or_african_american",
                "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
                "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander"}[race]
         for race, code in ETHNICITIES.items()}  # fmt: skip
Records = dict[str, dict[str, dict[str, Any]]]
NOT_HELD = {"org": {"grades"}, "course": {"grades", "course_code"}, "class": {"grades"}, "role": {"role_type"}}
NOT_HELD_OF_STUDENTS = {"email", "phone", "local_id", "home_street1", "home_city", "home_state", "home_postcode"}


@pytest.fixture
def district() -> District:
    return build(students=60)


def sent(district: District, folder: Path) -> Path:
    sheets.write(flatfiles.sheets(district), folder)
    return folder


def renamed(value: Any) -> Any:
    """The files call employees by the district's own id."""
    return re.sub(r"staff:(\d+)", lambda m: f"staff:E{int(m[1]) - 7000:05}", value) if isinstance(value, str) else value


def told_by_files(district: District) -> Records:
    """What the API brings, without what the files do not hold."""
    told: Records = {}
    for entity, records in expected(district).items():
        for key, fields in records.items():
            is_student = entity == "user" and key.startswith("student:")
            lacking = NOT_HELD_OF_STUDENTS if is_student else NOT_HELD.get(entity, set())
            held = {name: renamed(value) for name, value in fields.items() if name not in lacking}
            told.setdefault(entity, {})[renamed(key)] = held
    return told


def test_the_files_are_recognised(district: District) -> None:
    """The layout is told from the files, with or without the numbers in the headers, and knows every column."""
    files = flatfiles.sheets(district)
    for strip in (0, 3):
        received = [(Path(file.name).stem, tuple(name[strip:] for name in file.header)) for file in files]
        assert layouts.recognise(received)[0][0] == "illuminate"
        for stem, header in received:
            match = match_sheet(layouts.load("illuminate"), stem, header)
            assert match is not None
            known = layouts.load("illuminate").sheet(match.sheet)
            assert (match.sheet, [name for name in header if known.find(name) is None]) == (stem, [])


def test_a_run_brings_the_district(district: District, hub: Hub, tmp_path: Path) -> None:
    """Every record that the files hold arrives with its fields, and nothing else; the password is left behind."""
    CodeMapping.objects.create(tenant=hub.tenant, name="races", model="race", entries=RACES, otherwise="blank")
    run = carry(hub.integrate("illuminate", {"codes.race": "races"}), sent(district, tmp_path / "sent"))
    assert (run.state, {issue.code for issue in found(run)}) == (State.APPLIED, {"column-dropped"})
    told = told_by_files(district)
    there = {entity: hub.roster(entity) for entity in told}
    assert {entity: set(records) for entity, records in there.items()} == {e: set(r) for e, r in told.items()}
    wrong = [
        (entity, key, name, there[entity][key].get(name), value)
        for entity, records in told.items()
        for key, fields in records.items()
        for name, value in fields.items()
        if there[entity][key].get(name) != (None if value == "" else value)
    ]
    assert wrong[:5] == []


def test_races_and_grades_are_those_of_the_district(district: District, hub: Hub, tmp_path: Path) -> None:
    """The numbers of grade levels become grades, not the grades of the same number; mapped races arrive."""
    CodeMapping.objects.create(tenant=hub.tenant, name="races", model="race", entries=RACES, otherwise="blank")
    carry(hub.integrate("illuminate", {"codes.race": "races"}), sent(district, tmp_path / "sent"))
    users, about = hub.roster("user"), hub.roster("demographics")
    for student in district.of_role("student"):
        assert users[f"student:{student.id}"]["grades"] == f'["{student.grade}"]'
        races = sorted(RACES[ETHNICITIES[race]] for race in student.races)
        held = about[f"student:{student.id}"].get("races", "[]")
        assert sorted(held.strip('[]"').split('","') if races else []) == races

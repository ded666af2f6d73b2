"""What holds for every run, whatever is sent and whatever was done before."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.core import frames
from rollbook.landing.readers import Sheet
from rollbook.roster import bulk
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run, State
from tests.runs.whole_runs import (
    NORTHFIELD,
    TAKEN,
    Sheets,
    a_hub,
    changed,
    content,
    northfield,
    planned,
    roster,
    tables,
)
from tests.support import carried

pytestmark = pytest.mark.django_db

FEW = settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)
MANY = settings(FEW, max_examples=100)


def test_the_district_is_whole() -> None:
    """The district of these tests is taken without a single finding, so whatever is found was planted."""
    with a_hub() as hub:
        run = hub.carry(northfield())
        assert (run.state, run.issue_counts, len(roster())) == (State.APPLIED, {}, 42)


# Any bytes -------------------------------------------------------------------------------------------


def _takes_or_refuses(data: bytes, name: str) -> None:
    with a_hub() as hub:
        hub.carry(northfield())
        before = tables()
        run = hub.carry({**northfield(), name: data})
        assert run.state in TAKEN | {State.FAILED}
        if run.state == State.FAILED:
            assert "Nothing was" in run.error
            assert tables() == before


ANY_BYTES = st.binary(max_size=300) | st.builds(
    lambda data, place, odd: data[: place % len(data)] + odd + data[place % len(data) :],
    st.just(content(NORTHFIELD["people.csv"]).encode()),
    st.integers(0, 2000),
    st.binary(min_size=1, max_size=4),
)
NAMES = st.sampled_from(["people.csv", "enrollments.csv", "people.txt", "people.xlsx", "more.csv"])


@FEW
@given(ANY_BYTES, NAMES)
def test_any_bytes_are_taken_or_refused(data: bytes, name: str) -> None:
    """Any bytes as a file end in a run that is applied, or in one that failed, says why, and changed nothing."""
    _takes_or_refuses(data, name)


@pytest.mark.slow
@MANY
@given(ANY_BYTES, NAMES)
def test_many_more_bytes_are_taken_or_refused(data: bytes, name: str) -> None:
    """Any bytes as a file: the same, tried many times."""
    _takes_or_refuses(data, name)


# Any damage ------------------------------------------------------------------------------------------

# Where the parts of the keys of an entity stand, so that this file can tell by itself what is absent.
KEYS = {
    "org": ("orgs", ["org_id"]),
    "academic_session": ("terms", ["term_id"]),
    "user": ("people", ["person_id"]),
    "demographics": ("people", ["person_id"]),
    "role": ("people", ["person_id", "org_id", "role"]),
    "relationship": ("relationships", ["student_id", "contact_id"]),
    "course": ("courses", ["course_id"]),
    "class": ("classes", ["class_id"]),
    "enrollment": ("enrollments", ["class_id", "person_id", "role"]),
    "group": ("groups", ["group_id"]),
    "membership": ("memberships", ["group_id", "person_id"]),
}
ROLES = {"student", "teacher", "guardian"}
ODD = [
    "",
    " ",
    "???",
    "P1",
    "P99",
    "S1",
    "S2;S1",
    "student",
    "2026-13-45",
    "x" * 300,
    'a"b',
    "a,b",
    "a\nb",
    "=1+1",
    "🎓",
    "true",
]

Damage = Callable[[Sheets, random.Random], None]


def _file(sheets: Sheets, dice: random.Random) -> str:
    return dice.choice([name for name, rows in sheets.items() if len(rows) > 1])


def _row(sheets: Sheets, dice: random.Random) -> list[str]:
    return dice.choice(sheets[_file(sheets, dice)][1:])


def _delete_row(sheets: Sheets, dice: random.Random) -> None:
    rows = sheets[_file(sheets, dice)]
    rows.pop(dice.randrange(1, len(rows)))


def _repeat_row(sheets: Sheets, dice: random.Random) -> None:
    rows = sheets[_file(sheets, dice)]
    rows.append(list(dice.choice(rows[1:])))


def _repeat_row_otherwise(sheets: Sheets, dice: random.Random) -> None:
    _repeat_row(sheets, dice)
    _odd_cell(sheets, dice)


def _odd_cell(sheets: Sheets, dice: random.Random) -> None:
    row = _row(sheets, dice)
    row[dice.randrange(len(row))] = dice.choice(ODD)


def _swap_cells(sheets: Sheets, dice: random.Random) -> None:
    row = _row(sheets, dice)
    one, other = dice.randrange(len(row)), dice.randrange(len(row))
    row[one], row[other] = row[other], row[one]


def _long_row(sheets: Sheets, dice: random.Random) -> None:
    _row(sheets, dice).append(dice.choice(ODD))


def _short_row(sheets: Sheets, dice: random.Random) -> None:
    row = _row(sheets, dice)
    del row[dice.randrange(1, len(row)) :]


def _drop_column(sheets: Sheets, dice: random.Random) -> None:
    rows = sheets[_file(sheets, dice)]
    place = dice.randrange(len(rows[0]))
    for row in rows:
        del row[place : place + 1]


def _swap_columns(sheets: Sheets, dice: random.Random) -> None:
    rows = sheets[_file(sheets, dice)]
    if all(len(row) == len(rows[0]) for row in rows):
        order = dice.sample(range(len(rows[0])), len(rows[0]))
        rows[:] = [[row[place] for place in order] for row in rows]


def _odd_header(sheets: Sheets, dice: random.Random) -> None:
    header = sheets[_file(sheets, dice)][0]
    header[dice.randrange(len(header))] = dice.choice([*ODD, "person_id", "Person ID", "password"])


def _drop_file(sheets: Sheets, dice: random.Random) -> None:
    del sheets[_file(sheets, dice)]


def _header_only(sheets: Sheets, dice: random.Random) -> None:
    del sheets[_file(sheets, dice)][1:]


DAMAGES: list[Damage] = [
    _delete_row, _repeat_row, _repeat_row_otherwise, _odd_cell, _swap_cells, _long_row, _short_row,
    _drop_column, _swap_columns, _odd_header, _drop_file, _header_only,
]  # fmt: skip


def _is_absent(entity: str, key: str, sheets: Sheets) -> bool:
    """Whether a complete and readable delivery does not have the record."""
    if any(len(sheets.get(name, [])) < 2 for name in NORTHFIELD):
        return False
    file, columns = KEYS[entity]
    header, *rows = sheets[f"{file}.csv"]
    if any(len(row) != len(header) for row in rows if row):
        return False
    places = [header.index(column) for column in columns if column in header]
    cells = [[row[place].strip() for place in places] for row in rows if any(row)]
    who = [column for column in columns if column not in ("role", "org_id") or len(columns) == 1]
    if len(places) < len(columns) or any(not part for row in cells for part in row[: len(who)]):
        return False
    parts = key.split("|")
    same = [row for row in cells if row[: len(who)] == parts[: len(who)]]
    if "role" in columns and any(row[-1] not in {*ROLES, ""} or not row[1].strip(" ;") for row in same):
        return False
    return not any(_names(row, parts) for row in same)


def _names(row: list[str], parts: list[str]) -> bool:
    return all(part in cell.split(";") for part, cell in zip(parts, row, strict=True))


def _survives(seed: int, damages: list[Damage], encoding: str, delimiter: str) -> None:
    dice, sheets = random.Random(seed), northfield()
    for damage in damages:
        if any(len(rows) > 1 for rows in sheets.values()):
            damage(sheets, dice)
    with a_hub() as hub:
        hub.carry(northfield())
        before, rows = roster(), tables()
        run = hub.carry({name: content(rows, delimiter).encode(encoding, "replace") for name, rows in sheets.items()})
        assert run.state in TAKEN | {State.FAILED}, run.error
        if run.state == State.FAILED:
            assert "Nothing was" in run.error
            assert tables() == rows
        ended = {key for key, now in roster().items() if key in before and before[key]["active"] and not now["active"]}
        assert {(entity, key) for entity, key in ended if not _is_absent(entity, key, sheets)} == set()


SEEDS = st.integers(0, 2**32)
ANY_DAMAGE = st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=4)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "latin-1"])
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])


@FEW
@given(SEEDS, ANY_DAMAGE, ENCODINGS, DELIMITERS)
def test_damage_ends_nobody(seed: int, damages: list[Damage], encoding: str, delimiter: str) -> None:
    """However a delivery is damaged, nothing is ended but what a complete, readable delivery really lacks."""
    _survives(seed, damages, encoding, delimiter)


@pytest.mark.slow
@MANY
@given(SEEDS, ANY_DAMAGE, ENCODINGS, DELIMITERS)
def test_much_more_damage_ends_nobody(seed: int, damages: list[Damage], encoding: str, delimiter: str) -> None:
    """Damaged deliveries: the same, tried many times."""
    _survives(seed, damages, encoding, delimiter)


# The same again --------------------------------------------------------------------------------------


def _next_night(dice: random.Random) -> Sheets:
    """The district after changes that any night brings."""
    sheets = northfield()
    for damage in dice.choices([_delete_row, _odd_cell, _repeat_row], k=dice.randrange(4)):
        damage(sheets, dice)
    header, *people = sheets["people.csv"]
    person = [f"N{dice.randrange(9)}", "student", "S1", "New", f"Name {dice.randrange(99)}"]
    dice.choice(people)[4] = f"Renamed {dice.randrange(99)}"
    sheets["people.csv"] = [header, *people, person + [""] * (len(header) - len(person))]
    return sheets


@FEW
@given(SEEDS)
def test_the_same_files_again_change_nothing(seed: int) -> None:
    """A second run over the same files, or over other bytes that say the same, touches no row of any roster table."""
    with a_hub() as hub:
        hub.carry(northfield())
        sheets = _next_night(random.Random(seed))
        if hub.carry(sheets).state == State.FAILED:
            return
        before = tables()
        again, other_bytes = hub.carry(sheets), hub.carry({n: content(r, ";").encode() for n, r in sheets.items()})
        assert tables() == before
        for run in (again, other_bytes):
            assert run.state in TAKEN
            assert planned(run) == 0


# Undo ------------------------------------------------------------------------------------------------


@FEW
@given(SEEDS)
def test_undo_gives_every_value_back(seed: int) -> None:
    """After an undo old rows have every value they had and new ones are inactive; undoing that brings all back."""
    with a_hub() as hub:
        hub.carry(northfield())
        before = roster()
        run = hub.carry(_next_night(random.Random(seed)))
        if run.state == State.FAILED:
            return
        after = roster()
        undoing = carried.undo(run)
        undone = roster()
        assert {key: undone[key] for key in before} == before
        assert not any(values["active"] for key, values in undone.items() if key not in before)
        carried.undo(undoing)
        assert roster() == after


# Order -----------------------------------------------------------------------------------------------


def _with_repeats() -> Sheets:
    """The district with rows that repeat, differ, clash and refer to nothing."""
    sheets = changed("people", "P6", "phone", "207-555-0199")
    header, *people = sheets["people.csv"]
    ada, ben, gus = (list(people[place]) for place in (0, 1, 4))
    ada[header.index("races")], ada[header.index("email")] = "black", ""
    ben[header.index("phone")], ben[header.index("last_name")] = "207-555-0777", "Other"
    gus[header.index("phone")], gus[header.index("org_id")] = "207-555-0666", "S2"
    sheets["people.csv"] += [ada, ben, gus, ["P9", "student", "S9", "No", "School"] + [""] * (len(header) - 5)]
    sheets["enrollments.csv"] += [["K1", "P1", "student", "true", ""], ["K9", "P1", "student", "", ""]]
    return sheets


@FEW
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_order_does_not_matter(seed: int, rows_at_once: int, writes_at_once: int) -> None:
    """The order of rows and of files, and how many of them are worked on at once, never change the roster."""
    with a_hub() as hub:
        hub.carry(_with_repeats())
        expected = roster()
    dice, sheets = random.Random(seed), _with_repeats()
    with a_hub() as hub, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sheet.frames, "__defaults__", (rows_at_once,))
        patch.setattr(frames.batches, "__defaults__", (writes_at_once,))
        patch.setattr(bulk, "BATCH", writes_at_once)
        patch.setattr(bulk, "BOUND_AT_ONCE", writes_at_once)
        target = hub.inbox.parent / "shuffled.zip"
        with zipfile.ZipFile(target, "w") as package:
            for name, (header, *rows) in dice.sample(list(sheets.items()), len(sheets)):
                package.writestr(name, content([header, *dice.sample(rows, len(rows))]))
        run = carrying.carry(Run.objects.create(integration=hub.integration), target)
        assert (run.state, roster()) == (State.APPLIED_WITH_ERRORS, expected)


# Test runs -------------------------------------------------------------------------------------------


@FEW
@given(SEEDS)
def test_a_test_run_writes_nothing(seed: int) -> None:
    """A test run leaves every roster table as it was, to the last column."""
    with a_hub() as hub:
        hub.carry(northfield())
        before = tables()
        run = hub.carry(_next_night(random.Random(seed)), Mode.TEST)
        assert run.state in {State.TESTED, State.FAILED}
        assert tables() == before

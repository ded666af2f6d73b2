"""What holds for every run, whatever is sent and whatever was done before."""

from __future__ import annotations

import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollbook.core import frames
from rollbook.core.errors import StalePlan
from rollbook.landing.readers import Sheet
from rollbook.roster import bulk
from rollbook.roster.models import model
from rollbook.runs import carrying, decisions
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Mode, Run, State
from tests.runs.whole_runs import (
    NORTHFIELD,
    SETTINGS,
    Hub,
    Sheets,
    a_hub,
    active,
    changed,
    content,
    northfield,
    roster,
    tables,
    without,
)
from tests.support import carried

pytestmark = pytest.mark.django_db

FEW = settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)
MANY = settings(FEW, max_examples=100)
TAKEN = {State.APPLIED, State.APPLIED_WITH_ERRORS}


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that has taken the district."""
    with a_hub() as hub:
        assert hub.carry(northfield()).state == State.APPLIED
        yield hub


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
            assert _planned(run) == 0


def _planned(run: Run) -> int:
    return sum(
        counts[action] for counts in run.counts.values() for action in ("create", "update", "reactivate", "deactivate")
    )


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


def test_an_undone_run_can_be_carried_again(hub: Hub) -> None:
    """After an undo the same files bring the same roster once more: the digest of the input does not hide it."""
    night = without("people", "P1", sheets=changed("people", "P2", "last_name", "Rowe"))
    run = hub.carry(night)
    after = roster()
    carried.undo(run)
    assert hub.carry(night).state in TAKEN
    assert roster() == after


def test_what_was_changed_since_stays(hub: Hub) -> None:
    """Undo leaves a value alone that a later run has changed, gives the others back, and says which it left."""
    run = hub.carry(changed("people", "P1", "last_name", "Rowe", changed("people", "P1", "first_name", "Ida")))
    hub.carry(changed("people", "P1", "last_name", "Reid", changed("people", "P1", "first_name", "Ida")))
    undoing = carried.undo(Run.objects.get(pk=run.pk))
    user = roster()["user", "P1"]
    assert (user["given_name"], user["family_name"]) == ("Ada", "Reid")
    assert undoing.issue_counts == {"undo-conflict": 1}


def test_a_run_is_undone_once(hub: Hub) -> None:
    """A second undo of one run is refused, and changes nothing."""
    run = hub.carry(without("people", "P1"))
    carried.undo(run)
    before = tables()
    with pytest.raises(decisions.NotPossible, match="only a run that is applied or applied with errors can be undone"):
        carried.undo(run)
    assert tables() == before


def test_an_undo_that_failed_can_be_tried_again(hub: Hub) -> None:
    """An undo that came to nothing does not stand in the way of the next."""
    before = roster()
    run = hub.carry(changed("people", "P1", "last_name", "Rowe"))
    Run.objects.create(integration=hub.integration, mode=Mode.UNDO, undoes=run, state=State.FAILED)
    carried.undo(run)
    assert roster() == before


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


# Test runs and plans that wait -----------------------------------------------------------------------


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


WAITING = pytest.mark.parametrize("state", [State.TESTED, State.HELD])


def _waiting(hub: Hub, sheets: Sheets, state: State) -> Run:
    """A run whose plan waits for a person: after a test, or because a limit held it."""
    if state == State.TESTED:
        run = hub.carry(sheets, Mode.TEST)
    else:
        integration = hub.integration
        integration.settings = {**SETTINGS, "limit_deactivate": "0"}
        integration.save()
        run = hub.carry(sheets)
    assert run.state == state
    return Run.objects.get(pk=run.pk)


def _six_leave() -> Sheets:
    return without("people", "P1", "P2", "P3", "P5", "P6", sheets=changed("people", "P4", "last_name", "Tide"))


@WAITING
def test_approval_applies_the_plan_that_was_read(hub: Hub, state: State) -> None:
    """An approved plan does what it said, also when the files have gone or changed meanwhile."""
    run = _waiting(hub, _six_leave(), state)
    counts = deepcopy(run.counts)
    shutil.rmtree(hub.inbox)
    carried.approve(run)
    assert active("user") == {"P4"}
    assert roster()["user", "P4"]["family_name"] == "Tide"
    assert Run.objects.get(pk=run.pk).counts == counts


@WAITING
def test_a_discarded_plan_is_never_applied(hub: Hub, state: State) -> None:
    """Discarding changes nothing in the roster, and is final."""
    before = tables()
    run = _waiting(hub, _six_leave(), state)
    decisions.discard(run)
    with pytest.raises(decisions.NotPossible, match="is discarded"):
        carried.approve(run)
    assert (tables(), Run.objects.get(pk=run.pk).state) == (before, State.DISCARDED)


def test_a_plan_is_approved_once(hub: Hub) -> None:
    """A second approval is refused, and changes nothing."""
    run = _waiting(hub, _six_leave(), State.TESTED)
    carried.approve(run)
    before = tables()
    with pytest.raises(decisions.NotPossible, match="is applied"):
        carried.approve(run)
    assert tables() == before


@WAITING
def test_a_plan_is_stale_after_another_run(hub: Hub, state: State) -> None:
    """A plan made before another run was applied is refused, names that run, changes nothing and still waits."""
    run = _waiting(hub, _six_leave(), state)
    later = hub.carry(changed("people", "P4", "last_name", "Later"))
    before = tables()
    with pytest.raises(StalePlan, match=rf"it was written by run {later.pk}\. Nothing was changed"):
        carried.approve(run)
    assert (tables(), Run.objects.get(pk=run.pk).state) == (before, state)


def test_a_plan_is_stale_after_an_older_one_was_approved(hub: Hub) -> None:
    """Of two plans made from one roster only one can be applied, whichever was made first."""
    first = _waiting(hub, changed("people", "P4", "last_name", "First"), State.TESTED)
    second = _waiting(hub, changed("people", "P4", "last_name", "Second"), State.TESTED)
    carried.approve(first)
    with pytest.raises(StalePlan, match=f"it was written by run {first.pk}"):
        carried.approve(second)
    assert roster()["user", "P4"]["family_name"] == "First"


@WAITING
def test_a_plan_is_stale_after_a_row_it_changes_was_edited(hub: Hub, state: State) -> None:
    """A plan that would write over a row somebody changed meanwhile is refused, and says how many there are."""
    run = _waiting(hub, _six_leave(), state)
    tess = model("user")._default_manager.get(source_key="P4")
    tess.__dict__.update(family_name="Edited", revision=tess.revision + 1)
    tess.save()
    before = tables()
    with pytest.raises(
        StalePlan, match=r"^1 of the 6 users that would be changed have changed since the plan was made"
    ):
        carried.approve(run)
    assert (tables(), Run.objects.get(pk=run.pk).state) == (before, state)


def test_an_edit_elsewhere_does_not_stop_a_plan(hub: Hub) -> None:
    """A row that the plan does not touch may change meanwhile, and keeps its change."""
    run = _waiting(hub, changed("people", "P4", "last_name", "Tide"), State.TESTED)
    ada = model("user")._default_manager.get(source_key="P1")
    ada.__dict__.update(family_name="Edited", revision=ada.revision + 1)
    ada.save()
    carried.approve(run)
    assert {key: roster()["user", key]["family_name"] for key in ("P1", "P4")} == {"P1": "Edited", "P4": "Tide"}


@pytest.mark.parametrize(
    "file, key, column",
    [("orgs", "S1", "name"), ("terms", "2027", "name"), ("people", "P4", "last_name"), ("classes", "K1", "title"),
     ("courses", "C1", "title"), ("groups", "G1", "title"), ("relationships", "P1", "type")],
)  # fmt: skip
def test_any_record_may_change_what_it_is_called(hub: Hub, file: str, key: str, column: str) -> None:
    """A new name of anything is one changed record, and the run ends with its report."""
    value = "guardian" if column == "type" else "Renamed"
    run = hub.carry(changed(file, key, column, value))
    assert (run.state, _planned(run)) == (State.APPLIED, 1)
    assert RunFolder.of(run).excel.exists()


# What a night does -----------------------------------------------------------------------------------


def test_who_left_is_deactivated_and_comes_back(hub: Hub) -> None:
    """A person who is absent from a complete delivery becomes inactive; the same row wakes up on return."""
    row = model("user")._default_manager.get(source_key="P1").pk
    hub.carry(without("people", "P1"))
    assert active("user") == {"P2", "P3", "P4", "P5", "P6"}
    hub.carry(northfield())
    assert model("user")._default_manager.get(source_key="P1", active=True).pk == row


@pytest.mark.parametrize("role, left", [("???", {"P5|S1|guardian"}), ("", set())])
def test_a_role_that_cannot_be_read_has_not_ended(hub: Hub, role: str, left: set[str]) -> None:
    """An unknown code is nobody's leave: the role stays until it is mapped. A blank one says that there is none."""
    run = hub.carry(changed("people", "P5", "role", role))
    assert {key for key in active("role") if key.startswith("P5|")} == left
    assert ("absence-not-judged" in run.issue_counts) == bool(left)


def test_a_partial_input_never_ends_anything() -> None:
    """Sheets that hold only changes end nobody, whatever the policy."""
    with a_hub({**SETTINGS, "mode": "delta"}) as hub:
        hub.carry(northfield())
        hub.carry(without("people", "P1", "P2"))
        assert active("user") == {"P1", "P2", "P3", "P4", "P5", "P6"}


def test_the_folder_of_a_run_tells_what_it_did(hub: Hub, tmp_path: Path) -> None:
    """The plan that is kept has exactly the rows that were written."""
    run = hub.carry(without("people", "P1", sheets=changed("people", "P2", "last_name", "Rowe")))
    written = {
        str(row["sourced_id"].hex) for rows in tables().values() for row in rows if row.get("changed_run") == run.pk
    }
    folder = RunFolder.of(run)
    planned = [folder.plan(entity).collect() for entity in folder.planned()]
    assert {key for plan in planned for key in plan.filter(plan["action"] != "relink")["sourced_id"]} == written


def test_who_has_left_changes_only_on_return(hub: Hub) -> None:
    """A record that has ended is not written any more; whatever changed meanwhile comes when it comes back."""
    left = changed("people", "P6", "active", "false")
    hub.carry(left)
    before = roster()
    run = hub.carry(changed("people", "P6", "last_name", "Rowe", left))
    assert (_planned(run), roster()) == (0, before)
    hub.carry(changed("people", "P6", "last_name", "Rowe"))
    assert roster()["user", "P6"]["family_name"] == "Rowe"

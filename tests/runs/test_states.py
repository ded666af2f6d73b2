"""Where a run may stand, and that only one process can move it."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from rollbook.runs.models import MOVES, RUNNING, IllegalMove, Run, State
from tests.runs.whole_runs import a_hub, changed, northfield, write
from tests.support.cli import command, environment, run_cli

FINAL = {State.FAILED, State.CANCELLED, State.DISCARDED, State.UNDONE}


def test_every_state_says_what_may_follow() -> None:
    """The table of moves names every state, and no state that there is not."""
    assert set(MOVES) == set(State)
    assert set().union(*MOVES.values()) <= set(State)


def test_every_state_can_be_reached() -> None:
    """From the queue every state can come about; back to the queue leads only what has not ended."""
    reached, new = {State.QUEUED}, {State.QUEUED}
    while new := set().union(*(MOVES[state] for state in new)) - reached:
        reached |= new
    assert reached == set(State)
    assert {state for state, following in MOVES.items() if State.QUEUED in following} == set(RUNNING)


def test_every_run_can_end() -> None:
    """No state is a trap: an end can be reached from all, and only an end has nothing behind it."""
    assert {state for state, following in MOVES.items() if not following} == FINAL
    ending = set(FINAL)
    while more := {state for state, following in MOVES.items() if following & ending} - ending:
        ending |= more
    assert ending == set(State)


def test_nothing_is_written_without_a_plan() -> None:
    """Only a plan that was just made, tested, held or approved leads to the roster."""
    assert {state for state, following in MOVES.items() if State.APPLYING in following} == {
        State.PLANNING,
        State.TESTED,
        State.HELD,
    }
    assert {s for s, following in MOVES.items() if following & {State.APPLIED, State.APPLIED_WITH_ERRORS}} == {
        State.APPLYING
    }


@pytest.mark.django_db
def test_only_the_moves_of_the_table_are_possible() -> None:
    """Any other move is refused, and leaves the run where it was."""
    with a_hub() as hub:
        run = Run.objects.create(integration=hub.integration)
        for state, wanted in product(State, State):
            Run.objects.filter(pk=run.pk).update(state=state)
            run.refresh_from_db()
            if wanted in MOVES[state]:
                run.move(wanted)
                assert Run.objects.get(pk=run.pk).state == run.state == wanted
            else:
                with pytest.raises(IllegalMove):
                    run.move(wanted)
                assert Run.objects.get(pk=run.pk).state == run.state == state


@pytest.mark.django_db
def test_a_move_keeps_what_comes_with_it() -> None:
    """What is said with a move is saved with it, and not at all when the move is refused."""
    with a_hub() as hub:
        run = Run.objects.create(integration=hub.integration)
        other = Run.objects.get(pk=run.pk)
        run.move(State.READING, error="first")
        with pytest.raises(IllegalMove, match="by another process"):
            other.move(State.FAILED, error="second")
        assert (Run.objects.get(pk=run.pk).state, Run.objects.get(pk=run.pk).error) == (State.READING, "first")


# Two processes ---------------------------------------------------------------------------------------

MOVE = """
import sys
import django; django.setup()
from rollbook.runs.models import IllegalMove, Run, State
run = Run.objects.get(pk=int(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    run.move(State.CANCELLED)
except IllegalMove:
    sys.exit(7)
"""

SETTINGS = [
    "layout=hub_v1",
    "absence=deactivate",
    *(f"limit_{name}=100" for name in ("deactivate", "update", "create")),
]


@pytest.fixture
def empty(rollbook_home: Path, database: str) -> Path:
    """A hub on disk with an integration and nothing in it."""
    run_cli(["init"], rollbook_home, database)
    pairs = [part for setting in SETTINGS for part in ("--set", setting)]
    run_cli(["integration", "add", "sis", "--source", "sheets", *pairs], rollbook_home, database)
    return rollbook_home


@pytest.fixture
def home(empty: Path, database: str) -> Path:
    """A hub that has taken the district; a test run over other files waits for a decision."""
    run_cli(["run", "sis", "--from", write(northfield(), empty / "inbox")], empty, database)
    other = changed("people", "P4", "last_name", "Tide")
    run_cli(["run", "sis", "--test", "--from", write(other, empty / "inbox")], empty, database)
    return empty


def test_of_two_processes_one_moves_a_run(empty: Path, database: str) -> None:
    """Two processes that move one run at the same time: one does, the other is told."""
    fresh = "from rollbook.runs.models import Run; print(Run.objects.create(integration_id=1).pk)"
    env = environment(empty, database) | {"DJANGO_SETTINGS_MODULE": "rollbook.settings"}
    made = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {fresh}"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", MOVE, made.stdout.strip()],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in pair:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in pair:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in pair:
        process.communicate()
    assert sorted(process.returncode for process in pair) == [0, 7]


def test_of_two_approvals_one_applies(home: Path, database: str) -> None:
    """Two people who approve one plan at the same moment: it is applied once, and the other is told why not."""
    pair = [_approving(home, database, 2) for _ in range(2)]
    said = {process.wait(): process.communicate()[1] for process in pair}
    assert sorted(said) == [0, 1]
    assert "Nothing was changed" in said[1]
    assert _states(home, database) == ["applied", "applied"]


def test_of_two_plans_at_once_one_applies(home: Path, database: str) -> None:
    """Two plans from one roster, approved at the same moment: one is applied, the other is refused and waits on."""
    run_cli(
        ["run", "sis", "--test", "--from", write(changed("people", "P4", "last_name", "Third"), home / "inbox")],
        home,
        database,
    )
    pair = [_approving(home, database, number) for number in (2, 3)]
    said = {process.wait(): process.communicate()[1] for process in pair}
    assert sorted(said) == [0, 1]
    assert "Nothing was changed" in said[1]
    assert _states(home, database) == ["applied", "applied", "tested"]


def _approving(home: Path, database: str, number: int) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(["approve", str(number)]),
        cwd=home,
        env=environment(home, database),
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def _states(home: Path, database: str) -> list[str]:
    listed = json.loads(run_cli(["runs", "--json"], home, database).stdout)
    return sorted(run["state"] for run in listed)

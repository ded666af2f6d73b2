"""Workers killed at random moments: every run ends, and every roster is that of a hub where nobody was killed."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.jobs.fleet import Districts, Dump, survive, workers

APPLIED = {"applied", "applied_with_errors"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Dump]:
    """The roster after so many rounds in a hub of its own, with one worker that lives."""

    @cache
    def dump(rounds: int) -> Dump:
        hub = Districts(tmp_path_factory.mktemp("undisturbed"), "")
        with workers(hub, 1, random.Random(0)) as fleet:
            survive(hub, fleet, rounds, kills=0)
        assert len(hub.rows("SELECT 1 FROM roster_user")) > 300
        return hub.dump()

    return dump


@pytest.fixture
def hub(rollbook_home: Path, database: str) -> Districts:
    return Districts(rollbook_home, database)


def test_killed_workers_lose_and_double_nothing(hub: Districts, undisturbed: Callable[[int], Dump]) -> None:
    """Eight kills over three runs or a few more."""
    with workers(hub, 2, random.Random(1)) as fleet:
        survive(hub, fleet, rounds=1, kills=8)
    assert hub.states() <= APPLIED
    assert hub.dump() == undisturbed(hub.night)


@pytest.mark.slow
def test_a_hundred_kills_lose_and_double_nothing(hub: Districts, undisturbed: Callable[[int], Dump]) -> None:
    """A hundred kills over thirty runs or a few more, with three workers."""
    with workers(hub, 3, random.Random(2)) as fleet:
        survive(hub, fleet, rounds=10, kills=100)
    assert hub.states() <= APPLIED
    assert hub.dump() == undisturbed(hub.night)

"""Whether rows are checked while they are landed or afterwards, they become the same plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rollbook.landing import rowset
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from rollbook.runs.novelty import Novelty
from tests.runs.whole_runs import Hub, Sheets, a_hub, changed, northfield, roster, without

pytestmark = pytest.mark.django_db

UNKNOWN = np.array([1], np.uint64)


@pytest.fixture(autouse=True)
def every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows there are, all of them are in the sample."""
    monkeypatch.setattr(rowset, "SAMPLED", np.uint64(1))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as hub:
        yield hub


def news(hub: Hub) -> Novelty:
    hub.integration.refresh_from_db()
    return Novelty(hub.integration)


def forget_sample(run: Run) -> None:
    next(run.folder.glob("read-*/sample.parquet")).unlink()


def test_a_first_night_is_new(hub: Hub) -> None:
    """There is nothing that its rows could be equal to."""
    assert news(hub).is_certain


def test_rows_of_the_night_before_are_not_new(hub: Hub) -> None:
    """A sample of them is not, and one other row is; a night that brought them again changes nothing of that."""
    hub.carry(northfield())
    hub.carry(northfield())
    tonight = news(hub)
    rows = rowset.RowSet()
    for sheet in ("people", "orgs"):
        for part in RunFolder.of(Run.objects.earliest("pk")).landed_parts(sheet).values():
            tonight.see(sheet, rows.add(sheet, part.collect()))
    assert rows.samples().keys() == {"people", "orgs"}
    assert not tonight.is_certain
    tonight.see("people", UNKNOWN)
    assert tonight.is_certain


def test_nothing_is_certain_without_a_sample(hub: Hub) -> None:
    """Where the files of the last run are gone, only all rows together tell."""
    forget_sample(hub.carry(northfield()))
    tonight = news(hub)
    tonight.see("people", UNKNOWN)
    assert not tonight.is_certain


def test_after_rows_with_issues_all_are_new(hub: Hub) -> None:
    """Such rows are checked again in any case."""
    hub.carry(changed("people", "P2", "birth_date", "no date"))
    assert news(hub).is_certain


def test_the_same_rows_are_not_mapped(hub: Hub) -> None:
    """They make no records, neither while they are landed nor afterwards."""
    hub.carry(northfield())
    again = hub.carry({name: [rows[0], *reversed(rows[1:])] for name, rows in northfield().items()})
    assert "same_as" in again.basis
    assert not list(again.folder.glob("plan-*/records"))


def test_the_same_rows_are_not_kept(hub: Hub) -> None:
    """Those of the night that brought them first are there."""
    first = hub.carry(northfield())
    again = hub.carry({name: [rows[0], *reversed(rows[1:])] for name, rows in northfield().items()})
    assert list(first.folder.glob("read-*/rows/people/*"))
    assert not list(again.folder.glob("read-*/*"))


def other_nights() -> dict[str, Sheets]:
    """Nights that bring something else; each begins with sheets of the night before."""
    return {
        "one value": changed("people", "P2", "last_name", "Rowe"),
        "a faulty row": changed("people", "P3", "role", "dragon"),
        "somebody less": without("people", "P6"),
        "the last sheet": changed("relationships", "P3", "type", "aunt"),
    }


@pytest.mark.parametrize("night", other_nights())
def test_when_rows_are_checked_changes_nothing(night: str) -> None:
    """The same counts, issues and roster, the same rows that were not taken, and all rows are kept."""

    def outcome(*, early: bool) -> list[Any]:
        with a_hub() as hub:
            first = hub.carry(northfield())
            if not early:
                forget_sample(first)
            run = hub.carry(other_nights()[night])
            folder = RunFolder.of(run)
            rows = {sheet: folder.landed(sheet).collect().rows() for sheet in northfield()}
            return [run.counts, folder.issues().rows(), folder.rejected().rows(), roster(), rows]

    assert outcome(early=True) == outcome(early=False)

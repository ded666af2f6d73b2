"""A check reads rows as they come; it finds what a run finds in rows that were landed first."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rollbook.core.terms import Terms
from rollbook.core.values import Reading
from rollbook.landing.readers import chunks
from rollbook.landing.store import into
from rollbook.runs import checking
from rollbook.runs.checking import CheckedFiles, check_files
from rollbook.runs.folder import RunFolder
from rollbook.runs.prepare import Prepared, prepare
from rollbook.runs.room import Room
from rollbook.runs.rows import RowReader
from rollbook.sources.sheets import opened
from simulators import sheets
from simulators.district import build
from simulators.faults import BROKEN, plant

DISTRICT = build(students=40)


@pytest.fixture(params=sheets.LAYOUTS)
def sent(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A district with faults, in one of the layouts."""
    made = sheets.make_sheets(DISTRICT, request.param)
    plant(made, DISTRICT, set(BROKEN))
    sheets.write(made, tmp_path / "sent")
    return tmp_path / "sent"


def checked(sent: Path, scratch: Path) -> CheckedFiles:
    scratch.mkdir()
    return check_files(sent, "", scratch)


def of_run(sent: Path, scratch: Path) -> Prepared:
    """What the first half of a run makes of the same files, which it lands first."""
    folder = RunFolder(scratch)
    with opened(sent, None, {}) as files:
        received = files.land(into(folder.rows))
    terms = Terms(received.layout, Reading(received.layout.dates))
    return prepare(received.landing, RowReader(terms, folder), lambda _: pl.DataFrame(schema={"key_hash": pl.Int64}))


def test_what_a_run_finds(sent: Path, tmp_path: Path) -> None:
    """The same issues, the same rejected rows, the same counts."""
    found, wanted = checked(sent, tmp_path / "scratch"), of_run(sent, tmp_path / "landed")
    assert found.folder.issues().rows() == wanted.issues.rows()
    assert found.folder.rejected().rows() == wanted.rejected.rows()
    assert {entity: sum(counts.values()) for entity, counts in found.summary.counts.items()} == wanted.received


def test_what_does_not_fit_into_memory(sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that go to files, all or some of them, are checked alike."""
    whole = checked(sent, tmp_path / "memory")
    monkeypatch.setattr(chunks, "SMALLEST", 512)
    for room in (0, 10_000):
        monkeypatch.setattr(checking, "IN_MEMORY", room)
        parts = checked(sent, tmp_path / f"room-{room}")
        assert sorted(parts.folder.issues().rows(), key=repr) == sorted(whole.folder.issues().rows(), key=repr)
        assert parts.summary.counts == whole.summary.counts


def test_a_room_takes_what_fits() -> None:
    """A frame that is too large for what is left is not taken; what was taken comes back in the order of its names."""
    small, large = pl.DataFrame({"a": range(10)}), pl.DataFrame({"a": range(10_000)})
    room = Room(int(3 * small.estimated_size()))
    taken = [room.take("here", "2", small), room.take("here", "1", large), room.take("here", "0", small.reverse())]
    assert taken == [True, False, True]
    assert [frame["a"][0] for frame in room.frames("here")] == [9, 0]
    assert room.frames("there") == []

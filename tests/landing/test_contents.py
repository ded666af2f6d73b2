"""The digest of the bytes of a delivery, and of its rows."""

import random
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.landing.contents import changed, contents
from rollbook.landing.readers import open_delivery
from rollbook.landing.rowset import landed

CELLS = st.one_of(st.none(), st.text(max_size=3))
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=6)


def test_equal_names_and_bytes_have_equal_digests(tmp_path: Path) -> None:
    """Two folders agree; another byte, another name and one file more are each something else."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "users.csv").write_text("id\n1\n")
    first = contents(tmp_path / "one").digest
    assert first == contents(tmp_path / "two").digest != ""
    (tmp_path / "two" / "users.csv").write_text("id\n2\n")
    other = contents(tmp_path / "two").digest
    (tmp_path / "two" / "users.csv").rename(tmp_path / "two" / "people.csv")
    renamed = contents(tmp_path / "two").digest
    (tmp_path / "two" / "orgs.csv").write_text("id\n1\n")
    assert len({first, other, renamed, contents(tmp_path / "two").digest}) == 4


def test_what_is_not_there_has_no_digest(tmp_path: Path) -> None:
    """Nothing to read is not the same as nothing."""
    assert contents(tmp_path / "missing").digest == ""


def test_a_file_that_changes_is_noticed(tmp_path: Path) -> None:
    """Of the files that were read those are named which changed or went away; a new one is not."""
    for name in ("a.csv", "b.csv", "c.csv", "d.csv"):
        (tmp_path / name).write_text("id\n")
    seen = contents(tmp_path)
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "b.csv").unlink()
    (tmp_path / "c.csv").write_text("id\n1\n")
    (tmp_path / "new.csv").write_text("id\n")
    assert changed(tmp_path, seen, {"a.csv", "b.csv", "d.csv", "new.csv"}) == ["a.csv", "b.csv"]


def test_the_bytes_of_a_file_that_stays_are_hashed_once(tmp_path: Path) -> None:
    """A reader takes over the digest of a file that is as it was seen, and takes that of any other."""
    for name in ("same.csv", "other.csv"):
        (tmp_path / name).write_text("id\n1\n")
    seen = replace(contents(tmp_path), digests={"same.csv": "known", "other.csv": "of before"})
    (tmp_path / "other.csv").write_text("id\n12\n")
    with open_delivery(tmp_path, seen=seen) as delivery:
        digests = {sheet.file: sheet.digest for sheet in delivery.sheets}
    assert digests == {"same.csv": "known", "other.csv": sha256(b"id\n12\n").hexdigest()}


@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_order_of_rows_and_files_is_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str | None]], dice: random.Random, at: int
) -> None:
    """Rows in another order, cut into other files, with columns in another order, have the same digest."""
    once = _landed(tmp_path_factory.mktemp("once"), [rows], ["id", "name"])
    shuffled = dice.sample(rows, len(rows))
    again = _landed(tmp_path_factory.mktemp("again"), [shuffled[:at], shuffled[at:]], ["id", "name"], turn=True)
    assert landed(once).digest() == landed(again).digest()


@given(ROWS, ROWS)
def test_other_rows_have_another_digest(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[str | None, str | None]],
    second: list[tuple[str | None, str | None]],
) -> None:
    """Two lots of rows are equal when they hold the same rows as often; a blank and an empty cell are two things."""
    one = landed(_landed(tmp_path_factory.mktemp("one"), [first], ["id", "name"])).digest()
    two = landed(_landed(tmp_path_factory.mktemp("two"), [second], ["id", "name"])).digest()
    assert (one == two) == (sorted(map(repr, first)) == sorted(map(repr, second)))


def test_two_rows_do_not_swap_their_values_unseen(tmp_path: Path) -> None:
    """Which values stand together in a row counts, not only which values there are."""
    one = landed(_landed(tmp_path / "one", [[("1", "Ann"), ("2", "Ben")]], ["id", "name"])).digest()
    two = landed(_landed(tmp_path / "two", [[("1", "Ben"), ("2", "Ann")]], ["id", "name"])).digest()
    assert one != two


def test_another_process_tells_the_same(tmp_path: Path) -> None:
    """The digest of some rows is the same tomorrow."""
    folder = _landed(tmp_path, [[("1", "Ann"), ("2", None)]], ["id", "name"])
    told = f"import pathlib, rollbook.landing.rowset as r; print(r.landed(pathlib.Path({str(folder)!r})).digest())"
    other = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == landed(folder).digest()


def _landed(
    folder: Path, files: list[list[tuple[str | None, str | None]]], columns: list[str], *, turn: bool = False
) -> Path:
    (folder / "users").mkdir(parents=True)
    for number, rows in enumerate(files):
        frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
        frame = frame.with_row_index("_line").select(*(reversed(columns) if turn else columns), "_line")
        frame.write_parquet(folder / "users" / f"{number}.parquet")
    return folder

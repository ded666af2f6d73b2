"""Parts that were landed are passed on once more."""

from pathlib import Path

import pytest

from rollbook.landing.readers import chunks, open_delivery
from rollbook.landing.readers import delivery as delivery_of
from rollbook.landing.store import Part, land, land_again
from rollbook.sources import layouts


def test_the_first_parts_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many of each file as are asked for, the same as before."""
    monkeypatch.setattr(chunks, "size_for", lambda _: 100)
    monkeypatch.setattr(delivery_of, "BLOCK", 100)
    for name in ("demographics", "orgs"):
        lines = [f"{name}{number},school,2010-01-31,a name of {name}" for number in range(40)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["sourcedId,type,birthDate,name", *lines, ""]))
    once: dict[tuple[int, int], Part] = {}
    again: dict[tuple[int, int], Part] = {}
    layout = layouts.load("oneroster_11")
    with open_delivery(tmp_path) as delivery:
        landing = land(delivery, layout, lambda part: once.update({(part.file, part.number): part}))
        land_again(delivery, landing, lambda part: again.update({(part.file, part.number): part}), {0: 3, 1: 1})
    assert len(once) > 10
    assert sorted(again) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    for place, part in again.items():
        assert part.rows.equals(once[place].rows)
        assert (part.sheet, part.width) == (once[place].sheet, once[place].width)

"""The presets: every statement is one that may be asked, and gives the columns of its sheet."""

from __future__ import annotations

import pytest

from rollbook.sources import layouts
from rollbook.sources.database import presets
from rollbook.sources.database.drivers import DRIVERS
from rollbook.sources.database.statements import check

EVERY = [(name, sheet) for name in presets.names() for sheet in presets.load(name).queries]


@pytest.mark.parametrize("name, sheet", EVERY)
def test_statements_may_be_asked(name: str, sheet: str) -> None:
    """Each statement passes the guard in the SQL of every database that its preset is for."""
    preset = presets.load(name)
    for kind in preset.kinds:
        assert check(preset.queries[sheet], DRIVERS[kind].dialect, sheet)


@pytest.mark.parametrize("name", presets.names())
def test_sheets_are_those_of_the_layout(name: str) -> None:
    """A preset asks for sheets that its layout has, the required ones among them."""
    preset = presets.load(name)
    layout = layouts.load(preset.layout)
    assert preset.name == name
    assert set(preset.queries) <= {sheet.name for sheet in layout.sheets}
    assert {sheet.name for sheet in layout.sheets if sheet.required} <= set(preset.queries)

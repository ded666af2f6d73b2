"""Each cell is read as the hub reads it."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from pytest_django import Settings

from rollbook.core.layout import Column as HubColumn
from rollbook.core.schema import Kind
from rollbook.core.values import Reading
from rollbook.core.values import read as hub_read
from rollbook_upload.preflight.layout import Column
from rollbook_upload.preflight.rules import Rules
from rollbook_upload.preflight.values import CellReader
from tests.uploader.rulebook import rules_of, sender

# Texts, and parts of texts, that one reader or another takes for something.
PIECES = (
    "2020-01-02|1/2/2020|13/2/2020|2/13/99|1-Jan-69|Jan 5, 2020|January 5 2020|20200131|690101|T10:00|2019-2020|2019/20"
    "|2020|a@b.de|@|..|https://x/y|{a:b}|,|{'a':1}|{|{ a : b },{c:d},| x12|ext. 5|#1|+49 30 123456|(212) 555-1234"
    "|1-212-555-1234|0|1|yes|TRUE|off|12.00|-7|+3|KG|01|13th|ext:foo|student|pupil|;|\\|\u00e9|\u2003|\x1c|\x07| |\t"
    "|\n|\x85|\u200b|\uff19|\u0130|\u00df"
).replace("'", '"').split("|") + ["photo:" + "a" * 64, "long" * 70, "|"]
DATES = [
    (),
    ("%m/%d/%Y", "%m/%d/%y"),
    ("%m/%d/%Y", "%d/%m/%Y"),
    ("%d-%b-%y", "%b %d, %Y", "%Y%m%d"),
    ("%y%m%d", "%B %d %Y"),
]


@pytest.fixture
def rules(db: None, settings: Settings, tmp_path: Path) -> Rules:
    settings.ROLLBOOK_HOME = tmp_path
    return rules_of(sender())


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_value(kind: Kind, rules: Rules) -> None:
    """Of every kind of column, plain, coded or a list: the same value, and the same fault."""
    chance = random.Random(kind.value)
    for _ in range(8):
        texts = ["".join(chance.choice(PIECES) for _ in range(chance.choice([1, 1, 2, 3]))) for _ in range(40)]
        code = chance.choice(["", "", "grade_level", "role", "language", "building"])
        separator, length, required = (
            chance.choice(["", "", ",", "|"]),
            chance.choice([0, 5, 255]),
            chance.random() < 0.4,
        )
        dates, rules.region = chance.choice(DATES), chance.choice(["US", "DE"])
        column = HubColumn("c", kind=kind, code=code, separator=separator, length=length, required=required)
        expected = hub_read(pl.Series([*texts, None], dtype=pl.String), column, Reading(dates, {}, rules.region))
        faults = expected.fault.to_list() if expected.fault is not None else [None] * len(expected.value)
        reader = CellReader(Column("c", (), required, False, kind.value, code, separator, length, False), rules, dates)
        said = [reader.read(text) for text in [*texts, None]]
        assert said == list(zip(expected.value.to_list(), faults, strict=True))

"""Values of Python drivers as text."""

from __future__ import annotations

import datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.sources.database.values import NoText, text

NOON = datetime.datetime(2026, 9, 1, 12, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "value, shown",
    [
        (None, None),
        ("", ""),
        ("007", "007"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (100023.0, "100023"),
        (0.1, "0.1"),
        (1e21, "1000000000000000000000"),
        (datetime.date(2026, 9, 1), "2026-09-01"),
        (NOON, "2026-09-01 12:00:00+00:00"),
        (datetime.time(8, 30), "08:30:00"),
        (UUID("7f0c2d1e-0000-4000-8000-000000000011"), "7f0c2d1e-0000-4000-8000-000000000011"),
        (bytes(range(16)), "000102030405060708090a0b0c0d0e0f"),
    ],
)
def test_values_as_text(value: object, shown: str | None) -> None:
    """Dates are ISO 8601, numbers have all their digits and no exponent, guids are hexadecimal."""
    assert text(value) == shown


@pytest.mark.parametrize("value", [b"picture", ["a", "b"], {"a": 1}, object()])
def test_what_has_no_text_is_refused(value: object) -> None:
    """Bytes, lists and structures are never guessed at."""
    with pytest.raises(NoText):
        text(value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_no_digit_of_a_number_is_lost(value: Decimal) -> None:
    """The text of a number is the number."""
    shown = text(value)
    assert shown is not None
    assert Decimal(shown) == value
    assert "E" not in shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_floating_number_comes_back(value: float) -> None:
    """The text of a floating-point number reads as the same number, and has no exponent."""
    shown = text(value)
    assert shown is not None
    assert float(shown) == value
    assert "e" not in shown.casefold()

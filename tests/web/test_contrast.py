"""The colours of the pages can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rollbook.web

CSS = (Path(rollbook.web.__file__).parent / "static/web/rollbook.css").read_text("utf-8")
GROUNDS = ("paper", "sheet", "sunk")
PAIRS = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in GROUNDS] + [
    *((tone, f"{tone}-ground") for tone in ("good", "info", "warn", "bad", "quiet")),
    *((tone, ground) for tone in ("good", "bad") for ground in ("paper", "sheet")),
    *(("ink", f"{tone}-ground") for tone in ("good", "info", "warn", "bad", "quiet")),
    *(("accent", f"{tone}-ground") for tone in ("info", "warn", "quiet")),
    ("accent-ink", "accent"),
    ("soft", "info-ground"),
    ("info", "accent-sunk"),
]


def tokens(selector: str) -> dict[str, str]:
    """The colours that a rule sets."""
    block = CSS.split(f"{selector} {{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))


LIGHT, DARK = tokens(":root"), tokens(':root[data-theme="dark"]')


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink, ground", PAIRS)
def test_text_can_be_read(look: dict[str, str], ink: str, ground: str) -> None:
    """Every ink has the contrast of WCAG AA on every ground it is used on, light and dark."""
    assert contrast(look[ink], look[ground]) >= 4.5


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark, ground", [(m, g) for m in ("focus", "line-strong") for g in ("paper", "sheet")])
def test_marks_can_be_seen(look: dict[str, str], mark: str, ground: str) -> None:
    """The focus and the borders of fields have the contrast of WCAG AA for parts of a page."""
    assert contrast(look[mark], look[ground]) >= 3


def test_dark_is_one_look() -> None:
    """Dark looks the same whether it was chosen or comes from the system."""
    assert tokens('  :root[data-theme="auto"]') == DARK
    assert set(DARK) == set(LIGHT)

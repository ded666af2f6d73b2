"""The page on notifications agrees with the catalogue of events."""

from __future__ import annotations

import re
from pathlib import Path

from rollbook.notices.catalogue import EVENTS

PAGE = (Path(__file__).parents[2] / "docs/notifications.md").read_text("utf-8")


def test_every_event_is_told_as_it_is() -> None:
    """The table has each event in the order of the catalogue, with its severity, title and defaults."""
    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| ([^|]+) \| (yes|) ?\| (yes|) ?\|$", PAGE, re.MULTILINE)
    assert rows == [
        (e.code, e.severity.value, e.title, "yes" if e.in_bell else "", "yes" if e.is_mailed else "") for e in EVENTS
    ]

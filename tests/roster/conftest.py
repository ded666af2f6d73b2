"""Every test here has a home of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def own_home(settings: Settings, tmp_path: Path) -> None:
    """The files of runs lie in the test's own folder."""
    settings.ROLLBOOK_HOME = tmp_path / "home"

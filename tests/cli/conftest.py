"""A hub that was just prepared, for tests of what comes after `rollbook init`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.cli import run_cli


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; tests get copies of it."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    home.mkdir()
    run_cli(["init"], home)
    return home


@pytest.fixture
def hub(prepared: Path, tmp_path: Path) -> Path:
    """The home of a hub that was just prepared, on SQLite, which only this test knows."""
    return Path(shutil.copytree(prepared, tmp_path / "hub"))

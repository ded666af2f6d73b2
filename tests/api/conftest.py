"""
Hubs that are uploaded to.

    hub        a prepared hub of this test alone; `with hub.serving():` runs its web server
    receiving  the same, with its web server running
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import hubs
from tests.api.hubs import Hub


@pytest.fixture(scope="session")
def prepared_hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Made once; tests get copies of it."""
    home = tmp_path_factory.mktemp("uploading") / "home"
    home.mkdir()
    return hubs.make(home)


@pytest.fixture
def hub(prepared_hub: Hub, tmp_path: Path) -> Hub:
    """A hub that only this test knows."""
    return Hub(Path(shutil.copytree(prepared_hub.home, tmp_path / "hub")), prepared_hub.tokens)


@pytest.fixture(scope="module")
def shared(prepared_hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that runs for all tests of a module; each uses names of its own."""
    home = tmp_path_factory.mktemp("shared") / "hub"
    with Hub(Path(shutil.copytree(prepared_hub.home, home)), prepared_hub.tokens).serving() as hub:
        yield hub


@pytest.fixture
def receiving(hub: Hub) -> Iterator[Hub]:
    """A hub whose web server runs."""
    with hub.serving():
        yield hub

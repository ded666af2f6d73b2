"""
The upload utility and a hub.

    hub      a prepared hub of this test alone; `with hub.serving():` runs its web server
    serving  the same, with its web server running
    utility  the utility of `northfield`, told where the served hub is
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import hubs
from tests.api.hubs import Hub
from tests.uploader.utility import Utility, at, make


@pytest.fixture(scope="session")
def prepared_hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Made once; tests get copies of it."""
    home = tmp_path_factory.mktemp("uploader") / "home"
    home.mkdir()
    return hubs.make(home)


@pytest.fixture
def hub(prepared_hub: Hub, tmp_path: Path) -> Hub:
    """A hub that only this test knows."""
    return Hub(Path(shutil.copytree(prepared_hub.home, tmp_path / "hub")), prepared_hub.tokens)


@pytest.fixture
def serving(hub: Hub) -> Iterator[Hub]:
    """A hub whose web server runs."""
    with hub.serving():
        yield hub


@pytest.fixture
def utility(serving: Hub, tmp_path: Path) -> Utility:
    """The utility of `northfield`."""
    return at(make(serving, tmp_path / "school"), serving.port)

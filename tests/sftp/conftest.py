"""
Hubs that receive files.

    hub        a prepared hub of this test alone; `with hub.serving():` runs its server
    receiving  the same, with its server running
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sftp import hubs
from tests.sftp.hubs import Hub
from tests.support.tools import missing


@pytest.fixture(scope="session")
def prepared_hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Made once; tests get copies of it."""
    if not shutil.which("ssh-keygen"):
        missing("OpenSSH's client", "openssh-client")
    home = tmp_path_factory.mktemp("receiving") / "home"
    home.mkdir()
    return hubs.make(home)


@pytest.fixture
def hub(prepared_hub: Hub, tmp_path: Path) -> Hub:
    """A hub that only this test knows."""
    home = Path(shutil.copytree(prepared_hub.home, tmp_path / "hub"))
    return Hub(home, home / "sender_key", prepared_hub.passwords)


@pytest.fixture
def receiving(hub: Hub) -> Iterator[Hub]:
    """A hub whose SFTP server runs."""
    with hub.serving():
        yield hub

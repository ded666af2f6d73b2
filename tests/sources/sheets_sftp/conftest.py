"""
Fixtures of these tests.

    server      OpenSSH's server, for the whole session
    exports     an empty folder on it
    swift       always: no waiting between two looks at files
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollbook.sources.sheets_sftp import source
from tests.support.sshd import SSHD, sshd


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SSHD]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "school" / "exports"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BETWEEN", 0.0)

"""The same on PostgreSQL, and while it is away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.api import hubs
from tests.api.hubs import error, sha256
from tests.sftp.test_nothing_is_lost import a_database, refuse_connections


@pytest.mark.slow
def test_while_the_database_is_away_nothing_is_said_to_be_stored(tmp_path: Path) -> None:
    """Files are refused with 503; when it is back the upload goes on, and what was told before is there."""
    home, content = tmp_path / "hub", os.urandom(100_000)
    home.mkdir()
    with (
        a_database() as database,
        database.database() as name,
        hubs.make(home, database.tcp_url(name)).serving() as hub,
    ):
        assert hub.ask("POST", "files/before.csv", data=b"1").status_code == 201
        made = hub.begin("a.csv", len(content), data=content[:40_000], sha256=sha256(content))
        location = made.headers["Location"]
        refuse_connections(database, name, yes=True)
        assert error(hub.ask("POST", "files/meanwhile.csv", data=b"2")) == (503, "database-away")
        assert error(hub.go_on(location, 40_000, content[40_000:])) == (503, "database-away")
        assert hub.inbox() == {"before.csv": b"1"}
        refuse_connections(database, name, yes=False)
        offset = int(hub.where(location).headers["Upload-Offset"])
        assert hub.go_on(location, offset, content[offset:]).status_code == 204
        assert hub.inbox() == {"before.csv": b"1", "a.csv": content}

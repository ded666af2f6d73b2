"""Reading the roster before it is needed changes nothing but the time."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from rollbook.roster import bulk
from rollbook.runs import ahead
from rollbook.runs.ahead import Ahead
from tests.runs.whole_runs import Hub, a_hub, active, changed, northfield, without


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows there are, they are worth it."""
    monkeypatch.setattr(ahead, "WORTH_IT", range(10**9))


@pytest.mark.django_db(transaction=True)
def test_a_night_read_ahead_finds_what_the_one_before_wrote(tmp_path: Path, settings: Settings) -> None:
    """Absent people are ended, changed ones updated, and the others stay: all of them were known."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    hub = Hub(tmp_path)
    hub.carry(northfield())
    sheets = changed("people", "P2", "first_name", "Benjamin", without("people", "P3"))
    counts = hub.carry(sheets).counts["user"]
    assert (counts["create"], counts["update"], counts["deactivate"], counts["unchanged"]) == (0, 1, 1, 4)
    assert active("user") == {"P1", "P2", "P4", "P5", "P6"}


@pytest.mark.django_db
def test_within_a_transaction_its_own_rows_are_seen() -> None:
    """A run inside a transaction knows what the run before wrote in it."""
    with a_hub() as hub:
        hub.carry(northfield())
        assert hub.carry(changed("people", "P2", "first_name", "Benjamin")).counts["user"]["unchanged"] == 5


@pytest.mark.django_db(transaction=True)
def test_who_needs_the_answer_hears_of_the_failure() -> None:
    """An error while reading ahead is raised where the answer is needed, as if it were read there."""

    def failing(_: int) -> int:
        raise ZeroDivisionError

    early = Ahead()
    with early.reading(1):
        early.ask(failing, 1)
        with pytest.raises(ZeroDivisionError):
            early.get(failing, 1)


@pytest.mark.django_db(transaction=True)
def test_another_connection_reads() -> None:
    """On PostgreSQL what is asked ahead is read by a connection of its own, which is closed at the end."""
    if not bulk.is_postgres():
        pytest.skip("SQLite has no server")

    def session() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    early = Ahead()
    with early.reading(1):
        early.ask(session)
        reader = early.get(session)
        assert reader != session()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [reader])
        assert cursor.fetchone()[0] == 0

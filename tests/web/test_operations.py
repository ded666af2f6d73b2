"""The pages for those who watch the hub."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

STRANGE_HOST = {"host": "10.1.2.3:8000"}


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    settings.ROLLBOOK_HOME = tmp_path
    return tmp_path


def ready(client: Client) -> tuple[int, str]:
    answer = client.get("/readyz", headers=STRANGE_HOST)
    return answer.status_code, answer.content.decode()


def test_health_asks_nothing_of_the_database(client: Client) -> None:
    """Whether the process lives can be asked by anybody, under any name, while the database is away."""
    answer = client.get("/healthz", headers=STRANGE_HOST)
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.django_db
def test_a_good_hub_is_ready(client: Client, home: Path, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    """A hub with its tables and its storage takes requests; that is found out cheaply."""
    with django_assert_max_num_queries(5):
        assert ready(client) == (200, "ready\n")


@pytest.mark.django_db
def test_a_hub_of_another_version_is_not_ready(client: Client, home: Path) -> None:
    """Before the tables are brought to this version nobody is sent here, and a stranger is not told why."""
    MigrationRecorder(connection).record_unapplied("runs", "0001_initial")
    assert ready(client) == (503, "not ready\n")


def test_a_hub_without_storage_is_not_ready(
    client: Client, db: None, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no run can be written nobody is sent; the log says so once, not with every probe."""
    (home / "runs").rmdir()
    with caplog.at_level(logging.WARNING):
        assert [ready(client)[0] for _ in range(3)] == [503, 503, 503]
        (home / "runs").mkdir()
        assert ready(client)[0] == 200
    assert [record.getMessage() for record in caplog.records if record.name == "rollbook.readiness"] == [
        "Not ready: Nothing can be written to the folder of runs (No such file or directory).",
        "Ready again.",
    ]

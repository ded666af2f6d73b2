"""The pages for those who watch the hub."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from rollbook.intake.models import Account, Attempt, Ban, ReceivedFile
from rollbook.jobs.models import Presence
from rollbook.runs.models import Run, State
from tests.web.seed import World, make_run

TOKEN = "a-token-of-the-monitor"
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


@pytest.mark.django_db
def test_a_hub_that_misses_its_workers_is_not_ready(client: Client, home: Path) -> None:
    """Where workers ran and fell silent, nothing that people ask for would be done."""
    Presence.objects.create(worker="killed", heard=timezone.now() - timedelta(minutes=5))
    assert ready(client)[0] == 503
    Presence.objects.update(heard=timezone.now())
    assert ready(client)[0] == 200


def may_read(client: Client, address: str = "203.0.113.9", **headers: str) -> bool:
    answer = client.get("/metrics", headers=STRANGE_HOST | headers, REMOTE_ADDR=address)
    assert answer.status_code in (200, 403)
    if answer.status_code == 403:
        assert b"rollbook" not in answer.content
    return answer.status_code == 200


@pytest.mark.django_db
def test_metrics_are_for_this_machine_alone(client: Client) -> None:
    """Nobody else reads metrics unasked: no stranger, and nobody behind a proxy, whatever address they claim."""
    assert may_read(client, "127.0.0.1")
    assert may_read(client, "::1")
    assert may_read(client, "::ffff:127.0.0.1")
    assert not may_read(client)
    assert not may_read(client, "")
    assert not may_read(client, "127.0.0.1", **{"x-forwarded-for": "127.0.0.1"})
    assert not may_read(client, "127.0.0.1", **{"x-forwarded-proto": "https"})


@pytest.mark.django_db
def test_metrics_can_be_opened_to_a_network(client: Client, settings: Settings) -> None:
    """The operator names the networks that may ask; none means that the token is needed everywhere."""
    settings.METRICS_FROM = [ip_network("10.1.0.0/16")]
    assert may_read(client, "10.1.2.3")
    assert not may_read(client, "127.0.0.1")
    settings.METRICS_FROM = []
    assert not may_read(client, "10.1.2.3")


@pytest.mark.django_db
def test_metrics_open_with_the_token(client: Client, settings: Settings) -> None:
    """Who knows the token may ask from anywhere, a proxy between or not; without a setting there is no token."""
    assert not may_read(client, authorization="Bearer ")
    settings.METRICS_TOKEN = TOKEN
    assert may_read(client, authorization=f"Bearer {TOKEN}", **{"x-forwarded-for": "203.0.113.9"})
    assert not may_read(client, authorization=f"Bearer {TOKEN}x")
    assert not may_read(client, authorization="Bearer ")


def scrape(client: Client, accept: str = "") -> dict[tuple[str, ...], float]:
    """Name and labels -> value, as Prometheus reads them."""
    answer = client.get("/metrics", headers={"accept": accept})
    assert answer.status_code == 200
    parse = open_metrics if "openmetrics" in answer["Content-Type"] else text_string_to_metric_families
    return {
        (sample.name, *(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in parse(answer.content.decode())
        for sample in family.samples
    }


def test_metrics_tell_the_hub_in_numbers(client: Client, world: World) -> None:
    """Runs by state, the queue, the last success of each integration, and what the last day did, from the database."""
    now = timezone.now()
    waiting = make_run(world.nightly, State.QUEUED, started=now - timedelta(minutes=5), took=None)
    for seconds in (1.0, 2.0, 3.0):
        counts = {"user": {"create": 2, "unchanged": 10}, "class": {"create": 1}}
        done = make_run(
            world.nightly, State.APPLIED, started=now, took=9, seconds={"read": seconds, "apply": 4}, counts=counts
        )
    found = scrape(client)
    assert found["rollbook_runs", "queued"] == 1
    assert found["rollbook_runs", "cancelled"] == 0
    assert found["rollbook_queue_runs",] == 1
    assert 300 <= found["rollbook_queue_oldest_seconds",] < 400
    assert found["rollbook_step_seconds", "0.5", "read"] == 2
    assert found["rollbook_step_seconds", "0.99", "apply"] == 4
    assert (found["rollbook_rows_last_day", "create"], found["rollbook_rows_last_day", "unchanged"]) == (9, 30)
    assert done.ended is not None
    assert (
        found["rollbook_last_success_timestamp_seconds", str(world.nightly.pk), "northfield"] == done.ended.timestamp()
    )
    Presence.objects.create(worker="w1", heard=now)
    Run.objects.filter(pk=world.running.pk).update(worker="w1", lease_until=now - timedelta(seconds=1))
    again = scrape(client)
    assert (again["rollbook_workers",], again["rollbook_worker_heard_timestamp_seconds", "w1"]) == (1, now.timestamp())
    assert (again["rollbook_carried_runs",], again["rollbook_lapsed_runs",]) == (0, 1)
    waiting.move(State.CANCELLED)
    assert scrape(client)["rollbook_queue_oldest_seconds",] == 0


def test_metrics_tell_of_senders(client: Client, world: World) -> None:
    """Refusals by reason, who is kept out, and what came in the last day; older ones and broken files count apart."""
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=2)
    before = scrape(client)
    account = Account.objects.create(integration=world.nightly, login="northfield-sends", last_login=now)
    for at in (now, now, long_ago):
        Attempt.objects.create(network="203.0.113.9", reason="wrong-password", points=3, at=at)
    for until in (now + timedelta(hours=1), long_ago):
        Ban.objects.create(network="203.0.113.9", reason="15 points", began=long_ago, until=until)
    for at, size, state, digest in (
        (now, 100, "whole", "a"),
        (now, 30, "taken", "b"),
        (long_ago, 7, "whole", "c"),
        (now, 5, "partial", ""),
    ):
        row = {"path": f"{size}.csv", "size": size, "state": state, "sha256": digest}
        ReceivedFile.objects.create(account=account, began=at, ended=at, **row)
    grown = {name: value - before[name] for name, value in scrape(client).items() if value != before[name]}
    assert {name: value for name, value in grown.items() if name[0].startswith(("rollbook_sftp", "rollbook_rec"))} == {
        ("rollbook_sftp_refusals_last_day", "wrong-password"): 2,
        ("rollbook_sftp_bans",): 1,
        ("rollbook_sftp_accounts_last_day",): 1,
        ("rollbook_received_files_last_day",): 2,
        ("rollbook_received_bytes_last_day",): 130,
        ("rollbook_received_files_open", "partial"): 1,
    }


def test_every_metric_is_told_to_the_operator(client: Client, world: World) -> None:
    """The operator's page lists the metrics that there are, and no others."""
    families = text_string_to_metric_families(client.get("/metrics").content.decode())
    page = (Path(__file__).parents[2] / "docs/operate.md").read_text("utf-8")
    assert {family.name.removesuffix("_info") for family in families} == {
        name.removesuffix("_info") for name in re.findall(r"^\| `(rollbook_\w+)` \|", page, re.MULTILINE)
    }


def test_metrics_come_in_both_forms(client: Client, world: World) -> None:
    """The older text form and OpenMetrics say the same."""
    text = {name for name, *_ in scrape(client)}
    assert text == {name for name, *_ in scrape(client, "application/openmetrics-text; version=1.0.0")}


def test_metrics_name_nobody(client: Client, world: World) -> None:
    """Neither members nor the names that people gave to things are among the labels."""
    text = client.get("/metrics").content.decode()
    for word in ("Ada", "northfield.example", "Northfield nightly", "Northfield School District"):
        assert word not in text


def test_metrics_without_a_database_say_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is away a scrape fails in order, instead of with an error page."""

    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("rollbook.web.metrics._runs", away)
    answer = client.get("/metrics")
    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")

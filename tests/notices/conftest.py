"""
Fixtures of the tests of notices.

    north, south    integrations of two tenants; Northfield has Ada and Ben as members, Southport has Sam
    mails           a real mail server that the hub sends to
    hook            a real receiver of webhooks
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from rollbook.accounts.models import Member, Tenant
from rollbook.integrations.models import Integration
from rollbook.runs.models import Run, State
from tests.support.mailserver import MailServer, mail_server
from tests.support.receiver import Receiver, receiver

NIGHT = datetime(2026, 10, 5, 2, tzinfo=UTC)  # a Monday
FILES = [{"file": "users.csv", "sheet": "users", "rows": 12}]
ADA, BEN = "ada@northfield.example", "ben@northfield.example"


@pytest.fixture
def north(db: None, settings: Settings, tmp_path: Path) -> Integration:
    settings.ROLLBOOK_HOME = tmp_path
    northfield = Tenant.objects.create(slug="northfield", name="Northfield School District")
    for email, name in ((ADA, "Ada Lindqvist"), (BEN, "Ben Okafor")):
        Member.objects.create(email=email, name=name, tenant=northfield)
    return Integration.objects.create(tenant=northfield, name="Northfield nightly", source="sheets")


@pytest.fixture
def south(north: Integration) -> Integration:
    southport = Tenant.objects.create(slug="southport", name="Southport Academy")
    Member.objects.create(email="sam@southport.example", name="Sam Stranger", tenant=southport)
    return Integration.objects.create(tenant=southport, name="Southport nightly", source="sheets")


@pytest.fixture
def mails(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.SENDS_MAIL = True
        yield server


@pytest.fixture
def hook(settings: Settings) -> Iterator[Receiver]:
    with receiver() as one:
        settings.WEBHOOK_HTTP, settings.WEBHOOK_NETWORKS = True, [ip_network("127.0.0.0/8")]
        yield one


def ended(integration: Integration, state: State, at: datetime = NIGHT, **more: Any) -> Run:
    """A run that began at `at` and ended in `state`."""
    made = Run.objects.create(integration=integration, state=state, started=at, ended=at + timedelta(minutes=1), **more)
    Run.objects.filter(pk=made.pk).update(created=at)
    made.refresh_from_db()
    return made

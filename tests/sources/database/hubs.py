"""A hub with an integration of a database, and its runs."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.runs import carrying
from rollbook.runs.models import Mode, Run
from tests.journeys.support import NO_LIMITS, Hub
from tests.sources.database.servers import Made


@pytest.fixture
def hub(db: None, settings: Settings, tmp_path: Path) -> Hub:
    """A tenant on an empty home, whose operator lets sources read this machine."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
    settings.SOURCE_FOLDERS = [tmp_path]
    return Hub(Tenant.objects.create(slug="northfield", name="Northfield School District"))


def told(made: Made) -> dict[str, str]:
    """The settings that lead to a database."""
    address = made.address
    found = {
        "engine": made.driver.kind,
        "host": address.host,
        "port": str(address.port or ""),
        "database": address.database,
        "user": address.user,
        "password": address.password,
        "tls_ca": address.authorities,
    }
    return {name: text for name, text in found.items() if text}


def integrate(hub: Hub, made: Made, **more: str) -> Integration:
    """An integration of the database, set up as by the command line."""
    asked = {**NO_LIMITS, **told(made), **{name.replace("__", "."): text for name, text in more.items()}}
    secrets.require("database", asked)
    integration = Integration(tenant=hub.tenant, name="SIS", source="database")
    secrets.keep(integration, options.checked(asked, "database"))
    integration.save()
    return integration


def carry(integration: Integration, *, test: bool = False) -> Run:
    """One run, to its end."""
    return carrying.carry(Run.objects.create(integration=integration, mode=Mode.TEST if test else Mode.LIVE))

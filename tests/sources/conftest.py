"""
Fixtures of every test of a source.

    impatient    always: no waiting between the tries of a request
    hub          a tenant on an empty home, whose operator lets sources read this machine
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
import stamina
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from tests.journeys.support import Hub


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """No waiting between the tries of a request."""
    stamina.set_testing(True, attempts=5, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def hub(db: None, settings: Settings, tmp_path: Path) -> Hub:
    """A tenant on an empty home, whose operator lets sources read this machine."""
    settings.ROLLBOOK_HOME = tmp_path / "home"
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8")]
    return Hub(Tenant.objects.create(slug="northfield", name="Northfield School District"))

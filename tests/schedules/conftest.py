"""
Fixtures of the tests of schedules.

    nightly     an integration that has something to read, without a schedule
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rollbook.accounts.models import Tenant
from rollbook.integrations.models import Integration


@pytest.fixture
def nightly(db: None, tmp_path: Path) -> Integration:
    tenant = Tenant.objects.create(slug="northfield", name="Northfield School District")
    settings = {"layout": "hub_v1", "path": str(tmp_path)}
    return Integration.objects.create(tenant=tenant, name="Northfield nightly", source="sheets", settings=settings)

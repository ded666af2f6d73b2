"""The rules of an account as the utility has them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from rollbook.accounts.models import Tenant
from rollbook.intake import accounts, rules
from rollbook.intake.models import Account
from rollbook.integrations.models import Integration
from rollbook_upload.preflight.rules import Rules

NOTHING: Mapping[str, str] = {}


def sender(settings: Mapping[str, str] = NOTHING, login: str = "northfield", **more: Any) -> Account:
    """An account of an integration with some settings, in a tenant of its own."""
    tenant = Tenant.objects.create(slug=login, name=login.title())
    integration = Integration.objects.create(tenant=tenant, name="nightly", source="sheets", settings=dict(settings))
    return accounts.add(integration, login, **more)[0]


def rules_of(account: Account) -> Rules:
    """What the utility makes of the bundle."""
    return Rules(json.loads(base64.b64decode(rules.bundle(account)["payload"])))

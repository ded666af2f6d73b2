"""The signed rules of an account: whole, true to the definitions, and nobody else's."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.core.issues import CATALOGUE
from rollbook.intake import accounts, rules
from rollbook.intake.models import Account
from rollbook.integrations.models import CodeMapping, Integration


@pytest.fixture
def account(db: None, settings: Settings, tmp_path: Path) -> Account:
    settings.ROLLBOOK_HOME = tmp_path
    tenant = Tenant.objects.create(slug="northfield", name="Northfield")
    CodeMapping.objects.create(tenant=tenant, name="grades", model="grade_level", entries={"Reception": "KG"})
    integration = Integration.objects.create(
        tenant=tenant, name="nightly", source="sheets", settings={"layout": "clever", "date_format": "M/d/yyyy"}
    )
    return accounts.add(integration, "northfield")[0]


def said(bundle: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(bundle["payload"]))
    return found


def test_the_signature_is_that_of_the_key_beside_the_host_key(account: Account, tmp_path: Path) -> None:
    """A bundle is signed with the hub's own key, which nobody else can read; one changed byte breaks it."""
    made = rules.bundle(account)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(made["key"]))
    payload, signature = base64.b64decode(made["payload"]), base64.b64decode(made["signature"])
    key.verify(signature, payload)
    with pytest.raises(InvalidSignature):
        key.verify(signature, payload.replace(b"M", b"m", 1))
    assert made["key"] == rules.public_key()
    assert (tmp_path / "keys" / "rules_key").stat().st_mode & 0o77 == 0


def test_the_digest_changes_only_with_the_rules(account: Account) -> None:
    """Asked again it is the same; with another setting or code mapping of the integration it is another."""
    before = rules.digest(account)
    assert said(rules.bundle(account))["digest"] == before == rules.digest(account)
    account.integration.settings["codes.grade_level"] = "grades"
    with_codes = rules.digest(account)
    CodeMapping.objects.update(entries={"Reception": "PK"})
    assert len({before, with_codes, rules.digest(account)}) == 3


def test_rules_are_those_of_the_integration(account: Account) -> None:
    """Layout, dates, bindings, code entries and file templates are as the integration has them."""
    account.integration.settings |= {
        "codes.grade_level": "grades",
        "field.user.middle_name": "",
        "read.students*.delimiter": "|",
        "grades": "01,02",
    }
    found = said(rules.bundle(account))
    assert [layout["name"] for layout in found["layouts"]] == ["clever"]
    assert found["layouts"][0]["dates"] == ["%m/%d/%Y"]
    assert found["codes"]["grade_level"]["folded"]["reception"] == "KG"
    assert found["templates"] == [
        ["students*", {"header_row": 1, "columns": [], "widths": [], "delimiter": "|", "encoding": None}]
    ]
    assert found["only"]["grades"] == ["01", "02"]
    rules_of_users = [r for s in found["layouts"][0]["sheets"] for r in s["rules"] if r["entity"] == "user"]
    assert not [rule for rule in rules_of_users if "middle_name" in rule["fields"]]
    assert [issue["code"] for issue in found["issues"]] == [issue.code for issue in CATALOGUE]


def test_without_a_layout_all_of_them_are_there(account: Account) -> None:
    """Where the hub recognises the layout, the utility can; an account's own layout comes first."""
    del account.integration.settings["layout"]
    assert len(said(rules.bundle(account))["layouts"]) > 8
    account.layout = "hub_v1"
    assert [layout["name"] for layout in said(rules.bundle(account))["layouts"]] == ["hub_v1"]


def test_health_and_custody_are_marked(account: Account) -> None:
    """Columns whose wrong values must not be shown say so."""
    account.layout = "hub_v1"
    columns = [c for s in said(rules.bundle(account))["layouts"][0]["sheets"] for c in s["columns"]]
    assert {c["restricted"] for c in columns} == {True, False}

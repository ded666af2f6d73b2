"""`rollbook sftp-account handover`, `handovers`, `withdraw`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.core.mail import EmailMessage
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.cli.senders import sftp_account
from rollbook.core.errors import SettingsError
from rollbook.intake import handover
from rollbook.intake.models import Account
from rollbook.integrations.models import Integration

JO = "jo@example.org"


@pytest.fixture(autouse=True)
def nightly(db: None, settings: Settings, tmp_path: Path) -> Integration:
    settings.ROLLBOOK_HOME = tmp_path
    tenant = Tenant.objects.create(slug="northfield", name="Northfield School District")
    return Integration.objects.create(tenant=tenant, name="nightly", source="sheets")


def said(*args: str) -> Result:
    """What `rollbook sftp-account ARGS` does in this process."""
    return CliRunner().invoke(sftp_account, args)


def test_from_an_account_without_credentials_to_its_link() -> None:
    """An account can be added without credentials; the link and the code that lead to them are shown."""
    added = said("add", "nf-export", "--integration", "nightly", "--no-password").output
    assert "rollbook sftp-account handover nf-export --to ADDRESS" in added
    assert "Password:" not in added
    shown = said("handover", "nf-export", "--to", JO, "--name", "Jo Roe").output
    found = re.search(r"Link: /handover/([^/]+)/\nCode: (\d{4} \d{4})\n", shown)
    assert found
    assert "BASE_URL" in shown
    one = handover.find(found.group(1))
    assert one
    assert handover.prove(one, found.group(2), JO)
    [listed] = json.loads(said("handovers", "nf-export", "--json").output)
    assert (listed["for"], listed["by"], listed["state"]) == (f"Jo Roe ({JO})", "the command line", "open")


def test_the_link_is_mailed(settings: Settings, mailoutbox: list[EmailMessage]) -> None:
    """Where the hub sends mail the terminal shows no link, unless it is asked to."""
    settings.SENDS_MAIL, settings.BASE_URL = True, "https://hub.example"
    said("add", "nf-export", "--integration", "nightly")
    assert "/handover/" not in said("handover", "nf-export", "--to", JO).output
    assert str(mailoutbox[0].body).startswith(
        "Hello,\n\nYou are asked to send the files of Northfield School District."
    )
    assert "Link: https://hub.example/handover/" in said("handover", "nf-export", "--to", JO, "--show").output
    assert len(mailoutbox) == 1


def test_withdraw() -> None:
    """The open link is taken back; without one the command says so."""
    said("add", "nf-export", "--integration", "nightly")
    assert "None yet" in said("handovers", "nf-export").output
    said("handover", "nf-export", "--to", JO)
    assert "withdrawn" in said("withdraw", "nf-export").output
    assert "withdrawn" in said("handovers", "nf-export").output
    assert isinstance(said("withdraw", "nf-export").exception, SettingsError)


def test_what_is_typed_is_in_the_history() -> None:
    """Each command that changes an account is written down as done on the command line."""
    for command in (
        ["add", "nf-export", "--integration", "nightly"],
        ["set", "nf-export", "--pattern", "*.csv"],
        ["password", "nf-export"],
        ["off", "nf-export"],
        ["on", "nf-export"],
        ["password", "nf-export", "--drop"],
    ):
        said(*command)
    history = list(Account.objects.get().history.order_by("pk").values_list("what", "who"))
    assert {who for _, who in history} == {"the command line"}
    assert [what for what, _ in history] == [
        *("account_added", "account_changed", "password_renewed"),
        *("account_switched_off", "account_switched_on", "password_dropped"),
    ]

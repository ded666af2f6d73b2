"""`rollbook notify` and `rollbook keys`: who is told, and what secrets are sealed with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.cli.keys import keys
from rollbook.cli.notify import notify
from rollbook.core.errors import RollbookError
from rollbook.integrations.models import Integration
from rollbook.notices.catalogue import CODES
from rollbook.notices.models import Expiry, Subscription, Webhook
from rollbook.notices.recipients import DEFAULT_EVENTS
from rollbook.secretbox import unseal
from tests.notices.conftest import hook, mails  # noqa: F401 - fixtures
from tests.support.mailserver import MailServer
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db
DESK = "desk@example.org"


@pytest.fixture(autouse=True)
def nightly(settings: Settings, tmp_path: Path) -> Integration:
    """A hub with one tenant and one integration."""
    settings.ROLLBOOK_HOME = tmp_path
    tenant = Tenant.objects.create(slug="west", name="West Valley")
    return Integration.objects.create(tenant=tenant, name="nightly", source="sheets")


def said(*args: str) -> Result:
    """What `rollbook notify ARGS` does in this process."""
    return CliRunner().invoke(notify, args)


def refusal(*args: str) -> str:
    """Why `rollbook notify ARGS` was refused."""
    error = said(*args).exception
    assert isinstance(error, RollbookError)
    return str(error)


def test_an_address(nightly: Integration) -> None:
    """An address is added with events and integrations, listed, and removed."""
    assert said("add", DESK, "--event", "run.held", "--integration", "nightly").exit_code == 0
    assert json.loads(said("list", "--json").output) == [
        {
            "tenant": "west",
            "receiver": DESK,
            "kind": "address",
            "events": ["run.held"],
            "integrations": ["nightly"],
            "active": True,
            "outcome": None,
        }
    ]
    assert DESK in said("list").output
    assert said("remove", DESK.upper()).exit_code == 0
    assert not Subscription.objects.exists()


def test_without_events_the_defaults() -> None:
    """Who is added without events gets those that members get by default."""
    said("add", DESK)
    assert tuple(Subscription.objects.get().events) == DEFAULT_EVENTS


def test_a_webhook() -> None:
    """The secret of a webhook is shown when it is added, and never after."""
    text = said("add", "https://hook.example/in").output
    shown = re.search(r"^Secret: (whsec_\S+)$", text, re.MULTILINE)
    assert shown
    assert unseal(Webhook.objects.get().secret) == shown[1]
    assert "whsec_" not in said("list").output + said("list", "--json").output
    again = re.search(r"^Secret: (whsec_\S+)$", said("secret", "https://hook.example/in").output, re.MULTILINE)
    assert again
    assert unseal(Webhook.objects.get().secret) == again[1] != shown[1]


def test_what_cannot_be_is_refused(nightly: Integration) -> None:
    """Unknown events, integrations and receivers, unsafe addresses and repetitions are refused."""
    other = Tenant.objects.create(slug="east", name="East")
    Integration.objects.create(tenant=other, name="theirs", source="sheets")
    said("add", DESK, "--tenant", "west")
    count = Subscription.objects.count()
    assert "There is no event run.lost" in refusal("add", "a@example.org", "--tenant", "west", "--event", "run.lost")
    assert "another tenant" in refusal("add", "a@example.org", "--tenant", "west", "--integration", "east/theirs")
    assert "no integration" in refusal("add", "a@example.org", "--tenant", "west", "--integration", "theirs")
    assert "begins with https://" in refusal("add", "http://hook.example/", "--tenant", "west")
    assert "neither" in refusal("add", "nobody", "--tenant", "west")
    assert "told already" in refusal("add", DESK, "--tenant", "west")
    assert "several tenants" in refusal("add", "a@example.org")
    assert "was not added" in refusal("remove", "a@example.org")
    assert "is no webhook" in refusal("secret", DESK)
    assert (Subscription.objects.count(), Webhook.objects.count()) == (count, 0)


def test_a_test(mails: MailServer, hook: Receiver) -> None:  # noqa: F811
    """A test arrives, and the exit code says whether it did."""
    assert said("test", DESK).exit_code == 0
    assert mails.receivers == [DESK]
    said("add", hook.url)
    assert said("test", hook.url).exit_code == 0
    hook.status = 500
    answer = said("test", hook.url)
    assert (answer.exit_code, "HTTP 500" in answer.output) == (1, True)


def test_expiry(nightly: Integration) -> None:
    """A day of expiry is noted, changed and forgotten."""
    said("expires", "nightly", "key", "2027-01-31")
    said("expires", "nightly", "key", "2028-01-31")
    assert [(e.kind, str(e.expires)) for e in Expiry.objects.all()] == [("key", "2028-01-31")]
    assert said("expires", "nightly", "key", "soon").exit_code == 2
    said("expires", "nightly", "key", "never")
    assert not Expiry.objects.exists()


def test_events() -> None:
    """Every event of the catalogue is listed."""
    assert [one["code"] for one in json.loads(said("events", "--json").output)] == list(CODES)
    assert all(code in said("events").output for code in CODES)


def test_keys_are_changed() -> None:
    """After a change of keys the secrets are the same."""
    said("add", "https://hook.example/in")
    before = unseal(Webhook.objects.get().secret)
    assert "sealed 1 secrets" in CliRunner().invoke(keys, ["add"]).output
    assert CliRunner().invoke(keys, ["drop"]).exit_code == 0
    assert unseal(Webhook.objects.get().secret) == before

"""The form of data sheets on a school's SFTP server, whose private key has several lines."""

from __future__ import annotations

import re
from ipaddress import ip_network

import asyncssh
import pytest
from django.test import Client
from pytest_django import Settings

from rollbook.integrations import secrets
from rollbook.integrations.models import Integration
from tests.sources.sheets_sftp.schools import School
from tests.web.seed import World
from tests.world import NORTHFIELD

NEW = "/integrations/new/sheets_sftp/"
KEY = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
FILLED = {
    "name": "From the school",
    "set-host": "127.0.0.1",
    "set-user": "hub",
    "set-log_in": "key",
    "set-private_key": KEY.replace("\n", "\r\n"),
    "set-newest": "on",
    "layout": "",
    "mode": "full",
}


def made() -> Integration:
    return Integration.objects.get(source="sheets_sftp")


def test_a_key_of_several_lines_is_sealed(world: World, ada: Client) -> None:
    """It is kept as it was pasted, apart from the settings, and no page shows it again."""
    answer = ada.post(NEW, FILLED)
    integration = made()
    assert answer.headers["Location"] == f"/integrations/{integration.pk}/test/"
    assert integration.settings == {"host": "127.0.0.1", "user": "hub", "log_in": "key", "mode": "full"}
    asyncssh.import_private_key(secrets.secrets_of(integration)["private_key"])
    page = ada.get(f"/integrations/{integration.pk}/connection/").content.decode()
    assert ("PRIVATE KEY" in page, "It is kept; leave blank to keep it." in page) == (False, True)


def test_a_mistake_does_not_send_the_key_back(world: World, ada: Client) -> None:
    """What was typed stays in the form, but for what is secret."""
    page = ada.post(NEW, FILLED | {"set-port": "many"}).content.decode()
    assert ("it must be a whole number" in page, 'value="127.0.0.1"' in page, "PRIVATE KEY" in page) == (
        True,
        True,
        False,
    )


def test_a_key_that_is_kept_is_not_sent_elsewhere(world: World, ada: Client) -> None:
    """Whoever names another host gives the key again."""
    ada.post(NEW, FILLED)
    at = f"/integrations/{made().pk}/connection/"
    page = ada.post(at, FILLED | {"set-host": "sftp.other.example", "set-private_key": ""}).content.decode()
    assert ("it must be given again" in page, made().settings["host"]) == (True, "127.0.0.1")


@pytest.mark.django_db(transaction=True)
def test_the_host_key_is_taken_over_from_the_test(world: World, ada: Client, settings: Settings) -> None:
    """The first test shows the key, it is set on the form, and the second test shows the files."""
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8")]
    with School({name.encode(): text.encode() for name, text in NORTHFIELD.items()}).serving() as school:
        by_password = FILLED | {"set-log_in": "password", "set-password": school.password, "set-port": str(school.port)}
        ada.post(NEW, by_password)
        at = f"/integrations/{made().pk}"
        shown = re.search(r"ssh-ed25519 SHA256:[\w+/]{43}", ada.post(f"{at}/test/", follow=True).content.decode())
        assert (shown is not None, school.attempts) == (True, [])
        assert shown is not None
        ada.post(f"{at}/connection/", by_password | {"set-password": "", "set-host_key": shown[0]})
        page = ada.post(f"{at}/test/", follow=True).content.decode()
    assert [name for name in NORTHFIELD if name not in page] == []
    assert school.password not in page

"""Accounts of senders: what is made, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.core.errors import SettingsError
from rollbook.intake import accounts, store
from rollbook.intake.models import Account, ReceivedFile
from rollbook.integrations.models import Integration


@pytest.fixture
def nightly(db: None, settings: Settings, tmp_path: Path) -> Integration:
    settings.ROLLBOOK_HOME = tmp_path
    tenant = Tenant.objects.create(slug="northfield", name="Northfield")
    return Integration.objects.create(tenant=tenant, name="nightly", source="sheets")


def test_a_password_is_made_and_kept_by_nobody(nightly: Integration) -> None:
    """The password opens, its hash is all that is kept, and a new one takes its place."""
    account, password = accounts.add(nightly, "north")
    assert len(password) == 27
    assert password not in account.password
    assert accounts.is_password(password, account.password)
    newer = accounts.renew_password(account)
    assert not accounts.is_password(password, account.password)
    assert accounts.is_password(newer, account.password)
    accounts.drop_password(account)
    assert not accounts.is_password("", account.password)


def test_nobody_sends_files_for_a_system_that_is_fetched(nightly: Integration) -> None:
    """An account for an integration that reads an API would be a folder that nothing ever reads."""
    fetched = Integration.objects.create(tenant=nightly.tenant, name="hourly", source="aeries")
    with pytest.raises(SettingsError, match="fetches the data of"):
        accounts.add(fetched, "north")
    assert not Account.objects.exists()


def test_no_two_passwords_are_the_same() -> None:
    """They come out of chance, without letters that look alike."""
    made = {accounts.new_password() for _ in range(200)}
    assert len(made) == 200
    assert not set("".join(made)) & set("lIO01")


def test_the_folder_is_there_with_the_account(nightly: Integration, tmp_path: Path) -> None:
    """Inbox, outbox and agreed folders are made at once, and are the hub's alone."""
    accounts.add(nightly, "north", folders=["photos", "archive/*"])
    root = tmp_path / "inbox/northfield/north"
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == [
        "history",
        "inbox",
        "inbox/photos",
        "outbox",
        "parts",
        "uploads",
    ]
    assert {path.stat().st_mode & 0o77 for path in root.rglob("*")} == {0}


WEAK = asyncssh.generate_private_key("ssh-rsa", key_size=1024).export_public_key().decode()


@pytest.mark.parametrize(
    "login, rules, why",
    [
        ("N", {}, "3 to 32 characters"),
        ("../up", {}, "3 to 32 characters"),
        ("north", {"networks": ["203.0.113.300"]}, "A network looks like"),
        ("north", {"public_keys": "ssh-ed25519 nonsense"}, "no public key"),
        ("north", {"public_keys": WEAK}, "too weak"),
        ("north", {"folders": ["../up"]}, "cannot be a folder"),
        ("taken", {}, "already exists"),
    ],
)
def test_what_cannot_be_an_account_is_refused(nightly: Integration, login: str, rules: Any, why: str) -> None:
    """Nothing is made of a bad name, network, key or folder, and the reason is told."""
    accounts.add(nightly, "taken")
    with pytest.raises(SettingsError, match=why):
        accounts.add(nightly, login, **rules)
    assert Account.objects.count() == 1


def test_a_file_that_comes_another_way_is_entered_alike(nightly: Integration, tmp_path: Path) -> None:
    """What is accepted lies in the inbox with its row; what it replaces is history, and what was taken is cleared."""
    account, _ = accounts.add(nightly, "north")
    for content in (b"one", b"two", b"three"):
        draft = tmp_path / "draft"
        draft.write_bytes(content)
        row = store.accept(account, "students.csv", draft, client="pages")
        if content == b"two":
            ReceivedFile.objects.filter(upload=row.upload).update(state=ReceivedFile.State.TAKEN)
    assert (store.folder_of(account).inbox / "students.csv").read_bytes() == b"three"
    assert [row.state for row in ReceivedFile.objects.order_by("pk")] == ["replaced", "cleared", "whole"]
    assert [row.size for row in store.whole_files(account)] == [5]

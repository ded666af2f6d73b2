"""The pages about programs that upload: their tokens, and what was heard of them."""

from __future__ import annotations

import configparser
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from rollbook.intake import accounts, connection_files, rules, tokens
from rollbook.intake.models import UploadToken
from tests.web.seed import World

TOKEN = re.compile(r"rbu_[\w-]{43}")


@pytest.fixture
def token(world: World) -> UploadToken:
    """A token of Northfield's sender, in use."""
    made, _ = tokens.make(world.sender, "SIS server")
    tokens.note_contact(made, timezone.now(), version="1.2.0", host="sis-1.northfield.example", system="Windows 11")
    return made


def text_of(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


def test_a_token_is_shown_once_and_comes_in_a_file(world: World, ada: Client, settings: Settings) -> None:
    """Made, shown, downloaded as a connection file, and never shown again."""
    settings.SFTP_PUBLIC_HOST = "sftp.hub.example"
    page = f"/intake/account/{world.sender.login}/tokens/"
    shown = text_of(ada.post(page, {"do": "make", "name": "SIS server", "days": "30"}))
    [text] = set(TOKEN.findall(shown))
    made = world.sender.tokens.get()
    assert (made.name, made.made_by, tokens.find(text)) == ("SIS server", world.member, made)
    file = ada.post(page, {"do": "file", "token": text})
    assert file.headers["Content-Disposition"] == 'attachment; filename="northfield-rollbook-upload.ini"'
    parts = configparser.ConfigParser(interpolation=None)
    parts.read_string(file.content.decode())
    assert dict(parts["hub"]) == {"url": "http://testserver", "token": text, "rules_key": rules.public_key()}
    sftp = dict(parts["sftp"])
    assert sftp.pop("host_key").startswith("ssh-ed25519 AAAA")
    assert sftp == {"host": "sftp.hub.example", "port": "2022", "login": "northfield"}
    assert dict(parts["watch"]) == {"folder": ".", "patterns": "*.csv, *.txt"}
    assert not TOKEN.search(text_of(ada.get(page)))
    assert "A token for uploads over HTTPS was made: SIS server." in text_of(ada.get("/intake/account/northfield/"))


def test_the_file_names_the_hub_as_people_reach_it(world: World, settings: Settings) -> None:
    """`BASE_URL` where it is set; and no SFTP where there is none."""
    settings.BASE_URL, settings.SFTP_PORT = "https://hub.example", "off"
    accounts.change(world.sender, patterns=["*.txt"])
    written = connection_files.text(world.sender, "rbu_x", host="h", port=22, host_key="k", url="http://other/")
    assert "url = https://hub.example\n" in written
    assert "[sftp]" not in written
    assert "patterns = *.txt\n" in written


def test_a_token_is_taken_back(world: World, ada: Client, token: UploadToken) -> None:
    """From that moment it opens nothing; the account's history says who did it."""
    page = f"/intake/account/{world.sender.login}/tokens/"
    assert "In use" in text_of(ada.get(page))
    ada.post(page, {"do": "revoke", "token": token.pk})
    assert not tokens.live().exists()
    assert "Revoked" in text_of(ada.get(page))
    assert "A token for uploads was taken back: SIS server." in text_of(ada.get("/intake/account/northfield/"))


@pytest.mark.parametrize("days", ["0", "9999", "x"])
def test_a_token_that_cannot_be_made_is_not(world: World, ada: Client, days: str) -> None:
    """The form says why."""
    page = f"/intake/account/{world.sender.login}/tokens/"
    assert "field-error" in text_of(ada.post(page, {"do": "make", "name": "x", "days": days}))
    assert "field-error" in text_of(ada.post(page, {"do": "make", "name": "", "days": ""}))
    assert not UploadToken.objects.exists()


def test_a_token_of_another_account_is_neither_taken_back_nor_put_into_a_file(world: World, ada: Client) -> None:
    """Only what belongs to the account on the page."""
    other, text = tokens.make(world.foreign.integration.accounts.get(), "theirs")
    page = f"/intake/account/{world.sender.login}/tokens/"
    assert ada.post(page, {"do": "revoke", "token": other.pk}).status_code == 404
    assert ada.post(page, {"do": "file", "token": text}).status_code == 302
    assert tokens.live().get() == other


def test_programs_are_listed_with_what_was_heard_of_them(
    world: World, ada: Client, sam: Client, token: UploadToken
) -> None:
    """Version, host, system and state, of the own tenant only."""
    page = text_of(ada.get("/intake/utilities/"))
    assert all(fact in page for fact in ("SIS server", "1.2.0", "sis-1.northfield.example", "Windows 11", "In use"))
    assert "SIS server" not in text_of(sam.get("/intake/utilities/"))
    assert "sis-1.northfield.example" in text_of(ada.get("/intake/account/northfield/"))


def test_a_program_that_fell_silent_stands_out(world: World, ada: Client, token: UploadToken) -> None:
    """After two days without a word; one that has ended is only shown where it is asked for."""
    UploadToken.objects.update(last_contact=timezone.now() - timedelta(days=3))
    assert "Silent" in text_of(ada.get("/intake/utilities/"))
    tokens.revoke(token)
    assert "No token holds any more" in text_of(ada.get("/intake/utilities/"))
    assert "SIS server" in text_of(ada.get("/intake/utilities/?ended=1"))


def test_without_programs_the_page_says_how_to_get_one(world: World, ada: Client, olga: Client) -> None:
    """It names the utility and leads to a token."""
    for client in (ada, olga):
        page = text_of(client.get("/intake/utilities/"))
        assert "rollbook-upload.pyz" in page
        assert "/intake/account/northfield/tokens/" in page

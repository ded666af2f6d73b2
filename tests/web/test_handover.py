"""The public page of a link: what it shows to whom, and that looking uses nothing up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from rollbook.intake import accounts, handover
from rollbook.intake.models import Handover
from rollbook.web.throttle import CODES_PER_LINK, PER_HOST
from tests.support.waiting import until
from tests.web.seed import World

JO, KIM = "jo@example.org", "kim@example.org"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFzX0uYb3oG8Jr2n1Yb1mNFk8b0cHn4X3m3gkq1v6w9C laptop"


def made(world: World, address: str = JO) -> tuple[str, str]:
    """The path of a link that was shown, and its code."""
    return handover.make(world.sender, address, "Jo Roe", by="Ada Lindqvist", by_mail=False)


def proven(client: Client, world: World) -> str:
    """The path of a link whose recipient has shown who they are."""
    link, code = made(world)
    answer = client.post(link, {"do": "prove", "address": JO, "code": code})
    assert (answer.status_code, answer.headers["Location"]) == (302, link)
    return link


def page(answer: Any) -> str:
    return str(answer.content.decode())


def test_looking_tells_nothing_and_uses_nothing_up(world: World, client: Client) -> None:
    """However often a scanner of mails opens a link, it learns nothing, and the recipient can still open it."""
    link, code = made(world)
    shown = {page(client.get(link)) for _ in range(5)} | {page(client.get(f"{link}?code"))}
    client.head(link)
    assert [
        word for one in shown for word in ("northfield", "Northfield", "Ada Lindqvist", JO, "Jo Roe") if word in one
    ] == []
    client.post(link, {"do": "prove", "address": JO, "code": code})
    assert "Show the log-in details" in page(client.get(link))


@pytest.mark.parametrize("do", ["password", "key", "forward", "", "nothing"])
def test_nothing_is_done_for_whoever_has_only_the_link(world: World, client: Client, do: str) -> None:
    """Who has not shown that they are the recipient gets the question again, whatever they ask for."""
    link, _ = made(world)
    answer = client.post(link, {"do": do, "keys": KEY, "address": KIM, "name": "Kim"})
    assert (answer.status_code, "Your e-mail address" in page(answer)) == (200, True)
    assert Handover.objects.get().state == "open"


def test_the_password_is_shown_once(world: World, client: Client) -> None:
    """The button shows all that is needed to log in; after that the link is none, for this browser too."""
    link = proven(client, world)
    shown = page(client.post(link, {"do": "password"}))
    found = re.findall(r'class="secret">([^<]+)<', shown)
    world.sender.refresh_from_db()
    assert accounts.is_password(found[0], world.sender.password)
    for said in ("SFTP", "2022", "northfield", "SHA256:", "winscp.txt"):
        assert said in shown
    assert client.get(link).status_code == 404
    assert found[0] not in page(client.post(link, {"do": "password"}))


def test_whoever_has_a_password_already_is_told_that_it_ends(world: World, client: Client) -> None:
    """Before the button is pressed the page says what becomes of the present password."""
    accounts.drop_password(world.sender)
    link = proven(client, world)
    assert "stops working" not in page(client.get(link))
    accounts.renew_password(world.sender)
    assert "stops working" in page(client.get(link))


def test_a_key_is_pasted(world: World, client: Client) -> None:
    """What is no key is told beside the field and uses nothing up; a key is taken, and no password is shown."""
    link = proven(client, world)
    assert "no public key" in page(client.post(link, {"do": "key", "keys": "hello"}))
    shown = page(client.post(link, {"do": "key", "keys": KEY}))
    assert ("Your key was taken" in shown, 'class="secret"' in shown) == (True, False)
    world.sender.refresh_from_db()
    assert (world.sender.public_keys, world.sender.password) == (KEY, "")


def test_it_is_handed_on(world: World, client: Client) -> None:
    """The colleague's link and code are shown where the hub sends no mail, and open for the colleague alone."""
    link = proven(client, world)
    shown = page(client.post(link, {"do": "forward", "name": "Kim Poe", "address": KIM}))
    found = re.search(r"http://testserver(/handover/[^/]+/)", shown)
    code = re.search(r"<code>(\d{4} \d{4})</code>", shown)
    assert found
    assert code
    assert client.get(link).status_code == 404
    other = Client()
    refused = other.post(found.group(1), {"do": "prove", "address": JO, "code": code.group(1)})
    assert "not the right code" in page(refused)
    other.post(found.group(1), {"do": "prove", "address": KIM, "code": code.group(1)})
    assert "Show the log-in details" in page(other.get(found.group(1)))


def test_the_proof_is_of_one_browser_and_one_link(world: World, client: Client) -> None:
    """Another browser has to prove again; the proof of one link opens no other."""
    link = proven(client, world)
    assert "Show the log-in details" not in page(Client().get(link))
    second, _ = made(world)
    client.cookies["handover"]["path"] = second
    assert "Show the log-in details" not in page(client.get(second))


def test_all_that_does_not_work_looks_alike(world: World, client: Client) -> None:
    """A link that is wrong, used, replaced, withdrawn or blocked is answered with the same page."""
    used = proven(client, world)
    client.post(used, {"do": "password"})
    replaced, _ = made(world)
    withdrawn, _ = made(world)
    handover.withdraw(world.sender, by="Ada")
    blocked, _ = made(world)
    for _ in range(handover.MOST_WRONG):
        handover.prove(Handover.objects.filter(state="open").get(), "0", JO)
    gone = [client.get(at) for at in (used, replaced, withdrawn, blocked, "/handover/" + "x" * 43 + "/")]
    shown = {re.sub(r'value="[^"]*"', "", page(one)) for one in gone}
    assert {one.status_code for one in gone} == {404}
    assert len(shown) == 1
    assert "ask the person who sent it to you" in shown.pop()


def test_headers_keep_the_link_to_themselves(world: World, client: Client) -> None:
    """No address that a browser tells anybody holds the link; no cache keeps the page; no robot lists it."""
    link = proven(client, world)
    for answer in (client.get(link), client.post(link, {"do": "password"}), client.get(link)):
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert "no-store" in answer.headers["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in page(answer)


def test_files_for_programs(world: World, client: Client) -> None:
    """Who collects can fetch files that set a program up, also just after; they hold no secret, and others get none."""
    link = proven(client, world)
    shown = page(client.post(link, {"do": "password"}))
    names = re.findall(rf'href="{link}([^"]+)"', shown)
    assert len(names) == 4
    fetched = [client.get(link + name) for name in names]
    assert [one.headers["Content-Disposition"] for one in fetched] == [f'attachment; filename="{n}"' for n in names]
    password = re.findall(r'class="secret">([^<]+)<', shown)[0]
    assert [one for one in fetched if password in page(one)] == []
    assert [Client().get(link + name).status_code for name in names] == [404] * 4
    assert client.get(f"{link}secret_key").status_code == 404


# By mail --------------------------------------------------------------------------------------------------


@pytest.fixture
def mailed(world: World, settings: Settings, mailoutbox: list[EmailMessage]) -> str:
    """The path of a link that was mailed."""
    settings.SENDS_MAIL, settings.BASE_URL = True, "https://hub.example"
    handover.make(world.sender, JO, by="Ada Lindqvist")
    found = re.search(r"https://hub\.example(\S+)", str(mailoutbox[0].body))
    assert found
    return found.group(1)


def test_who_asks_for_a_code_is_told_the_same(mailed: str, client: Client, mailoutbox: list[EmailMessage]) -> None:
    """Right and wrong addresses get the same answer; a mail goes out for the right one only, to the recipient."""
    answers = [client.post(mailed, {"do": "ask", "address": address}, follow=True) for address in (KIM, JO)]
    same = {re.sub(r'value="[^"]*"', "", page(one)) for one in answers}
    assert (len(same), [one.status_code for one in answers]) == (1, [200, 200])
    assert until(lambda: len(mailoutbox) == 2)
    assert mailoutbox[1].to == [JO]
    code = re.findall(r"\d{4} \d{4}", str(mailoutbox[1].body))[0]
    assert client.post(f"{mailed}?code", {"do": "prove", "code": code}).status_code == 302


def test_codes_are_mailed_so_often(mailed: str, client: Client, mailoutbox: list[EmailMessage]) -> None:
    """Nobody's mailbox is filled with codes."""
    asked = [client.post(mailed, {"do": "ask", "address": JO}).status_code for _ in range(CODES_PER_LINK + 1)]
    assert asked == [302] * CODES_PER_LINK + [429]
    assert until(lambda: len(mailoutbox) == 1 + CODES_PER_LINK)


def test_one_host_tries_so_often(world: World, client: Client) -> None:
    """Guesses of one host are limited, over all links together."""
    statuses = []
    for _ in range(PER_HOST // 9 + 1):
        link, _ = made(world)
        statuses += [client.post(link, {"do": "prove", "address": JO, "code": "1"}).status_code for _ in range(9)]
    assert (statuses.index(429), set(statuses)) == (PER_HOST, {200, 429})

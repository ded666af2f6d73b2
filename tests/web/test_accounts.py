"""The pages of senders' accounts: added, seen, changed, let in and kept out, handed over."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from rollbook.intake import accounts, protection, watch
from rollbook.intake.models import Account, Handover
from tests.web.seed import World

JO = "jo@example.org"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFzX0uYb3oG8Jr2n1Yb1mNFk8b0cHn4X3m3gkq1v6w9C export@sis"
RULES = {
    "networks": "", "host_names": "", "patterns": "*.csv\n*.txt", "folders": "", "layout": "", "largest_file": "0.5",
    "quota_bytes": "2", "quota_files": "100", "quiet_minutes": "10", "marker": "_done", "grace_days": "3",
    "receipt_addresses": "sis@example.org",
}  # fmt: skip


def page(answer: Any) -> str:
    return str(answer.content.decode())


def add(world: World, ada: Client, **given: str) -> Any:
    """The form of a new account, sent."""
    fields = {"integration": str(world.nightly.pk), "login": "nf-export", "access": "link", **RULES, **given}
    return ada.post("/intake/accounts/new/", fields, follow=True)


def fresh(world: World) -> Account:
    return Account.objects.get(pk=world.sender.pk)


# The list -------------------------------------------------------------------------------------------------


def test_the_list(world: World, ada: Client) -> None:
    """The list tells folder, integration, ways in, last log-in, last file and state; those that are off on demand."""
    accounts.switch(accounts.add(world.nightly, "nf-old")[0], on=False)
    shown = page(ada.get("/intake/accounts/"))
    for said in ("northfield/northfield", "Admissions", "password", "19 Nov 2026, 22:40", "On"):
        assert said in shown
    assert "nf-old" not in shown
    assert "nf-old" in page(ada.get("/intake/accounts/?inactive=1"))


def test_search_and_sort(world: World, ada: Client) -> None:
    """Accounts are found by login and by integration, and sorted by each column."""
    accounts.add(world.nightly, "nf-export")

    def found(query: str) -> list[str]:
        return re.findall(
            r'<th scope="row"><a href="/intake/account/([^/]+)/"', page(ada.get(f"/intake/accounts/?{query}"))
        )

    assert (found("search=export"), found("search=admiss")) == (["nf-export"], ["northfield"])
    assert "Nothing found" in page(ada.get("/intake/accounts/?search=nobody"))
    for sort in ("login", "integration", "-seen", "file", "active"):
        assert sorted(found(f"sort={sort}")) == ["nf-export", "northfield"]
    assert found("sort=-login") == ["northfield", "nf-export"]
    assert found("sort=-seen") == ["northfield", "nf-export"]


def test_without_accounts(world: World, sam: Client) -> None:
    """Where there is none the page says what one is for, and how to add it."""
    world.foreign.integration.accounts.all().delete()
    shown = page(sam.get("/intake/accounts/"))
    assert ("No accounts yet" in shown, "/intake/accounts/new/" in shown) == (True, True)


# Add ------------------------------------------------------------------------------------------------------


def test_an_account_is_added_and_handed_over_at_once(world: World, ada: Client) -> None:
    """With a recipient the account has no credentials until they are collected; link and code are shown once."""
    shown = page(add(world, ada, address=JO, name="Jo Roe"))
    made = Account.objects.get(login="nf-export")
    assert (made.password, made.patterns, made.marker, made.quota_bytes) == ("", ["*.csv", "*.txt"], "_done", 2 * 10**9)
    assert (made.largest_file, made.receipt_addresses) == (500_000_000, ["sis@example.org"])
    link, code = re.findall(r"<code>([^<]+)</code>", shown)
    assert link.startswith("http://testserver/handover/")
    assert re.fullmatch(r"\d{4} \d{4}", code)
    assert Handover.objects.get().recipient == f"Jo Roe ({JO})"
    assert "No credentials yet" in page(ada.get("/intake/account/nf-export/"))
    assert link not in page(ada.get("/intake/account/nf-export/"))


def test_the_link_is_mailed(world: World, ada: Client, settings: Settings, mailoutbox: list[EmailMessage]) -> None:
    """Where the hub sends mail the link goes to its recipient, and is shown to nobody."""
    settings.SENDS_MAIL, settings.BASE_URL = True, "https://hub.example"
    shown = page(add(world, ada, address=JO))
    assert "The link was mailed to jo@example.org" in shown
    assert "/handover/" in str(mailoutbox[0].body)
    assert "https://hub.example/handover/" not in shown


def test_a_password_is_shown_once(world: World, ada: Client) -> None:
    """Who wants to pass the password on sees it on the page that follows, and never again."""
    password = re.findall(r'class="secret">([^<]+)<', page(add(world, ada, access="password")))[0]
    assert accounts.is_password(password, Account.objects.get(login="nf-export").password)
    assert password not in page(ada.get("/intake/account/nf-export/"))


def test_a_key_is_its_way_in(world: World, ada: Client) -> None:
    """With a key there is no password; without one the form says what is missing."""
    assert "Paste at least one key" in page(add(world, ada, access="key"))
    add(world, ada, access="key", public_keys=KEY)
    made = Account.objects.get(login="nf-export")
    assert (made.password, made.public_keys) == ("", KEY)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"login": "northfield"}, "already exists"),
        ({"login": "No Blanks"}, "small letters"),
        ({"networks": "everywhere"}, "A network looks like"),
        ({"folders": "a:b"}, "cannot be a folder"),
        ({"quota_bytes": "0"}, "greater than or equal"),
        ({"receipt_addresses": "sis"}, "no mail address"),
        ({"integration": "999999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_kept_is_told(world: World, ada: Client, given: dict[str, str], said: str) -> None:
    """A refusal says why, keeps what was typed, and makes nothing."""
    before = Account.objects.count()
    shown = page(add(world, ada, **given))
    assert said in shown
    assert "*.csv" in shown
    assert Account.objects.count() == before


def test_nobody_adds_for_another_tenant(world: World, sam: Client, ada: Client) -> None:
    """The integrations of another tenant can neither be seen nor chosen."""
    assert "Northfield" not in page(sam.get("/intake/accounts/new/"))
    add(world, sam)
    assert not Account.objects.filter(login="nf-export").exists()


# Change ---------------------------------------------------------------------------------------------------


def test_edit(world: World, ada: Client) -> None:
    """Rules are changed, the form begins with what is kept, and the history says who changed what."""
    at = "/intake/account/northfield/edit/"
    ada.post(at, {**RULES, "networks": "203.0.113.0/24, 2001:db8::/32", "may_read_inbox": "on"})
    found = fresh(world)
    assert (found.networks, found.may_read_inbox) == (["203.0.113.0/24", "2001:db8::/32"], True)
    assert "203.0.113.0/24\n2001:db8::/32" in page(ada.get(at))
    entry = found.history.get(what="account_changed")
    assert entry.who == "Ada Lindqvist"
    assert "networks" in entry.text


def test_a_new_password(world: World, ada: Client) -> None:
    """It is asked for first, shown once, and opens; it can be taken away."""
    at = "/intake/account/northfield/password/"
    old = fresh(world).password
    assert "stops working at once" in page(ada.get(at))
    assert fresh(world).password == old
    password = re.findall(r'class="secret">([^<]+)<', page(ada.post(at, {"do": "new"})))[0]
    assert accounts.is_password(password, fresh(world).password)
    ada.post(at, {"do": "drop"})
    assert fresh(world).password == ""


def test_keys(world: World, ada: Client) -> None:
    """Keys are added beside others, each once, shown by fingerprint, and taken away one by one."""
    at = "/intake/account/northfield/keys/"
    assert "no public key" in page(ada.post(at, {"keys": "ssh-ed25519 nothing"}))
    ada.post(at, {"keys": f"{KEY}\n{KEY}"})
    assert fresh(world).public_keys == KEY
    shown = page(ada.get(at))
    [fingerprint] = re.findall(r'name="remove" value="([^"]+)"', shown)
    assert fingerprint.startswith("SHA256:")
    assert "export@sis" in shown
    ada.post(at, {"remove": "SHA256:other"})
    assert fresh(world).public_keys == KEY
    ada.post(at, {"remove": fingerprint})
    assert fresh(world).public_keys == ""


def test_switched_off_and_on(world: World, ada: Client) -> None:
    """An account that is off says so, and can be let in again."""
    at = "/intake/account/northfield/"
    assert "is kept out" in page(ada.post(at, {"do": "off"}, follow=True))
    assert not fresh(world).is_active
    ada.post(at, {"do": "on"})
    assert fresh(world).is_active


# Hand over ------------------------------------------------------------------------------------------------


def test_hand_over_again_and_withdraw(world: World, ada: Client) -> None:
    """The page says that a link waits, makes another in its place, takes it back, and shows what became of each."""
    at = "/intake/account/northfield/handover/"
    ada.post(at, {"address": JO, "name": "Jo Roe", "do": "make"})
    assert f"A link waits for Jo Roe ({JO})" in page(ada.get(at))
    assert f'value="{JO}"' in page(ada.get(at))
    ada.post(at, {"address": JO, "name": "Jo Roe", "do": "make"})
    assert "was withdrawn" in page(ada.post(at, {"do": "withdraw"}, follow=True))
    shown = page(ada.get("/intake/account/northfield/"))
    assert [word in shown for word in ("Withdrawn", "Replaced", "Jo Roe", "Ada Lindqvist")] == [True] * 4


@pytest.mark.parametrize(
    "given, said",
    [
        ({"address": "jo"}, "valid email"),
        ({"name": "see https://x.example"}, "letters, blanks"),
        ({"address": ""}, "required"),
    ],
)
def test_a_hand_over_is_refused(world: World, ada: Client, given: dict[str, str], said: str) -> None:
    """An address that is none, or a name that is an address of a page, makes no link."""
    shown = page(ada.post("/intake/account/northfield/handover/", {"address": JO, "name": "Jo", **given}))
    assert said in shown
    assert not Handover.objects.exists()


def test_a_stranger_hands_nothing_over(world: World, sam: Client) -> None:
    """Another tenant's member makes no link, sees none, and takes none back."""
    at = "/intake/account/northfield/handover/"
    assert sam.post(at, {"address": "sam@southport.example"}).status_code == 404
    assert not Handover.objects.exists()


# Security -------------------------------------------------------------------------------------------------


def facts(world: World) -> dict[str, tuple[bool, str]]:
    return {fact.title: (fact.is_on, fact.said) for fact in protection.facts(fresh(world))}


def test_the_panel_says_what_is_true(world: World, ada: Client, settings: Settings) -> None:
    """Each line of the panel follows what is set for this account, and for the hub."""
    before = facts(world)
    accounts.change(
        fresh(world), networks=["203.0.113.0/24"], patterns=["*.csv"], needs_host_name=True, may_read_inbox=True
    )
    settings.SESSION_COOKIE_SECURE, settings.SFTP_WATCH = True, False
    after = facts(world)
    changed = {title: (before[title][0], after[title][0]) for title in before if before[title][0] != after[title][0]}
    assert changed == {
        "Pages by HTTPS": (False, True),
        "Allowed networks": (False, True),
        "Host names looked at": (False, True),
        "Names and folders": (False, True),
        "Sent files stay closed": (True, False),
        "Intrusion watch": (True, False),
    }
    shown = page(ada.get("/intake/account/northfield/"))
    assert [title for title, (_, said) in after.items() if title not in shown or said not in shown] == []


def test_the_panel_counts_wrong_attempts(world: World) -> None:
    """Wrong attempts with this login are counted, those with others are not."""
    watch.note("203.0.113.9", "wrong-password", "northfield")
    watch.note("203.0.113.9", "wrong-password", "southport")
    assert "1 wrong attempt with this login" in facts(world)["Intrusion watch"][1]


def test_the_panel_says_that_nobody_can_log_in(world: World) -> None:
    """Without password and key there is nothing to praise."""
    accounts.drop_password(fresh(world))
    assert "Nobody can log in by SFTP yet" in facts(world)["Strong log-in"][1]


def test_where_it_connects_to(world: World, ada: Client, settings: Settings) -> None:
    """The page names the host of the pages, or what the operator set for senders."""
    settings.BASE_URL = "https://hub.example"
    assert "<code>hub.example</code>" in page(ada.get("/intake/account/northfield/"))
    settings.SFTP_PUBLIC_HOST, settings.SFTP_PUBLIC_PORT = "files.example", "22"
    shown = page(ada.get("/intake/account/northfield/"))
    assert ("<code>files.example</code>" in shown, "<code>22</code>" in shown) == (True, True)

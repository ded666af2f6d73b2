"""Handing credentials over: one person, once, within seven days; and no secret anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.core.errors import SettingsError
from rollbook.intake import accounts, handover
from rollbook.intake.models import Account, Handover
from rollbook.integrations.models import Integration
from rollbook.logs.redaction import redact
from rollbook.notices.models import Notice
from tests.support.mailserver import MailServer, mail_server
from tests.support.waiting import until

JO, KIM = "jo@example.org", "kim@example.org"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFzX0uYb3oG8Jr2n1Yb1mNFk8b0cHn4X3m3gkq1v6w9C laptop"
State = Handover.State


@pytest.fixture
def account(db: None, settings: Settings, tmp_path: Path) -> Account:
    settings.ROLLBOOK_HOME = tmp_path
    tenant = Tenant.objects.create(slug="northfield", name="Northfield School District")
    nightly = Integration.objects.create(tenant=tenant, name="nightly", source="sheets")
    return accounts.add(nightly, "nf-export", with_password=False)[0]


@pytest.fixture
def mails(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
        settings.SENDS_MAIL, settings.BASE_URL = True, "https://hub.example"
        yield server


class Clock(SimpleNamespace):
    """The clock of hand-overs, which a test moves."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock(at=timezone.now())
    for module in ("handover", "handover_codes"):
        monkeypatch.setattr(f"rollbook.intake.{module}.timezone", one)
    return one


def text(mails: MailServer, number: int = -1) -> str:
    payload = mails.mails[number].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def token_in(link: str) -> str:
    found = re.search(r"/handover/([^/\s]+)/", link)
    assert found
    return found.group(1)


def told(account: Account, address: str = JO, name: str = "") -> tuple[Handover, str]:
    """A link that was shown, and its code."""
    link, code = handover.make(account, address, name, by="Ada", by_mail=False)
    return known(token_in(link)), code


def known(token: str) -> Handover:
    found = handover.find(token)
    assert found
    return found


def asked(mails: MailServer, one: Handover) -> str:
    """The code that is mailed to who asks for one."""
    count = len(mails.mails)
    handover.ask(one, JO)
    assert until(lambda: len(mails.mails) > count)
    return str(re.findall(r"\d{4} \d{4}", text(mails))[0])


def state(one: Handover) -> str:
    return Handover.objects.get(pk=one.pk).state


def everything() -> str:
    """All that the database holds of the intake and of notices."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(("intake_", "notices_", "django_session")):
                cursor.execute(f'SELECT * FROM "{table}"')
                said += [str(row) for row in cursor.fetchall()]
    return "\n".join(said)


# Once -----------------------------------------------------------------------------------------------------


def test_collected_once(account: Account) -> None:
    """Its recipient gets a password that opens; after that the link is none."""
    one, code = told(account)
    assert handover.prove(one, code, JO)
    password = handover.collect(one)
    account.refresh_from_db()
    assert accounts.is_password(password, account.password)
    assert state(one) == State.COLLECTED
    with pytest.raises(handover.Ended):
        handover.collect(one)
    account.refresh_from_db()
    assert accounts.is_password(password, account.password)


def test_looking_uses_nothing_up(account: Account) -> None:
    """A link may be looked at a hundred times, and nothing is different."""
    link, code = handover.make(account, JO, by="Ada", by_mail=False)
    before = everything()
    for _ in range(100):
        assert handover.find(token_in(link))
    assert everything() == before
    assert handover.prove(known(token_in(link)), code, JO)


def test_the_password_of_before_ends_with_the_hand_over(account: Account) -> None:
    """Until the new one is collected the old one opens, and then no longer."""
    old = accounts.renew_password(account)
    one, _ = told(account)
    account.refresh_from_db()
    assert accounts.is_password(old, account.password)
    handover.collect(one)
    account.refresh_from_db()
    assert not accounts.is_password(old, account.password)


def test_a_key_instead(account: Account) -> None:
    """A public key takes the place of the password; what is none leaves the link as it was."""
    accounts.renew_password(account)
    one, _ = told(account)
    with pytest.raises(SettingsError, match="no public key"):
        handover.collect_with_key(one, "-----BEGIN OPENSSH PRIVATE KEY-----")
    assert state(one) == State.OPEN
    handover.collect_with_key(one, KEY)
    account.refresh_from_db()
    assert (account.password, account.public_keys, state(one)) == ("", KEY, State.COLLECTED)


# Who is there ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code, address", [("0000 0000", JO), (None, KIM), (None, ""), ("", JO)])
def test_wrong_proof(account: Account, code: str | None, address: str) -> None:
    """Address and code must both be right where the hub sends no mail."""
    one, right = told(account)
    assert not handover.prove(one, right if code is None else code, address)
    assert handover.prove(one, right.replace(" ", "-"), f" {JO.upper()} ")


def test_attempts_are_limited(account: Account) -> None:
    """Ten wrong codes end a link, also for who then has the right one, and a notice says so."""
    one, right = told(account)
    wrong = "1" * 8 if right.replace(" ", "") != "1" * 8 else "2" * 8
    assert not any(handover.prove(one, wrong, JO) for _ in range(handover.MOST_WRONG))
    assert not handover.prove(one, right, JO)
    assert state(one) == State.BLOCKED
    assert [notice.event for notice in Notice.objects.all()] == ["handover.blocked"]
    with pytest.raises(handover.Ended):
        handover.collect(one)


def test_a_code_is_mailed_to_the_right_address_only(account: Account, mails: MailServer) -> None:
    """Who types another address hears nothing; the mailbox of the recipient gets a code that fits."""
    handover.make(account, JO, "Jo Roe", by="Ada Lindqvist")
    one = known(token_in(text(mails)))
    handover.ask(one, KIM)
    code = asked(mails, one)
    assert mails.receivers == [JO, JO]
    assert handover.prove(one, code)
    assert not handover.prove(one, code)


@pytest.mark.parametrize("name", ["J. R. Roe", "J.R. Roe, Jr.", "Zoë O’Neill-Đặng", "Jo Roe (SIS)", ""])
def test_names_of_people_are_taken(account: Account, name: str) -> None:
    """Initials, accents and hyphens are names."""
    assert told(account, JO, name)[0].name == name


def test_codes_grow_old(account: Account, mails: MailServer, clock: Clock) -> None:
    """A code holds for a quarter of an hour, and a newer one takes its place."""
    handover.make(account, JO, by="Ada")
    one = known(token_in(text(mails)))
    first, second = asked(mails, one), asked(mails, one)
    assert first == second or not handover.prove(one, first)
    clock.at += timedelta(minutes=16)
    assert not handover.prove(one, second)


# Seven days -----------------------------------------------------------------------------------------------


def test_lapses_after_seven_days(account: Account, clock: Clock) -> None:
    """On the last second of the seventh day it works, a second later it does not, and the specialist is told."""
    link, _ = handover.make(account, JO, by="Ada", by_mail=False)
    token = token_in(link)
    one = known(token)
    clock.at += timedelta(days=7, seconds=-1)
    assert handover.find(token)
    handover.look(clock.at)
    clock.at += timedelta(seconds=1)
    assert handover.find(token) is None
    with pytest.raises(handover.Ended):
        handover.collect(one)
    assert state(one) == State.OPEN
    handover.look(clock.at)
    handover.look(clock.at)
    assert state(one) == State.LAPSED
    assert [notice.event for notice in Notice.objects.all()] == ["handover.lapsed"]


# Forward, anew, back --------------------------------------------------------------------------------------


def test_forwarded_to_a_colleague(account: Account) -> None:
    """The colleague has a link of their own, the first one ends, and the chain can be seen."""
    one, _ = told(account, JO, "Jo Roe")
    link, code = handover.forward(one, KIM, "Kim Poe")
    onward = known(token_in(link))
    assert state(one) == State.FORWARDED
    assert (onward.before, onward.by, onward.recipient) == (one, f"Jo Roe ({JO})", f"Kim Poe ({KIM})")
    assert not handover.prove(onward, code, JO)
    assert handover.prove(onward, code, KIM)
    with pytest.raises(handover.Ended):
        handover.forward(one, KIM, "Kim Poe")
    said = [entry.text for entry in account.history.all()]
    assert f"The link was handed on to Kim Poe ({KIM})." in said
    assert [notice.event for notice in Notice.objects.all()] == ["handover.forwarded"]


@pytest.mark.parametrize(
    "address, name, said",
    [
        (KIM, "", "name of your colleague"),
        ("kim", "Kim", "no e-mail address"),
        (JO.upper(), "Jo", "your own address"),
        (KIM, "See https://evil.example", "letters, blanks"),
        (KIM, "evil.example", "letters, blanks"),
    ],
)
def test_forwarding_is_refused(account: Account, address: str, name: str, said: str) -> None:
    """A colleague has a name and an address of their own; a refusal leaves the link as it was."""
    one, _ = told(account)
    with pytest.raises(SettingsError, match=said):
        handover.forward(one, address, name)
    assert state(one) == State.OPEN


def test_a_chain_has_an_end(account: Account) -> None:
    """After three colleagues whoever made the link has to look at who gets it."""
    one, _ = told(account)
    for n in range(handover.LONGEST_CHAIN):
        link, _ = handover.forward(one, f"colleague{n}@example.org", "A colleague")
        one = known(token_in(link))
    with pytest.raises(SettingsError, match="too often"):
        handover.forward(one, KIM, "Kim")


def test_issued_anew(account: Account) -> None:
    """A newer link takes the place of the one before."""
    one, code = told(account)
    other, _ = told(account)
    assert (state(one), state(other)) == (State.REPLACED, State.OPEN)
    assert not handover.prove(one, code, JO)


def test_withdrawn(account: Account) -> None:
    """A link that was taken back is none, and there is nothing more to take back."""
    link, _ = handover.make(account, JO, by="Ada", by_mail=False)
    assert handover.withdraw(account, by="Ada")
    assert handover.find(token_in(link)) is None
    assert not handover.withdraw(account, by="Ada")


def test_an_account_that_is_off(account: Account) -> None:
    """While the account is switched off its link opens nothing; switched on it does again."""
    link, _ = handover.make(account, JO, by="Ada", by_mail=False)
    accounts.switch(account, on=False)
    assert handover.find(token_in(link)) is None
    accounts.switch(account, on=True)
    assert handover.find(token_in(link))


# Secrets --------------------------------------------------------------------------------------------------


def test_the_mail_names_neither_login_nor_password(account: Account, mails: MailServer) -> None:
    """The mail says who asks, for whom, and where; and nothing that lets anybody in."""
    password = accounts.renew_password(account)
    handover.make(account, JO, "Jo Roe", by="Ada Lindqvist")
    said = text(mails)
    assert mails.receivers == [JO]
    assert mails.mails[0]["Subject"] == "Your access for sending files of Northfield School District"
    assert said.startswith("Hello Jo Roe,\n\nAda Lindqvist asks you to send the files of Northfield School District.")
    assert "https://hub.example/handover/" in said
    assert [secret for secret in (password, account.login) if secret in mails.mails[0].as_string() + said] == []


def test_nothing_is_kept_that_opens(account: Account, mails: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither link, code nor password stand in the database or the log."""
    caplog.set_level("DEBUG")
    handover.make(account, JO, by="Ada")
    token = token_in(text(mails))
    one = known(token)
    code = asked(mails, one)
    secrets = [token, code, code.replace(" ", "")]
    assert handover.prove(one, code)
    secrets.append(handover.collect(one))
    kept = everything() + caplog.text
    assert [secret for secret in secrets if secret in kept] == []
    assert "handover_collected login=nf-export" in caplog.text
    assert JO not in caplog.text


def test_addresses_of_links_are_masked_in_logs() -> None:
    """Whatever logs the address of a page logs no link."""
    address = reverse("handover", args=["x" * 43])
    assert redact(f"GET {address}?code 200") == "GET /handover/[masked]/?[masked] 200"
    assert redact(f"Not Found: {address}nf-winscp.txt") == "Not Found: /handover/[masked]/nf-winscp.txt"


def test_a_mail_that_cannot_be_sent_changes_nothing(account: Account, mails: MailServer) -> None:
    """Where the mail server refuses, the link of before still works."""
    handover.make(account, JO, by="Ada")
    token = token_in(text(mails))
    mails.refusals[KIM] = "550 unknown"
    with pytest.raises(SettingsError, match="could not be mailed"):
        handover.make(account, KIM, by="Ada")
    assert handover.find(token)
    assert account.handovers.count() == 1


def test_the_specialist_is_told(account: Account) -> None:
    """That credentials were collected is in the bell, with the page of the account behind it, and names nobody."""
    one, _ = told(account, JO, "Jo Roe")
    handover.collect(one)
    notice = Notice.objects.get()
    assert (notice.event, notice.facts) == ("handover.collected", {"login": "nf-export"})

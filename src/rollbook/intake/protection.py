"""What protects an account, as it is: each fact is true of this account now, and says where it is changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from rollbook.intake.models import Account, Attempt

_LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Fact:
    """
    One kind of protection.

    Args:
        is_on: Whether it holds for this account.

        change: The page that changes it: `edit`, `keys`, `handover`; blank: a setting of the hub, named in `said`.
    """

    title: str
    is_on: bool
    said: str
    change: str = ""


def facts(account: Account, now: datetime | None = None) -> list[Fact]:
    """What protects an account."""
    return [
        Fact("Encrypted transfer", True, "Files come by SFTP, which is encrypted. There is no FTP and no shell."),
        _https(),
        _log_in(account),
        _networks(account),
        _host_names(account),
        _names(account),
        _structure(account),
        _reading(account),
        _watch(account, now or timezone.now()),
    ]


def _https() -> Fact:
    if settings.SESSION_COOKIE_SECURE:
        return Fact("Pages by HTTPS", True, "The pages of the hub, and links to credentials, are for HTTPS only.")
    said = "The hub was not told that its pages are reached by HTTPS. The person who runs it sets HTTPS=on."
    return Fact("Pages by HTTPS", False, said)


def _log_in(account: Account) -> Fact:
    keys = len(account.public_keys.splitlines())
    kept = f"{keys} public key{'s' if keys != 1 else ''}" if keys else ""
    made = "a password of 24 characters, made by the hub, of which only a hash is kept" if account.password else ""
    ways = " and ".join(filter(None, (made, kept)))
    if not ways:
        return Fact(
            "Strong log-in", True, "Nobody can log in by SFTP yet: it has neither password nor key.", "handover"
        )
    return Fact("Strong log-in", True, f"It has {ways}.", "keys")


def _networks(account: Account) -> Fact:
    if account.networks:
        return Fact("Allowed networks", True, f"Only from {', '.join(account.networks)}.", "edit")
    return Fact("Allowed networks", False, "It may come from anywhere.", "edit")


def _host_names(account: Account) -> Fact:
    title = "Host names looked at"
    if not account.needs_host_name:
        return Fact(title, False, "Addresses need no host name.", "edit")
    within = f" in {' or '.join(account.host_names)}" if account.host_names else ""
    return Fact(title, True, f"An address needs a host name{within} that leads back to it.", "edit")


def _names(account: Account) -> Fact:
    folders = f"Folders: {', '.join(account.folders)}." if account.folders else "No folders."
    if account.patterns:
        said = f"Only files named {', '.join(account.patterns)}. {folders} Anything else is refused."
        return Fact("Names and folders", True, said, "edit")
    return Fact("Names and folders", False, f"Files of any safe name. {folders}", "edit")


def _structure(account: Account) -> Fact:
    layout = account.layout or account.integration.settings.get("layout", "")
    said = f"The files are those of the layout {layout}. " if layout else "The layout is recognised from the files. "
    more = "What fits none is refused; a format that changes is told."
    return Fact("Agreed structure", bool(layout), said + more, "edit")


def _reading(account: Account) -> Fact:
    if account.may_read_inbox:
        return Fact("Sent files stay closed", False, "The sender can read back what it has sent.", "edit")
    return Fact("Sent files stay closed", True, "Who has the log-in can send, and read nothing that was sent.", "edit")


def _watch(account: Account, now: datetime) -> Fact:
    if not settings.SFTP_WATCH:
        return Fact("Intrusion watch", False, "It is switched off by a setting of the hub: SFTP_WATCH.")
    wrong = Attempt.objects.filter(login=account.login, at__gt=now - _LOOKED_BACK).count()
    seen = f"{wrong} wrong attempt{'s' if wrong != 1 else ''}" if wrong else "No wrong attempt"
    said = f"Addresses that try wrong log-ins are kept out. {seen} with this login in 30 days."
    return Fact("Intrusion watch", True, said)

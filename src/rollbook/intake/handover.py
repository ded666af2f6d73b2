"""
Hand the credentials of an account to one person, by a link that works once.

    make      a link for an address; the one before does not work any more
    find      the link that somebody has opened; a look at it uses nothing up
    ask       somebody says which address the link was sent to; if so, a code is mailed there
    prove     somebody has the code, and so is who the link is for
    collect   the password, made at this moment, shown by whoever called, and kept by nobody
    forward   the link ends; a colleague gets one

A link that is wrong, used, withdrawn or too old is the same to whoever holds it: there is none.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from rollbook.core.errors import SettingsError
from rollbook.intake import accounts, handover_codes, handover_mail, history
from rollbook.intake.models import LONGEST_NAME, Account, Handover
from rollbook.notices.outbox import tell

VALID = timedelta(days=7)
CODE_VALID = timedelta(minutes=15)
MOST_WRONG = 10
"""Wrong codes that end a link: of eight digits, somebody guesses one in ten millions."""

LONGEST_CHAIN = 3
"""So often a link is handed on; then somebody should look at who gets it."""

State = Handover.State
_NAME = re.compile(r"(?:[\w ,'’()-]|\.(?!\w\w))*\Z")  # goes into a mail: nothing that becomes a link there


class Ended(Exception):
    """The link does not work any more: it was used, withdrawn, or is too old."""


def can_mail() -> bool:
    """Whether links can go by mail: there is a mail server, and the hub knows its own address."""
    return bool(settings.SENDS_MAIL and settings.BASE_URL)


# Making ---------------------------------------------------------------------------------------------------


def make(account: Account, address: str, name: str = "", *, by: str, by_mail: bool | None = None) -> tuple[str, str]:
    """
    A link for one address; the one that was open does not work any more.

    Args:
        by: Who makes it, for the history.

        by_mail: Mail the link, and codes when they are needed. Without, both are returned, to be passed on in two
            different ways. None: as the hub can.

    Returns:
        Where the link leads, and the code that goes with it. Both blank when it was mailed.

    Raises:
        SettingsError: The address or the name is none, or no mail could be sent. Nothing was changed.
    """
    by_mail = can_mail() if by_mail is None else by_mail
    draft = Handover(account=account, address=_address(address), name=_name(name), by=by, is_mailed=by_mail)
    token, code = _issue(draft, ends=State.REPLACED)
    text = f"A link was {'mailed to' if by_mail else 'made for'} {draft.recipient}."
    history.note(account, "handover_made", by, text)
    return ("", "") if by_mail else (link(token), code)


def forward(handover: Handover, address: str, name: str) -> tuple[str, str]:
    """
    Let a colleague of the recipient collect instead; this link ends.

    Returns:
        As `make`.

    Raises:
        Ended: It does not work any more.

        SettingsError: The colleague has no name or address, or it was handed on too often. Nothing was changed.
    """
    onward = Handover(account=handover.account, address=_address(address), name=_name(name), before=handover)
    onward.by, onward.is_mailed = handover.recipient, handover.is_mailed
    if not onward.name:
        raise SettingsError("The name of your colleague is needed. Nothing was changed.")
    if onward.address.casefold() == handover.address.casefold():
        raise SettingsError("This is your own address. Nothing was changed.")
    if _depth(handover) >= LONGEST_CHAIN:
        raise SettingsError("This link was handed on too often. Ask whoever set it up for a new one.")
    token, code = _issue(onward, ends=State.FORWARDED)
    account, now = handover.account, timezone.now()
    history.note(account, "handover_forwarded", handover.recipient, f"The link was handed on to {onward.recipient}.")
    _tell("handover.forwarded", onward, now)
    return ("", "") if onward.is_mailed else (link(token), code)


def withdraw(account: Account, *, by: str) -> bool:
    """End the link that is open; False when there is none."""
    found = account.handovers.filter(state=State.OPEN).first()
    if found is None or not _end(found, State.WITHDRAWN):
        return False
    history.note(account, "handover_withdrawn", by, f"The link for {found.recipient} was withdrawn.")
    return True


def link(token: str) -> str:
    """Where a link leads; without the hub's own address while nobody told it (BASE_URL)."""
    return f"{settings.BASE_URL}{reverse('handover', args=[token])}"


def _issue(draft: Handover, *, ends: Handover.State) -> tuple[str, str]:
    """
    Keep a link, and mail it or make its code.

    It is mailed first: a link that nobody could be sent never was.

    Raises:
        Ended: It goes on from one that does not work any more.
    """
    token, code, now = secrets.token_urlsafe(32), "", timezone.now()
    draft.token, draft.made, draft.expires = _hash(token), now, now + VALID
    if draft.is_mailed:
        handover_mail.send_link(draft, link(token))
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=draft.account_id)
        if draft.before is not None and not _end(draft.before, ends, now):
            raise Ended
        Handover.objects.filter(account=account, state=State.OPEN).update(state=ends, ended=now, code="")
        draft.save()
        if not draft.is_mailed:
            code = handover_codes.make(draft, draft.expires)
    return token, code


# Opening --------------------------------------------------------------------------------------------------


def find(token: str, *states: Handover.State) -> Handover | None:
    """The link, if it works, or is in one of the states; looking uses nothing up."""
    found = Handover.objects.select_related("account__integration__tenant").filter(
        token=_hash(token), state__in=states or (State.OPEN,), expires__gt=timezone.now(), account__is_active=True
    )
    return found.first()


def ask(handover: Handover, address: str) -> None:
    """Mail a code, if this is the address that the link was sent to; whoever asks is not told whether it is."""
    if handover.is_mailed and _is_same(address, handover.address):
        code = handover_codes.make(handover, min(handover.expires, timezone.now() + CODE_VALID))
        handover_mail.send_code(handover, code)


def prove(handover: Handover, code: str, address: str = "") -> bool:
    """
    Whether the code is the right one, and the address too where the code was not mailed there.

    An attempt is counted before the code is looked at. The one too many ends the link.
    """
    mine = Handover.objects.filter(pk=handover.pk, state=State.OPEN, wrong__lt=MOST_WRONG)
    if not mine.update(wrong=F("wrong") + 1):
        return False
    handover.refresh_from_db()
    if handover_codes.fits(handover, code) and (handover.is_mailed or _is_same(address, handover.address)):
        _note_opened(handover)
        return True
    if handover.wrong >= MOST_WRONG:
        _block(handover)
    return False


def _note_opened(handover: Handover) -> None:
    """A code that was mailed is used up; one that was told by word of mouth cannot be told again."""
    used_up = {"code": ""} if handover.is_mailed else {}
    opened = handover.opened or timezone.now()
    Handover.objects.filter(pk=handover.pk).update(wrong=0, opened=opened, **used_up)
    if handover.opened is None:
        history.note(handover.account, "handover_opened", handover.recipient, "The recipient opened the link.")


def _block(handover: Handover) -> None:
    now = timezone.now()
    if _end(handover, State.BLOCKED, now):
        text = f"The link for {handover.recipient} was blocked after {MOST_WRONG} wrong codes."
        history.note(handover.account, "handover_blocked", history.HUB, text)
        _tell("handover.blocked", handover, now)


def collect(handover: Handover) -> str:
    """
    The password, made now; the one that the account had does not open any more. This uses the link up.

    Raises:
        Ended: It was used, withdrawn or is too old.
    """
    with transaction.atomic():
        _collect(handover)
        password = accounts.renew_password(handover.account, by=handover.recipient)
    return password


def collect_with_key(handover: Handover, keys: str) -> None:
    """
    Let the account in by the public keys of the recipient, and by no password. This uses the link up.

    Raises:
        Ended: It was used, withdrawn or is too old.

        SettingsError: These are no public keys. Nothing was changed, and the link still works.
    """
    account, found = handover.account, accounts.keys_of(keys)
    if not found:
        raise SettingsError("This is no public key. It looks like: ssh-ed25519 AAAA… name. Nothing was changed.")
    with transaction.atomic():
        _collect(handover)
        accounts.add_keys(account, "\n".join(found), by=handover.recipient)
        if account.password:
            accounts.drop_password(account, by=handover.recipient)


def _collect(handover: Handover) -> None:
    """Of two who press at one moment only one goes on."""
    now = timezone.now()
    working = Handover.objects.filter(pk=handover.pk, account__is_active=True, expires__gt=now)
    if not (working.exists() and _end(handover, State.COLLECTED, now)):
        raise Ended
    history.note(handover.account, "handover_collected", handover.recipient, "The credentials were collected.")
    _tell("handover.collected", handover, now)


# What the hub does by itself ------------------------------------------------------------------------------


def look(now: datetime | None = None) -> None:
    """End the links that nobody opened in time, and say so."""
    now = now or timezone.now()
    for found in Handover.objects.filter(state=State.OPEN, expires__lte=now).select_related("account__integration"):
        if _end(found, State.LAPSED, now):
            text = f"The link for {found.recipient} lapsed; nobody collected the credentials."
            history.note(found.account, "handover_lapsed", history.HUB, text)
            _tell("handover.lapsed", found, now)


def _tell(event: str, handover: Handover, now: datetime) -> None:
    account = handover.account
    tell(event, account.integration, now, which=str(handover.pk), subject=account.login, facts={"login": account.login})


def _end(handover: Handover, state: Handover.State, now: datetime | None = None) -> bool:
    mine = Handover.objects.filter(pk=handover.pk, state=State.OPEN)
    return bool(mine.update(state=state, ended=now or timezone.now(), code=""))


# Small things ---------------------------------------------------------------------------------------------


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_same(one: str, other: str) -> bool:
    return constant_time_compare(one.strip().casefold(), other.casefold())


def _depth(handover: Handover) -> int:
    depth, one = 0, handover
    while one.before is not None:
        depth, one = depth + 1, one.before
    return depth


def _address(text: str) -> str:
    try:
        validate_email(address := text.strip())
    except ValidationError:
        raise SettingsError("This is no e-mail address. Nothing was changed.") from None
    return address


def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME or not _NAME.match(name):
        raise SettingsError(
            f"A name has letters, blanks, dots and hyphens, {LONGEST_NAME} at most. Nothing was changed."
        )
    return name

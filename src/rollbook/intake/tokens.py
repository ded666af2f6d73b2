"""
Tokens: what lets a program upload for an account over HTTPS.

A token is 256 random bits, so a plain SHA-256 of it is kept: nobody guesses one, and nobody can read one back.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from rollbook.accounts.models import Member
from rollbook.core.errors import SettingsError
from rollbook.intake import history
from rollbook.intake.models import Account, UploadToken

PREFIX = "rbu_"
STATES = ("in use", "not used yet", "silent", "account off", "expired", "revoked")
_LONGEST = 100
_LENGTHS = {"version": 32, "host": 255, "system": 100}  # of what a program says of itself
_MOMENT = timedelta(minutes=1)  # a contact is written down once in so long
SILENT = timedelta(days=2)


def make(account: Account, name: str, *, by: Member | None = None, days: int | None = None) -> tuple[UploadToken, str]:
    """
    A new token of an account, and its text, which nobody can see again.

    Args:
        name: Which machine or program gets it.

        by: Who makes it; None: whoever types a command.

        days: So long it holds; None: until it is revoked.

    Raises:
        SettingsError: The name is blank or too long, or the days are none. Nothing was made.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise SettingsError(f"A token needs a name of 1 to {_LONGEST} characters. Nothing was made.")
    if days is not None and not 1 <= days <= 3650:
        raise SettingsError("A token holds for 1 to 3650 days. Nothing was made.")
    text = PREFIX + secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=days) if days is not None else None
    token = UploadToken.objects.create(account=account, name=name, digest=_digest(text), made_by=by, expires=expires)
    history.note(account, "token_made", _who(by), f"A token for uploads over HTTPS was made: {name}.")
    return token, text


def revoke(token: UploadToken, *, by: Member | None = None) -> None:
    """Take a token back, from now on."""
    if token.revoked is None:
        token.revoked = timezone.now()
        token.save(update_fields=["revoked"])
        history.note(token.account, "token_revoked", _who(by), f"A token for uploads was taken back: {token.name}.")


def live(now: datetime | None = None) -> QuerySet[UploadToken]:
    """The tokens that hold."""
    return UploadToken.objects.filter(Q(expires=None) | Q(expires__gt=now or timezone.now()), revoked=None)


def find(text: str) -> UploadToken | None:
    """The token with this text, whether it still holds or not."""
    digest = _digest(text)
    found = UploadToken.objects.select_related("account__integration__tenant").filter(digest=digest).first()
    return found if found and hmac.compare_digest(found.digest, digest) else None


def holds(token: UploadToken, now: datetime) -> bool:
    """Whether it lets anybody in."""
    return token.revoked is None and (token.expires is None or token.expires > now) and token.account.is_active


def note_contact(token: UploadToken, now: datetime, **said: str) -> None:
    """
    Write down that the token was used, once a minute at most.

    Args:
        said: `version`, `host` and `system`, as the program calls them; those are written down at once.
    """
    for name, value in said.items():
        setattr(token, name, "".join(filter(str.isprintable, value)).strip()[: _LENGTHS[name]])
    if said or token.last_contact is None or now - token.last_contact > _MOMENT:
        token.last_contact = now
        token.save(update_fields=["last_contact", *said])


def is_silent(token: UploadToken, now: datetime) -> bool:
    """Whether nothing was heard of a program for two days, though something was before."""
    return token.last_contact is not None and now - token.last_contact > SILENT


def state(token: UploadToken, now: datetime) -> str:
    """What can be said of a token: one of `STATES`."""
    if token.revoked is not None:
        return "revoked"
    if token.expires is not None and token.expires <= now:
        return "expired"
    if not token.account.is_active:
        return "account off"
    return "silent" if is_silent(token, now) else "in use" if token.last_contact else "not used yet"


def _who(member: Member | None) -> str:
    return str(member) if member else history.COMMAND_LINE


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

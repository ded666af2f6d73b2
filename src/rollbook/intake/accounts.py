"""
Make and change the accounts of senders.

Passwords are made, never chosen: 24 characters out of 54, more than 130 bits. Nobody guesses one of those, so its hash
need not be slow, and 200 senders who log in at once are let in at once.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_network
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from rollbook.core.errors import SettingsError
from rollbook.intake import history, store
from rollbook.intake.models import Account
from rollbook.intake.names import BadName, safe_name
from rollbook.integrations.inputs import is_pulled
from rollbook.integrations.models import Integration

_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none looks like another
_LENGTH = 24
MOST_ADDRESSES = 20
"""So many get the receipts of one account by mail."""


@dataclass(frozen=True)
class KnownKey:
    """
    A public key of an account.

    Args:
        fingerprint: As `ssh-keygen -l` shows it.

        name: What its owner called it, if anything.
    """

    line: str
    kind: str
    fingerprint: str
    name: str

    @classmethod
    def of(cls, line: str) -> Self:
        """The key of a line as in authorized_keys."""
        kind, blob, *name = line.split(maxsplit=2)
        digest = base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode().rstrip("=")
        return cls(line, kind, f"SHA256:{digest}", " ".join(name))


class _Hasher(ScryptPasswordHasher):
    work_factor = 2**12
    parallelism = 1


_hasher = _Hasher()


def add(
    integration: Integration, login: str, *, with_password: bool = True, by: str = history.HUB, **rules: Any
) -> tuple[Account, str]:
    """
    A new account with its folder, and its password, which nobody can see again.

    Args:
        with_password: Without, the password is blank: the sender proves itself by a key, or gets one by a link.

        by: Who does it, for the history; so in all that follows.

        rules: Other fields of the account.

    Raises:
        SettingsError: One of them cannot be used. Nothing was made.
    """
    if is_pulled(integration):
        raise SettingsError(
            f"The hub fetches the data of {integration} itself, so nobody sends files for it. Nothing was made. "
            "For files, add an integration of data sheets."
        )
    account = Account(integration=integration, login=login, **rules)
    password = new_password() if with_password else ""
    account.password = _hash(password) if password else ""
    _check(account)
    with transaction.atomic():
        account.save()
        history.note(account, "account_added", by, f"The account was added for {integration}.")
    store.prepare(account)
    return account, password


def change(account: Account, *, by: str = history.HUB, **rules: Any) -> None:
    """
    Change fields of an account.

    Raises:
        SettingsError: One of them cannot be used. Nothing was changed.
    """
    before = {name: getattr(account, name) for name in rules}
    for name, value in rules.items():
        setattr(account, name, value)
    _check(account)
    changed = [name.replace("_", " ") for name, value in before.items() if getattr(account, name) != value]
    with transaction.atomic():
        account.save(update_fields=list(rules))
        if changed:
            history.note(account, "account_changed", by, f"Changed: {', '.join(changed)}.")
    store.prepare(account)


def add_keys(account: Account, text: str, *, by: str = history.HUB) -> None:
    """
    Let the account in by further public keys.

    Raises:
        SettingsError: One of them is no public key, or too weak. Nothing was changed.
    """
    known = {one.fingerprint: one.line for one in known_keys(account)}
    given = {KnownKey.of(line).fingerprint: line for line in keys_of(text)}
    change(account, public_keys="\n".join({**known, **given}.values()), by=by)


def remove_key(account: Account, fingerprint: str, *, by: str = history.HUB) -> bool:
    """Let the account in by this key no more; False when it has no such key."""
    known = known_keys(account)
    kept = [one.line for one in known if one.fingerprint != fingerprint]
    if len(kept) == len(known):
        return False
    change(account, public_keys="\n".join(kept), by=by)
    return True


def known_keys(account: Account) -> list[KnownKey]:
    """The public keys that let an account in."""
    return [KnownKey.of(line) for line in account.public_keys.splitlines()]


def renew_password(account: Account, *, by: str = history.HUB) -> str:
    """A new password in place of the old one."""
    password = new_password()
    had_one = bool(account.password)
    account.password = _hash(password)
    with transaction.atomic():
        account.save(update_fields=["password"])
        text = "A new password took the place of the old one." if had_one else "The account got a password."
        history.note(account, "password_renewed", by, text)
    return password


def drop_password(account: Account, *, by: str = history.HUB) -> None:
    """Let the account in by its keys only."""
    account.password = ""
    with transaction.atomic():
        account.save(update_fields=["password"])
        history.note(account, "password_dropped", by, "The password was taken away.")


def switch(account: Account, *, on: bool, by: str = history.HUB) -> None:
    """Let an account in, or not; whoever is logged in with it is sent away within seconds."""
    account.is_active = on
    with transaction.atomic():
        account.save(update_fields=["is_active"])
        what = "account_switched_on" if on else "account_switched_off"
        history.note(account, what, by, f"The account was switched {'on' if on else 'off'}.")


def new_password() -> str:
    """A password that nobody guesses, in groups that can be read aloud."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + 6] for at in range(0, _LENGTH, 6))


def is_password(password: str, hashed: str) -> bool:
    """Whether it is the password. Takes as long where there is none: nobody learns which accounts there are."""
    found = _hasher.verify(password, hashed or _nobody())
    return found and bool(hashed)


def keys_of(text: str) -> list[str]:
    """
    Public keys, one a line, each without what stands before and behind it.

    Raises:
        SettingsError: A line is no public key, or a key of a kind that is not safe any more.
    """
    import asyncssh  # slow to load, and most commands need no key

    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        try:
            key = asyncssh.import_public_key(line)
        except (asyncssh.KeyImportError, ValueError):
            raise SettingsError(
                f"This is no public key: {line[:24]}… It looks like: ssh-ed25519 AAAA… name. Nothing was changed."
            ) from None
        kind = key.get_algorithm()
        if kind == "ssh-dss" or (kind == "ssh-rsa" and getattr(key.pyca_key, "key_size", 0) < 2048):
            raise SettingsError("This key is too weak. Make a new one: ssh-keygen -t ed25519. Nothing was changed.")
        found.append(key.export_public_key().decode().strip())
    return found


def _check(account: Account) -> None:
    account.networks = _networks(account.networks)
    account.public_keys = "\n".join(keys_of(account.public_keys))
    account.receipt_addresses = _addresses(account.receipt_addresses)
    for folder in account.folders:
        for part in folder.strip("/").split("/"):
            try:
                safe_name(part.replace("*", "x"))
            except BadName as error:
                raise SettingsError(f"{folder} cannot be a folder. {error} Nothing was changed.") from error
    try:
        account.full_clean()
    except ValidationError as error:
        said = " ".join(error.messages)
        raise SettingsError(f"{account.login} cannot be an account. {said} Nothing was changed.") from error


def _networks(networks: Iterable[str]) -> list[str]:
    try:
        return [str(ip_network(network.strip(), strict=False)) for network in networks]
    except ValueError as error:
        raise SettingsError(f"{error}. A network looks like 203.0.113.0/24. Nothing was changed.") from None


def _addresses(addresses: Iterable[str]) -> list[str]:
    """Mail addresses, each once."""
    found = list({address.strip().lower(): address.strip() for address in addresses}.values())
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise SettingsError(f"{address} is no mail address. Nothing was changed.") from None
    if len(found) > MOST_ADDRESSES:
        raise SettingsError(f"At most {MOST_ADDRESSES} addresses get a receipt. Nothing was changed.")
    return found


def _hash(password: str) -> str:
    return str(_hasher.encode(password, _hasher.salt()))


@cache
def _nobody() -> str:
    return _hash(settings.SECRET_KEY)

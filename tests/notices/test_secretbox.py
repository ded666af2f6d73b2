"""Secrets at rest."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from rollbook import secretbox
from rollbook.integrations.models import Integration
from rollbook.notices.models import Webhook
from rollbook.secretbox import SecretUnreadable, add_key, drop_old_keys, seal, unseal


def keys(settings: Settings) -> list[str]:
    text: str = (settings.ROLLBOOK_HOME / "keys/encryption_keys").read_text()
    return text.split()


def test_what_is_stored_tells_nothing(north: Integration) -> None:
    """Sealed text does not hold the secret, is never the same twice, and opens to the secret."""
    one, other = seal("whsec_Ünïque"), seal("whsec_Ünïque")
    assert ("whsec" in one, one == other) == (False, False)
    assert [unseal(one), unseal(other)] == ["whsec_Ünïque"] * 2


def test_keys_are_for_their_owner_alone(north: Integration, settings: Settings) -> None:
    """The file of keys can be read by its owner alone, before a key is added and after."""
    seal("x")
    file = settings.ROLLBOOK_HOME / "keys/encryption_keys"
    modes = [file.stat().st_mode & 0o777]
    add_key()
    assert [*modes, file.stat().st_mode & 0o777] == [0o600, 0o600]


def test_keys_are_changed(north: Integration, settings: Settings) -> None:
    """A new key seals all that was stored; then the old one can go, and only the new one is needed."""
    made = Webhook.objects.create(tenant=north.tenant, url="https://a.example/", secret=seal("one"))
    old = keys(settings)
    assert add_key() == 1
    assert keys(settings)[1:] == old
    assert drop_old_keys() == 1
    made.refresh_from_db()
    assert unseal(made.secret) == "one"
    assert len(keys(settings)) == 1
    assert keys(settings) != old


def test_a_secret_of_another_hub(north: Integration, settings: Settings) -> None:
    """What was sealed elsewhere cannot be opened, and keys are not dropped over it."""
    Webhook.objects.create(tenant=north.tenant, url="https://a.example/", secret=seal("one"))
    (settings.ROLLBOOK_HOME / "keys/encryption_keys").unlink()
    with pytest.raises(SecretUnreadable, match="encryption_keys"):
        unseal(Webhook.objects.get().secret)
    before = [*secretbox._keys()]
    with pytest.raises(SecretUnreadable):
        drop_old_keys()
    assert keys(settings) == before

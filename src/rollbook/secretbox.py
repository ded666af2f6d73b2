"""
Secrets at rest: sealed with keys that are not in the database.

The keys lie in `keys/encryption_keys` in the home, one a line: the first seals, all of them open. Whoever has only a
copy of the database has no secret.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from rollbook.core.errors import RollbookError
from rollbook.keys import read_or_make_key

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

    _Text = models.TextField[str, str]
else:
    _Text = models.TextField

_UNREADABLE = (
    "A stored secret cannot be read: the key that sealed it is not in keys/encryption_keys. "
    "Take the file back from a copy, or make the secret anew."
)


class SecretUnreadable(RollbookError):
    """A sealed secret cannot be opened with the keys of this hub."""


class SealedField(_Text):
    """Holds what `seal` made, never a secret itself. `reseal` finds its columns by their type."""


def seal(secret: str) -> str:
    """Text that may be stored; only `unseal` makes the secret of it."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """
    The secret.

    Raises:
        SecretUnreadable: It was sealed with a key that this hub does not have.
    """
    from cryptography.fernet import InvalidToken

    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(_UNREADABLE) from None


def add_key() -> int:
    """Put a new key before the others, seal everything with it, and tell how many secrets that were."""
    _write([_new_key(), *_keys()])
    return reseal()


def drop_old_keys() -> int:
    """Keep only the newest key, once everything is sealed with it; tell how many secrets there are."""
    count = reseal()
    _write(_keys()[:1])
    return count


def reseal() -> int:
    """
    Seal every stored secret with the newest key, and tell how many there are.

    Raises:
        SecretUnreadable: One was sealed with a key that this hub does not have. No secret was changed.
    """
    from cryptography.fernet import InvalidToken

    count = 0
    box = _box()
    with transaction.atomic():
        for model, field in _columns():
            rows = model._default_manager.exclude(**{field: ""}).select_for_update()
            for pk, sealed in rows.values_list("pk", field):
                try:
                    fresh = box.rotate(sealed.encode()).decode()
                except InvalidToken:
                    raise SecretUnreadable(_UNREADABLE) from None
                model._default_manager.filter(pk=pk).update(**{field: fresh})
                count += 1
    return count


def _columns() -> Iterable[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SealedField):
                yield model, field.name


def _box() -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # slow to load, and most commands need no secret

    return MultiFernet([Fernet(key) for key in _keys()])


def _keys() -> list[str]:
    return read_or_make_key(_file(), _new_key).split()


def _new_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _file() -> Path:
    return Path(settings.ROLLBOOK_HOME) / "keys" / "encryption_keys"


def _write(keys: list[str]) -> None:
    """Replace the file in one step: whoever reads it meanwhile has the keys from before."""
    draft = _file().with_suffix(".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text("\n".join(keys) + "\n", encoding="ascii")
    draft.replace(_file())

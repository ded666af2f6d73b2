"""An integration -> what reads its SIS."""

import json

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from rollbook.core.errors import SettingsError
from rollbook.core.lists import listed
from rollbook.integrations import secrets
from rollbook.integrations.declared import value
from rollbook.integrations.models import Integration
from rollbook.integrations.photos import photos
from rollbook.logs.redaction import hide
from rollbook.secretbox import SecretUnreadable, seal, unseal
from rollbook.sources.base import Connector, FileSource, Setup, Source, Token
from rollbook.sources.kinds import KINDS

_Kept = dict[str, tuple[str, float] | None]
"""Name -> text and end of a token; None = forgotten."""


def source_of(integration: Integration) -> Source:
    """
    The source of an integration, ready to pull.

    Raises:
        SettingsError: A setting that it needs is blank, or it gives files.

        SecretUnreadable: Its secrets were sealed with a key that this hub does not have.
    """
    kind = KINDS[integration.source]
    if kind.gives_sheets:
        raise SettingsError(f"{kind.title} are files, not streams. Nothing was read. See a test run instead.")
    return kind.load()(_setup(integration))


def files_of(integration: Integration) -> FileSource:
    """
    What fetches the files of an integration whose kind is one of those.

    Raises:
        SettingsError, SecretUnreadable: As for `source_of`.
    """
    return KINDS[integration.source].load_files()(_setup(integration))


def connector_of(integration: Integration, *, is_patient: bool = True) -> Connector:
    """
    What tests the connection of an integration that is pulled.

    Args:
        is_patient: Whether it waits for what time can mend.

    Raises:
        SettingsError, SecretUnreadable: As for `source_of`.
    """
    kind = KINDS[integration.source]
    made: type[Connector] = kind.load_files() if kind.gives_sheets else kind.load()
    return made(_setup(integration, is_patient=is_patient))


def _setup(integration: Integration, *, is_patient: bool = True) -> Setup:
    return Setup(
        KINDS[integration.source],
        secrets.whole(integration),
        SealedTokens(integration),
        tuple(settings.SOURCE_NETWORKS),
        tuple(settings.SOURCE_FOLDERS),
        listed(value(integration.settings, "schools")),
        photos=photos(),
        is_patient=is_patient,
    )


class SealedTokens:
    """
    The tokens of an integration, sealed in its row: workers share them, and a new run goes on with the old one's.

    A token that cannot be unsealed is no loss: a new one is taken.
    """

    def __init__(self, integration: Integration) -> None:
        self.pk = integration.pk

    def get(self, name: str) -> Token | None:
        """The token kept under a name."""
        kept = self._read(Integration.objects.filter(pk=self.pk)).get(name)
        if kept is None:
            return None
        token = Token(*kept)
        hide(token.text)
        return token

    def put(self, name: str, token: Token) -> None:
        """Keep a token, in the place of another of the same name."""
        hide(token.text)
        self._change({name: (token.text, token.expires)})

    def drop(self, name: str) -> None:
        """Forget a token."""
        self._change({name: None})

    def _change(self, changes: _Kept) -> None:
        with transaction.atomic():
            row = Integration.objects.filter(pk=self.pk)
            kept = self._read(row.select_for_update()) | changes
            sealed = seal(json.dumps({name: token for name, token in kept.items() if token}))
            row.update(tokens=sealed)

    def _read(self, row: QuerySet[Integration]) -> _Kept:
        sealed = row.values_list("tokens", flat=True).first()
        try:
            found: _Kept = json.loads(unseal(sealed)) if sealed else {}
        except SecretUnreadable:
            return {}
        return found

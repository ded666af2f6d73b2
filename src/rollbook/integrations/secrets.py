"""The secrets of an integration: sealed apart from its settings, and never shown again."""

import json
from collections.abc import Mapping

from rollbook.core.errors import SettingsError
from rollbook.integrations.models import Integration
from rollbook.logs.redaction import hide
from rollbook.secretbox import seal, unseal
from rollbook.sources.kinds import KINDS, missing


def keep(integration: Integration, settings: Mapping[str, str]) -> None:
    """
    Take these settings, secrets among them, and seal the secrets; nothing is saved.

    A secret that is not named stays as it is; a blank one is forgotten.
    """
    names = KINDS[integration.source].secrets
    given = {name: text for name, text in settings.items() if name in names}
    kept = {name: text for name, text in (secrets_of(integration) | given).items() if text}
    integration.settings = {name: text for name, text in settings.items() if name not in names}
    integration.secrets = seal(json.dumps(kept)) if kept else ""


def secrets_of(integration: Integration) -> dict[str, str]:
    """
    The secrets, by setting. No log shows them from now on.

    Raises:
        SecretUnreadable: They were sealed with a key that this hub does not have.
    """
    found: dict[str, str] = json.loads(unseal(integration.secrets)) if integration.secrets else {}
    for text in found.values():
        hide(text)
    return found


def whole(integration: Integration) -> dict[str, str]:
    """
    The settings and the secrets.

    Raises:
        SettingsError: One that is needed is blank.
    """
    settings: dict[str, str] = integration.settings | secrets_of(integration)
    require(integration.source, settings)
    return settings


def require(source: str, settings: Mapping[str, str]) -> None:
    """
    Refuse settings that lack one which the source needs.

    Raises:
        SettingsError: It names them.
    """
    if lacking := missing(KINDS[source], dict(settings)):
        raise SettingsError(f"{KINDS[source].title} needs: {', '.join(lacking)}. Nothing was changed.")

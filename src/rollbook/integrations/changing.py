"""Add an integration and change its settings: what the command line and the pages have in common."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.db import transaction

from rollbook.accounts.models import Tenant
from rollbook.core.errors import SettingsError
from rollbook.integrations import options, secrets
from rollbook.integrations.models import Integration
from rollbook.sources.base import Asked, Setting, SourceKind
from rollbook.sources.kinds import KINDS

_LONGEST_NAME = 128
_PLACES = ("host", "port", "tls")  # of a server that has no address with a scheme


def add(tenant: Tenant, name: str, source: str, settings: Mapping[str, str]) -> Integration:
    """
    Add an integration.

    Raises:
        SettingsError: The name is taken or no name, or a setting cannot be used. Nothing was changed.
    """
    if source not in KINDS:
        raise SettingsError(f"There is no source {source!r}. There are: {', '.join(KINDS)}.")
    made = Integration(tenant=tenant, name=name_for(tenant, name), source=source)
    kept = options.checked(settings, source)
    secrets.require(source, kept)
    secrets.keep(made, kept)
    made.save()
    return made


def change(integration: Integration, given: Mapping[str, str | None]) -> None:
    """
    Change some settings of an integration; it holds from the next run on. All others stay as they are.

    Args:
        given: None takes a setting back to its default, or forgets a secret. A blank `field.…` leaves a field out.

    Raises:
        SettingsError: One cannot be used, or one is missing that is needed. Nothing was changed.
    """
    with transaction.atomic():
        row = Integration.objects.select_for_update().get(pk=integration.pk)
        known = row.settings | secrets.secrets_of(row)
        blank = {name: "" for name, text in given.items() if text is None and name in KINDS[row.source].secrets}
        merged = known | blank | {name: text for name, text in given.items() if text is not None}
        gone = {name for name, text in given.items() if text is None} - set(blank)
        kept = options.checked({name: text for name, text in merged.items() if name not in gone}, row.source)
        secrets.require(row.source, kept)
        secrets.keep(row, kept)
        row.save(update_fields=["settings", "secrets"])
    integration.settings, integration.secrets = row.settings, row.secrets


def name_for(tenant: Tenant, name: str, *, besides: Integration | None = None) -> str:
    """
    A name for an integration of a tenant.

    Raises:
        SettingsError: It is blank, too long, has a slash, or another integration has it.
    """
    if not name.strip() or "/" in name:
        raise SettingsError("The name of an integration is not blank and has no slash in it.")
    if len(name) > _LONGEST_NAME:
        raise SettingsError(f"The name of an integration has no more than {_LONGEST_NAME} characters.")
    others = Integration.objects.filter(tenant=tenant, name=name)
    if (others.exclude(pk=besides.pk) if besides else others).exists():
        raise SettingsError(f"{tenant} has an integration {name!r} already. Nothing was changed.")
    return name


def elsewhere(kind: SourceKind, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """
    The settings by which secrets would now be sent somewhere else than before.

    Secrets are never shown again. They would be, to whoever could send them to a machine of their own: so they are
    given anew where the address changes.
    """
    plain = [s for s in kind.settings if not s.is_secret]
    places = [(s, _place(s, kind.value(before, s.name)), _place(s, kind.value(after, s.name))) for s in plain]
    return [setting.name for setting, old, new in places if old != new]


def _place(setting: Setting, text: str) -> tuple[str, str]:
    """What of a setting decides who gets the request, and who can listen; blank for one that decides nothing."""
    parts = urlsplit(text)
    if parts.netloc:
        return parts.scheme.lower(), parts.netloc.lower()
    return ("", text) if setting.asked is Asked.URL or setting.name in _PLACES else ("", "")

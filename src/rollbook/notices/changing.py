"""Choosing who is told: what the pages and the command line share."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from rollbook.accounts.models import Member, Tenant
from rollbook.core.errors import SettingsError
from rollbook.integrations.models import Integration
from rollbook.notices import catalogue
from rollbook.notices.addresses import checked_url
from rollbook.notices.models import Choice, Subscription, Webhook
from rollbook.notices.posting import new_secret
from rollbook.secretbox import seal

OVERLAP = timedelta(days=1)
"""For so long the old secret of a webhook signs beside the new one."""


@transaction.atomic
def choose(choice: Choice, events: Iterable[str], integrations: Collection[Integration] | None) -> None:
    """
    Keep what is wanted, on a new choice or a present one.

    Args:
        integrations: None = all, also those added later.

    Raises:
        SettingsError: There is no such event, or an integration of another tenant was named.
    """
    choice.events = catalogue.checked(events)
    choice.is_for_all = integrations is None
    if any(one.tenant_id != choice.tenant_id for one in integrations or ()):
        raise SettingsError("An integration of another tenant was named. Nothing was changed.")
    choice.save()
    choice.integrations.set(integrations or ())


def own(tenant: Tenant, member: Member) -> Subscription:
    """What the member chose for a tenant; not stored yet when they never did."""
    return Subscription.objects.filter(tenant=tenant, member=member).first() or Subscription(
        tenant=tenant, member=member
    )


def for_address(tenant: Tenant, address: str) -> Subscription:
    """
    A new subscription of a plain address.

    Raises:
        SettingsError: It has one already.
    """
    if Subscription.objects.filter(tenant=tenant, address__iexact=address).exists():
        raise SettingsError(f"{address} is told already. Nothing was changed.")
    return Subscription(tenant=tenant, address=address)


def new_webhook(tenant: Tenant, url: str) -> tuple[Webhook, str]:
    """
    A new webhook, and its secret, which nobody can read again.

    Raises:
        SettingsError: Nothing may be sent there, or there is one already.
    """
    checked_url(url)
    if Webhook.objects.filter(tenant=tenant, url=url).exists():
        raise SettingsError("There is a webhook to this address already. Nothing was changed.")
    secret = new_secret()
    return Webhook(tenant=tenant, url=url, secret=seal(secret)), secret


def change_secret(webhook: Webhook, now: datetime) -> str:
    """Give a webhook a new secret and return it; the old one signs too for a day."""
    secret = new_secret()
    webhook.old_secret, webhook.old_until = webhook.secret, now + OVERLAP
    webhook.secret = seal(secret)
    webhook.save(update_fields=["secret", "old_secret", "old_until"])
    return secret
